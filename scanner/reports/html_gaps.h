/*
 * html_gaps.h - the list of accepted gaps (gaps.h): what each covers, until when, and what is wrong with it.
 */
#ifndef SCANNER_REPORTS_HTML_GAPS_H
#define SCANNER_REPORTS_HTML_GAPS_H

#include <stdbool.h>
#include <stdio.h>

#include "scanner/matrix/matrix.h"

/* Nothing if the run has no gap. False: out of memory. */
bool html_write_gaps(const struct matrix *matrix, FILE *stream);

#endif
