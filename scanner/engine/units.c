#include "scanner/engine/units.h"

#include <string.h>

#include "base/buffer.h"

static struct unit alone = {.id = "/", .path = "/"};

const struct units units_alone = {&alone, &alone};

const struct unit *units_by_id(const struct units *units, const char *id)
{
	const struct unit *unit = units->first;

	while (unit && strcmp(unit->id, id) != 0)
		unit = unit->next;
	return unit;
}

static const char *path_of(struct arena *arena, const struct unit *parent, const char *name)
{
	struct buffer path = {0};
	const char *kept = NULL;

	if (parent->parent)
		buffer_text(&path, parent->path);
	buffer_text(&path, "/");
	for (const char *c = name; *c; c++) {
		if (*c == '/' || *c == '\\')
			buffer_text(&path, "\\");
		buffer_append(&path, c, 1);
	}
	if (path.failed)
		arena->failed = true;
	else
		kept = arena_copy(arena, path.at);
	buffer_deinit(&path);
	return kept;
}

const struct unit *units_add(struct units *units, struct arena *arena, const struct unit *parent,
			     const char *id, const char *name)
{
	const struct unit *known = units_by_id(units, id);
	struct unit *unit = known ? NULL : arena_take(arena, sizeof *unit);

	if (!unit)
		return known;
	*unit = (struct unit){.parent = parent,
			      .id = arena_copy(arena, id),
			      .name = parent ? arena_copy(arena, name) : NULL,
			      .path = parent ? path_of(arena, parent, name) : "/"};
	if (!unit->id || !unit->path)
		return NULL;
	if (units->last)
		units->last->next = unit;
	else
		units->first = unit;
	units->last = unit;
	return unit;
}

/* Is the character part of a name? */
static bool is_escaped(const char *path, size_t at)
{
	size_t before = at;

	while (before > 0 && path[before - 1] == '\\')
		before--;
	return (at - before) % 2 == 1;
}

/* Without the slashes at its end, unless they belong to a name or it is the root. */
static struct span without_last_slash(const char *path)
{
	struct span span = span_of(path);

	while (span.length > 1 && path[span.length - 1] == '/' && !is_escaped(path, span.length - 1))
		span.length--;
	return span;
}

const struct unit *units_named(const struct units *units, const char *name)
{
	const struct span path = without_last_slash(name);
	const struct unit *unit = units->first;

	while (unit && strcmp(unit->id, name) != 0 && !span_equals(path, unit->path))
		unit = unit->next;
	return unit;
}

/* The unit's own name, as its path has it. */
static const char *last_name(const struct unit *unit)
{
	size_t last = strlen(unit->path) - 1;

	while (last > 0 && (unit->path[last] != '/' || is_escaped(unit->path, last)))
		last--;
	return unit->path + last + 1;
}

/* In another case, without the leading slash, or without its parents. */
static bool is_meant(const struct unit *unit, struct span name)
{
	return span_equals_ignoring_case(name, unit->path) || span_equals_ignoring_case(name, unit->path + 1) ||
	       span_equals_ignoring_case(name, last_name(unit));
}

const char *units_suggest(const struct units *units, const char *name, char text[static SUGGESTION_SIZE])
{
	struct suggestion nearest = suggestion_for(name);

	for (const struct unit *unit = units->first; unit; unit = unit->next) {
		suggestion_consider(&nearest, unit->path);
		suggestion_consider(&nearest, unit->id);
		if (!is_meant(unit, without_last_slash(name)))
			continue;
		nearest.name = unit->path;
		break;
	}
	return suggestion_write(&nearest, text);
}

bool unit_is_in(const struct unit *unit, const struct unit *above)
{
	while (unit && unit != above)
		unit = unit->parent;
	return unit != NULL;
}
