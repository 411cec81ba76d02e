/* One line a finding. */
#include <string.h>

#include "base/clock.h"
#include "scanner/reports/csv_field.h"
#include "scanner/reports/walk.h"

static const char header[] =
	"control,account,account_name,ou,region,resource_type,resource_id,resource_arn,verdict,"
	"severity,reason,storage_encrypted,storage_encryption_type,kms_key_id,status,exception,"
	"request_id,at,organization\r\n";

static const char *evidence(const struct finding *finding, const char *name)
{
	for (const struct pair *pair = finding->evidence; pair; pair = pair->next)
		if (strcmp(pair->name, name) == 0)
			return pair->value;
	return NULL;
}

static void write_finding(void *context, const struct found *found)
{
	const struct finding *finding = found->finding;
	const struct row *account = found->account;
	FILE *stream = context;
	char at[CLOCK_ISO_SIZE];

	clock_format_iso(finding->at, at);
	const char *const fields[] = {
		finding->control->id,
		account->id,
		account->name,
		account->ou,
		found->region,
		resource_kind_name(finding->resource->kind),
		finding->resource->id,
		finding->resource->arn,
		verdict_name(finding->verdict),
		severity_name(finding->control->severity),
		finding->reason,
		evidence(finding, "StorageEncrypted"),
		evidence(finding, "StorageEncryptionType"),
		evidence(finding, "KmsKeyId"),
		evidence(finding, "Status"),
		finding->exception,
		finding->request_id,
		at,
		account->organization,
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (i > 0)
			fputc(',', stream);
		csv_write_field(stream, fields[i]);
	}
	fputs("\r\n", stream);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	fputs(header, output->stream);
	walk_findings(matrix, output, write_finding, output->stream);
}

const struct report_format report_csv = {
	.name = "csv",
	.description = "one line a finding",
	.write = write,
};
