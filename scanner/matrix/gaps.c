#include "scanner/matrix/gaps.h"

#include <string.h>

#include "base/array.h"
#include "base/text.h"

enum { MAX_GAPS = 1024 };

struct gap *gaps_add(struct gaps *gaps, struct arena *arena)
{
	struct gap *grown = gaps->count < MAX_GAPS ? array_grow_in_arena(arena, gaps->items, gaps->count,
									 &gaps->capacity, sizeof *grown)
						   : NULL;

	if (!grown)
		return NULL;
	gaps->items = grown;
	gaps->items[gaps->count] = (struct gap){0};
	return &gaps->items[gaps->count++];
}

bool gap_may_accept(enum cell_state state)
{
	return state == CELL_DENIED || state == CELL_UNREACHED || state == CELL_ERROR;
}

bool gap_names_all(const char *list)
{
	return strcmp(list, "*") == 0;
}

/* ---- matching ---- */

bool gap_next_item(struct span *rest, struct span *item)
{
	bool there = span_split(rest, ',', item);

	*item = span_trim(*item);
	return there;
}

bool gap_item_is_account(struct span item, const struct row *account)
{
	return span_equals(item, account->id) ||
	       (account->name && span_equals(item, account->name) &&
		!(item.length == ACCOUNT_ID_DIGITS && text_is_digits(account->name, ACCOUNT_ID_DIGITS)));
}

bool gap_lists_names(const struct gap *gap)
{
	struct span rest = span_of(gap->accounts), item;
	char id[ACCOUNT_ID_DIGITS + 1];

	while (!gap_names_all(gap->accounts) && gap_next_item(&rest, &item))
		if (!text_copy(id, sizeof id, item) || !text_is_digits(id, ACCOUNT_ID_DIGITS))
			return true;
	return false;
}

/* `region` NULL: of an account whose regions are not known. */
static bool names_region(const struct gap *gap, const char *region)
{
	struct span regions = span_of(gap->regions), item;
	bool is_named = gap_names_all(gap->regions);

	while (!is_named && region && gap_next_item(&regions, &item))
		is_named = span_equals(item, region);
	return is_named;
}

bool gap_names(const struct gap *gap, const struct row *account, const char *region)
{
	struct span accounts = span_of(gap->accounts), item;
	bool is_named = gap_names_all(gap->accounts);

	while (!is_named && gap_next_item(&accounts, &item))
		is_named = gap_item_is_account(item, account);
	return is_named && names_region(gap, region);
}

bool gap_accepts(const struct gap *gap, const struct cell_summary *cell)
{
	return cell->state == gap->cell_state && cell->resources == 0;
}

const struct gap *gaps_find(const struct gaps *gaps, const struct row *account, const char *region,
			    const struct cell_summary *cell)
{
	for (size_t i = 0; i < gaps->count; i++) {
		const struct gap *gap = &gaps->items[i];

		if (!gap->is_expired && gap_accepts(gap, cell) && gap_names(gap, account, region))
			return gap;
	}
	return NULL;
}
