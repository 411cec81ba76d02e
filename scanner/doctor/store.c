/*
 * Checks that the run can be stored.
 */
#include "scanner/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "scanner/doctor/doctor.h"

enum {
	MIN_FREE_MIB = 512,
	NIGHT = 36 * 3600 /* seconds; a day and a half, so that a nightly run may be late */,
	MEBIBYTE = 1048576
};

static void folder_of(const char *path, char *folder, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(folder, size, "%.*s", slash ? (int)(slash - path + (slash == path)) : 1, slash ? path : ".");
}

static void report_new(struct doctor_findings *findings, const char *path, const char *folder)
{
	if (access(folder, W_OK | X_OK) == 0)
		doctor_report(findings, DOCTOR_OK, "store", NULL, "%s will be made by the first scan", path);
	else
		doctor_report(findings, DOCTOR_FAILURE, "store",
			      "name another file with --db, or make the folder", "%s cannot be made: %s: %s",
			      path, folder, strerror(errno));
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
			      "make room, or drop old runs with `neptune-scan runs prune --keep N`",
			      "only %llu MiB are free in %s", free_mib, folder);
}

struct latest_run {
	int64_t started; /* 0: no run */
	bool finished, could_not_start, assessed_nothing;
	char why[400]; /* why it ended early */
};

static void remember(void *context, const struct stored_run *run)
{
	struct latest_run *latest = context;

	*latest = (struct latest_run){.started = run->started,
				      .finished = strcmp(run->state, "finished") == 0,
				      .could_not_start = run->could_not_start,
				      .assessed_nothing = run->assessed_nothing};
	snprintf(latest->why, sizeof latest->why, "%s",
		 run->interrupted ? run->interrupted : "it did not come to its end");
}

/* True: reported a problem with the latest run. */
static bool report_latest(struct doctor_findings *findings, const struct config *config, const char *path,
			  const struct latest_run *latest)
{
	int64_t age = clock_wall_seconds() - latest->started;
	long long hours = (long long)(age / 3600);

	if (!latest->started)
		return false;
	if (latest->could_not_start)
		doctor_report(findings, DOCTOR_WARNING, "store",
			      "the checks above say whether the next one can",
			      "%s is whole; its latest run, %lld hours ago, could not start: %s", path, hours,
			      latest->why);
	else if (!latest->finished && (latest->assessed_nothing || age > config->resume_within_ms / 1000))
		doctor_report(
			findings, DOCTOR_WARNING, "store", "the next scan begins anew, with --resume, too",
			"%s is whole; its latest run, %lld hours ago, did not come to its end", path, hours);
	else if (!latest->finished)
		doctor_report(findings, DOCTOR_WARNING, "store", "`scan --resume` goes on with it",
			      "%s is whole; its latest run, %lld hours ago, did not come to its end", path,
			      hours);
	else if (age > NIGHT)
		doctor_report(findings, DOCTOR_WARNING, "store", "does the timer run? (systemctl list-timers)",
			      "%s is whole; its latest run was %lld hours ago", path, hours);
	else
		return false;
	return true;
}

static void report_runs(struct doctor_findings *findings, const struct config *config, struct store *store)
{
	const char *path = config->store_path;
	struct latest_run latest = {0};
	struct stat about = {0};
	struct error error;

	if (!store_check(store, &error) || !store_list_runs(store, remember, &latest, &error)) {
		doctor_report(findings, DOCTOR_FAILURE, "store",
			      "move it away, or bring back a copy; a new one is made by the next scan", "%s",
			      error.text);
		return;
	}
	stat(path, &about);
	if (access(path, W_OK) != 0)
		doctor_report(findings, DOCTOR_FAILURE, "store", "chown or chmod it, or name another with --db",
			      "%s cannot be written: %s", path, strerror(errno));
	else if (!report_latest(findings, config, path, &latest))
		doctor_report(findings, DOCTOR_OK, "store", NULL, "%s is whole, %lld MiB; %s", path,
			      (long long)about.st_size / MEBIBYTE,
			      latest.started ? "its latest run came to its end" : "no run is in it");
}

void doctor_examine_store(const struct config *config, struct doctor_findings *findings)
{
	const char *path = config->store_path;
	char folder[600];
	struct store *store;
	struct error error;

	if (strcmp(path, "none") == 0 || strcmp(path, ":memory:") == 0) {
		doctor_report(findings, DOCTOR_OK, "store", NULL,
			      "runs are not kept (store.path is %s): no --resume, no history", path);
		return;
	}
	folder_of(path, folder, sizeof folder);
	if (access(path, F_OK) != 0) {
		report_new(findings, path, folder);
		report_space(findings, folder);
		return;
	}
	store = store_open_to_read(path, &error);
	if (store)
		report_runs(findings, config, store);
	else
		doctor_report(findings, DOCTOR_FAILURE, "store", "name another file with --db", "%s",
			      error.text);
	store_close(store);
	report_space(findings, folder);
}
