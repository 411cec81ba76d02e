/*
 * html_lists.h - the page's lists beside failing resources: cells that could not be assessed, totals by OU,
 * exceptions, notes.
 */
#ifndef SCANNER_REPORTS_HTML_LISTS_H
#define SCANNER_REPORTS_HTML_LISTS_H

#include "scanner/reports/reports.h"

void html_write_unassessed(const struct matrix *matrix, const struct totals *totals, FILE *stream);
/* False: out of memory. */
bool html_write_ous(const struct matrix *matrix, FILE *stream);
bool html_write_exceptions(const struct matrix *matrix, FILE *stream);
void html_write_account_notes(const struct matrix *matrix, const struct report_output *output);

#endif
