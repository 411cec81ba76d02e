/*
 * AWS Security Finding Format, for Security Hub's BatchImportFindings: each line is the input of one call.
 *
 * The limits of that operation (Security Hub user guide, "BatchImportFindings for finding providers"): at
 * most 100 findings; the caller's account must be that of each finding, and the product's ARN contains the
 * region, so a line holds one account and one region. A known Id is updated if UpdatedAt is newer; severity
 * and types are updated through FindingProviderFields only; Note, UserDefinedFields, VerificationState and
 * Workflow cannot be updated. Therefore no Workflow is sent: an initial SUPPRESSED would hide the failure
 * after its exception ends. Automation rules can match "verdict" in the resource's details
 * (ResourceDetailsOther).
 *
 * What could not be assessed has the compliance status NOT_AVAILABLE and the severity MEDIUM, "must be
 * addressed but not urgently": the format has no unknown severity, and INFORMATIONAL means that no issue was
 * found (API reference, Severity and Compliance). A note is a WARNING, "some information is missing", of
 * severity LOW, and so is a cell in an accepted gap.
 */
#include <string.h>

#include "base/arn.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "config/partition.h"
#include "scanner/matrix/json_text.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/scope.h"
#include "scanner/reports/unassessed.h"

enum {
	BATCH = 100,
	MAX_ID = 512,
	MAX_TITLE = 256,
	MAX_DESCRIPTION = 1024,
	MAX_REMEDIATION = 512,
	MAX_PRODUCT_FIELD = 2048,
	MAX_TAGS = 50,
	MAX_TAG_NAME = 128,
	MAX_TAG_VALUE = 256,
	ACCOUNT = 13
};

/* The parts that differ between kinds of findings. */
struct content {
	const struct matrix *matrix;
	const char *account, *region;
	const char *generator, *title, *description, *remediation, *severity, *compliance;
	int64_t at;                               /* 0: the start of the run */
	const struct control *control;            /* NULL: none */
	const char *request_id, *exception, *gap; /* NULL: none */
	struct buffer *id;                        /* put_id frees it */
	const void *record;                       /* the record of this kind, for the functions */
	void (*put_resource)(struct json_writer *json, const struct content *content);
};

/* ---- texts ---- */

static void put_cut(struct json_writer *json, const char *name, const char *text, size_t max)
{
	struct buffer cut = {0};

	buffer_append(&cut, text, text_cut(span_of(text), max));
	json_put_buffer(json, name, &cut);
}

/* A long id is truncated and gets a hash, so that different ids stay different. */
static void put_id(struct json_writer *json, const struct content *content)
{
	enum { MARK = 9 /* "#01234567" */ };
	struct buffer cut = {0};

	if (content->id->length <= MAX_ID) {
		json_put_buffer(json, "Id", content->id);
		return;
	}
	buffer_append(&cut, content->id->at, text_cut(buffer_span(content->id), MAX_ID - MARK));
	buffer_print(&cut, "#%08x", hash_text(HASH_OF_NOTHING, content->id->at));
	cut.failed = cut.failed || content->id->failed;
	json_put_buffer(json, "Id", &cut);
	buffer_deinit(content->id);
}

/* ---- findings ---- */

/* The members of every resource; `type` in Security Hub's terms. */
static void put_resource_head(struct json_writer *json, const struct content *content, const char *type)
{
	json_put_text(json, "Type", type);
	json_put_text(json, "Partition", run_partition(&content->matrix->run));
	json_put_text(json, "Region", content->region);
}

static void put_provider_fields(struct json_writer *json, const struct content *content)
{
	json_open_object(json, "FindingProviderFields");
	json_open_object(json, "Severity");
	json_put_text(json, "Label", content->severity);
	json_close_object(json);
	json_open_list(json, "Types");
	json_put_text(json, NULL, "Software and Configuration Checks/AWS Security Best Practices");
	json_close_list(json);
	json_close_object(json);
}

static void put_compliance(struct json_writer *json, const struct content *content)
{
	json_open_object(json, "Compliance");
	json_put_text(json, "Status", content->compliance);
	if (content->control)
		json_put_references(json, "RelatedRequirements", content->control);
	json_close_object(json);
}

static void put_remediation(struct json_writer *json, const struct content *content)
{
	json_open_object(json, "Remediation");
	json_open_object(json, "Recommendation");
	put_cut(json, "Text", content->remediation, MAX_REMEDIATION);
	json_close_object(json);
	json_close_object(json);
}

static void put_scope(struct json_writer *json, const struct run *run)
{
	struct buffer scope = {0};

	scope_describe(run, &scope);
	if (scope.length > 0)
		put_cut(json, "neptune-scan/scope", scope.at, MAX_PRODUCT_FIELD);
	json->text->failed = json->text->failed || scope.failed;
	buffer_deinit(&scope);
}

