/*
 * csv_field.h - a field of a CSV line (RFC 4180).
 *
 * A field that a spreadsheet would interpret as a formula (it starts with = + - @, a tab or a carriage
 * return) gets an apostrophe in front, because names and tags are untrusted.
 */
#ifndef SCANNER_REPORTS_CSV_FIELD_H
#define SCANNER_REPORTS_CSV_FIELD_H

#include <stdbool.h>
#include <stdio.h>

/* Before the header: the byte order mark, if it is wanted. Excel reads a file without one as the local code
 * page. */
void csv_begin(FILE *stream, bool with_bom);
/* NULL: an empty field. */
void csv_write_field(FILE *stream, const char *text);

#endif
