/*
 * Writes reports from a stored run.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/commands/report_set.h"
#include "scanner/commands/stored.h"

/* The run, with what the reports need. */
static enum exit_code load(struct stored *stored, unsigned needs, struct conclusion *conclusion)
{
	struct matrix *matrix = &stored->matrix;
	enum exit_code code = stored_load(stored);
	struct error error;

	if (code != EXIT_COMPLIANT)
		return code;
	if (needs & REPORT_NEEDS_HISTORY && !store_read_history(stored->store, matrix, &error))
		return stored_fail(&error);
	report_set_describe(&stored->config, stored->run, matrix);
	if (needs & REPORT_NEEDS_CONCLUSION)
		conclusion_draw(matrix, conclusion);
	return EXIT_COMPLIANT;
}

static enum exit_code write(struct stored *stored)
{
	const struct log log = {.stream = stderr, .level = LOG_INFO};
	struct report_set reports = {0};
	struct conclusion conclusion;
	enum exit_code code = EXIT_USAGE, outcome = EXIT_COMPLIANT;

	report_set_open(&reports, &stored->config, stored_storage_of_settings(stored), &stored->diagnostics);
	diagnostics_print(&stored->diagnostics, stderr, "neptune-scan");
	if (stored->diagnostics.count == 0)
		code = load(stored, report_set_needs(&reports), &conclusion);
	if (code == EXIT_COMPLIANT)
		outcome = stored_outcome(stored, &stored->matrix.run);
	if (code == EXIT_COMPLIANT && !report_set_write(&reports, &stored->matrix, &conclusion, &log))
		code = EXIT_IMPOSSIBLE;
	report_set_close(&reports);
	return code == EXIT_COMPLIANT ? outcome : code;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	static const char *const formats[] = {"", NULL}; /* --report names the formats */
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (stored_read(&stored, "report", STORED_RUN | STORED_ACCOUNTS | STORED_CONTROLS, formats, 0,
			argument_count, arguments))
		code = write(&stored);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan report [--run ID] [--report FORMAT[=PATH]] ... [--only-failing]\n"
	     "                           [--accounts LIST] [--controls LIST] [--db FILE]\n\n"
	     "Writes reports of a stored run, the latest unless --run names one; `neptune-scan runs` lists "
	     "them.\n"
	     "--accounts (ids or names) and --controls (ids or groups) leave the others out: of findings, not "
	     "of\n"
	     "what a cell's state was, and not of the cells that could not be assessed. {date} and {run} in a "
	     "path\n"
	     "stand for the run's day and id. A run in which nothing was assessed is reported as such: first a "
	     "word "
	     "on\n"
	     "standard error, and the exit code of its scan (3, or 4 when it could not start); 0 "
	     "otherwise.\n\nFormats:");
	for (const struct report_format *const *format = report_formats; *format; format++)
		printf("  %-12s %s\n", (*format)->name, (*format)->description);
}

const struct command command_report = {"report", "write any report from a stored run", run, help};
