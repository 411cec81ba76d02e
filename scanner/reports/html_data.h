/*
 * html_data.h - what the page's script reads: the matrix, and the findings behind its cells.
 */
#ifndef SCANNER_REPORTS_HTML_DATA_H
#define SCANNER_REPORTS_HTML_DATA_H

#include <stdio.h>

#include "scanner/matrix/matrix.h"

/* Writes the element `data`. False: out of memory. */
bool html_data_write(const struct matrix *matrix, FILE *stream);

#endif
