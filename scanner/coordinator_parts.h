/*
 * coordinator_parts.h - what the files of the coordinator share: coordinator.c runs the loop, renewal.c sees to
 * it that nobody is without a session. Nobody else includes it.
 */
#ifndef SCANNER_COORDINATOR_PARTS_H
#define SCANNER_COORDINATOR_PARTS_H

#include "scanner/cell.h"
#include "scanner/coordinator.h"
#include "scanner/discovery.h"
#include "scanner/source.h"
#include "scanner/visit.h"

enum {
	COORDINATOR_COLUMNS =
		256, /* whose cells are counted for the progress line; there are not that many regions */
};

/* What the passes over several organizations share. */
struct whole_run {
	struct call_counts counts;
	struct pool_statistics statistics;
	char session_name[65]; /* of assumed roles */
	int64_t stop_at;       /* monotonic milliseconds; -1: never */
	bool stopped;          /* by a signal or the deadline: no other organization is entered */
	bool resumed;          /* an earlier program has scanned a part of this run */
};

struct coordinator {
	const struct coordinator_options *options;
	const struct config *config;
	struct matrix *matrix;
	struct scan scan;
	struct whole_run *whole;
	size_t first_row; /* in the matrix: those before it are of other organizations */
	struct mailbox mailbox;
	struct pool *pool;
	struct discovery *discovery;
	struct identity identity;
	const char *organization; /* its id, in the matrix's arena; NULL: none, or not known yet */
	int signals;

	/* Rows that may be entered, in the order of the organization; those before `entered` were. */
	size_t *accounts, account_count, account_capacity, entered;
	bool waits_for_places; /* organizational units are filtered: no row is entered before its place is known
				*/
	bool waits_for_listing; /* whether an account is of the organization decides a verdict */
	bool listing, discovering;
	size_t visits_out, cells_out, out_in_column[COORDINATOR_COLUMNS];
	struct visit *waiting; /* for a new source session; they count as out */
	bool discovery_waits;  /* for the same */
	int discovery_renewals;

	size_t rows_done, cells_done, failing, blind;
	int64_t cancel_at; /* monotonic milliseconds */
	bool stopping, cancelled;
	struct error *error;
	bool failed;
};

/* Scans one organization into the matrix. False: it could not. */
bool coordinator_scan(const struct coordinator_options *options, struct whole_run *whole, bool is_alone,
		      struct matrix *matrix, struct error *error);
/* `before` and one more, "o-a, o-b", each once; both may be NULL. */
const char *run_join(struct matrix *matrix, const char *before, const char *one);

/* A visit that has come back, with a session or with the reason why not. */
void coordinator_take_visit(struct coordinator *coordinator, struct visit *visit);
/* A cell that is done: into the matrix. */
void coordinator_record_cell(struct coordinator *coordinator, struct cell *cell);
/* Discovery will not go on. */
void coordinator_end_discovery(struct coordinator *coordinator, const struct error *error);

/* A cell has come back because its session is over: it goes on with a new one. */
void renewal_of_cell(struct coordinator *coordinator, struct cell *cell);
/* A visit could not assume its role because the source session is over. */
void renewal_of_visit(struct coordinator *coordinator, struct visit *visit);
/* The same for discovery. False: it has had its chances. */
bool renewal_of_discovery(struct coordinator *coordinator);
/* A visit that was sent for a new session is back. */
void renewal_end(struct coordinator *coordinator, struct visit *visit);
/* Now and then: renews the source session before it ends. */
void renewal_watch(struct coordinator *coordinator);
/* Nobody is entered with a session that is over, while there may be a better one soon. */
bool renewal_holds(const struct coordinator *coordinator);
/* The scan stops: who waits for a session is pending. */
void renewal_stop(struct coordinator *coordinator);

#endif