static void put_product_fields(struct json_writer *json, const struct content *content)
{
	json_open_object(json, "ProductFields");
	json_put_text(json, "neptune-scan/run", content->matrix->run.id);
	if (content->request_id)
		json_put_text(json, "neptune-scan/request", content->request_id);
	if (content->exception)
		json_put_text(json, "neptune-scan/exception", content->exception);
	if (content->gap)
		json_put_text(json, "neptune-scan/gap", content->gap);
	put_scope(json, &content->matrix->run);
	json_close_object(json);
}

static void put_times(struct json_writer *json, const struct content *content)
{
	const struct run *run = &content->matrix->run;
	int64_t created = content->at ? content->at : run->started;
	char seen[CLOCK_ISO_SIZE], updated[CLOCK_ISO_SIZE];

	clock_format_iso(created, seen);
	clock_format_iso(run->finished ? run->finished : created, updated);
	json_put_text(json, "CreatedAt", seen);
	json_put_text(json, "UpdatedAt", updated);
}

static void put_finding(struct json_writer *json, const struct content *content)
{
	struct buffer product = {0};

	buffer_texts(&product, "arn:", run_partition(&content->matrix->run), ":securityhub:", content->region,
		     ":", content->account, ":product/", content->account, "/default", NULL);
	json_open_object(json, NULL);
	json_put_text(json, "SchemaVersion", "2018-10-08");
	put_id(json, content);
	json_put_buffer(json, "ProductArn", &product);
	json_put_text(json, "GeneratorId", content->generator);
	json_put_text(json, "AwsAccountId", content->account);
	put_times(json, content);
	put_cut(json, "Title", content->title, MAX_TITLE);
	put_cut(json, "Description", content->description, MAX_DESCRIPTION);
	json_open_list(json, "Resources");
	json_open_object(json, NULL);
	content->put_resource(json, content);
	json_close_object(json);
	json_close_list(json);
	json_put_text(json, "RecordState", "ACTIVE");
	put_provider_fields(json, content);
	put_compliance(json, content);
	if (content->remediation)
		put_remediation(json, content);
	put_product_fields(json, content);
	json_close_object(json);
}

/* ---- batches ---- */

struct batches {
	struct json_stream out;
	size_t count; /* in the open line; 0: none is open */
	const char *region;
	char account[ACCOUNT];
};

static void end_batch(struct batches *batches)
{
	if (batches->count == 0)
		return;
	json_close_list(&batches->out.json);
	json_close_object(&batches->out.json);
	json_stream_end_line(&batches->out);
	batches->count = 0;
}

static void begin_batch(struct batches *batches, const struct content *content)
{
	json_open_object(&batches->out.json, NULL);
	json_open_list(&batches->out.json, "Findings");
	batches->region = content->region;
	text_copy(batches->account, sizeof batches->account, span_of(content->account));
}

static void add(struct batches *batches, const struct content *content)
{
	bool fits = batches->count > 0 && batches->count < BATCH &&
		    strcmp(batches->region, content->region) == 0 &&
		    strcmp(batches->account, content->account) == 0;

	if (!fits) {
		end_batch(batches);
		begin_batch(batches, content);
	}
	put_finding(&batches->out.json, content);
	batches->count++;
	json_stream_flush(&batches->out);
}

/* ---- findings of resources ---- */

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

static bool is_tag_taken(const struct pair *tag)
{
	return tag->name[0] && strlen(tag->name) <= MAX_TAG_NAME && tag->value &&
	       strlen(tag->value) <= MAX_TAG_VALUE;
}

static void put_tags(struct json_writer *json, const struct pair *tag)
{
	size_t count = 0;

	while (tag && !is_tag_taken(tag))
		tag = tag->next;
	if (!tag)
		return;
	json_open_object(json, "Tags");
	for (; tag && count < MAX_TAGS; tag = tag->next) {
		if (!is_tag_taken(tag))
			continue;
		json_put_text(json, tag->name, tag->value);
		count++;
	}
	json_close_object(json);
}

static void put_resource(struct json_writer *json, const struct content *content)
{
	const struct finding *finding = ((const struct found *)content->record)->finding;

	put_resource_head(json, content, type_of(finding->resource));
	json_put_text(json, "Id", resource_name(finding->resource));
	json_open_object(json, "Details");
	json_open_object(json, "Other");
	for (const struct pair *pair = finding->evidence; pair; pair = pair->next)
		json_put_text(json, pair->name, pair->value ? pair->value : "(absent)");
	json_put_text(json, "neptune-scan/verdict",
		      finding->exception ? "exempt" : verdict_name(finding->verdict));
	json_close_object(json);
	json_close_object(json);
	put_tags(json, finding->resource->tags);
}

