/*
 * source.h - the session that we came with, kept fresh.
 *
 * It is asked for again in a thread of its own, because a source may take its time (a program, a portal, STS);
 * whoever needs the new one goes on meanwhile, or waits. Sessions are immutable: older ones stay until this is
 * closed, for those who still use them. Everything here is called on the coordinator's thread.
 */
#ifndef SCANNER_SOURCE_H
#define SCANNER_SOURCE_H

#include "scanner/credentials/credentials.h"

struct source;
struct scan;
struct job;

/* Takes over what was found, also when it fails. NULL: no memory. */
struct source *source_open(const struct config *config, const struct log *log, struct credentials *found);
/* Waits for a renewal that is under way. */
void source_close(struct source *source);

const struct session *source_session(const struct source *source);
/* Its end is near. After a renewal that failed, only once in a while. */
bool source_is_due(const struct source *source);
/* No request can be signed with it any more, as far as its own end says. */
bool source_is_over(const struct source *source);
bool source_is_renewing(const struct source *source);
/* When did the last attempt fail a moment ago? Then there is no use in another one. */
bool source_failed_lately(const struct source *source);

/* Begins to renew; `returned` is called with the job by the scan's mailbox. False: no thread, `problem` says
 * so. */
bool source_renew(struct source *source, const struct scan *scan, void (*returned)(struct job *, void *));
/* In `returned`: takes what came. False: there are no new keys, and source_problem says why. */
bool source_take(struct source *source);
const char *source_problem(const struct source *source);

#endif
