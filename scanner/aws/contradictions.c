#include "scanner/aws/contradictions.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char out_of_memory[] = "out of memory";

/* NULL is before all others. */
static int compare(const char *one, const char *other)
{
	if (!one || !other)
		return (one != NULL) - (other != NULL);
	return strcmp(one, other);
}

static int compare_tags(const void *a, const void *b)
{
	const struct pair *one = *(struct pair *const *)a, *other = *(struct pair *const *)b;
	int order = compare(one->name, other->name);

	return order ? order : compare(one->value, other->value);
}

/* Those that lost their names. */
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
		problem = arena_format(arena, "the tag %s stands twice, with other values",
				       text_brief(sorted[i]->name, 60).text);
		return problem ? problem : out_of_memory;
	}
	unlink_nameless(tags);
	return NULL;
}
