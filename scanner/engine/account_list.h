/*
 * account_list.h - the accounts of an organization and its tree of units, as discovery reports them.
 *
 * A list owns all its texts. One thread at a time uses it.
 */
#ifndef SCANNER_ENGINE_ACCOUNT_LIST_H
#define SCANNER_ENGINE_ACCOUNT_LIST_H

#include <stdint.h>

#include "base/arena.h"
#include "scanner/engine/units.h"

struct discovery_listener;

struct discovered_account {
	const char *id;
	const char *name;   /* NULL: not known */
	const char *status; /* NULL: not known */
};

struct account_entry {
	struct discovered_account account;
	const struct unit *unit; /* NULL: not known */
};

struct account_list {
	struct arena arena;
	const char *organization, *management_account; /* NULL: the caller is in no organization */
	int64_t when;                                  /* it was complete, wall seconds */
	struct account_entry *items;                   /* of the arena; those before `sorted` by id */
	size_t count, capacity, sorted;
	struct units units;
	bool tree_known;
};

void account_list_deinit(struct account_list *list);
/* False: out of memory (arena.failed). */
bool account_list_add(struct account_list *list, const struct discovered_account *account,
		      const struct unit *unit);
/* To be called when all accounts are added, before they are looked up. */
void account_list_sort(struct account_list *list);
/* NULL: it is not listed. */
struct account_entry *account_list_find(const struct account_list *list, const char *account);
/* Reports the accounts, units and places, and the end. The organization is the caller's to report. */
void account_list_replay(const struct account_list *list, const struct discovery_listener *listener);

#endif
