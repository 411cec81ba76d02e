/*
 * discovery.h - the caller's identity, its organization, and the organization's accounts.
 *
 * Runs on the coordinator's thread with one request in flight: a step sends one call to the pool, reads it when
 * it returns, and names the next step. The listener is told of accounts as soon as their page is read; the tree
 * of organizational units is walked after that, for the units' names and, where AWS does not give each
 * account's path, for the accounts' places. With organization.role, that role is assumed after the identity is
 * known, and signs all requests to Organizations. When a session expires, the step is sent again with a new
 * one.
 */
#ifndef SCANNER_ENGINE_DISCOVERY_H
#define SCANNER_ENGINE_DISCOVERY_H

#include "scanner/aws/organizations.h"
#include "scanner/aws/sts.h"
#include "scanner/engine/account_list.h"
#include "scanner/engine/job.h"
#include "scanner/engine/units.h"

/* Called on the coordinator's thread. */
struct discovery_listener {
	void (*identity)(void *owner, const struct identity *identity);
	/* `id` is NULL: this account is in no organization. */
	void (*organization)(void *owner, const char *id, const char *management_account);
	void (*account)(void *owner, const struct discovered_account *account);
	/* All of them, before the first place; they live until discovery_free. */
	void (*units)(void *owner, const struct units *units);
	void (*place)(void *owner, const char *account, const struct unit *unit);
	void (*listed)(void *owner);                            /* no more accounts come */
	void (*finished)(void *owner, bool tree_known);         /* no more requests are sent */
	void (*failed)(void *owner, const struct error *error); /* the scan cannot start */
	void *owner;
};

struct discovery;
struct caller_session;

struct discovery_options {
	bool organization; /* false: the identity alone, Organizations is not queried */
	/*
	 * The organization's accounts, from a file: they are not listed. The caller must be in that
	 * organization. Outlives discovery; NULL: they are listed.
	 */
	const struct account_list *known;
	const char *known_from; /* that file */
};

/* NULL: out of memory. */
struct discovery *discovery_new(const struct scan *scan, struct caller_session *caller,
				const struct discovery_options *options,
				const struct discovery_listener *listener);
void discovery_start(struct discovery *discovery);
/* Not while a request is in flight. */
void discovery_free(struct discovery *discovery);

#endif
