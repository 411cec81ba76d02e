/*
 * renewal.h - sessions come to their end while the scan goes on.
 *
 * A member's is assumed again by its account_session; the source session, with which all that is done, is asked
 * for again where it came from. Either happens once, for all who wait. Everything here is called on the
 * coordinator's thread.
 */
#ifndef SCANNER_RENEWAL_H
#define SCANNER_RENEWAL_H

#include "scanner/account_session.h"
#include "scanner/cell.h"
#include "scanner/discovery.h"
#include "scanner/source.h"

/* The first member of the coordinator, since a job that returns is given just that. */
struct renewal {
	/* By the coordinator, once. */
	const struct log *log;
	const struct scan *scan;
	struct source *source;
	struct pool *pool;
	struct discovery *discovery;
	/* An account session goes out once more; it is back, with a session or with the reason why not. */
	void (*account_session_left)(struct renewal *renewal);
	void (*account_session_ready)(struct renewal *renewal, struct account_session *account_session);
	/* A cell whose account nobody gets into any more. */
	void (*cell_ended)(struct renewal *renewal, struct cell *cell);
	/* Discovery will not go on; `error` NULL: because the scan was stopped. */
	void (*discovery_ended)(struct renewal *renewal, const struct error *error);

	/* Its own. */
	struct account_session *waiting; /* for a new source session; they count as out */
	bool discovery_waits;            /* for the same */
	int discovery_renewals;
	bool stopping;
};

/* A cell has come back because its session is over: it goes on with a new one. */
void renewal_of_cell(struct renewal *renewal, struct cell *cell);
/* An account session could not assume its role because the source session is over. */
void renewal_of_visit(struct renewal *renewal, struct account_session *account_session);
/* The same for discovery. False: it has had its chances. */
bool renewal_of_discovery(struct renewal *renewal);
/* An account session that was sent for a new session is back. */
void renewal_end(struct renewal *renewal, struct account_session *account_session);
/* Now and then: renews the source session before it ends. */
void renewal_watch(struct renewal *renewal);
/* Nobody is entered with a session that is over, while there may be a better one soon. */
bool renewal_holds(const struct renewal *renewal);
/* The scan stops: who waits for a session is pending. */
void renewal_stop(struct renewal *renewal);

#endif
