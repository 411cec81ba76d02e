/*
 * Merges the stores of shards into one run.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "scanner/commands/history.h"
#include "scanner/commands/outcome.h"
#include "scanner/commands/report_set.h"
#include "scanner/commands/stored.h"

static enum exit_code join(struct stored *stored, struct report_set *reports, struct history *history)
{
	const struct log log = {.stream = stderr, .level = LOG_INFO};
	const struct arguments *arguments = &stored->arguments;
	const char *path = stored->config.store_path;
	struct conclusion conclusion;
	struct error error;

	if (strcmp(path, "none") == 0)
		path = ":memory:"; /* kept until the reports are written */
	stored->store = store_merge(path, arguments->words, arguments->word_count, &stored->matrix, &error);
	if (!stored->store)
		return stored_fail(&error);
	if (!history_read(history, stored->store, &stored->matrix, report_set_needs(reports), &error))
		return stored_fail(&error);
	reports->changes = history_changes(history);
	report_set_describe(&stored->config, NULL, &stored->matrix);
	conclusion_draw(&stored->matrix, &conclusion);
	if (!report_set_write(reports, &stored->matrix, &conclusion, &log))
		return EXIT_IMPOSSIBLE;
	if (!stored->config.quiet)
		outcome_write(&(struct outcome_facts){
			.matrix = &stored->matrix,
			.conclusion = &conclusion,
			.reports = reports,
			.log = &log,
			.milliseconds = 1000 * (stored->matrix.run.finished - stored->matrix.run.started),
		});
	return conclusion.exit_code;
}

static enum exit_code merge(struct stored *stored)
{
	struct report_set reports = {0};
	struct history history;
	enum exit_code code = EXIT_USAGE;

	if (stored->arguments.word_count == 0) {
		fputs("neptune-scan: error: merge: no run store is named\n  Fix: neptune-scan help merge\n",
		      stderr);
		return EXIT_USAGE;
	}
	history_init(&history);
	report_set_open(&reports, &stored->config, &stored->diagnostics);
	diagnostics_print(&stored->diagnostics, stderr, "neptune-scan: error");
	if (stored->diagnostics.count == 0)
		code = join(stored, &reports, &history);
	report_set_close(&reports);
	history_deinit(&history);
	return code;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	static const char *const formats[] = {"", NULL}; /* --report names the formats */
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (stored_read(&stored, "merge", 0, formats, ARGUMENT_WORDS, argument_count, arguments))
		code = merge(&stored);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan merge STORE ... [--db FILE] [--report FORMAT[=PATH]] ... [--fail-on "
	     "LEVEL]\n\n"
	     "Merges the latest runs of the run stores of shards (scan.shard in `help scan --all`) into one\n"
	     "new run of the store of --db, and reports it. They must belong to one scan: the same\n"
	     "settings, the same organization, started within twelve hours. Accounts of a missing or\n"
	     "interrupted shard are pending; `scan --resume` of the merged run scans only those. With\n"
	     "--db none only reports are written.\n\n"
	     "Exit codes are those of `scan`.");
}

const struct command command_merge = {
	.name = "merge",
	.summary = "merge the run stores of shards",
	.run = run,
	.help = help,
};