static void add_finding(void *userdata, const struct found *found)
{
	static const char *const statuses[] = {"PASSED", "FAILED", "WARNING"};
	static const char *const labels[] = {"LOW", "MEDIUM", "HIGH", "CRITICAL"};
	const struct finding *finding = found->finding;
	const struct control *control = finding->control;
	struct buffer id = {0};
	const struct content content = {
		.matrix = found->matrix,
		.account = found->account->id,
		.region = found->region,
		.generator = control->id,
		.title = control->title,
		.description = finding->reason && *finding->reason ? finding->reason : control->title,
		.remediation = control->remediation,
		.severity = finding->verdict == VERDICT_PASS ? "INFORMATIONAL" : labels[control->severity],
		.compliance = statuses[finding->verdict],
		.at = finding->at,
		.control = control,
		.request_id = finding->request_id,
		.exception = finding->exception,
		.record = found,
		.id = &id,
		.put_resource = put_resource,
	};
	found_append_id(found, &id);
	add(userdata, &content);
}

/* ---- accounts and regions ---- */

/*
 * The region for findings about a whole account: one that the account certainly has, else the partition's
 * first.
 */
static const char *region_of_account(const struct matrix *matrix, size_t row)
{
	const struct partition *partition = partition_named(run_partition(&matrix->run));

	for (size_t column = 0; row < matrix->row_count && column < matrix->column_count; column++) {
		enum cell_state state = (enum cell_state)matrix_cell(matrix, row, column).state;

		if (state == CELL_PASS || state == CELL_FAIL || state == CELL_EXEMPT || state == CELL_EMPTY)
			return matrix->columns[column].region;
	}
	return partition ? partition->home_region : "us-east-1";
}

/* `state` NULL: none. */
static void put_account(struct json_writer *json, const struct content *content, const char *verdict,
			const char *state)
{
	struct buffer id = {0};

	buffer_texts(&id, "AWS::::Account:", content->account, NULL);
	put_resource_head(json, content, "AwsAccount");
	json_put_buffer(json, "Id", &id);
	json_open_object(json, "Details");
	json_open_object(json, "Other");
	json_put_text(json, "neptune-scan/verdict", verdict);
	if (state)
		json_put_text(json, "neptune-scan/state", state);
	json_close_object(json);
	json_close_object(json);
}

static void put_unassessed(struct json_writer *json, const struct content *content)
{
	const struct unassessed *unassessed = content->record;

	put_account(json, content, unassessed_label(unassessed), cell_state_name(unassessed->state));
}

static void add_unassessed(void *userdata, const struct unassessed *unassessed)
{
	const struct matrix *matrix = unassessed->matrix;
	size_t row = (size_t)(unassessed->account - matrix->rows);
	char advice[MAX_ADVICE];
	struct buffer id = {0};
	const struct content content = {
		.matrix = matrix,
		.account = unassessed->account->id,
		.region = unassessed->region ? unassessed->region : region_of_account(matrix, row),
		.generator = "neptune-scan/not-assessed",
		.title = unassessed_title(unassessed),
		.description = unassessed->reason,
		.remediation = advice,
		.severity = unassessed->gap ? "LOW" : "MEDIUM",
		.gap = unassessed->gap ? unassessed->gap->name : NULL,
		.compliance = "NOT_AVAILABLE",
		.at = unassessed->at,
		.request_id = unassessed->request_id,
		.record = unassessed,
		.id = &id,
		.put_resource = put_unassessed,
	};

	unassessed_append_id(unassessed, &id);
	unassessed_write_advice(unassessed, advice);
	add(userdata, &content);
}

/* ---- notes ---- */

/* The caller's account, whose Security Hub gets notes on the run; empty: not known. */
static void find_account(const struct run *run, char account[static ACCOUNT])
{
	struct arn caller;

	account[0] = '\0';
	if (run->management_account)
		snprintf(account, ACCOUNT, "%s", run->management_account);
	else if (run->caller && arn_split(span_of(run->caller), &caller))
		snprintf(account, ACCOUNT, SPAN_FORMAT, SPAN_ARGUMENTS(caller.account));
}

static void put_noted(struct json_writer *json, const struct content *content)
{
	put_account(json, content, NOTE_LABEL, NULL);
}

static void add_note(void *userdata, const struct note *note)
{
	char account[ACCOUNT];
	struct buffer id = {0};
	struct content content = {
		.matrix = note->matrix,
		.account = account,
		.generator = "neptune-scan/" NOTE_LABEL,
		.title = note_title(note),
		.description = note->text,
		.severity = "LOW",
		.compliance = "WARNING",
		.gap = note->gap ? note->gap->name : NULL,
		.record = note,
		.id = &id,
		.put_resource = put_noted,
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
	note_append_id(note, &id);
	add(userdata, &content);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {add_note, add_finding, add_unassessed};
	struct batches batches = {.count = 0};

	json_stream_open(&batches.out, output->stream);
	walk_scope(matrix, &callbacks, &batches);
	walk_records(matrix, output, &callbacks, &batches);
	end_batch(&batches);
	return json_stream_close(&batches.out);
}

const struct report_format report_asff = {
	.name = "asff",
	.description =
		"for Security Hub: one line for each batch of an account and region, for batch-import-findings",
	.write = write,
};
