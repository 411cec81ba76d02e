/*
 * region_heading.h - the names of many regions over narrow columns, upright and readable.
 *
 * A name is written on three lines, as it is spoken: "ap-northeast-1" is ap, northeast, 1. Where the
 * full words are too wide, directions are shortened as AWS does in its zone ids: ap, ne, 1.
 */
#ifndef SCANNER_REPORTS_REGION_HEADING_H
#define SCANNER_REPORTS_REGION_HEADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct region_heading {
	bool is_short;
	size_t width; /* of a column, with the blank after it */
};

/* Names of the columns, by index. */
typedef const char *region_name_of(const void *owner, size_t column);

struct region_heading region_heading_full(region_name_of *name, const void *owner, const size_t *columns,
					  size_t count);
struct region_heading region_heading_short(region_name_of *name, const void *owner, const size_t *columns,
					   size_t count);
/* Three lines, each after `indent` blanks. */
void region_heading_write(const struct region_heading *heading, region_name_of *name, const void *owner,
			  const size_t *columns, size_t count, size_t indent, FILE *stream);

#endif
