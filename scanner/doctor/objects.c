/* Checks that what is kept in S3 can be fetched and published. */
#include "scanner/doctor/doctor.h"

#include <string.h>

#include "config/object_url.h"
#include "scanner/storage/storage.h"

static void try_object(struct storage *storage, const char *name, struct doctor_findings *findings)
{
	struct error error;
	bool exists = false;

	if (!storage_try(storage, name, &exists, &error))
		doctor_report_error(findings, DOCTOR_FAILURE, "s3", NULL, &error);
	else
		doctor_report(findings, DOCTOR_OK, "s3", NULL, "%s can be read and written%s", name,
			      exists ? "" : "; it does not exist yet");
}

static struct storage *open_storage(const struct doctor_options *options, struct doctor_findings *findings)
{
	struct error error;
	struct storage *storage = storage_open(options->config, options->log, &error);

	if (!storage)
		doctor_report_error(findings, DOCTOR_FAILURE, "s3", NULL, &error);
	return storage;
}

void doctor_examine_objects(const struct doctor_options *options, struct doctor_findings *findings)
{
	struct storage *storage;
	size_t position = 0;
	const char *name;

	if (!config_writes_objects(options->config))
		return;
	storage = open_storage(options, findings);
	while (storage && (name = config_next_object(options->config, &position)))
		try_object(storage, name, findings);
	storage_close(storage);
}

void doctor_examine_accounts_file(const struct doctor_options *options, struct doctor_findings *findings)
{
	const char *name = options->config->accounts_file;
	struct storage *storage = object_url_is(name) ? open_storage(options, findings) : NULL;

	if (storage)
		try_object(storage, name, findings);
	storage_close(storage);
}
