/*
 * Open Cybersecurity Schema Framework 1.4, class Compliance Finding (2003): events, as one JSON array or one a
 * line. What could not be assessed has the compliance status Unknown and the severity Unknown: Informational
 * would say that no action is required (OCSF dictionary, severity_id), and what is there may be of any
 * severity. A note on an account or on the run is no result of a check: Other.
 *
 * An event creates a finding in the first run that has it with this status, and updates it in later ones:
 * created_time and first_seen_time are those of that run.
 */
#include "base/version.h"
#include "scanner/matrix/json_text.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/scope.h"
#include "scanner/reports/unassessed.h"

enum { CLASS = 2003, CATEGORY = 2 };

struct choice {
	int id;
	const char *name;
};

static const struct choice severities[] = {{2, "Low"}, {3, "Medium"}, {4, "High"}, {5, "Critical"}};
static const struct choice severity_unknown = {0, "Unknown"}, severity_informational = {1, "Informational"};
static const struct choice statuses[] = {{1, "Pass"}, {3, "Fail"}, {2, "Warning"}};
static const struct choice activity_create = {1, "Create"}, activity_update = {2, "Update"};
static const struct choice status_unknown = {0, "Unknown"}, status_note = {99, "Note"};

/* The parts that differ between kinds of events. */
struct content {
	const struct matrix *matrix;
	const struct row *account; /* NULL: the run as a whole */
	const char *region;        /* NULL: no region */
	const char *title, *description, *message, *code, *type, *remediation;
	const struct choice *severity, *compliance;
	bool is_suppressed;
	int64_t at;         /* 0: the start of the run */
	int verdict;        /* or FIRST_SEEN_UNASSESSED */
	struct buffer *id;  /* put_info frees it */
	const void *record; /* the record of this kind, for the functions */
	void (*put_compliance)(struct json_writer *json, const void *record); /* appends members; NULL: none */
	void (*put_resource)(struct json_writer *json, const struct content *content);
	void (*put_unmapped)(struct json_writer *json, const void *record); /* the same */
};

