#include "scanner/reports/causes.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

enum { BRIEF_SIZE = 400, ACTION_SIZE = 100 };

/* ---- a reason in one line ---- */

/* "rds:DescribeDBClusters" at the beginning of a part; false: it begins with something else. */
static bool take_action(struct span part, char action[static ACTION_SIZE])
{
	const char *colon = memchr(part.at, ':', part.length);
	size_t length;

	action[0] = '\0';
	if (!colon || colon == part.at || colon + 1 == part.at + part.length || colon[1] == ' ')
		return false;
	length = (size_t)(colon - part.at) + 1;
	while (length < part.length && part.at[length] != ':' && part.at[length] != ' ')
		length++;
	return length < part.length && part.at[length] == ':' &&
	       text_copy(action, ACTION_SIZE, (struct span){part.at, length});
}

/* AWS names the type of the policy that denies, or that does not allow. */
static const char *policy_of(const char *reason)
{
	static const struct {
		const char *words, *said;
	} policies[] = {
		{"service control policy", "an SCP denies"},
		{"resource control policy", "an RCP denies"},
		{"permissions boundary", "a permissions boundary denies"},
		{"session policy", "a session policy denies"},
		{"VPC endpoint policy", "a VPC endpoint policy denies"},
		{"no identity-based policy allows", "no identity-based policy allows"},
		{"identity-based policy", "an identity-based policy denies"},
		{"resource-based policy", "a resource-based policy denies"},
	};

	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
		if (strstr(reason, policies[i].words))
			return policies[i].said;
	return NULL;
}

/* "rds:A", "rds:A and rds:B", "rds:A and 2 more actions": the first one is the most useful. */
static void print_actions(const char *reason, char text[static BRIEF_SIZE])
{
	char first[ACTION_SIZE] = "", action[ACTION_SIZE], second[ACTION_SIZE] = "";
	struct reason_part part;
	size_t count = 0;

	while (reason_split(&reason, &part))
		if (take_action(part.what, action) && ++count <= 2)
			memcpy(count == 1 ? first : second, action, sizeof action);
	if (count <= 2)
		text_print(text, BRIEF_SIZE, "%s%s%s", first, count == 2 ? " and " : "", second);
	else
		text_print(text, BRIEF_SIZE, "%s and %zu more actions", first, count - 1);
}

/* Cause first: which policy or which error code, then the actions. */
static bool print_denial(const char *reason, struct span part, char brief[static BRIEF_SIZE])
{
	const char *policy = policy_of(reason);
	char action[ACTION_SIZE], actions[BRIEF_SIZE];
	struct span rest, code;

	if (!take_action(part, action))
		return false;
	rest = (struct span){part.at + strlen(action) + 1, part.length - strlen(action) - 1};
	if (!span_split(&rest, ':', &code))
		return false;
	code = span_trim(code);
	print_actions(reason, actions);
	if (policy)
		text_print(brief, BRIEF_SIZE, "%s %s", policy, actions);
	else
		text_print(brief, BRIEF_SIZE, SPAN_FORMAT " on %s", SPAN_ARGUMENTS(code), actions);
	return true;
}

/* "cannot assume ROLE: AccessDenied: User: ARN is not authorized ..." */
static bool print_refusal(struct span part, char brief[static BRIEF_SIZE])
{
	static const char start[] = "cannot assume ", user[] = "User: ";
	struct span role, code, caller = {"", 0};
	const char *found;

	if (!span_starts_with(part, start))
		return false;
	part = (struct span){part.at + sizeof start - 1, part.length - (sizeof start - 1)};
	if (!span_split(&part, ':', &role) || !span_split(&part, ':', &code))
		return false;
	found = memmem(part.at, part.length, user, sizeof user - 1);
	if (found) {
		caller.at = found + sizeof user - 1;
		caller.length = strcspn(caller.at, " ");
	}
	code = span_trim(code);
	text_print(brief, BRIEF_SIZE, "sts:AssumeRole on role " SPAN_FORMAT ": " SPAN_FORMAT "%s" SPAN_FORMAT,
		   SPAN_ARGUMENTS(role), SPAN_ARGUMENTS(code), found ? " for " : "", SPAN_ARGUMENTS(caller));
	return true;
}

/* A query about a key may be denied, and make the resource unknown. */
static bool is_denial(const struct unassessed *unassessed)
{
	return unassessed->state == CELL_DENIED || strstr(unassessed->reason, ": AccessDenied");
}

static void print_brief(const struct unassessed *unassessed, char brief[static BRIEF_SIZE])
{
	const char *rest = unassessed->reason;
	struct reason_part part = {.what = {"", 0}};

	reason_split(&rest, &part);
	if (print_refusal(part.what, brief) ||
	    (is_denial(unassessed) && print_denial(unassessed->reason, part.what, brief)))
		return;
	text_copy(brief, BRIEF_SIZE, part.what);
}

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
	char brief[BRIEF_SIZE];
	size_t i = 0;

	print_brief(unassessed, brief);
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
