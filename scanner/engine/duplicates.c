/* What a list names twice, on one page or on two. */
#include <stdlib.h>
#include <string.h>

#include "scanner/engine/contents.h"

struct listed {
	struct resource *resource;
	size_t position;
	bool is_older; /* a later page has it, too */
};

static bool is_same(const struct resource *a, const struct resource *b)
{
	return a->kind == b->kind && strcmp(resource_name(a), resource_name(b)) == 0 && *resource_name(a) &&
	       (!*a->id || !*b->id || strcmp(a->id, b->id) == 0);
}

static int compare_listed(const void *a, const void *b)
{
	const struct listed *one = a, *other = b;
	int order = (int)one->resource->kind - (int)other->resource->kind;

	if (order == 0)
		order = strcmp(resource_name(one->resource), resource_name(other->resource));
	return order ? order : one->position < other->position ? -1 : 1;
}

static int compare_positions(const void *a, const void *b)
{
	const struct listed *one = a, *other = b;

	return one->position < other->position ? -1 : 1;
}

void contents_drop_duplicates(struct contents *contents)
{
	struct resource **link = &contents->resources.first;
	struct listed *items;
	size_t count = 0;

	for (const struct resource *resource = contents->resources.first; resource; resource = resource->next)
		count++;
	items = arena_take(contents->arena, (count + 1) * sizeof *items);
	if (!items || count == 0)
		return;
	count = 0;
	for (struct resource *resource = contents->resources.first; resource;
	     resource = resource->next, count++)
		items[count] = (struct listed){.resource = resource, .position = count};
	qsort(items, count, sizeof *items, compare_listed);
	for (size_t i = 0; i + 1 < count; i++)
		items[i].is_older = is_same(items[i].resource, items[i + 1].resource);
	qsort(items, count, sizeof *items, compare_positions);
	for (size_t i = 0; i < count; i++) {
		if (items[i].is_older)
			continue;
		*link = items[i].resource;
		link = &items[i].resource->next;
	}
	*link = NULL;
	contents->resources.last = link;
}
