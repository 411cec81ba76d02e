/*
 * csv_field.h - one field of a CSV line, as RFC 4180 has it.
 *
 * A field that a spreadsheet would take for a formula (it starts with = + - @, a tab or a carriage
 * return) gets an apostrophe in front: names and tags are foreign text.
 */
#ifndef SCANNER_REPORTS_CSV_FIELD_H
#define SCANNER_REPORTS_CSV_FIELD_H

#include <stdio.h>

/* NULL is written as an empty field. */
void csv_write_field(FILE *stream, const char *text);

#endif
