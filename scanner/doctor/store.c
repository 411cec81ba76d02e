/* Checks that the run can be stored. */
#include "scanner/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "config/object_url.h"
#include "scanner/doctor/doctor.h"
#include "scanner/storage/storage.h"

enum {
	MIN_FREE_MIB = 512,
	NIGHT = 36 * 3600 /* seconds: a nightly run, and half a day */,
	MEBIBYTE = 1048576,
	KIBIBYTE = 1024,
	AGE_SIZE = 40
};

static void folder_of(const char *path, char *folder, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(folder, size, "%.*s", slash ? (int)(slash - path + (slash == path)) : 1, slash ? path : ".");
}

static void report_new(struct doctor_findings *findings, const char *path, const char *folder)
{
	if (access(folder, W_OK | X_OK) == 0)
		doctor_report(findings, DOCTOR_OK, "store", NULL,
			      "%s does not exist yet; the first scan creates it", path);
	else
		doctor_report(findings, DOCTOR_FAILURE, "store",
			      "create the directory, or choose a file with --db",
			      "%s cannot be created: %s: %s", path, folder, strerror(errno));
}

static void report_space(struct doctor_findings *findings, const char *folder)
{
	struct statvfs about;
	unsigned long long free_mib;

	if (statvfs(folder, &about) != 0)
		return;
	free_mib = (unsigned long long)about.f_bavail * about.f_frsize / MEBIBYTE;
	if (free_mib < MIN_FREE_MIB)
		doctor_report(findings, DOCTOR_WARNING, "store",
			      "neptune-scan runs prune --keep N, or free space", "only %llu MiB are free in %s",
			      free_mib, folder);
}

struct latest_run {
	int64_t started; /* 0: no run */
	bool finished, could_not_start, assessed_nothing;
	char why[400]; /* why it ended early */
};

static void remember(void *context, const struct stored_run *run)
{
	const char *why = run->interrupted ? run->interrupted : "it did not finish";
	struct latest_run *latest = context;

	*latest = (struct latest_run){.started = run->started,
				      .finished = strcmp(run->state, "finished") == 0,
				      .could_not_start = run->could_not_start,
				      .assessed_nothing = run->assessed_nothing};
	text_print(latest->why, sizeof latest->why, "%.*s", error_length_without_fix(why), why);
}

/* "4 minutes" */
static void format_age(int64_t seconds, char text[static AGE_SIZE])
{
	int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
	long long count = days > 1 ? days : hours > 1 ? hours : minutes;

	snprintf(text, AGE_SIZE, "%lld %s%s", count,
		 days > 1    ? "day"
		 : hours > 1 ? "hour"
			     : "minute",
		 count == 1 ? "" : "s");
}

/* False: the latest run is as it should be. */
static bool report_latest(struct doctor_findings *findings, const struct config *config,
			  const struct latest_run *latest)
{
	int64_t age_s = clock_wall_seconds() - latest->started;
	char age[AGE_SIZE];

	if (!latest->started)
		return false;
	format_age(age_s, age);
	if (latest->could_not_start)
		doctor_report(findings, DOCTOR_WARNING, "store", "see the other checks",
			      "the latest run, %s ago, could not start: %s", age, latest->why);
	else if (!latest->finished && (latest->assessed_nothing || age_s > config->resume_within_ms / 1000))
		doctor_report(findings, DOCTOR_WARNING, "store",
			      "neptune-scan scan (it is too late to resume the run)",
			      "the latest run was interrupted %s ago", age);
	else if (!latest->finished)
		doctor_report(findings, DOCTOR_WARNING, "store", "neptune-scan scan --resume",
			      "the latest run was interrupted %s ago", age);
	else if (age_s > NIGHT)
		doctor_report(findings, DOCTOR_WARNING, "store",
			      "systemctl list-timers shows whether the timer is active",
			      "the latest run started %s ago", age);
	else
		return false;
	return true;
}

/* `path`: the local file, which a scan writes; of an object, the private copy. */
static void report_runs(struct doctor_findings *findings, const struct config *config, const char *path,
			struct store *store)
{
	struct latest_run latest = {0};
	struct stat about = {0};
	struct error error;

	if (!store_check(store, &error) || !store_list_runs(store, remember, &latest, &error)) {
		doctor_report_error(findings, DOCTOR_FAILURE, "store",
				    "restore a backup, or move the file away: the next scan creates a new one",
				    &error);
		return;
	}
	stat(path, &about);
	if (access(path, W_OK) != 0)
		doctor_report(findings, DOCTOR_FAILURE, "store",
			      "chown or chmod the file, or choose another with --db", "%s is not writable: %s",
			      path, strerror(errno));
	else if (!report_latest(findings, config, &latest))
		doctor_report(findings, DOCTOR_OK, "store", NULL, "%s passes the integrity check (%lld %s); %s",
			      config->store_path,
			      (long long)about.st_size / (about.st_size < MEBIBYTE ? KIBIBYTE : MEBIBYTE),
			      about.st_size < MEBIBYTE ? "KiB" : "MiB",
			      latest.started ? "the latest run finished" : "it has no runs");
}

static void examine_file(const struct config *config, const char *path, struct doctor_findings *findings)
{
	struct error error;
	struct store *store = store_open_to_read(path, &error);

	if (store)
		report_runs(findings, config, path, store);
	else
		doctor_report_error(findings, DOCTOR_FAILURE, "store", "choose another file with --db", &error);
	store_close(store);
}

/* An object that cannot be fetched, or is not there yet, is a finding of doctor_examine_objects. */
static void examine_object(const struct doctor_options *options, struct doctor_findings *findings)
{
	struct storage *storage = storage_open(options->config, options->log, NULL);
	struct storage_file file;

	if (storage && storage_fetch(storage, options->config->store_path, &file, NULL)) {
		if (file.exists)
			examine_file(options->config, file.path, findings);
		storage_file_close(&file);
	}
	storage_close(storage);
}

void doctor_examine_store(const struct doctor_options *options, struct doctor_findings *findings)
{
	const char *path = options->config->store_path;
	char folder[600];

	if (object_url_is(path)) {
		examine_object(options, findings);
		return;
	}
	if (strcmp(path, "none") == 0 || strcmp(path, ":memory:") == 0) {
		doctor_report(findings, DOCTOR_OK, "store", NULL,
			      "runs are not stored (store.path is %s): no --resume, no history", path);
		return;
	}
	folder_of(path, folder, sizeof folder);
	if (access(path, F_OK) == 0)
		examine_file(options->config, path, findings);
	else
		report_new(findings, path, folder);
	report_space(findings, folder);
}
