/*
 * account_session.h - access to one account: assume the role there, and list the account's regions.
 *
 * It is sent to the pool, and returns READY with a session or FAILED with the reason. It keeps the session for
 * the account's cells until it is freed. When a session expires, it is refreshed once for all cells that wait
 * for it; cells that still use the old one may do so. If the caller's own session expired, it subscribes to a
 * new one (caller_session.h) and continues by itself. Where the role cannot be assumed at another STS endpoint
 * than the home region's, it is assumed there (sts_endpoints.h): only the home region can refuse an account.
 *
 * The role is assumed with a session policy (role.narrow). If STS refuses the policy, the role is assumed
 * without it, also in the accounts that follow, unless the settings require it: an account is never lost by it.
 *
 *   ENTERING   -> READY | FAILED    the role, then the regions
 *   READY      -> REFRESHING        account_session_refresh; account_session_fail: -> FAILED
 *   REFRESHING -> READY | FAILED    the role alone
 *
 * `state` is the coordinator's: it changes in account_session_continues, when the job is back, and is read by
 * the coordinator's thread alone. While ENTERING or REFRESHING, all else but the coordinator's part belongs to
 * the worker, or, while it waits for the caller's session, to the coordinator's thread. All functions are
 * called on that thread, unless they say otherwise.
 */
#ifndef SCANNER_ENGINE_ACCOUNT_SESSION_H
#define SCANNER_ENGINE_ACCOUNT_SESSION_H

#include <stdatomic.h>

#include "scanner/aws/regions.h"
#include "scanner/aws/sts.h"
#include "scanner/engine/caller_session.h"
#include "scanner/engine/job.h"
#include "scanner/matrix/state.h"

struct cell;

enum account_session_state {
	ACCOUNT_SESSION_ENTERING,
	ACCOUNT_SESSION_READY,
	ACCOUNT_SESSION_REFRESHING,
	ACCOUNT_SESSION_FAILED,
};

/* Where the regions of an account's cells come from. */
enum region_list {
	REGIONS_NAMED,     /* the settings */
	REGIONS_LISTED,    /* the account: `regions` */
	REGIONS_REFUSED,   /* the built-in list, because the account's could not be read */
	REGIONS_MALFORMED, /* the same, because the response was no list of regions */
};

struct account_session {
	struct job job;
	enum account_session_state state;
	enum account_session_state returns_as; /* READY or FAILED: what `state` becomes when the job is back */
	size_t row;                            /* in the matrix */
	char account[ACCOUNT_ID_SIZE];
	const char *role;                     /* NULL: `session` is the caller's, nothing is assumed */
	struct sts_endpoint *sts_endpoint;    /* where the role is assumed */
	struct sts_endpoint *refused_by;      /* before it went to the home region; NULL: none */
	const struct session *session;        /* READY: signs the cells' requests */
	struct caller_session *caller;        /* signs AssumeRole */
	const struct session *caller_session; /* the one that was used last */

	/* FAILED. */
	enum cell_state cell_state; /* of its cells: unreached, pending or error */
	char reason[640];
	char request_id[96]; /* of the response that decided it; also READY */

	/* READY. */
	enum region_list region_list;
	struct regions_reading regions;
	enum cell_state regions_state; /* of a region that may be missing: denied or error */
	char regions_reason[640];      /* why the account's own list is not used */

	/* The coordinator's. */
	bool has_cells;       /* it was READY before */
	size_t cells_out;     /* cells that have not returned for good */
	struct cell *waiting; /* for a new session */
	struct cell *held;    /* returned, but not recorded until all others are: global_databases.h */
	size_t held_count;
	size_t rejections;                /* cells whose keys were rejected, there and at home */
	atomic_bool credentials_rejected; /* cells read it: queries with this account's keys are no use */

	/* Its own. */
	struct caller_waiter waiter;
	bool sent_policy;  /* the AssumeRole that is in flight has the session policy */
	bool needs_caller; /* it returned because the caller's session expired */
	bool needs_home;   /* it returned because an STS endpoint other than home's refused */
	struct call call;
	struct rate_limiter bucket;   /* of EC2 in this account */
	struct session_list sessions; /* all that were assumed */
	int refreshes;        /* because AWS said that the session expired, while its regions were listed */
	int caller_refreshes; /* one after the other, because AWS said that the caller's session expired */
	struct sts_reading sts;
};

/* The caller's session signs AssumeRole, or is itself the session when `role` is NULL. NULL: out of memory. */
struct account_session *account_session_new(const struct scan *scan, const char *account, const char *role,
					    struct caller_session *caller,
					    void (*returned)(struct job *, void *));
/* Wipes its sessions. Not while a cell uses them. */
void account_session_free(struct account_session *account_session);
/* The account session that returned as this job. */
struct account_session *account_session_of_job(struct job *job);

/*
 * Sends it to the pool for the first time; the worker is woken by pool_wake. `waiting`: accounts that have yet
 * to be entered (sts_endpoints.h).
 */
void account_session_enter(struct account_session *account_session, size_t waiting);
/*
 * Of one that has returned. True: it needs the caller's session to be refreshed first, or goes to the home
 * region's STS, and will return once more. False: it is READY or FAILED.
 */
bool account_session_continues(struct account_session *account_session);
/* READY: its session expired. It returns with a new one. */
void account_session_refresh(struct account_session *account_session);
/* READY: no new session is requested. */
void account_session_fail(struct account_session *account_session, enum cell_state state, const char *reason);
/* For a cell, on any thread. */
bool account_session_credentials_rejected(const struct account_session *account_session);

#endif
