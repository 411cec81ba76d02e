/*
 * walk.h - every finding of a matrix, in its order: what reports that list findings have in common.
 */
#ifndef SCANNER_REPORTS_WALK_H
#define SCANNER_REPORTS_WALK_H

#include "scanner/reports/reports.h"

/* Where a finding stands. */
struct found {
	const struct matrix *matrix;
	const struct row *account;
	const char *region;
	size_t row, column;
	const struct finding *finding;
};

/* Leaves out what the output leaves out. */
void walk_findings(const struct matrix *matrix, const struct report_output *output,
		   void (*take)(void *context, const struct found *found), void *context);

/* The same for every run: "neptune-scan/CONTROL/ACCOUNT/REGION/RESOURCE". */
void found_write_id(const struct found *found, char *text, size_t size);

#endif
