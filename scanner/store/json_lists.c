/*
 * The JSON objects of columns, as lists. Nearly all are plain: members with texts of printable ASCII without
 * escapes, as the store writes them. Those are read in place; jansson reads all others, and decides what is no
 * JSON.
 */
#include <jansson.h>

#include "base/span.h"
#include "scanner/store/store_internal.h"

/* ---- plain objects ---- */

static bool is_plain(char letter)
{
	return letter >= ' ' && letter <= '~' && letter != '"' && letter != '\\';
}

static bool take(const char **at, char letter)
{
	if (**at != letter)
		return false;
	++*at;
	return true;
}

static bool take_text(const char **at, struct span *text)
{
	if (!take(at, '"'))
		return false;
	text->at = *at;
	while (is_plain(**at))
		++*at;
	text->length = (size_t)(*at - text->at);
	return take(at, '"');
}

static bool take_name(const char **at, struct span *name)
{
	return take_text(at, name) && take(at, ':');
}

/* Absent: null. */
static bool take_value(const char **at, struct span *value)
{
	*value = (struct span){0};
	if (strncmp(*at, "null", 4) != 0)
		return take_text(at, value);
	*at += 4;
	return true;
}

/* True: one more element follows, or `end`. */
static bool take_separator(const char **at, char end)
{
	return **at == end || (take(at, ',') && **at == '"');
}

static void add_pair(struct pair ***last, struct arena *arena, const char *name, const char *value)
{
	struct pair *pair = arena_take(arena, sizeof *pair);

	if (arena->failed)
		return;
	*pair = (struct pair){.name = name, .value = value};
	**last = pair;
	*last = &pair->next;
}

static void add_relation(struct relation ***last, struct arena *arena, const char *role, const char *target)
{
	struct relation *relation = arena_take(arena, sizeof *relation);

	if (arena->failed)
		return;
	*relation = (struct relation){.role = role, .target = target};
	**last = relation;
	*last = &relation->next;
}

static bool read_plain_pairs(const char *text, struct arena *arena, struct pair **last)
{
	struct span name, value;

	if (!take(&text, '{'))
		return false;
	while (*text != '}') {
		if (!take_name(&text, &name) || !take_value(&text, &value) || !take_separator(&text, '}'))
			return false;
		add_pair(&last, arena, arena_copy_span(arena, name), arena_copy_span(arena, value));
	}
	return text[1] == '\0';
}

static bool read_plain_targets(const char **text, struct arena *arena, struct span role,
			       struct relation ***last)
{
	struct span target;

	if (!take(text, '['))
		return false;
	while (**text != ']') {
		if (!take_text(text, &target) || !take_separator(text, ']'))
			return false;
		add_relation(last, arena, arena_copy_span(arena, role), arena_copy_span(arena, target));
	}
	return take(text, ']');
}

static bool read_plain_relations(const char *text, struct arena *arena, struct relation **last)
{
	struct span role;

	if (!take(&text, '{'))
		return false;
	while (*text != '}')
		if (!take_name(&text, &role) || !read_plain_targets(&text, arena, role, &last) ||
		    !take_separator(&text, '}'))
			return false;
	return text[1] == '\0';
}

/* ---- all objects ---- */

static struct pair *read_pairs(const char *text, struct arena *arena)
{
	json_t *object = json_loads(text, 0, NULL), *value;
	struct pair *first = NULL, **last = &first;
	const char *name;

	json_object_foreach(object, name, value)
		add_pair(&last, arena, arena_copy(arena, name), arena_copy(arena, json_string_value(value)));
	json_decref(object);
	return first;
}

static struct relation *read_relations(const char *text, struct arena *arena)
{
	json_t *object = json_loads(text, 0, NULL), *targets, *target;
	struct relation *first = NULL, **last = &first;
	const char *role;
	size_t i;

	json_object_foreach(object, role, targets)
		json_array_foreach(targets, i, target) if (json_is_string(target)) add_relation(
			&last, arena, arena_copy(arena, role), arena_copy(arena, json_string_value(target)));
	json_decref(object);
	return first;
}

struct pair *store_read_pairs(const char *text, struct arena *arena)
{
	struct pair *first = NULL;

	if (!text)
		return NULL;
	return read_plain_pairs(text, arena, &first) ? first : read_pairs(text, arena);
}

struct relation *store_read_relations(const char *text, struct arena *arena)
{
	struct relation *first = NULL;

	if (!text)
		return NULL;
	return read_plain_relations(text, arena, &first) ? first : read_relations(text, arena);
}
