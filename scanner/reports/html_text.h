/*
 * html_text.h - the parts of the page that its sections share: headings, plain tables and their cells.
 *
 * A plain table can be read and printed without JavaScript. With it, the table of a `name` can also be sorted,
 * filtered and downloaded (html/lists.js).
 */
#ifndef SCANNER_REPORTS_HTML_TEXT_H
#define SCANNER_REPORTS_HTML_TEXT_H

#include <stdio.h>

#include "scanner/matrix/matrix.h"

enum { HTML_MAX_LISTED = 200 /* rows of a table */ };

struct html_table {
	const char *name;           /* of the downloaded file; NULL: the table cannot be sorted */
	const char *label;          /* for screen readers */
	const char *const *columns; /* NULL-terminated; "#" before a name: of numbers */
};

void html_open_section(FILE *stream, const char *id, const char *title);
void html_close_section(FILE *stream);
/* The section is open. The caller writes the rows. */
void html_open_table(FILE *stream, const struct html_table *table);
void html_close_table(FILE *stream);
/*
 * "... and 12 more: neptune-scan report --report csv=FILE --run ID"; nothing when `rest` is 0. `flags` of that
 * report.
 */
void html_write_rest(FILE *stream, size_t rest, const char *flags, const struct run *run);

/* `text` may be NULL. */
void html_write_cell(FILE *stream, const char *text);
void html_write_count_cell(FILE *stream, size_t count);
void html_write_account_cell(FILE *stream, const struct row *account);
/* With a link that leaves only this account in the matrix. */
void html_write_account_link(FILE *stream, const struct row *account);

enum { HTML_PERCENT_SIZE = 24 };
/* "91.9 %": assessed cells of those in scope, rounded down; 100 % only when all are assessed. */
void html_format_coverage(size_t in_scope, size_t unassessed, bool is_complete,
			  char text[static HTML_PERCENT_SIZE]);

#endif
