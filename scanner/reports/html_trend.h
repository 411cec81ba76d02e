/*
 * html_trend.h - the latest runs of the store, as charts and as a table.
 */
#ifndef SCANNER_REPORTS_HTML_TREND_H
#define SCANNER_REPORTS_HTML_TREND_H

#include <stdio.h>

#include "scanner/matrix/matrix.h"

/* NULL: there is none, or the report has only a part of this run. */
const struct history_entry *html_previous_run(const struct run *run);

void html_trend_write(const struct matrix *matrix, FILE *stream);

#endif