static void put_choice(struct json_writer *json, const char *id_name, const char *name,
		       const struct choice *choice)
{
	json_put_number(json, id_name, choice->id);
	json_put_text(json, name, choice->name);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static const char *account_of(const struct content *content)
{
	return content->account ? content->account->id : or_empty(content->matrix->run.management_account);
}

/* ---- parts ---- */

static void put_product(struct json_writer *json, const struct content *content)
{
	json_open_object(json, "metadata");
	json_put_text(json, "version", "1.4.0");
	json_put_text(json, "event_code", content->code);
	json_open_list(json, "profiles");
	json_put_text(json, NULL, "cloud");
	json_close_list(json);
	json_open_object(json, "product");
	json_put_text(json, "name", "neptune-scan");
	json_put_text(json, "uid", "neptune-scan");
	json_put_text(json, "vendor_name", "neptune-scan");
	json_put_text(json, "version", NEPTUNE_SCAN_VERSION);
	json_close_object(json);
	json_close_object(json);
}

static void put_info(struct json_writer *json, const struct content *content, int64_t first, int64_t at)
{
	json_open_object(json, "finding_info");
	json_put_buffer(json, "uid", content->id);
	json_put_text(json, "title", content->title);
	json_put_text(json, "desc", content->description);
	json_put_number(json, "created_time", first);
	json_put_number(json, "first_seen_time", first);
	json_put_number(json, "last_seen_time", at);
	json_open_list(json, "types");
	json_put_text(json, NULL, content->type);
	json_close_list(json);
	json_close_object(json);
}

static void put_compliance(struct json_writer *json, const struct content *content)
{
	json_open_object(json, "compliance");
	put_choice(json, "status_id", "status", content->compliance);
	json_open_list(json, "standards");
	json_put_text(json, NULL, "NEPTUNE ENCRYPTION AT REST");
	json_close_list(json);
	if (content->put_compliance)
		content->put_compliance(json, content->record);
	json_close_object(json);
}

static void put_cloud(struct json_writer *json, const struct content *content)
{
	const struct row *account = content->account;
	const char *organization =
		account && account->organization ? account->organization : content->matrix->run.organization;

	json_open_object(json, "cloud");
	json_put_text(json, "provider", "AWS");
	json_open_object(json, "account");
	json_put_text(json, "uid", account_of(content));
	json_put_text(json, "name", or_empty(account ? account->name : NULL));
	json_put_number(json, "type_id", 10);
	json_put_text(json, "type", "AWS Account");
	json_close_object(json);
	if (content->region)
		json_put_text(json, "region", content->region);
	if (organization) {
		json_open_object(json, "org");
		json_put_text(json, "uid", organization);
		json_put_text(json, "ou_name", or_empty(account ? account->ou : NULL));
		json_close_object(json);
	}
	json_close_object(json);
}

static void put_remediation(struct json_writer *json, const struct content *content)
{
	json_open_object(json, "remediation");
	json_put_text(json, "desc", content->remediation);
	json_open_list(json, "references");
	json_close_list(json);
	json_close_object(json);
}

/* Names the account when there is no resource. */
static void put_account(struct json_writer *json, const struct content *content)
{
	json_open_object(json, NULL);
	json_put_text(json, "uid", account_of(content));
	json_put_text(json, "name", account_of(content));
	json_put_text(json, "type", "AWS account");
	json_put_text(json, "cloud_partition", run_partition(&content->matrix->run));
	if (content->region)
		json_put_text(json, "region", content->region);
	json_close_object(json);
}

/* Empty: nothing narrows the scope of the run. */
static void put_scope(struct json_writer *json, const struct run *run)
{
	struct buffer scope = {0};

	scope_describe(run, &scope);
	json_put_buffer(json, "scope", &scope);
}

/* The events, as one JSON array or one a line. */
struct events {
	struct json_stream stream;
	const struct first_seen *first_seen;
	bool is_list;
};

static void write_event(struct events *events, const struct content *content)
{
	struct json_stream *out = &events->stream;
	int64_t at = content->at ? content->at : content->matrix->run.started;
	int64_t first = first_seen_find(events->first_seen, content->id, content->verdict, at);
	const struct choice *activity = first < at ? &activity_update : &activity_create;
	struct json_writer *json = &out->json;

	if (events->is_list)
		json_break_line(json);
	json_open_object(json, NULL);
	put_choice(json, "activity_id", "activity_name", activity);
	put_choice(json, "category_uid", "category_name", &(struct choice){CATEGORY, "Findings"});
	put_choice(json, "class_uid", "class_name", &(struct choice){CLASS, "Compliance Finding"});
	put_choice(json, "type_uid", "type_name",
		   &(struct choice){CLASS * 100 + activity->id, activity == &activity_create
									? "Compliance Finding: Create"
									: "Compliance Finding: Update"});
	json_put_number(json, "time", at * 1000);
	put_choice(json, "severity_id", "severity", content->severity);
	put_choice(json, "status_id", "status",
		   content->is_suppressed ? &(struct choice){3, "Suppressed"} : &(struct choice){1, "New"});
	json_put_text(json, "message", content->message);
	put_product(json, content);
	put_info(json, content, first * 1000, at * 1000);
	put_compliance(json, content);
	put_cloud(json, content);
	if (content->remediation)
		put_remediation(json, content);
	json_open_list(json, "resources");
	content->put_resource(json, content);
	json_close_list(json);
	json_open_object(json, "unmapped");
	json_put_text(json, "run", content->matrix->run.id);
	put_scope(json, &content->matrix->run);
	if (content->put_unmapped)
		content->put_unmapped(json, content->record);
	json_close_object(json);
	json_close_object(json);
	if (!events->is_list)
		json_stream_end_line(out);
	json_stream_flush(out);
}

/* ---- findings ---- */

static void put_control(struct json_writer *json, const void *record)
{
	const struct found *found = record;

	json_put_text(json, "control", found->finding->control->id);
	json_put_references(json, "requirements", found->finding->control);
}

static void put_labels(struct json_writer *json, const struct resource *resource)
{
	json_open_list(json, "labels");
	for (const struct pair *tag = resource->tags; tag; tag = tag->next) {
		struct buffer label = {0};

		buffer_texts(&label, tag->name, ":", or_empty(tag->value), NULL);
		json_put_buffer(json, NULL, &label);
	}
	json_close_list(json);
}

static void put_resource(struct json_writer *json, const struct content *content)
{
	const struct found *found = content->record;
	const struct resource *resource = found->finding->resource;

	json_open_object(json, NULL);
	json_put_text(json, "uid", resource_name(resource));
	json_put_text(json, "name", resource->id);
	json_put_text(json, "type", resource_kind_name(resource->kind));
	json_put_text(json, "region", found->region);
	json_put_text(json, "cloud_partition", run_partition(&content->matrix->run));
	put_labels(json, resource);
	json_close_object(json);
}

static void put_evidence(struct json_writer *json, const void *record)
{
	const struct finding *finding = ((const struct found *)record)->finding;

	json_put_pairs(json, "evidence", finding->evidence);
	json_put_text(json, "exception", finding->exception);
	json_put_text(json, "request_id", finding->request_id);
}

static void write_finding(void *userdata, const struct found *found)
{
	const struct finding *finding = found->finding;
	const struct control *control = finding->control;
	bool passes = finding->verdict == VERDICT_PASS;
	struct buffer id = {0};
	const struct content content = {
		.matrix = found->matrix,
		.account = found->account,
		.region = found->region,
		.title = control->title,
		.description = control->rationale,
		.message = or_empty(finding->reason),
		.code = control->id,
		.type = control->group,
		.remediation = control->remediation,
		.severity = passes ? &severity_informational : &severities[control->severity],
		.compliance = &statuses[finding->verdict],
		.is_suppressed = finding->exception != NULL,
		.at = finding->at,
		.verdict = (int)finding->verdict,
		.record = found,
		.id = &id,
		.put_compliance = put_control,
		.put_resource = put_resource,
		.put_unmapped = put_evidence,
	};
	found_append_id(found, &id);
	write_event(userdata, &content);
}

/* ---- cells that could not be assessed ---- */

static void put_state(struct json_writer *json, const void *record)
{
	const struct unassessed *unassessed = record;

	json_put_text(json, "status_code", cell_state_name(unassessed->state));
	json_open_list(json, "status_details");
	json_put_text(json, NULL, unassessed->reason);
	json_close_list(json);
}

static void put_request(struct json_writer *json, const void *record)
{
	const struct unassessed *unassessed = record;

	json_put_text(json, "request_id", unassessed->request_id);
	json_put_text(json, "gap", unassessed->gap ? unassessed->gap->name : NULL);
}

static void write_unassessed(void *userdata, const struct unassessed *unassessed)
{
	char advice[MAX_ADVICE];
	struct buffer id = {0};
	const struct content content = {
		.matrix = unassessed->matrix,
		.account = unassessed->account,
		.region = unassessed->region,
		.title = unassessed_title(unassessed),
		.description = cell_state_facts(unassessed->state)->meaning,
		.message = unassessed->reason,
		.code = unassessed_label(unassessed),
		.type = unassessed_label(unassessed),
		.remediation = advice,
		.severity = &severity_unknown,
		.compliance = &status_unknown,
		.is_suppressed = unassessed->gap != NULL,
		.at = unassessed->at,
		.verdict = FIRST_SEEN_UNASSESSED,
		.record = unassessed,
		.id = &id,
		.put_compliance = put_state,
		.put_resource = put_account,
		.put_unmapped = put_request,
	};

	unassessed_append_id(unassessed, &id);
	unassessed_write_advice(unassessed, advice);
	write_event(userdata, &content);
}

/* ---- notes ---- */

static void write_note(void *userdata, const struct note *note)
{
	struct buffer id = {0};
	const struct content content = {
		.matrix = note->matrix,
		.account = note->account,
		.title = note_title(note),
		.description = note_title(note),
		.message = note->text,
		.code = NOTE_LABEL,
		.type = NOTE_LABEL,
		.severity = &severities[SEVERITY_LOW],
		.compliance = &status_note,
		.record = note,
		.id = &id,
		.put_resource = put_account,
	};

	note_append_id(note, &id);

	write_event(userdata, &content);
}

static const struct walk_callbacks callbacks = {write_note, write_finding, write_unassessed};

static bool write_list(const struct matrix *matrix, const struct report_output *output)
{
	struct events events = {.first_seen = output->first_seen, .is_list = true};
	struct json_writer *json = &events.stream.json;

	json_stream_open(&events.stream, output->stream);
	json_open_list(json, NULL);
	walk_scope(matrix, &callbacks, &events);
	walk_records(matrix, output, &callbacks, &events);
	json_break_line(json);
	json_close_list(json);
	json_stream_end_line(&events.stream);
	return json_stream_close(&events.stream);
}

static bool write_lines(const struct matrix *matrix, const struct report_output *output)
{
	struct events events = {.first_seen = output->first_seen, .is_list = false};

	json_stream_open(&events.stream, output->stream);
	walk_scope(matrix, &callbacks, &events);
	walk_records(matrix, output, &callbacks, &events);
	return json_stream_close(&events.stream);
}

const struct report_format report_ocsf = {
	.name = "ocsf",
	.description = "OCSF 1.4 Compliance Findings (class 2003) as one JSON array, for a SIEM",
	.needs = REPORT_NEEDS_FIRST_SEEN,
	.write = write_list,
};

const struct report_format report_ocsf_lines = {
	.name = "ocsf-lines",
	.description = "the same, one event on each line",
	.needs = REPORT_NEEDS_FIRST_SEEN,
	.write = write_lines,
};
