/*
 * resume.h - begins a run in the store, or resumes the latest one that did not finish.
 *
 * What can be compared before any request is compared by run_begin: the settings and the age. Whether the run
 * is of the same organization and caller is known when AWS has named them: run_confirm. A run that cannot be
 * resumed is begun anew, with a warning that says why. Everything here is called on the coordinator's thread.
 */
#ifndef SCANNER_ENGINE_RESUME_H
#define SCANNER_ENGINE_RESUME_H

#include "base/buffer.h"
#include "scanner/engine/job.h"
#include "scanner/engine/run.h"

/* A run while it is scanned: run.c owns it, and hands it to coordinator.c with one organization after the
 * other. */
struct scan_run {
	const struct run_options *options;
	const struct organization *organizations;
	size_t count;
	struct matrix *matrix;
	struct buffer settings; /* as run_settings_write() has them */
	/* The run that this one resumes, if its organization is the same; number 0: there is none. */
	struct unfinished_run earlier;
	bool begun;    /* it is in the store */
	bool resumed;  /* it is the earlier one */
	size_t listed; /* organizations all of whose accounts are known */

	struct call_counts counts;
	struct pool_statistics statistics;
	char session_name[65]; /* of assumed roles */
	int64_t stop_at_ms;    /* monotonic; -1: never */
	bool stopped;          /* by a signal or the deadline: no other organization is entered */
};

/* Session names of assumed roles, from the settings or the id of the run. */
void run_name_sessions(struct scan_run *run);
/* Begins the run; with --resume only if there is none to be resumed. The matrix has its id, the run its
 * settings. */
bool run_begin(struct scan_run *run, struct error *error);
/* Begins the run if run_confirm was not reached: then the earlier one stays as it is. */
bool run_begin_anew(struct scan_run *run, struct error *error);
/*
 * When the caller and the organization (NULL: none, or not queried) are known, before any account is taken:
 * resumes the earlier run, or begins one. `recalls`: what an earlier program stored of this organization is
 * taken over.
 */
bool run_confirm(struct scan_run *run, const char *caller, const char *organization, bool *recalls,
		 struct error *error);
/* After the last organization: takes over earlier programs' results, as far as they still hold. */
bool run_restore_earlier(const struct scan_run *run, struct error *error);

#endif
