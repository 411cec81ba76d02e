/*
 * units.h - the tree of an organization: its root, its organizational units, and how the settings name them.
 *
 * A unit's path is made of the names from the root down: "/" is the root, "/Prod/Payments" the unit Payments
 * below the unit Prod. A name may hold any character (Organizations API reference, OrganizationalUnit), so a
 * slash or a backslash inside a name follows a backslash: "/Prod\/Payments" is one unit below the root. Paths
 * are shown and compared in this form alone. What lies below a unit is found by the tree, never by its path.
 */
#ifndef SCANNER_ENGINE_UNITS_H
#define SCANNER_ENGINE_UNITS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/suggestion.h"

struct unit {
	struct unit *next;         /* in the order of discovery: parents come before their children */
	const struct unit *parent; /* NULL: the root */
	const char *id;            /* "r-ab12", "ou-ab12-11111111" */
	const char *name;          /* NULL: the root */
	const char *path;
};

/* All zeroes is a tree of which nothing is known yet. */
struct units {
	struct unit *first, *last;
};

/* Of an account in no organization: there is only "/". */
extern const struct units units_alone;

/*
 * Adds one below `parent`, or the root where that is NULL. Texts are copied into `arena`, which keeps the unit,
 * too. NULL: out of memory. A unit that is there already is returned as it is.
 */
const struct unit *units_add(struct units *units, struct arena *arena, const struct unit *parent,
			     const char *id, const char *name);
/* NULL: there is none. */
const struct unit *units_by_id(const struct units *units, const char *id);
/* The one that a setting names by its id or its path, with or without a slash at the end. NULL: there is none.
 */
const struct unit *units_named(const struct units *units, const char *name);
/* For a name that is none of them, what may have been meant, as suggestion_write() has it. Returns `text`. */
const char *units_suggest(const struct units *units, const char *name, char text[static SUGGESTION_SIZE]);
/* The unit itself, or one below it? */
bool unit_is_in(const struct unit *unit, const struct unit *above);

#endif
