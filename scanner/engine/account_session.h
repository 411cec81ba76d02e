/*
 * account_session.h - getting into one account: assume the role there, and ask which regions it has.
 *
 * An account session goes to the pool and comes back with a session, or with the reason why there is none. It
 * keeps the session for the cells of its account until it is closed. When the session comes to its end it is
 * sent once more, and all cells that wait go on with the new one; the old one stays until the end, for
 * cells that are still under way with it.
 */
#ifndef SCANNER_ENGINE_ACCOUNT_SESSION_H
#define SCANNER_ENGINE_ACCOUNT_SESSION_H

#include <stdatomic.h>

#include "scanner/aws/regions.h"
#include "scanner/aws/sts.h"
#include "scanner/engine/job.h"

struct cell;

/* Where the regions of an account's cells come from. */
enum region_list {
	REGIONS_NAMED,     /* the settings */
	REGIONS_LISTED,    /* the account: `regions` */
	REGIONS_REFUSED,   /* the built-in list, because the account's could not be read */
	REGIONS_MALFORMED, /* the same, because the response was no list of regions */
};

struct account_session {
	struct job job;
	size_t row; /* in the matrix */
	char account[ACCOUNT_ID_SIZE];
	const char *role;              /* NULL: `session` is the source session, nothing to assume */
	const struct session *source;  /* signs AssumeRole */
	const struct session *session; /* once it is back: NULL when nobody got in */

	/* What came of it. */
	enum cell_state state; /* without a session: unreached or pending */
	char reason[640];
	char request_id[96];
	enum region_list region_list;
	struct regions_reading regions;
	enum cell_state regions_state; /* of a region that may be missing: denied or error */
	char regions_reason[640];      /* why the account's own list is not used */

	/* The coordinator's. */
	size_t cells_out;     /* cells that have not come back */
	struct cell *waiting; /* for a new session */
	struct cell *held;    /* back, but not recorded until all others are: global_databases.h */
	size_t held_count;
	bool is_refreshing;
	bool wants_caller_session;    /* it has come back because the source session is over */
	struct account_session *next; /* that waits for the source, too */
	size_t refusals;              /* cells whose keys were refused, there and at home */
	atomic_bool is_hopeless;      /* cells read it: no use to ask with this account's keys */

	/* The account session's own. */
	struct call call;
	struct rate_limiter bucket; /* of EC2 in this account */
	struct session **sessions;  /* all that were assumed */
	size_t session_count;
	int refreshes; /* because AWS said that the session was over while the account session itself asked */
	int caller_refreshes; /* one after the other, because AWS said that the source session was over */
	struct sts_reading sts;
};

/*
 * `source` signs AssumeRole, or is itself the session when `role` is NULL. NULL: no memory. The caller
 * sets `row`.
 */
struct account_session *account_session_open(const struct scan *scan, const char *account, const char *role,
					     const struct session *source,
					     void (*returned)(struct job *, void *));
/* Before it is sent once more, for a new session. */
void account_session_refresh(struct account_session *account_session);
/* Wipes its sessions. Not while a cell uses them. */
void account_session_close(struct account_session *account_session);

#endif
