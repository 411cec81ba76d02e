/*
 * contradictions.h - detects pages that list the same thing twice with different values.
 *
 * Nothing tells which of the two values is right, so such a page is invalid. Problems are texts in the arena;
 * NULL: none.
 */
#ifndef SCANNER_AWS_CONTRADICTIONS_H
#define SCANNER_AWS_CONTRADICTIONS_H

#include "base/arena.h"
#include "scanner/resources/resource.h"

/* Finds a tag key with two values. Removes exact duplicates of a tag from the list. */
const char *contradictions_in_tags(struct pair **tags, struct arena *arena);
/*
 * Finds a resource, by ARN or id, with two descriptions. `dropped`: resources of other engines. Two pages may
 * differ, because time passes between them; within a page, values are of one
 * moment.
 */
const char *contradictions_in_page(const struct resource *kept, const struct resource *dropped,
				   struct arena *arena);

#endif
