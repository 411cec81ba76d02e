/*
 * A line for each finding, and for each cell that could not be assessed, or only in part. The latter have no
 * control, and their own label in place of the verdict, so that a filter by verdict does not count them.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "scanner/reports/csv_field.h"
#include "scanner/reports/scope.h"
#include "scanner/reports/unassessed.h"

/* New fields are appended, because readers may use positions. */
enum field {
	CONTROL,
	ACCOUNT,
	ACCOUNT_NAME,
	OU,
	REGION,
	RESOURCE_TYPE,
	RESOURCE_ID,
	RESOURCE_ARN,
	VERDICT,
	SEVERITY,
	REASON,
	STORAGE_ENCRYPTED,
	STORAGE_ENCRYPTION_TYPE,
	KMS_KEY_ID,
	STATUS,
	EXCEPTION,
	REQUEST_ID,
	AT,
	ORGANIZATION,
	UNASSESSED,
	GAP,
	SCOPE,
	FIELDS
};

static const char header[] =
	"control,account,account_name,ou,region,resource_type,resource_id,resource_arn,verdict,"
	"severity,reason,storage_encrypted,storage_encryption_type,kms_key_id,status,exception,"
	"request_id,at,organization,unassessed,gap,scope\r\n";

struct csv {
	FILE *stream;
	const char *scope; /* the same in every line, see scope.h */
};

static void write_line(const struct csv *csv, const struct row *account, const char *fields[static FIELDS])
{
	FILE *stream = csv->stream;

	fields[SCOPE] = csv->scope;
	if (account) {
		fields[ACCOUNT] = account->id;
		fields[ACCOUNT_NAME] = account->name;
		fields[OU] = account->ou;
		fields[ORGANIZATION] = account->organization;
	}
	for (enum field field = 0; field < FIELDS; field++) {
		if (field > 0)
			fputc(',', stream);
		csv_write_field(stream, fields[field]);
	}
	fputs("\r\n", stream);
}

static void write_finding(void *userdata, const struct found *found)
{
	const struct finding *finding = found->finding;
	char at[CLOCK_ISO_SIZE];
	const char *fields[FIELDS] = {
		[CONTROL] = finding->control->id,
		[REGION] = found->region,
		[RESOURCE_TYPE] = resource_kind_name(finding->resource->kind),
		[RESOURCE_ID] = finding->resource->id,
		[RESOURCE_ARN] = finding->resource->arn,
		[VERDICT] = verdict_name(finding->verdict),
		[SEVERITY] = severity_name(finding->control->severity),
		[REASON] = finding->reason,
		[STORAGE_ENCRYPTED] = finding_evidence(finding, "StorageEncrypted"),
		[STORAGE_ENCRYPTION_TYPE] = finding_evidence(finding, "StorageEncryptionType"),
		[KMS_KEY_ID] = finding_evidence(finding, "KmsKeyId"),
		[STATUS] = finding_evidence(finding, "Status"),
		[EXCEPTION] = finding->exception,
		[REQUEST_ID] = finding->request_id,
		[AT] = at,
	};

	clock_format_iso(finding->at, at);
	write_line(userdata, found->account, fields);
}

static void write_unassessed(void *userdata, const struct unassessed *unassessed)
{
	char at[CLOCK_ISO_SIZE];
	const char *fields[FIELDS] = {
		[REGION] = unassessed->region,
		[VERDICT] = unassessed_label(unassessed),
		[REASON] = unassessed->reason,
		[REQUEST_ID] = unassessed->request_id,
		[AT] = unassessed->at ? at : NULL,
		[UNASSESSED] = cell_state_name(unassessed->state),
		[GAP] = unassessed->gap ? unassessed->gap->name : NULL,
	};

	clock_format_iso(unassessed->at, at);
	write_line(userdata, unassessed->account, fields);
}

static void write_note(void *userdata, const struct note *note)
{
	const char *fields[FIELDS] = {
		[VERDICT] = NOTE_LABEL, [REASON] = note->text, [GAP] = note->gap ? note->gap->name : NULL};

	write_line(userdata, note->account, fields);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {write_note, write_finding, write_unassessed};
	struct csv csv = {.stream = output->stream};
	struct buffer scope = {0};
	bool is_whole;

	scope_describe(&matrix->run, &scope);
	csv_begin(output->stream, output->csv_bom);
	fputs(header, output->stream);
	csv.scope = scope.at;
	walk_scope(matrix, &callbacks, &csv);
	walk_records(matrix, output, &callbacks, &csv);
	is_whole = !scope.failed && !json_oom_guard_failed();
	buffer_deinit(&scope);
	return is_whole;
}

const struct report_format report_csv = {
	.name = "csv",
	.description = "one line for each finding, and for each cell that could not be assessed",
	.write = write,
};
