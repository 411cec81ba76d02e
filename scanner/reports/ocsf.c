/*
 * Open Cybersecurity Schema Framework 1.4, class Compliance Finding (2003): a JSON array of events. What could
 * not be assessed has the compliance status Unknown and the severity Unknown: Informational would say that no
 * action is required (OCSF dictionary, severity_id), and what is there may be of any severity. A note on an
 * account or on the run is no result of a check: Other.
 */
#include <stdio.h>

#include "base/clock.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/unassessed.h"
#include "scanner/version.h"

enum { CLASS = 2003, CATEGORY = 2, CREATE = 1, MAX_ID = 700 };

struct choice {
	int id;
	const char *name;
};

static const struct choice severities[] = {{2, "Low"}, {3, "Medium"}, {4, "High"}, {5, "Critical"}};
static const struct choice severity_unknown = {0, "Unknown"}, severity_informational = {1, "Informational"};
static const struct choice statuses[] = {{1, "Pass"}, {3, "Fail"}, {2, "Warning"}};
static const struct choice status_unknown = {0, "Unknown"}, status_note = {99, "Note"};

/* What differs between the kinds of events. */
struct content {
	const struct matrix *matrix;
	const struct row *account; /* NULL: the run as a whole */
	const char *region;        /* NULL: in none */
	const char *id, *title, *description, *message, *code, *type, *remediation;
	const struct choice *severity, *compliance;
	bool is_suppressed;
	int64_t at; /* 0: when the run began */
};

static json_t *labels_of(const struct resource *resource)
{
	json_t *labels = json_array();

	for (const struct pair *tag = resource->tags; tag; tag = tag->next)
		json_array_append_new(labels, json_sprintf("%s:%s", tag->name, tag->value ? tag->value : ""));
	return labels;
}

static const char *account_of(const struct content *content)
{
	const char *management = content->matrix->run.management_account;

	return content->account ? content->account->id : management ? management : "";
}

static json_t *cloud_of(const struct content *content)
{
	const struct row *account = content->account;
	const char *organization =
		account && account->organization ? account->organization : content->matrix->run.organization;
	json_t *cloud = json_pack(
		"{s:s,s:{s:s,s:o,s:i,s:s}}", "provider", "AWS", "account", "uid", account_of(content), "name",
		json_text(account && account->name ? account->name : ""), "type_id", 10, "type", "AWS Account");

	if (content->region)
		json_object_set_new(cloud, "region", json_text(content->region));
	if (organization)
		json_object_set_new(cloud, "org",
				    json_pack("{s:s,s:o}", "uid", organization, "ou_name",
					      json_text(account && account->ou ? account->ou : "")));
	return cloud;
}

static json_t *info_of(const struct content *content, int64_t milliseconds)
{
	return json_pack("{s:o,s:s,s:s,s:I,s:[s]}", "uid", json_text(content->id), "title", content->title,
			 "desc", content->description, "created_time", (json_int_t)milliseconds, "types",
			 content->type);
}

static json_t *event_of(const struct content *content)
{
	int64_t at = (content->at ? content->at : content->matrix->run.started) * 1000;
	json_t *event = json_pack(
		"{s:i,s:s,s:i,s:s,s:i,s:s,s:i,s:s,s:I,s:i,s:s,s:i,s:s,s:o}", "activity_id", CREATE,
		"activity_name", "Create", "category_uid", CATEGORY, "category_name", "Findings", "class_uid",
		CLASS, "class_name", "Compliance Finding", "type_uid", CLASS * 100 + CREATE, "type_name",
		"Compliance Finding: Create", "time", (json_int_t)at, "severity_id", content->severity->id,
		"severity", content->severity->name, "status_id", content->is_suppressed ? 3 : 1, "status",
		content->is_suppressed ? "Suppressed" : "New", "message", json_text(content->message));

	json_object_set_new(event, "metadata",
			    json_pack("{s:s,s:s,s:[s],s:{s:s,s:s,s:s,s:s}}", "version", "1.4.0", "event_code",
				      content->code, "profiles", "cloud", "product", "name", "neptune-scan",
				      "uid", "neptune-scan", "vendor_name", "neptune-scan", "version",
				      NEPTUNE_SCAN_VERSION));
	json_object_set_new(event, "finding_info", info_of(content, at));
	json_object_set_new(event, "compliance",
			    json_pack("{s:s,s:i,s:[s]}", "status", content->compliance->name, "status_id",
				      content->compliance->id, "standards", "NEPTUNE ENCRYPTION AT REST"));
	json_object_set_new(event, "cloud", cloud_of(content));
	if (content->remediation)
		json_object_set_new(event, "remediation",
				    json_pack("{s:s,s:[]}", "desc", content->remediation, "references"));
	return event;
}

