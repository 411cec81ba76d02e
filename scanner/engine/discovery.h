/*
 * discovery.h - who we are, which organization this is, and which accounts it has.
 *
 * Runs on the coordinator's thread, one request in flight: a step sends one call to the pool, and when
 * it is back reads it and names the next. Accounts are told as soon as their page is in; the tree of
 * organizational units is walked after that, for its names, and where AWS does not give each account's
 * path, for the places of the accounts.
 */
#ifndef SCANNER_ENGINE_DISCOVERY_H
#define SCANNER_ENGINE_DISCOVERY_H

#include "scanner/aws/organizations.h"
#include "scanner/aws/sts.h"
#include "scanner/engine/job.h"
#include "scanner/engine/units.h"

struct discovered_account {
	const char *id;
	const char *name;   /* NULL: not known */
	const char *status; /* NULL: not known */
};

/* Told on the coordinator's thread. */
struct discovery_listener {
	void (*identity)(void *owner, const struct identity *identity);
	/* `id` is NULL: this account is in no organization. */
	void (*organization)(void *owner, const char *id, const char *management_account);
	void (*account)(void *owner, const struct discovered_account *account);
	/* All of them, before the first place; they live until discovery is closed. */
	void (*units)(void *owner, const struct units *units);
	void (*place)(void *owner, const char *account, const struct unit *unit);
	void (*listed)(void *owner);                            /* no more accounts come */
	void (*finished)(void *owner, bool tree_known);         /* no more calls come */
	void (*failed)(void *owner, const struct error *error); /* the scan cannot start */
	/* The session is over. True: wait, discovery_resume will be called when there is a new one. */
	bool (*expired)(void *owner);
	void *owner;
};

struct discovery;
struct caller_session;

/* `organization` false: identity only, Organizations is not asked. */
struct discovery *discovery_open(const struct scan *scan, struct pool *pool,
				 const struct caller_session *source, bool organization,
				 const struct discovery_listener *listener);
void discovery_start(struct discovery *discovery);
/* Asks once more what was refused, with the source's new session. */
void discovery_resume(struct discovery *discovery);
/* Not while a call is out. */
void discovery_close(struct discovery *discovery);

#endif
