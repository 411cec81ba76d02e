/*
 * session_refresh.h - sessions come to their end while the scan goes on.
 *
 * A member's is assumed again by its account_session; the source session, with which all that is done, is asked
 * for again where it came from. Either happens once, for all who wait. Everything here is called on the
 * coordinator's thread.
 */
#ifndef SCANNER_ENGINE_SESSION_REFRESH_H
#define SCANNER_ENGINE_SESSION_REFRESH_H

#include "scanner/engine/account_session.h"
#include "scanner/engine/caller_session.h"
#include "scanner/engine/cell.h"
#include "scanner/engine/discovery.h"

/* The first member of the coordinator, since a job that returns is given just that. */
struct session_refresh {
	/* By the coordinator, once. */
	const struct log *log;
	const struct scan *scan;
	struct caller_session *source;
	struct pool *pool;
	struct discovery *discovery;
	/* An account session goes out once more; it is back, with a session or with the reason why not. */
	void (*account_session_left)(struct session_refresh *refresh);
	void (*account_session_ready)(struct session_refresh *refresh, struct account_session *account_session);
	/* A cell whose account nobody gets into any more. */
	void (*cell_ended)(struct session_refresh *refresh, struct cell *cell);
	/* Discovery will not go on; `error` NULL: because the scan was stopped. */
	void (*discovery_ended)(struct session_refresh *refresh, const struct error *error);

	/* Its own. */
	struct account_session *waiting; /* for a new source session; they count as out */
	bool discovery_waits;            /* for the same */
	int discovery_refreshes;
	bool stopping;
};

/* A cell has come back because its session is over: it goes on with a new one. */
void session_refresh_of_cell(struct session_refresh *refresh, struct cell *cell);
/* An account session could not assume its role because the source session is over. */
void session_refresh_of_account_session(struct session_refresh *refresh,
					struct account_session *account_session);
/* The same for discovery. False: it has had its chances. */
bool session_refresh_of_discovery(struct session_refresh *refresh);
/* An account session that was sent for a new session is back. */
void session_refresh_end(struct session_refresh *refresh, struct account_session *account_session);
/* Now and then: renews the source session before it ends. */
void session_refresh_watch(struct session_refresh *refresh);
/* Nobody is entered with a session that is over, while there may be a better one soon. */
bool session_refresh_holds(const struct session_refresh *refresh);
/* The scan stops: who waits for a session is pending. */
void session_refresh_stop(struct session_refresh *refresh);

#endif
