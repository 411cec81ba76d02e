/* Open Cybersecurity Schema Framework 1.4, class Compliance Finding (2003): a JSON array of events. */
#include <stdio.h>

#include "base/clock.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/walk.h"
#include "scanner/version.h"

enum { CLASS = 2003, CATEGORY = 2, CREATE = 1 };

static const struct {
	int id;
	const char *name;
} severities[] = {{2, "Low"}, {3, "Medium"}, {4, "High"}, {5, "Critical"}},
  informational = {1, "Informational"};

static const struct {
	int id;
	const char *name;
} statuses[] = {{1, "Pass"}, {3, "Fail"}, {2, "Warning"}};

static json_t *labels_of(const struct resource *resource)
{
	json_t *labels = json_array();

	for (const struct pair *tag = resource->tags; tag; tag = tag->next)
		json_array_append_new(labels, json_sprintf("%s:%s", tag->name, tag->value ? tag->value : ""));
	return labels;
}

static json_t *cloud_of(const struct found *found)
{
	const char *organization =
		found->account->organization ? found->account->organization : found->matrix->run.organization;
	json_t *cloud = json_pack("{s:s,s:s,s:{s:s,s:s,s:i,s:s}}", "provider", "AWS", "region", found->region,
				  "account", "uid", found->account->id, "name",
				  found->account->name ? found->account->name : "", "type_id", 10, "type",
				  "AWS Account");

	if (organization)
		json_object_set_new(cloud, "org",
				    json_pack("{s:s,s:s}", "uid", organization, "ou_name",
					      found->account->ou ? found->account->ou : ""));
	return cloud;
}

static json_t *event_of(const struct found *found)
{
	const struct finding *finding = found->finding;
	const struct control *control = finding->control;
	const struct run *run = &found->matrix->run;
	bool passes = finding->verdict == VERDICT_PASS;
	int64_t at = finding->at ? finding->at : run->started;
	char id[700];
	json_t *event, *unmapped = json_object();

	found_write_id(found, id, sizeof id);
	event = json_pack("{s:i,s:s,s:i,s:s,s:i,s:s,s:i,s:s,s:I,s:i,s:s,s:i,s:s,s:s}", "activity_id", CREATE,
			  "activity_name", "Create", "category_uid", CATEGORY, "category_name", "Findings",
			  "class_uid", CLASS, "class_name", "Compliance Finding", "type_uid",
			  CLASS * 100 + CREATE, "type_name", "Compliance Finding: Create", "time",
			  (json_int_t)at * 1000, "severity_id",
			  passes ? informational.id : severities[control->severity].id, "severity",
			  passes ? informational.name : severities[control->severity].name, "status_id",
			  finding->exception ? 3 : 1, "status", finding->exception ? "Suppressed" : "New",
			  "message", finding->reason ? finding->reason : "");
	json_object_set_new(event, "metadata",
			    json_pack("{s:s,s:s,s:[s],s:{s:s,s:s,s:s,s:s}}", "version", "1.4.0", "event_code",
				      control->id, "profiles", "cloud", "product", "name", "neptune-scan",
				      "uid", "neptune-scan", "vendor_name", "neptune-scan", "version",
				      NEPTUNE_SCAN_VERSION));
	json_object_set_new(event, "finding_info",
			    json_pack("{s:s,s:s,s:s,s:I,s:[s]}", "uid", id, "title", control->title, "desc",
				      control->rationale, "created_time", (json_int_t)at * 1000, "types",
				      control->group));
	json_object_set_new(event, "compliance",
			    json_pack("{s:s,s:i,s:s,s:o,s:[s]}", "status", statuses[finding->verdict].name,
				      "status_id", statuses[finding->verdict].id, "control", control->id,
				      "requirements", json_references_of(control), "standards",
				      "NEPTUNE ENCRYPTION AT REST"));
	json_object_set_new(event, "cloud", cloud_of(found));
	json_object_set_new(event, "resources",
			    json_pack("[{s:s,s:s,s:s,s:s,s:s,s:o}]", "uid",
				      resource_name(found->finding->resource), "name", finding->resource->id,
				      "type", resource_kind_name(finding->resource->kind), "region",
				      found->region, "cloud_partition", run->partition ? run->partition : "aws",
				      "labels", labels_of(finding->resource)));
	json_object_set_new(event, "remediation",
			    json_pack("{s:s,s:[]}", "desc", control->remediation, "references"));
	for (const struct pair *pair = finding->evidence; pair; pair = pair->next)
		json_object_set_new(unmapped, pair->name, json_text(pair->value));
	json_object_set_new(event, "unmapped",
			    json_pack("{s:s,s:o,s:o,s:o}", "run", run->id, "evidence", unmapped, "exception",
				      json_text(finding->exception), "request_id",
				      json_text(finding->request_id)));
	return event;
}

struct writing {
	FILE *stream;
	bool first;
};

static void take(void *context, const struct found *found)
{
	struct writing *writing = context;

	json_separate(writing->stream, &writing->first);
	json_write_object(writing->stream, event_of(found));
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	struct writing writing = {output->stream, true};

	fputc('[', output->stream);
	walk_findings(matrix, output, take, &writing);
	fputs("\n]\n", output->stream);
}

const struct report_format report_ocsf = {
	.name = "ocsf",
	.description = "OCSF 1.4 Compliance Findings (class 2003), for a SIEM",
	.write = write,
};
