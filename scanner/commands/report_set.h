/*
 * report_set.h - the requested reports: opened before the scan, written at the end.
 */
#ifndef SCANNER_COMMANDS_REPORT_SET_H
#define SCANNER_COMMANDS_REPORT_SET_H

#include "base/diagnostics.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/reports/destination.h"
#include "scanner/reports/reports.h"
#include "scanner/storage/storage.h"

struct wanted_report {
	const struct report_format *format;
	struct destination destination;
	struct storage_file object; /* of a destination that is one */
	struct report_output output;
	bool is_cut; /* out of memory: a cell is missing */
};

struct report_set {
	struct wanted_report *items;
	size_t count;
	const struct config *config;         /* its input files must not be replaced */
	const struct differences *changes;   /* since the previous run; NULL: none, or not needed */
	const struct first_seen *first_seen; /* NULL: the same */
	struct storage *storage;
};

/*
 * Opens the reports that the settings request, and adds problems to `diagnostics`. The caller closes the set
 * in either case. `storage`: for reports that are objects; NULL: those are left out.
 */
void report_set_open(struct report_set *set, const struct config *config, struct storage *storage,
		     struct diagnostics *diagnostics);
void report_set_close(struct report_set *set);
/* Passes a cell to the formats that write cells during the scan. */
void report_set_write_cell(struct report_set *set, const struct matrix *matrix, size_t row, size_t column);
/* What report_set_write needs for these formats: a set of enum report_need. */
unsigned report_set_needs(const struct report_set *set);
/*
 * Replaces {run} and {date} in paths by the run's id and start, and writes all reports. `conclusion`: may be
 * NULL if no format needs it. False: errors were logged.
 */
bool report_set_write(struct report_set *set, const struct matrix *matrix, const struct conclusion *conclusion,
		      const struct log *log);

/*
 * For reports of a run: the level of --fail-on, and the flags with which other commands read the run. `run`:
 * its id, if it is named because it may not be the latest.
 */
void report_set_describe(const struct config *config, const char *run, struct matrix *matrix);

/* True: the stream is a terminal, and colour is not disabled. */
bool wants_color(const struct config *config, FILE *stream);
size_t terminal_width(FILE *stream);

#endif
