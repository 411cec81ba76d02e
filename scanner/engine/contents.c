#include "scanner/engine/contents.h"

#include <stdlib.h>
#include <string.h>

void contents_relate(const struct contents *contents, struct resource *resource, const char *role,
		     const char *target)
{
	struct relation *relation = target ? arena_take(contents->arena, sizeof *relation) : NULL;

	if (!relation)
		return;
	*relation = (struct relation){.next = resource->relations, .role = role, .target = target};
	resource->relations = relation;
}

static int compare_targets(const void *a, const void *b)
{
	return strcmp((*(struct relation *const *)a)->target, (*(struct relation *const *)b)->target);
}

void contents_sort_relations(const struct contents *contents, struct resource *resource)
{
	struct relation **items, **last = &resource->relations;
	size_t count = 0, i = 0;

	for (struct relation *relation = resource->relations; relation; relation = relation->next)
		count++;
	items = arena_take(contents->arena, (count + 1) * sizeof *items);
	for (struct relation *relation = resource->relations; items && relation; relation = relation->next)
		items[i++] = relation;
	if (i > 1)
		qsort(items, i, sizeof *items, compare_targets);
	for (size_t j = 0; j < i; j++) {
		*last = items[j];
		last = &items[j]->next;
	}
	*last = NULL;
}
