/*
 * html_scope.h - scope and method: what was scanned with which settings, what was left out, what the words
 * mean.
 */
#ifndef SCANNER_REPORTS_HTML_SCOPE_H
#define SCANNER_REPORTS_HTML_SCOPE_H

#include <stdio.h>

#include "scanner/matrix/conclusion.h"

/* For the first screen: which settings narrow the scope (scope.h). */
void html_write_scope_line(const struct run *run, FILE *stream);
void html_scope_write(const struct matrix *matrix, const struct conclusion *conclusion, FILE *stream);

#endif
