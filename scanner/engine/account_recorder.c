#include "scanner/engine/account_recorder.h"

#include "base/clock.h"

static void on_identity(void *owner, const struct identity *identity)
{
	struct account_recorder *recorder = owner;

	if (recorder->next.identity)
		recorder->next.identity(recorder->next.owner, identity);
}

static void on_organization(void *owner, const char *id, const char *management_account)
{
	struct account_recorder *recorder = owner;

	recorder->list.organization = arena_copy(&recorder->list.arena, id);
	recorder->list.management_account = arena_copy(&recorder->list.arena, management_account);
	if (recorder->next.organization)
		recorder->next.organization(recorder->next.owner, id, management_account);
}

static void on_account(void *owner, const struct discovered_account *account)
{
	struct account_recorder *recorder = owner;

	account_list_add(&recorder->list, account, NULL);
	if (recorder->next.account)
		recorder->next.account(recorder->next.owner, account);
}

/* Copies the tree: discovery's does not live as long. Parents come before their children. */
static void on_units(void *owner, const struct units *units)
{
	struct account_recorder *recorder = owner;
	struct account_list *list = &recorder->list;

	for (const struct unit *unit = units->first; unit; unit = unit->next)
		units_add(&list->units, &list->arena,
			  unit->parent ? units_by_id(&list->units, unit->parent->id) : NULL, unit->id,
			  unit->name);
	if (recorder->next.units)
		recorder->next.units(recorder->next.owner, units);
}

static void on_place(void *owner, const char *account, const struct unit *unit)
{
	struct account_recorder *recorder = owner;
	struct account_list *list = &recorder->list;
	struct account_entry *entry = account_list_find(list, account);
	const struct unit *own = units_by_id(&list->units, unit->id);

	if (entry && !entry->unit)
		entry->unit = own;
	else if (!entry)
		account_list_add(list, &(struct discovered_account){.id = account}, own);
	if (recorder->next.place)
		recorder->next.place(recorder->next.owner, account, unit);
}

static void on_listed(void *owner)
{
	struct account_recorder *recorder = owner;

	account_list_sort(&recorder->list);
	if (recorder->next.listed)
		recorder->next.listed(recorder->next.owner);
}

static void on_finished(void *owner, bool tree_known)
{
	struct account_recorder *recorder = owner;

	recorder->list.tree_known = tree_known;
	recorder->list.when = clock_wall_seconds();
	if (recorder->next.finished)
		recorder->next.finished(recorder->next.owner, tree_known);
	if (recorder->complete)
		recorder->complete(recorder->owner, &recorder->list);
}

static void on_failed(void *owner, const struct error *error)
{
	struct account_recorder *recorder = owner;

	if (recorder->next.failed)
		recorder->next.failed(recorder->next.owner, error);
}

struct discovery_listener account_recorder_listen(struct account_recorder *recorder,
						  const struct discovery_listener *next)
{
	recorder->next = *next;
	return (struct discovery_listener){
		.identity = on_identity,
		.organization = on_organization,
		.account = on_account,
		.units = on_units,
		.place = on_place,
		.listed = on_listed,
		.finished = on_finished,
		.failed = on_failed,
		.owner = recorder,
	};
}
