/*
 * reports.h - the report formats.
 *
 * A report writes a finished matrix to a stream. A new format is one new file and one line in the table of
 * reports.c.
 */
#ifndef SCANNER_REPORTS_REPORTS_H
#define SCANNER_REPORTS_REPORTS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "scanner/diff/diff.h"
#include "scanner/matrix/conclusion.h"
#include "scanner/matrix/matrix.h"
#include "scanner/reports/first_seen.h"

struct report_output {
	FILE *stream;
	bool only_failing; /* leaves out passing findings */
	bool csv_bom;      /* CSV begins with a byte order mark */
	bool color;
	size_t width; /* of the terminal, in columns */
	/* For a format that needs it. Drawing it reads all details, so that is done once for all reports. */
	const struct conclusion *conclusion;
	/* For a format that needs them; NULL: there is no previous run, or the report has a part of the run. */
	const struct differences *changes;
	/* For a format that needs it; NULL: there is no earlier run. */
	const struct first_seen *first_seen;
};

/* What the caller of a format provides. */
enum report_need {
	REPORT_NEEDS_CONCLUSION = 1 << 0,
	REPORT_NEEDS_HISTORY = 1 << 1, /* in the matrix's run, if the store has one */
	REPORT_NEEDS_CHANGES = 1 << 2, /* since the previous run */
	REPORT_NEEDS_FIRST_SEEN = 1 << 3,
};

struct report_format {
	const char *name;
	const char *description;
	unsigned needs; /* enum report_need */
	/* Writes the report. False: out of memory. The caller checks the stream for write errors. */
	bool (*write)(const struct matrix *matrix, const struct report_output *output);
	/* Called when a cell is recorded, before `write`; NULL: the format needs the finished matrix. */
	bool (*write_cell)(const struct matrix *matrix, size_t row, size_t column,
			   const struct report_output *output);
};

extern const struct report_format *const report_formats[]; /* NULL-terminated */

const struct report_format *report_format_by_name(const char *name);

/* True: the report leaves the finding out. */
static inline bool report_leaves_out(const struct report_output *output, const struct finding *finding)
{
	return output->only_failing && finding->verdict == VERDICT_PASS;
}

#endif
