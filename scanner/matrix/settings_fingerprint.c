#include "scanner/matrix/settings_fingerprint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "scanner/matrix/exceptions.h"

/* ---- writing ---- */

void fingerprint_add_catalogue(struct buffer *text, const char *version)
{
	uint32_t hash = HASH_OF_NOTHING;
	char needs[24];

	for (const struct control *const *control = controls; *control; control++) {
		const struct control *one = *control;

		snprintf(needs, sizeof needs, "%" PRIx32 " %" PRIx32, one->needs, one->needs_for_customer);
		hash = hash_text(hash, one->id);
		hash = hash_text(hash, one->group);
		hash = hash_text(hash, severity_name(one->severity));
		hash = hash_text(hash, one->criteria);
		hash = hash_text(hash, needs);
	}
	buffer_print(text, "version of the controls = %s-%08" PRIx32 "\n", version, hash);
}

void fingerprint_add_controls(struct buffer *text, const struct control *const *selected)
{
	for (; selected && *selected; selected++)
		buffer_print(text, "control %s = %s\n", (*selected)->id, severity_name((*selected)->severity));
}

static void add_gap(struct buffer *text, const struct gap *gap)
{
	const char *const members[] = {gap->regions, gap->accounts, gap->state,  gap->owner,
				       gap->reason,  gap->ticket,   gap->expires};

	buffer_print(text, "gap %s = %s", gap->name, gap->is_expired ? "expired" : "in force");
	for (size_t j = 0; j < sizeof members / sizeof members[0]; j++)
		buffer_texts(text, "\t", members[j] ? members[j] : "", NULL);
	buffer_text(text, "\n");
}

void fingerprint_add_exceptions(struct buffer *text, const struct exceptions *exceptions)
{
	for (size_t i = 0; exceptions && i < exceptions->count; i++) {
		const struct exception *exception = &exceptions->items[i];
		const char *const members[] = {exception->control,  exception->account, exception->region,
					       exception->resource, exception->tag,     exception->owner,
					       exception->reason,   exception->ticket,  exception->expires};

		buffer_print(text, "exception %s = %s", exception->name,
			     exception->is_expired ? "expired" : "in force");
		for (size_t j = 0; j < sizeof members / sizeof members[0]; j++)
			buffer_texts(text, "\t", members[j] ? members[j] : "", NULL);
		buffer_text(text, "\n");
	}
	for (size_t i = 0; exceptions && i < exceptions->gaps.count; i++)
		add_gap(text, &exceptions->gaps.items[i]);
}

/* ---- comparing ---- */

struct line {
	struct span name, value;
};

struct lines {
	struct line *items;
	size_t count;
};

/* Settings that are described together. */
struct group {
	const char *before; /* the prefix of their names */
	const char *title;
	struct buffer added, removed, changed;
	size_t counts[3];
};

/* A description of differences. */
struct description {
	struct buffer *text;
	const char *between;
};

enum { MAX_NAMED = 8 /* of a group */ };

