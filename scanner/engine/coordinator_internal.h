/*
 * coordinator_internal.h - what run.c and coordinator.c share: the one begins or resumes a run, goes from
 * organization to organization and ends it, the other runs the loop over one. No other file includes it.
 */
#ifndef SCANNER_ENGINE_COORDINATOR_INTERNAL_H
#define SCANNER_ENGINE_COORDINATOR_INTERNAL_H

#include "base/buffer.h"
#include "scanner/engine/coordinator.h"
#include "scanner/engine/job.h"

/* What the passes over several organizations share. */
struct whole_run {
	const struct coordinator_options *options; /* the first one's: what is the run's stands there */
	size_t count;
	struct buffer settings; /* as run_settings_write() has them */
	/* The run that this one goes on with, if its organization is the same; number 0: there is none. */
	struct unfinished_run earlier;
	bool begun;    /* it is in the store */
	bool resumed;  /* it is the earlier one */
	size_t listed; /* organizations all of whose accounts are known */

	struct call_counts counts;
	struct pool_statistics statistics;
	char session_name[65]; /* of assumed roles */
	int64_t stop_at;       /* monotonic milliseconds; -1: never */
	bool stopped;          /* by a signal or the deadline: no other organization is entered */
};

/*
 * To be called when the caller and the organization (NULL: none, or not asked) are known, before any account is
 * taken: resumes the earlier run, or begins one. `recalls`: what an earlier program stored of this organization
 * is taken over.
 */
bool run_confirm(struct whole_run *whole, struct matrix *matrix, const char *caller, const char *organization,
		 bool *recalls, struct error *error);

/* Scans one organization into the matrix. False: it could not. */
bool coordinator_scan(const struct coordinator_options *options, struct whole_run *whole, bool is_alone,
		      struct matrix *matrix, struct error *error);
#endif
