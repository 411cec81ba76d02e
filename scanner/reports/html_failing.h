/*
 * html_failing.h - the table of failing resources: the worst severity first, then by account, region and
 * cluster.
 *
 * They are collected in one pass, because the first steps of the page, which come before the table, also need
 * them. What is kept is limited for each severity and account; what is counted is not.
 */
#ifndef SCANNER_REPORTS_HTML_FAILING_H
#define SCANNER_REPORTS_HTML_FAILING_H

#include <stdio.h>

#include "base/clock.h"
#include "scanner/matrix/matrix.h"

struct html_failing {
	struct html_failing_severity {
		FILE *stream; /* rows of the table, in `text` */
		char *text;
		size_t size, listed;
		size_t listed_of_account;
	} severities[SEVERITY_COUNT];
	size_t count;        /* failing resources */
	size_t deleted_keys; /* KMS keys that are scheduled for deletion */
	char first_deletion[CLOCK_DAY_SIZE];
	bool failed; /* out of memory */
};

void html_failing_collect(const struct matrix *matrix, struct html_failing *failing);
void html_failing_write(const struct matrix *matrix, struct html_failing *failing, FILE *stream);
void html_failing_deinit(struct html_failing *failing);

#endif
