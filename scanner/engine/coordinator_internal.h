/*
 * coordinator_internal.h - the coordinator's state, for coordinator.c (the loop, and what discovery tells) and
 * account_cells.c (from an account to its cells, and back to the matrix). No other file includes it.
 */
#ifndef SCANNER_ENGINE_COORDINATOR_INTERNAL_H
#define SCANNER_ENGINE_COORDINATOR_INTERNAL_H

#include "scanner/engine/account_queue.h"
#include "scanner/engine/account_session.h"
#include "scanner/engine/cell.h"
#include "scanner/engine/coordinator.h"

struct coordinator {
	struct scan_run *run;
	const struct run_options *options;
	const struct organization *organization;
	const struct config *config;
	struct matrix *matrix;
	struct scan scan;
	struct buffer session_policy; /* empty: none */
	atomic_bool policy_refused;   /* by STS */
	struct sts_endpoints sts;
	struct account_queue queue;
	struct mailbox mailbox;
	struct discovery *discovery;

	bool recalls;           /* what an earlier program of the run stored of this organization */
	bool waits_for_listing; /* the names of all accounts decide what exceptions cover */
	bool listing, discovering;
	/* Once they are listed; NULL: the whole organization is not. */
	const char *const *accounts;
	size_t account_count;
	struct cell *suspended; /* cells whose verdicts depend on that list */
	size_t account_sessions_out, cells_out;
	size_t *out_in_column, column_capacity; /* cells that are out, for the progress line */

	size_t rows_done, cells_sent, cells_done, failing, blind;
	int64_t cancel_at_ms; /* monotonic */
	bool stopping, cancelled, signalled;
	struct error *error;
	bool failed;
};

/* The scan ends with this error; the first one counts. */
static inline void coordinator_fail(struct coordinator *coordinator, const struct error *error)
{
	if (coordinator->failed)
		return;
	coordinator->failed = true;
	*coordinator->error = *error;
}

/* ---- account_cells.c ---- */

/* Columns of regions that the settings name. */
void account_cells_prepare(struct coordinator *coordinator);
/* Sends the account of a row to the pool. */
void account_cells_enter(struct coordinator *coordinator, size_t row);
/* Which accounts are the organization's is known now, or the scan stops: cells that wait for it continue or
 * end. */
void account_cells_resume_suspended(struct coordinator *coordinator);

#endif
