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

enum { REGION_HEADING_LINES = 3 };

/* Width of a region's column, with the blank after it. */
size_t region_heading_width(const char *region, bool is_short);
/* One of the three lines over one column, filled up to its width. */
void region_heading_write(const char *region, bool is_short, size_t line, FILE *stream);

#endif
