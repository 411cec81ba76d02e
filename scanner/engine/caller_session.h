/*
 * caller_session.h - the session of the credentials that the program was started with, refreshed before it
 * expires.
 *
 * A refresh runs in a thread of its own, because a credential source may take its time (a program, a portal,
 * STS). Sessions are immutable: older ones stay until this is freed, for requests that still use them.
 * Everything here is called on the coordinator's thread. Who needs a new session subscribes and is notified
 * once, by caller_session_tick or by the job that returns, never from inside caller_session_subscribe.
 */
#ifndef SCANNER_ENGINE_CALLER_SESSION_H
#define SCANNER_ENGINE_CALLER_SESSION_H

#include "scanner/credentials/credentials.h"

struct caller_session;
struct scan;

enum caller_event {
	CALLER_REFRESHED, /* caller_session_current is a new one */
	CALLER_UNCHANGED, /* no new one, but by its own expiry the present one is still valid */
	CALLER_EXPIRED,   /* no new one, and the present one is over: caller_session_problem says why */
	CALLER_CANCELLED, /* the scan is stopping */
};

/* Embedded by who subscribes. */
struct caller_waiter {
	struct caller_waiter *next;
	void (*notify)(struct caller_waiter *waiter, enum caller_event event);
};

/* Takes over what was found, also when it fails. NULL: out of memory. */
struct caller_session *caller_session_new(const struct config *config, const struct log *log,
					  struct credentials *found);
/* Waits for a refresh that is under way. */
void caller_session_free(struct caller_session *caller);

const struct session *caller_session_current(const struct caller_session *caller);
/* Why the latest refresh failed. */
const char *caller_session_problem(const struct caller_session *caller);

/* Requests a new session for the waiter. */
void caller_session_subscribe(struct caller_session *caller, struct caller_waiter *waiter);
/* In each round of the coordinator's loop: refreshes what expires soon, or is waited for. */
void caller_session_tick(struct caller_session *caller, const struct scan *scan);
/* From now on every waiter is notified of CALLER_CANCELLED. */
void caller_session_cancel(struct caller_session *caller);
bool caller_session_is_refreshing(const struct caller_session *caller);
/* A refresh is under way that others wait for: nothing new begins with the present session. */
bool caller_session_is_awaited(const struct caller_session *caller);

#endif
