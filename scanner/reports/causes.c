#include "scanner/reports/causes.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

/* ---- groups ---- */

static bool is_same_but_for_place(const char *a, const struct unassessed *left, const char *b,
				  const struct unassessed *right)
{
	const struct span places[][2] = {
		{span_of(left->account->id), span_of(right->account->id)},
		{span_of(left->region ? left->region : ""), span_of(right->region ? right->region : "")}};

	return text_is_same_but_for(a, b, places, sizeof places / sizeof places[0]);
}

struct collecting {
	struct causes *causes;
	struct unassessed firsts[MAX_CAUSE_GROUPS + 1]; /* of each group; texts of the groups */
	size_t max_places;
};

static struct cause_group *add_group(struct collecting *collecting, const struct unassessed *unassessed,
				     const char *brief)
{
	struct causes *causes = collecting->causes;
	struct cause_group *group = &causes->groups[causes->count];
	bool is_last = causes->count == MAX_CAUSE_GROUPS;
	char advice[MAX_ADVICE];

	unassessed_write_advice(unassessed, advice);
	*group = (struct cause_group){
		.state = unassessed->state,
		.is_part = unassessed->is_part,
		.gap = unassessed->gap,
		.brief = arena_copy(&causes->arena, is_last ? "other causes" : brief),
		.reason = arena_copy(&causes->arena, unassessed->reason),
		.advice = arena_copy(&causes->arena, advice),
	};
	collecting->firsts[causes->count] = *unassessed;
	causes->count++;
	return group;
}

static struct cause_group *group_of(struct collecting *collecting, const struct unassessed *unassessed)
{
	struct causes *causes = collecting->causes;
	char brief[REASON_BRIEF_SIZE];
	size_t i = 0;

	reason_write_brief(unassessed->reason, unassessed->state, brief);
	for (; i < causes->count; i++) {
		const struct cause_group *group = &causes->groups[i];

		if (i == MAX_CAUSE_GROUPS ||
		    (group->state == unassessed->state && group->is_part == unassessed->is_part &&
		     group->gap == unassessed->gap && group->brief &&
		     is_same_but_for_place(group->brief, &collecting->firsts[i], brief, unassessed)))
			break;
	}
	return i < causes->count ? &causes->groups[i] : add_group(collecting, unassessed, brief);
}

static const char *copy_regions(const struct cause *cause, struct causes *causes)
{
	char *text = NULL;
	const char *copy = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (stream)
		cause_write_regions(cause, stream);
	if (stream && fclose(stream) == 0)
		copy = arena_copy(&causes->arena, text);
	causes->failed = causes->failed || !copy;
	free(text);
	return copy;
}

static void add_place(struct collecting *collecting, struct cause_group *group, const struct cause *cause)
{
	const struct matrix *matrix = cause->first.matrix;
	size_t row = (size_t)(cause->first.account - matrix->rows);
	struct cause_place *places;

	group->accounts += group->last_row != row + 1;
	group->last_row = row + 1;
	if (group->place_count >= collecting->max_places)
		return;
	places = array_grow(group->places, group->place_count, &group->place_capacity, sizeof *places);
	if (!places) {
		collecting->causes->failed = true;
		return;
	}
	group->places = places;
	places[group->place_count++] = (struct cause_place){
		.row = row,
		.regions = cause->regions == 0 || cause->regions == matrix->column_count
				   ? NULL
				   : copy_regions(cause, collecting->causes),
	};
}

static void take_cause(void *userdata, const struct cause *cause)
{
	struct collecting *collecting = userdata;
	struct cause_group *group = group_of(collecting, &cause->first);

	group->cells += cause->regions;
	add_place(collecting, group, cause);
}

static int compare_groups(const void *a, const void *b)
{
	const struct cause_group *left = a, *right = b;

	if (left->is_part != right->is_part)
		return left->is_part - right->is_part;
	if (!left->gap != !right->gap)
		return left->gap ? 1 : -1;
	if (left->cells != right->cells)
		return right->cells > left->cells ? 1 : -1;
	return strcmp(left->brief ? left->brief : "", right->brief ? right->brief : "");
}

void causes_collect(const struct matrix *matrix, size_t max_places, struct causes *causes)
{
	struct collecting *collecting = calloc(1, sizeof *collecting);

	*causes = (struct causes){.failed = !collecting};
	if (!collecting)
		return;
	collecting->causes = causes;
	collecting->max_places = max_places;
	walk_causes(matrix, take_cause, collecting);
	qsort(causes->groups, causes->count, sizeof *causes->groups, compare_groups);
	free(collecting);
	if (!causes->failed && !causes->arena.failed)
		return;
	causes_deinit(causes);
	*causes = (struct causes){.failed = true};
}

void causes_deinit(struct causes *causes)
{
	for (size_t i = 0; i < causes->count; i++)
		free(causes->groups[i].places);
	arena_deinit(&causes->arena);
}
