/*
 * AWS Security Finding Format, for Security Hub's BatchImportFindings: a line is the whole input of one call.
 *
 * What that operation takes, by the Security Hub user guide, "BatchImportFindings for finding providers": at
 * most 100 findings; the caller's account must be that of each finding, and the product's ARN names its region,
 * so a line holds one account and one region. An Id that is known is updated, if UpdatedAt is newer; severity
 * and types are updated through FindingProviderFields alone; Note, UserDefinedFields, VerificationState and
 * Workflow cannot be updated. So no Workflow is sent: a first value of SUPPRESSED would hide the failure when
 * its exception has ended. "verdict" among the resource's details is what an automation rule can match
 * (ResourceDetailsOther).
 *
 * What could not be assessed has the compliance status NOT_AVAILABLE and the severity MEDIUM, "must be
 * addressed but not urgently": the format has no unknown severity, and INFORMATIONAL says that no issue was
 * found (API reference, Severity and Compliance). A note is a WARNING, "some information is missing", of
 * severity LOW.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arn.h"
#include "base/clock.h"
#include "base/text.h"
#include "config/partition.h"
#include "scanner/matrix/memory_watch.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/unassessed.h"

enum {
	BATCH = 100,
	MAX_TITLE = 256,
	MAX_DESCRIPTION = 1024,
	MAX_REMEDIATION = 512,
	MAX_ID = 512,
	ACCOUNT = 13
};

/* What differs between the kinds of findings. */
struct content {
	const struct matrix *matrix;
	const char *account, *region;
	const char *id, *generator, *title, *description, *remediation, *severity, *compliance;
	int64_t at; /* 0: when the run began */
};

/* ---- texts ---- */

static json_t *cut(const char *text, size_t max)
{
	char *copy = strndup(text, text_cut(span_of(text), max));
	json_t *string = json_text(copy);

	if (!copy)
		memory_watch_fail();
	free(copy);
	return string;
}

static const char *partition_of(const struct matrix *matrix)
{
	return matrix->run.partition ? matrix->run.partition : "aws";
}

/* ---- findings ---- */

static json_t *resource_object(const struct content *content, const char *type, const char *id, json_t *other)
{
	return json_pack("{s:s,s:o,s:s,s:s,s:{s:o}}", "Type", type, "Id", json_text(id), "Partition",
			 partition_of(content->matrix), "Region", content->region, "Details", "Other", other);
}

static json_t *object_of(const struct content *content, json_t *resource)
{
	const struct run *run = &content->matrix->run;
	int64_t created = content->at ? content->at : run->started;
	char product[160], seen[CLOCK_ISO_SIZE], updated[CLOCK_ISO_SIZE];
	json_t *object;

	snprintf(product, sizeof product, "arn:%s:securityhub:%s:%s:product/%s/default",
		 partition_of(content->matrix), content->region, content->account, content->account);
	clock_format_iso(created, seen);
	clock_format_iso(run->finished ? run->finished : created, updated);
	object = json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:[o],s:s}", "SchemaVersion", "2018-10-08",
			   "Id", cut(content->id, MAX_ID), "ProductArn", product, "GeneratorId",
			   content->generator, "AwsAccountId", content->account, "CreatedAt", seen, "UpdatedAt",
			   updated, "Title", cut(content->title, MAX_TITLE), "Description",
			   cut(content->description, MAX_DESCRIPTION), "Resources", resource, "RecordState",
			   "ACTIVE");
	json_object_set_new(object, "FindingProviderFields",
			    json_pack("{s:{s:s},s:[s]}", "Severity", "Label", content->severity, "Types",
				      "Software and Configuration Checks/AWS Security Best Practices"));
	json_object_set_new(object, "Compliance", json_pack("{s:s}", "Status", content->compliance));
	if (content->remediation)
		json_object_set_new(object, "Remediation",
				    json_pack("{s:{s:o}}", "Recommendation", "Text",
					      cut(content->remediation, MAX_REMEDIATION)));
	json_object_set_new(object, "ProductFields", json_pack("{s:s}", "neptune-scan/run", run->id));
	return object;
}

static void add_field(json_t *object, const char *name, const char *value)
{
	if (value)
		json_object_set_new(json_object_get(object, "ProductFields"), name, json_text(value));
}

/* ---- batches ---- */

