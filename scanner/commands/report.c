/*
 * Writes reports from a stored run.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/commands/history.h"
#include "scanner/commands/report_set.h"
#include "scanner/commands/stored.h"

/* The run, with what the reports need. */
static enum exit_code load(struct stored *stored, unsigned needs, struct conclusion *conclusion,
			   struct history *history)
{
	struct matrix *matrix = &stored->matrix;
	enum exit_code code = stored_load(stored);
	struct error error;

	if (code != EXIT_COMPLIANT)
		return code;
	if (!history_read(history, stored->store, matrix, needs, &error))
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
	struct history history;
	enum exit_code code = EXIT_USAGE, outcome = EXIT_COMPLIANT;

	history_init(&history);
	report_set_open(&reports, &stored->config, stored_storage_of_settings(stored), &stored->diagnostics);
	diagnostics_print(&stored->diagnostics, stderr, "neptune-scan: error");
	if (stored->diagnostics.count == 0)
		code = load(stored, report_set_needs(&reports), &conclusion, &history);
	history_provide(&history, &reports);
	if (code == EXIT_COMPLIANT)
		outcome = stored_outcome(stored, &stored->matrix.run);
	if (code == EXIT_COMPLIANT && !report_set_write(&reports, &stored->matrix, &conclusion, &log))
		code = EXIT_IMPOSSIBLE;
	report_set_close(&reports);
	history_deinit(&history);
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
	     "Examples:\n"
	     "  neptune-scan report\n"
	     "  neptune-scan report --report html=report.html --only-failing\n"
	     "  neptune-scan report --accounts payments --controls hardening --report csv=payments.csv\n\n"
	     "Writes reports of a stored run (default: the latest; `neptune-scan runs` lists them).\n"
	     "--accounts (ids or names) and --controls (ids or groups) filter the findings; states of cells\n"
	     "and cells that could not be assessed stay as they are. {date} and {run} in a path stand for\n"
	     "the run's day and id.\n\n"
	     "Exit codes: 0; of a run in which no cell was assessed, with a message on standard error, the\n"
	     "exit code of its scan (3, or 4 if it could not start).\n\nFormats:");
	for (const struct report_format *const *format = report_formats; *format; format++)
		printf("  %-12s %s\n", (*format)->name, (*format)->description);
}

const struct command command_report = {
	.name = "report",
	.summary = "write reports of a stored run",
	.run = run,
	.help = help,
};
