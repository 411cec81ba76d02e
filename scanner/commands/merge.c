/*
 * Merges the stores of shards into one run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/object_url.h"
#include "scanner/commands/history.h"
#include "scanner/commands/outcome.h"
#include "scanner/commands/report_set.h"
#include "scanner/commands/stored.h"

/* Fetches the stores that are objects. `files`: as many as there are words. */
static bool fetch_shards(struct stored *stored, struct storage_file *files, const char **paths,
			 struct error *error)
{
	for (size_t i = 0; i < stored->arguments.word_count; i++) {
		const char *name = stored->arguments.words[i];

		if (object_url_is(name) && !stored_storage(stored))
			return error_out_of_memory(error);
		if (!storage_fetch(stored->storage, name, &files[i], error))
			return false;
		if (files[i].folder && !files[i].exists)
			return error_set(error, ERROR_USAGE, "run store %s does not exist", name);
		paths[i] = files[i].path;
	}
	return true;
}

/* Opens the store of the merged run. */
static bool merge_stores(struct stored *stored, struct error *error)
{
	size_t count = stored->arguments.word_count;
	struct storage_file *files = calloc(count, sizeof *files);
	const char **paths = calloc(count, sizeof *paths);
	bool is_kept = strcmp(stored->config.store_path, "none") != 0, good = false;

	if (!files || !paths)
		error_out_of_memory(error);
	else if ((!is_kept || stored_fetch(stored, error)) && fetch_shards(stored, files, paths, error))
		/* In memory, until the reports are written. */
		stored->store = store_merge(is_kept ? stored->file.path : ":memory:", paths, count,
					    &stored->matrix, error);
	good = stored->store && (!is_kept || stored_publish(stored, error));
	for (size_t i = 0; files && i < count; i++)
		storage_file_close(&files[i]);
	free(files);
	free(paths);
	return good;
}

static enum exit_code join(struct stored *stored, struct report_set *reports, struct history *history)
{
	const struct log log = {.stream = stderr, .level = LOG_INFO};
	struct conclusion conclusion;
	struct error error;

	if (!merge_stores(stored, &error))
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
	report_set_open(&reports, &stored->config, stored_storage_of_settings(stored), &stored->diagnostics);
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