/* The account itself, where there is no resource to name. */
static json_t *account_resource(const struct content *content)
{
	const char *partition = content->matrix->run.partition, *account = account_of(content);
	json_t *resource = json_pack("{s:s,s:s,s:s,s:s}", "uid", account, "name", account, "type",
				     "AWS account", "cloud_partition", partition ? partition : "aws");

	if (content->region)
		json_object_set_new(resource, "region", json_text(content->region));
	return json_pack("[o]", resource);
}

/* ---- the kinds ---- */

struct writing {
	FILE *stream;
	bool first;
};

static void write_event(struct writing *writing, json_t *event)
{
	json_separate(writing->stream, &writing->first);
	json_write_object(writing->stream, event);
}

static void write_finding(void *userdata, const struct found *found)
{
	const struct finding *finding = found->finding;
	const struct control *control = finding->control;
	const struct resource *resource = finding->resource;
	const char *partition = found->matrix->run.partition;
	bool passes = finding->verdict == VERDICT_PASS;
	char id[MAX_ID];
	const struct content content = {
		.matrix = found->matrix,
		.account = found->account,
		.region = found->region,
		.id = id,
		.title = control->title,
		.description = control->rationale,
		.message = finding->reason ? finding->reason : "",
		.code = control->id,
		.type = control->group,
		.remediation = control->remediation,
		.severity = passes ? &severity_informational : &severities[control->severity],
		.compliance = &statuses[finding->verdict],
		.is_suppressed = finding->exception != NULL,
		.at = finding->at,
	};
	json_t *event, *compliance, *evidence = json_object();

	found_write_id(found, id, sizeof id);
	event = event_of(&content);
	compliance = json_object_get(event, "compliance");
	json_object_set_new(compliance, "control", json_text(control->id));
	json_object_set_new(compliance, "requirements", json_references_of(control));
	json_object_set_new(event, "resources",
			    json_pack("[{s:o,s:o,s:s,s:s,s:s,s:o}]", "uid", json_text(resource_name(resource)),
				      "name", json_text(resource->id), "type",
				      resource_kind_name(resource->kind), "region", found->region,
				      "cloud_partition", partition ? partition : "aws", "labels",
				      labels_of(resource)));
	for (const struct pair *pair = finding->evidence; pair; pair = pair->next)
		json_object_set_new(evidence, pair->name, json_text(pair->value));
	json_object_set_new(event, "unmapped",
			    json_pack("{s:s,s:o,s:o,s:o}", "run", found->matrix->run.id, "evidence", evidence,
				      "exception", json_text(finding->exception), "request_id",
				      json_text(finding->request_id)));
	write_event(userdata, event);
}

static void write_unassessed(void *userdata, const struct unassessed *unassessed)
{
	char id[MAX_ID], advice[MAX_ADVICE];
	const struct content content = {
		.matrix = unassessed->matrix,
		.account = unassessed->account,
		.region = unassessed->region,
		.id = id,
		.title = unassessed_title(unassessed),
		.description = cell_state_facts(unassessed->state)->meaning,
		.message = unassessed->reason,
		.code = unassessed_label(unassessed),
		.type = unassessed_label(unassessed),
		.remediation = advice,
		.severity = &severity_unknown,
		.compliance = &status_unknown,
		.at = unassessed->at,
	};
	json_t *event, *compliance;

	unassessed_write_id(unassessed, id, sizeof id);
	unassessed_write_advice(unassessed, advice);
	event = event_of(&content);
	compliance = json_object_get(event, "compliance");
	json_object_set_new(compliance, "status_code", json_text(cell_state_name(unassessed->state)));
	json_object_set_new(compliance, "status_details", json_pack("[o]", json_text(unassessed->reason)));
	json_object_set_new(event, "resources", account_resource(&content));
	json_object_set_new(event, "unmapped",
			    json_pack("{s:s,s:o}", "run", unassessed->matrix->run.id, "request_id",
				      json_text(unassessed->request_id)));
	write_event(userdata, event);
}

static void write_note(void *userdata, const struct note *note)
{
	char id[MAX_ID];
	const struct content content = {
		.matrix = note->matrix,
		.account = note->account,
		.id = id,
		.title = note_title(note),
		.description = note_title(note),
		.message = note->text,
		.code = NOTE_LABEL,
		.type = NOTE_LABEL,
		.severity = &severities[SEVERITY_LOW],
		.compliance = &status_note,
	};
	json_t *event;

	note_write_id(note, id, sizeof id);
	event = event_of(&content);
	json_object_set_new(event, "resources", account_resource(&content));
	json_object_set_new(event, "unmapped", json_pack("{s:s}", "run", note->matrix->run.id));
	write_event(userdata, event);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {write_note, write_finding, write_unassessed};
	struct writing writing = {output->stream, true};

	fputc('[', output->stream);
	walk_records(matrix, output, &callbacks, &writing);
	fputs("\n]\n", output->stream);
}

const struct report_format report_ocsf = {
	.name = "ocsf",
	.description = "OCSF 1.4 Compliance Findings (class 2003), for a SIEM",
	.write = write,
};
