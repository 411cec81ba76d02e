/*
 * AWS Security Finding Format, for Security Hub's BatchImportFindings: a line a batch of at most 100, each the
 * whole input of that call. Ids are the same from night to night, so that a finding is updated and not doubled;
 * what passes again is RESOLVED, what is exempt SUPPRESSED. Lengths: the Security Hub API reference.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/walk.h"

enum { BATCH = 100, MOST_TITLE = 256, MOST_DESCRIPTION = 1024, MOST_ID = 512 };

static const char *label_of(enum severity severity)
{
	static const char *const labels[] = {"LOW", "MEDIUM", "HIGH", "CRITICAL"};

	return labels[severity];
}

static const char *workflow_of(const struct finding *finding)
{
	return finding->exception ? "SUPPRESSED" : finding->verdict == VERDICT_PASS ? "RESOLVED" : "NEW";
}

/* Cut between characters. */
static json_t *cut(const char *text, size_t most)
{
	size_t length = strlen(text);

	if (length > most) {
		length = most;
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	return json_stringn(text, length);
}

static json_t *resource_of(const struct found *found)
{
	const struct resource *resource = found->finding->resource;
	const char *type = resource->kind == RESOURCE_CLUSTER    ? "AwsRdsDbCluster"
			   : resource->kind == RESOURCE_SNAPSHOT ? "AwsRdsDbClusterSnapshot"
			   : resource->kind == RESOURCE_INSTANCE ? "AwsRdsDbInstance"
			   : resource->kind == RESOURCE_KEY      ? "AwsKmsKey"
								 : "Other";
	json_t *object = json_pack(
		"{s:s,s:s,s:s,s:s}", "Type", type, "Id", resource_name(found->finding->resource), "Partition",
		found->matrix->run.partition ? found->matrix->run.partition : "aws", "Region", found->region);
	json_t *tags = json_object(), *other = json_object();

	for (const struct pair *tag = resource->tags; tag && json_object_size(tags) < 50; tag = tag->next)
		if (tag->name[0] && strlen(tag->name) <= 128 && strlen(tag->value) <= 256)
			json_object_set_new(tags, tag->name, json_string(tag->value));
	if (json_object_size(tags) > 0)
		json_object_set_new(object, "Tags", tags);
	else
		json_decref(tags);
	for (const struct pair *pair = found->finding->evidence; pair; pair = pair->next)
		json_object_set_new(other, pair->name, json_string(pair->value ? pair->value : "(absent)"));
	json_object_set_new(object, "Details", json_pack("{s:o}", "Other", other));
	return object;
}

static json_t *finding_of(const struct found *found)
{
	static const char *const statuses[] = {"PASSED", "FAILED", "WARNING"};
	const struct matrix *matrix = found->matrix;
	const struct finding *finding = found->finding;
	const char *partition = matrix->run.partition ? matrix->run.partition : "aws";
	char id[MOST_ID + 200], product[160], seen[CLOCK_ISO_SIZE], updated[CLOCK_ISO_SIZE];
	json_t *object;

	found_write_id(found, id, sizeof id);
	snprintf(product, sizeof product, "arn:%s:securityhub:%s:%s:product/%s/default", partition,
		 found->region, found->account->id, found->account->id);
	clock_format_iso(finding->at ? finding->at : matrix->run.started, seen);
	clock_format_iso(matrix->run.finished ? matrix->run.finished
			 : finding->at        ? finding->at
					      : matrix->run.started,
			 updated);
	object = json_pack("{s:s,s:o,s:s,s:s,s:s,s:[s],s:s,s:s,s:{s:s},s:o,s:o,s:[o],s:s,s:{s:s}}",
			   "SchemaVersion", "2018-10-08", "Id", cut(id, MOST_ID), "ProductArn", product,
			   "GeneratorId", finding->control->id, "AwsAccountId", found->account->id, "Types",
			   "Software and Configuration Checks/AWS Security Best Practices", "CreatedAt", seen,
			   "UpdatedAt", updated, "Severity", "Label",
			   finding->verdict == VERDICT_PASS ? "INFORMATIONAL"
							    : label_of(finding->control->severity),
			   "Title", cut(finding->control->title, MOST_TITLE), "Description",
			   cut(finding->reason && *finding->reason ? finding->reason : finding->control->title,
			       MOST_DESCRIPTION),
			   "Resources", resource_of(found), "RecordState", "ACTIVE", "Workflow", "Status",
			   workflow_of(finding));
	json_object_set_new(object, "Compliance",
			    json_pack("{s:s,s:o}", "Status", statuses[finding->verdict], "RelatedRequirements",
				      json_references_of(finding->control)));
	json_object_set_new(
		object, "Remediation",
		json_pack("{s:{s:o}}", "Recommendation", "Text", cut(finding->control->remediation, 512)));
	json_object_set_new(object, "ProductFields",
			    json_pack("{s:s,s:s}", "neptune-scan/run", matrix->run.id, "neptune-scan/request",
				      finding->request_id ? finding->request_id : "-"));
	return object;
}

struct batches {
	FILE *stream;
	json_t *findings;
};

static void flush(struct batches *batches)
{
	if (json_array_size(batches->findings) > 0) {
		json_t *input = json_object();

		json_object_set(input, "Findings", batches->findings);
		json_write_object(batches->stream, input);
		fputc('\n', batches->stream);
	}
	json_array_clear(batches->findings);
}

static void take(void *context, const struct found *found)
{
	struct batches *batches = context;

	json_array_append_new(batches->findings, finding_of(found));
	if (json_array_size(batches->findings) == BATCH)
		flush(batches);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	struct batches batches = {output->stream, json_array()};

	walk_findings(matrix, output, take, &batches);
	flush(&batches);
	json_decref(batches.findings);
}

const struct report_format report_asff = {
	.name = "asff",
	.description = "for Security Hub: a line a batch of 100 for batch-import-findings",
	.write = write,
};
