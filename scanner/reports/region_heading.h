/*
 * region_heading.h - readable column headings for many regions.
 *
 * A name is split over three lines: "ap-northeast-1" becomes ap, northeast, 1. When full words are too wide,
 * directions are abbreviated as in AWS's zone ids: ap, ne, 1.
 */
#ifndef SCANNER_REPORTS_REGION_HEADING_H
#define SCANNER_REPORTS_REGION_HEADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { REGION_HEADING_LINES = 3 };

/* The width of a region's column, including the blank after it. */
size_t region_heading_width(const char *region, bool is_short);
/* Writes one of the three lines for a column, padded to its width. */
void region_heading_write(const char *region, bool is_short, size_t line, FILE *stream);

#endif
