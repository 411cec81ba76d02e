/*
 * report_set.h - the reports that were asked for: opened before anything is done, written at the end.
 */
#ifndef SCANNER_COMMANDS_REPORT_SET_H
#define SCANNER_COMMANDS_REPORT_SET_H

#include "base/diagnostics.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/reports/destination.h"
#include "scanner/reports/reports.h"

struct wanted_report {
	const struct report_format *format;
	struct destination destination;
	struct report_output output;
	bool is_cut; /* there was no memory for a cell of it */
};

struct report_set {
	struct wanted_report *items;
	size_t count;
	const struct config *config; /* names the files that no report may replace */
};

/* Opens what the settings ask for; what cannot be is added to `diagnostics`. Close it in either case. */
void report_set_open(struct report_set *set, const struct config *config, struct diagnostics *diagnostics);
void report_set_close(struct report_set *set);
/* For formats that write cells as they come. */
void report_set_write_cell(struct report_set *set, const struct matrix *matrix, size_t row, size_t column);
/*
 * The run's id and beginning stand in paths in the place of {run} and {date}. False: what could not be written
 * was logged.
 */
bool report_set_write(struct report_set *set, const struct matrix *matrix, const struct log *log);

/* Is the stream a terminal that wants colour? */
bool wants_color(const struct config *config, FILE *stream);
size_t terminal_width(FILE *stream);

#endif
