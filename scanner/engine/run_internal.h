/*
 * run_internal.h - what run.c and coordinator.c share: run.c begins or resumes a run, hands over one
 * organization after the other, and ends it; coordinator.c scans one. No other file includes it.
 */
#ifndef SCANNER_ENGINE_RUN_INTERNAL_H
#define SCANNER_ENGINE_RUN_INTERNAL_H

#include "base/buffer.h"
#include "scanner/engine/job.h"
#include "scanner/engine/run.h"

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

/*
 * When the caller and the organization (NULL: none, or not queried) are known, before any account is taken:
 * resumes the earlier run, or begins one. `recalls`: what an earlier program stored of this organization is
 * taken over.
 */
bool run_confirm(struct scan_run *run, const char *caller, const char *organization, bool *recalls,
		 struct error *error);

#endif
