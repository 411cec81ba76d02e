#include "scanner/aws/contradictions.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char out_of_memory[] = "out of memory";

/* NULL sorts first. */
static int compare(const char *one, const char *other)
{
	if (!one || !other)
		return (one != NULL) - (other != NULL);
	return strcmp(one, other);
}

/* ---- tags ---- */

static int compare_tags(const void *a, const void *b)
{
	const struct pair *one = *(struct pair *const *)a, *other = *(struct pair *const *)b;
	int order = compare(one->name, other->name);

	return order ? order : compare(one->value, other->value);
}

/* Removes pairs whose names were cleared. */
static void unlink_nameless(struct pair **link)
{
	while (*link)
		if ((*link)->name)
			link = &(*link)->next;
		else
			*link = (*link)->next;
}

const char *contradictions_in_tags(struct pair **tags, struct arena *arena)
{
	struct pair **sorted;
	size_t count = 0;

	for (const struct pair *tag = *tags; tag; tag = tag->next)
		count++;
	if (count < 2)
		return NULL;
	sorted = arena_take(arena, count * sizeof *sorted);
	if (!sorted)
		return out_of_memory;
	count = 0;
	for (struct pair *tag = *tags; tag; tag = tag->next)
		sorted[count++] = tag;
	qsort(sorted, count, sizeof *sorted, compare_tags);
	for (size_t i = 0; i + 1 < count; i++) {
		const char *problem;

		if (compare(sorted[i]->name, sorted[i + 1]->name) != 0)
			continue;
		if (compare(sorted[i]->value, sorted[i + 1]->value) == 0) {
			sorted[i]->name = NULL;
			continue;
		}
		problem = arena_format(arena, "the tag %s occurs twice, with different values",
				       text_brief(sorted[i]->name, 60).text);
		return problem ? problem : out_of_memory;
	}
	unlink_nameless(tags);
	return NULL;
}

/* ---- resources ---- */

static int compare_arns(const void *a, const void *b)
{
	return compare((*(const struct resource *const *)a)->arn, (*(const struct resource *const *)b)->arn);
}

static int compare_ids(const void *a, const void *b)
{
	return compare((*(const struct resource *const *)a)->id, (*(const struct resource *const *)b)->id);
}

static bool have_same_tags(const struct pair *one, const struct pair *other)
{
	for (; one && other; one = one->next, other = other->next)
		if (compare(one->name, other->name) != 0 || compare(one->value, other->value) != 0)
			return false;
	return !one && !other;
}

static bool have_same_relations(const struct relation *one, const struct relation *other)
{
	for (; one && other; one = one->next, other = other->next)
		if (strcmp(one->role, other->role) != 0 || compare(one->target, other->target) != 0)
			return false;
	return !one && !other;
}

static bool are_equal(const struct resource *one, const struct resource *other)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		if (compare(one->values[i], other->values[i]) != 0)
			return false;
	return compare(one->arn, other->arn) == 0 && compare(one->id, other->id) == 0 &&
	       have_same_tags(one->tags, other->tags) && have_same_relations(one->relations, other->relations);
}

/* Two ids under one ARN are two resources; each is evaluated. */
static bool are_two(const struct resource *one, const struct resource *other)
{
	return *one->id && *other->id && strcmp(one->id, other->id) != 0;
}

/* Sorted, equal names are adjacent. A resource without a name equals no other. */
static const char *find(const struct resource **sorted, size_t count, bool by_arn, struct arena *arena)
{
	qsort(sorted, count, sizeof *sorted, by_arn ? compare_arns : compare_ids);
	for (size_t i = 0; i + 1 < count; i++) {
		const char *name = by_arn ? sorted[i]->arn : sorted[i]->id;
		const char *next = by_arn ? sorted[i + 1]->arn : sorted[i + 1]->id, *problem;

		if (!name || !*name || compare(name, next) != 0 || are_two(sorted[i], sorted[i + 1]) ||
		    are_equal(sorted[i], sorted[i + 1]))
			continue;
		problem = arena_format(arena, "it lists %s twice, with different values",
				       text_brief(name, 120).text);
		return problem ? problem : out_of_memory;
	}
	return NULL;
}

const char *contradictions_in_page(const struct resource *kept, const struct resource *dropped,
				   struct arena *arena)
{
	const struct resource *const lists[] = {kept, dropped}, **all;
	const char *problem;
	size_t count = 0;

	for (size_t i = 0; i < 2; i++)
		for (const struct resource *resource = lists[i]; resource; resource = resource->next)
			count++;
	if (count < 2)
		return NULL;
	all = arena_take(arena, count * sizeof *all);
	if (!all)
		return out_of_memory;
	count = 0;
	for (size_t i = 0; i < 2; i++)
		for (const struct resource *resource = lists[i]; resource; resource = resource->next)
			all[count++] = resource;
	problem = find(all, count, true, arena);
	return problem ? problem : find(all, count, false, arena);
}
