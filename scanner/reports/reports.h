/*
 * reports.h - the matrix, written in the form that its reader wants.
 *
 * A report reads a finished matrix and writes a stream. A new format is one new file and one line in
 * the table of reports.c.
 */
#ifndef SCANNER_REPORTS_REPORTS_H
#define SCANNER_REPORTS_REPORTS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "scanner/matrix/matrix.h"

struct report_output {
	FILE *stream;
	bool only_failing; /* leave out what passes */
	bool color;
	size_t width; /* of the terminal, in columns */
};

struct report_format {
	const char *name;
	const char *description;
	/* False: there was no memory for a part of it. What the stream did not take is the stream's error. */
	bool (*write)(const struct matrix *matrix, const struct report_output *output);
	/* As soon as a cell is recorded, before `write`; NULL: the format waits for the end. */
	bool (*write_cell)(const struct matrix *matrix, size_t row, size_t column,
			   const struct report_output *output);
};

extern const struct report_format *const report_formats[]; /* NULL-terminated */

const struct report_format *report_format_by_name(const char *name);

/* Is this finding left out? */
static inline bool report_leaves_out(const struct report_output *output, const struct finding *finding)
{
	return output->only_failing && finding->verdict == VERDICT_PASS;
}

#endif
