/*
 * html_controls.h - the section of the page that explains the controls of a run.
 */
#ifndef SCANNER_REPORTS_HTML_CONTROLS_H
#define SCANNER_REPORTS_HTML_CONTROLS_H

#include <stdio.h>

#include "scanner/matrix/matrix.h"

/*
 * Each selected control once, closed, as the element `about-ID`, for findings to refer to. False: out of
 * memory.
 */
bool html_controls_write(const struct matrix *matrix, FILE *stream);

#endif