struct batches {
	FILE *stream;
	json_t *findings;
	const char *region;
	char account[ACCOUNT];
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

static void add(struct batches *batches, const struct content *content, json_t *object)
{
	bool fits = batches->region && strcmp(batches->region, content->region) == 0 &&
		    strcmp(batches->account, content->account) == 0 &&
		    json_array_size(batches->findings) < BATCH;

	if (!fits)
		flush(batches);
	batches->region = content->region;
	snprintf(batches->account, sizeof batches->account, "%s", content->account);
	json_array_append_new(batches->findings, object);
}

/* ---- the kinds ---- */

static const char *type_of(const struct resource *resource)
{
	switch (resource->kind) {
	case RESOURCE_CLUSTER:
		return "AwsRdsDbCluster";
	case RESOURCE_SNAPSHOT:
		return "AwsRdsDbClusterSnapshot";
	case RESOURCE_INSTANCE:
		return "AwsRdsDbInstance";
	case RESOURCE_KEY:
		return "AwsKmsKey";
	default:
		return "Other";
	}
}

static json_t *resource_of(const struct content *content, const struct finding *finding)
{
	json_t *tags = json_object(), *other = json_object(), *object;

	for (const struct pair *pair = finding->evidence; pair; pair = pair->next)
		json_object_set_new(other, pair->name, json_text(pair->value ? pair->value : "(absent)"));
	json_object_set_new(other, "neptune-scan/verdict",
			    json_text(finding->exception ? "exempt" : verdict_name(finding->verdict)));
	object = resource_object(content, type_of(finding->resource), resource_name(finding->resource), other);
	for (const struct pair *tag = finding->resource->tags; tag && json_object_size(tags) < 50;
	     tag = tag->next)
		if (tag->name[0] && strlen(tag->name) <= 128 && strlen(tag->value) <= 256)
			json_object_set_new(tags, tag->name, json_text(tag->value));
	if (json_object_size(tags) > 0)
		json_object_set(object, "Tags", tags);
	json_decref(tags);
	return object;
}

static void add_finding(void *userdata, const struct found *found)
{
	static const char *const statuses[] = {"PASSED", "FAILED", "WARNING"};
	static const char *const labels[] = {"LOW", "MEDIUM", "HIGH", "CRITICAL"};
	const struct finding *finding = found->finding;
	const struct control *control = finding->control;
	char id[MAX_ID + 200];
	const struct content content = {
		.matrix = found->matrix,
		.account = found->account->id,
		.region = found->region,
		.id = id,
		.generator = control->id,
		.title = control->title,
		.description = finding->reason && *finding->reason ? finding->reason : control->title,
		.remediation = control->remediation,
		.severity = finding->verdict == VERDICT_PASS ? "INFORMATIONAL" : labels[control->severity],
		.compliance = statuses[finding->verdict],
		.at = finding->at,
	};
	json_t *object;

	found_write_id(found, id, sizeof id);
	object = object_of(&content, resource_of(&content, finding));
	json_object_set_new(json_object_get(object, "Compliance"), "RelatedRequirements",
			    json_references_of(control));
	add_field(object, "neptune-scan/request", finding->request_id);
	add_field(object, "neptune-scan/exception", finding->exception);
	add(userdata, &content, object);
}

/* The region of what belongs to an account as a whole: one that it certainly has, else the partition's first.
 */
static const char *region_of_account(const struct matrix *matrix, size_t row)
{
	const struct partition *partition = partition_named(partition_of(matrix));

	for (size_t column = 0; row < matrix->row_count && column < matrix->column_count; column++) {
		enum cell_state state = (enum cell_state)matrix_cell(matrix, row, column).state;

		if (state == CELL_PASS || state == CELL_FAIL || state == CELL_EXEMPT || state == CELL_EMPTY)
			return matrix->columns[column].region;
	}
	return partition ? partition->home_region : "us-east-1";
}

static json_t *account_object(const struct content *content, const char *verdict, const char *state)
{
	json_t *other = json_pack("{s:s}", "neptune-scan/verdict", verdict);
	char id[32];

	if (state)
		json_object_set_new(other, "neptune-scan/state", json_text(state));
	snprintf(id, sizeof id, "AWS::::Account:%s", content->account);
	return object_of(content, resource_object(content, "AwsAccount", id, other));
}

static void add_unassessed(void *userdata, const struct unassessed *unassessed)
{
	const struct matrix *matrix = unassessed->matrix;
	size_t row = (size_t)(unassessed->account - matrix->rows);
	char id[MAX_ID], advice[MAX_ADVICE];
	const struct content content = {
		.matrix = matrix,
		.account = unassessed->account->id,
		.region = unassessed->region ? unassessed->region : region_of_account(matrix, row),
		.id = id,
		.generator = "neptune-scan/not-assessed",
		.title = unassessed_title(unassessed),
		.description = unassessed->reason,
		.remediation = advice,
		.severity = "MEDIUM",
		.compliance = "NOT_AVAILABLE",
		.at = unassessed->at,
	};
	json_t *object;

	unassessed_write_id(unassessed, id, sizeof id);
	unassessed_write_advice(unassessed, advice);
	object = account_object(&content, unassessed_label(unassessed), cell_state_name(unassessed->state));
	add_field(object, "neptune-scan/request", unassessed->request_id);
	add(userdata, &content, object);
}

/* Whose Security Hub a note on the run goes to; empty: nothing is known of the caller. */
static void find_account(const struct run *run, char account[static ACCOUNT])
{
	struct arn caller;

	account[0] = '\0';
	if (run->management_account)
		snprintf(account, ACCOUNT, "%s", run->management_account);
	else if (run->caller && arn_split(span_of(run->caller), &caller))
		snprintf(account, ACCOUNT, SPAN_FORMAT, SPAN_ARGUMENTS(caller.account));
}

static void add_note(void *userdata, const struct note *note)
{
	char id[MAX_ID], account[ACCOUNT];
	struct content content = {
		.matrix = note->matrix,
		.account = account,
		.id = id,
		.generator = "neptune-scan/" NOTE_LABEL,
		.title = note_title(note),
		.description = note->text,
		.severity = "LOW",
		.compliance = "WARNING",
	};
	size_t row;

	if (note->account) {
		content.account = note->account->id;
		row = (size_t)(note->account - note->matrix->rows);
	} else {
		find_account(&note->matrix->run, account);
		matrix_rows_named(note->matrix, account, &row);
	}
	if (!content.account[0])
		return;
	content.region = region_of_account(note->matrix, row);
	note_write_id(note, id, sizeof id);
	add(userdata, &content, account_object(&content, NOTE_LABEL, NULL));
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {add_note, add_finding, add_unassessed};
	struct batches batches = {.stream = output->stream, .findings = json_array()};

	walk_records(matrix, output, &callbacks, &batches);
	flush(&batches);
	json_decref(batches.findings);
}

const struct report_format report_asff = {
	.name = "asff",
	.description = "for Security Hub: a line a batch of one account and region, for batch-import-findings",
	.write = write,
};