static int compare_spans(struct span a, struct span b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter ? memcmp(a.at, b.at, shorter) : 0;

	return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_lines(const void *a, const void *b)
{
	return compare_spans(((const struct line *)a)->name, ((const struct line *)b)->name);
}

/* Sorted by name. False: out of memory. */
static bool read_lines(const char *text, struct lines *lines)
{
	struct span rest = span_of(text), line;
	size_t capacity = 1;

	for (const char *c = text; *c; c++)
		capacity += *c == '\n';
	lines->items = calloc(capacity, sizeof *lines->items);
	if (!lines->items)
		return false;
	while (span_split(&rest, '\n', &line)) {
		const char *equals = line.length > 0 ? memmem(line.at, line.length, " = ", 3) : NULL;

		if (!equals)
			continue;
		lines->items[lines->count].name = (struct span){line.at, (size_t)(equals - line.at)};
		lines->items[lines->count++].value =
			(struct span){equals + 3, (size_t)(line.at + line.length - equals) - 3};
	}
	qsort(lines->items, lines->count, sizeof *lines->items, compare_lines);
	return true;
}

static void name_in(struct buffer *list, size_t *count, struct span name)
{
	if ((*count)++ < MAX_NAMED)
		buffer_print(list, "%s" SPAN_FORMAT, list->length ? ", " : "", SPAN_ARGUMENTS(name));
}

/* A line of one text or of both; the value is NULL where the line is missing. */
struct difference {
	struct span name, was, is;
};

static void add_to_group(struct group *group, const struct difference *difference)
{
	size_t before = strlen(group->before);
	struct span name = {difference->name.at + before, difference->name.length - before};

	if (!difference->was.at)
		name_in(&group->added, &group->counts[0], name);
	else if (!difference->is.at)
		name_in(&group->removed, &group->counts[1], name);
	else
		name_in(&group->changed, &group->counts[2], name);
}

static void begin_difference(const struct description *description)
{
	if (description->text->length > 0)
		buffer_text(description->text, description->between);
}

static void describe_setting(const struct description *description, const struct difference *difference)
{
	begin_difference(description);
	buffer_print(description->text, SPAN_FORMAT " was \"" SPAN_FORMAT "\", now \"" SPAN_FORMAT "\"",
		     SPAN_ARGUMENTS(difference->name), SPAN_ARGUMENTS(difference->was),
		     SPAN_ARGUMENTS(difference->is));
}

static void describe_list(const struct description *description, const struct group *group, const char *what,
			  const struct buffer *list, size_t count)
{
	if (count == 0)
		return;
	begin_difference(description);
	buffer_print(description->text, "%s %s: %s", group->title, what, list->at ? list->at : "");
	if (count > MAX_NAMED)
		buffer_print(description->text, " and %zu more", count - MAX_NAMED);
}

static void describe_group(const struct description *description, const struct group *group)
{
	describe_list(description, group, "added", &group->added, group->counts[0]);
	describe_list(description, group, "removed", &group->removed, group->counts[1]);
	describe_list(description, group, "changed", &group->changed, group->counts[2]);
}

static struct group *group_of(struct group *groups, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++)
		if (span_starts_with(name, groups[i].before))
			return &groups[i];
	return NULL;
}

static void describe(const struct description *description, const struct difference *difference,
		     struct group *groups, size_t count)
{
	struct group *group = group_of(groups, count, difference->name);

	if (difference->was.at && difference->is.at && span_same(difference->was, difference->is))
		return;
	if (group)
		add_to_group(group, difference);
	else
		describe_setting(description, difference);
}

static void compare(const struct description *description, const struct lines *before, const struct lines *now,
		    struct group *groups, size_t count)
{
	size_t i = 0, j = 0;

	while (i < before->count || j < now->count) {
		int order = i == before->count ? 1
			    : j == now->count  ? -1
					       : compare_lines(&before->items[i], &now->items[j]);
		struct difference difference = {.name = order <= 0 ? before->items[i].name
								   : now->items[j].name};

		if (order <= 0)
			difference.was = before->items[i++].value;
		if (order >= 0)
			difference.is = now->items[j++].value;
		describe(description, &difference, groups, count);
	}
}

void fingerprint_compare(const char *before, const char *now, const char *between, struct buffer *differences)
{
	struct group groups[] = {{.before = "control ", .title = "controls"},
				 {.before = "exception ", .title = "exceptions"},
				 {.before = "gap ", .title = "gaps"}};
	const struct description description = {differences, between};
	const size_t count = sizeof groups / sizeof groups[0];
	struct lines old = {NULL, 0}, new = {NULL, 0};

	if (read_lines(before, &old) && read_lines(now, &new))
		compare(&description, &old, &new, groups, count);
	else
		differences->failed = true;
	for (size_t i = 0; i < count; i++) {
		describe_group(&description, &groups[i]);
		differences->failed = differences->failed || groups[i].added.failed ||
				      groups[i].removed.failed || groups[i].changed.failed;
		buffer_deinit(&groups[i].added);
		buffer_deinit(&groups[i].removed);
		buffer_deinit(&groups[i].changed);
	}
	free(old.items);
	free(new.items);
}
