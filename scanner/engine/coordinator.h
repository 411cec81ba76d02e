/*
 * coordinator.h - organization -> accounts -> sessions -> cells -> matrix.
 *
 * The one thread that owns the matrix. Discovery, role assumption and scanning overlap: the first cell
 * is scanned while the organization is still being listed. Accounts are entered no faster than their
 * cells are scanned, so that neither memory nor the age of a session grows with the organization.
 */
#ifndef SCANNER_ENGINE_COORDINATOR_H
#define SCANNER_ENGINE_COORDINATOR_H

#include "base/error.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/engine/progress.h"
#include "scanner/store/store.h"

struct caller_session;

struct coordinator_options {
	const struct config *config;
	const struct log *log;
	struct progress *progress;
	struct caller_session *source; /* the session that we came with */
	const struct control *const *selected;
	uint32_t needs;                /* QUERY_BIT(query), of all of them */
	struct policy policy;          /* without the organization's accounts: they are not listed yet */
	struct exceptions *exceptions; /* their findings are counted; NULL: none */
	struct store *store; /* where the run goes, and comes from when the config says resume; NULL: nowhere */
	/* Told of each cell as it is recorded; may be NULL. */
	void (*cell_recorded)(void *owner, const struct matrix *matrix, size_t row, size_t column);
	void *owner;
	struct shard shard; /* of the accounts: ours */
};

/*
 * Fills the matrix, with one organization after the other: each has options of its own, of which the first's
 * count for what is the run's (store, reports, exceptions, deadline). SIGINT, SIGTERM and SIGHUP must be
 * blocked in the calling thread; the first of them ends the scan gracefully, the second ends the process.
 * False: the scan could not start; the error says why. True: there is a matrix to report, however much of it is
 * blind.
 */
bool coordinator_run(const struct coordinator_options *options, size_t count, struct matrix *matrix,
		     struct error *error);

/* A scan that could not start for a reason that is known before anything is asked: stores the run as such. */
void coordinator_could_not_start(const struct coordinator_options *options, size_t count, struct matrix *matrix,
				 const struct error *why);

#endif
