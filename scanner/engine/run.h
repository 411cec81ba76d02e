/*
 * run.h - a run: one organization or several, scanned into one matrix, stored, and ended.
 *
 * With --resume a run continues the latest one that did not finish, if that one had the same settings, is young
 * enough, and is of the same organization and caller, which AWS must tell first. Otherwise it is a run of its
 * own, and a warning says why: a nightly job must not end in the same error every night. A scan that cannot
 * start is stored as a run, too: a reader of the latest run learns that it failed, and why.
 */
#ifndef SCANNER_ENGINE_RUN_H
#define SCANNER_ENGINE_RUN_H

#include "base/error.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/engine/progress.h"
#include "scanner/store/store.h"

struct accounts_file;
struct caller_session;

/* What holds for the run as a whole. */
struct run_options {
	const struct config *config; /* the first organization's */
	const struct log *log;
	struct progress *progress;
	const struct control *const *selected; /* NULL-terminated */
	uint32_t needs;                        /* QUERY_BIT()s of all of them */
	struct policy policy;          /* without the organization's accounts: they are not listed yet */
	struct exceptions *exceptions; /* their findings are counted; NULL: none */
	struct store *store; /* where the run goes, and comes from when the config says resume; NULL: nowhere */
	struct shard shard;  /* of the accounts */
	/* Called with each cell as it is recorded; may be NULL. */
	void (*cell_recorded)(void *owner, const struct matrix *matrix, size_t row, size_t column);
	void *owner;
};

struct organization {
	const struct config *config;
	struct caller_session *caller;
	struct accounts_file *accounts; /* NULL: the organization is listed */
};

/*
 * Fills the matrix, one organization after the other. A signal ends the scan gracefully, also one that came
 * before (interruption.h). False: the scan could not start, and the error says why. True: there is a matrix to
 * report, whatever could not be assessed.
 */
bool run_scan(const struct run_options *options, const struct organization *organizations, size_t count,
	      struct matrix *matrix, struct error *error);

/* Stores a run that could not start for a reason that is known before any request. */
void run_record_failure(const struct run_options *options, const struct organization *organizations,
			size_t count, struct matrix *matrix, const struct error *why);

#endif
