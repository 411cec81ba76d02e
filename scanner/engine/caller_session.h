/*
 * caller_session.h - the session that we came with, kept fresh.
 *
 * It is asked for again in a thread of its own, because a source may take its time (a program, a portal, STS);
 * whoever needs the new one goes on meanwhile, or waits. Sessions are immutable: older ones stay until this is
 * closed, for those who still use them. Everything here is called on the coordinator's thread.
 */
#ifndef SCANNER_ENGINE_CALLER_SESSION_H
#define SCANNER_ENGINE_CALLER_SESSION_H

#include "scanner/credentials/credentials.h"

struct caller_session;
struct scan;
struct job;

/* Takes over what was found, also when it fails. NULL: no memory. */
struct caller_session *caller_session_open(const struct config *config, const struct log *log,
					   struct credentials *found);
/* Waits for a refresh that is under way. */
void caller_session_close(struct caller_session *source);

const struct session *caller_session_current(const struct caller_session *source);
/* Its end is near. After a refresh that failed, only once in a while. */
bool caller_session_is_due(const struct caller_session *source);
/* No request can be signed with it any more, as far as its own end says. */
bool caller_session_is_over(const struct caller_session *source);
bool caller_session_is_refreshing(const struct caller_session *source);
/* When did the last attempt fail a moment ago? Then there is no use in another one. */
bool caller_session_failed_lately(const struct caller_session *source);

/* Begins to renew; `returned` is called with the job by the scan's mailbox. False: no thread, `problem` says
 * so. */
bool caller_session_refresh(struct caller_session *source, const struct scan *scan,
			    void (*returned)(struct job *, void *));
/* In `returned`: takes what came. False: there are no new keys, and caller_session_problem says why. */
bool caller_session_take(struct caller_session *source);
const char *caller_session_problem(const struct caller_session *source);

#endif
