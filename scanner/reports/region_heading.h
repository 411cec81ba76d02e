/*
 * region_heading.h - readable column headings for many regions.
 *
 * A name is written on three lines, as it is spoken: "ap-northeast-1" is ap, northeast, 1. Where the
 * full words are too wide, directions are shortened as AWS does in its zone ids: ap, ne, 1. Where these are too
 * wide, too, a column is one character, the regions of an area stand together under its name, and the letters
 * of "ne1" stand below each other.
 */
#ifndef SCANNER_REPORTS_REGION_HEADING_H
#define SCANNER_REPORTS_REGION_HEADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/span.h"

enum { REGION_HEADING_LINES = 3 };

/* The width of a region's column, including the blank after it. */
size_t region_heading_width(const char *region, bool is_short);
/* Writes one of the three lines for a column, padded to its width. */
void region_heading_write(const char *region, bool is_short, size_t line, FILE *stream);

/* "us-gov" of "us-gov-west-1". */
struct span region_heading_area(const char *region);
enum { REGION_LETTERS_SIZE = 16 };
/* "ne" and "1" of "ap-northeast-1". */
void region_heading_letters(const char *region, char direction[static REGION_LETTERS_SIZE],
			    char number[static REGION_LETTERS_SIZE]);

#endif
