#include "scanner/engine/account_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "scanner/engine/discovery.h"

void account_list_deinit(struct account_list *list)
{
	arena_deinit(&list->arena);
	*list = (struct account_list){0};
}

bool account_list_add(struct account_list *list, const struct discovered_account *account,
		      const struct unit *unit)
{
	struct account_entry *grown =
		array_grow_in_arena(&list->arena, list->items, list->count, &list->capacity, sizeof *grown);

	if (!grown)
		return false;
	list->items = grown;
	grown[list->count] = (struct account_entry){.account = {arena_copy(&list->arena, account->id),
								arena_copy(&list->arena, account->name),
								arena_copy(&list->arena, account->status)},
						    .unit = unit};
	if (list->arena.failed) /* texts are missing, and it is sorted by one */
		return false;
	list->count++;
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct account_entry *)a)->account.id,
		      ((const struct account_entry *)b)->account.id);
}

void account_list_sort(struct account_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof *list->items, compare_entries);
	list->sorted = list->count;
}

/* Those that joined while the list was read are behind the sorted ones. */
struct account_entry *account_list_find(const struct account_list *list, const char *account)
{
	const struct account_entry wanted = {.account = {.id = account}};
	struct account_entry *found = list->sorted > 0 ? bsearch(&wanted, list->items, list->sorted,
								 sizeof *list->items, compare_entries)
						       : NULL;

	for (size_t i = list->sorted; !found && i < list->count; i++)
		if (compare_entries(&wanted, &list->items[i]) == 0)
			found = &list->items[i];
	return found;
}

void account_list_replay(const struct account_list *list, const struct discovery_listener *listener)
{
	for (size_t i = 0; i < list->count; i++)
		listener->account(listener->owner, &list->items[i].account);
	listener->listed(listener->owner);
	if (list->tree_known) {
		listener->units(listener->owner, &list->units);
		for (size_t i = 0; i < list->count; i++)
			if (list->items[i].unit)
				listener->place(listener->owner, list->items[i].account.id,
						list->items[i].unit);
	}
	listener->finished(listener->owner, list->tree_known);
}
