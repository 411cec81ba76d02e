/*
 * html_summary.h - the page's first screen: the conclusion, five figures, controls, first steps, and the
 * accounts with most failing resources.
 */
#ifndef SCANNER_REPORTS_HTML_SUMMARY_H
#define SCANNER_REPORTS_HTML_SUMMARY_H

#include <stdio.h>

#include "scanner/matrix/conclusion.h"
#include "scanner/reports/html_failing.h"

void html_write_header(const struct matrix *matrix, const struct conclusion *conclusion, FILE *stream);
/* Findings by control, the worst severity first. */
void html_write_controls(const struct matrix *matrix, const struct tally *tally, FILE *stream);
void html_write_steps(const struct matrix *matrix, const struct conclusion *conclusion,
		      const struct html_failing *failing, FILE *stream);
void html_write_worst_accounts(const struct matrix *matrix, FILE *stream);

#endif
