/*
 * Merges the stores of shards into one run, after waiting for them if that is wanted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interruption.h"
#include "base/log.h"
#include "base/text.h"
#include "config/object_url.h"
#include "scanner/commands/history.h"
#include "scanner/commands/outcome.h"
#include "scanner/commands/report_set.h"
#include "scanner/commands/stored.h"

enum {
	MAX_PARTS = 1000, /* as of scan.shard */
	MIN_PAUSE_MS = 200,
	MAX_PAUSE_MS = 5000,
};

struct merge_command {
	struct stored stored;
	struct merge_options options;
	struct merge_source *sources; /* as many as there are words, as are the files */
	struct storage_file *files;
	size_t *finished; /* of each, the parts of the wanted array */
	struct report_set reports;
	struct history history;
	struct log log;
	size_t awaited; /* finished parts; 0: what there is now is merged */
};

/* ---- the stores ---- */

static void close_files(struct merge_command *command)
{
	for (size_t i = 0; command->files && i < command->options.count; i++)
		storage_file_close(&command->files[i]);
}

/* Fetches an object, or what is new of it. */
static bool fetch_object(struct merge_command *command, const char *name, struct storage_file *file,
			 struct error *error)
{
	struct storage *storage = command->stored.storage;

	return file->folder ? storage_update(storage, file, error) : storage_fetch(storage, name, file, error);
}

/* A store that cannot be fetched is a gap, unless its name is wrong. */
static bool fetch_one(struct merge_command *command, size_t index, struct error *error)
{
	struct stored *stored = &command->stored;
	struct merge_source *source = &command->sources[index];
	struct storage_file *file = &command->files[index];
	const char *name = config_fill_path(&stored->config, stored->arguments.words[index]), *problem = NULL;

	if (!file->folder)
		storage_file_close(file);
	if (object_url_is(name) && strcmp(name, stored->config.store_path) == 0)
		return error_set(error, ERROR_USAGE,
				 "store %s is the one to merge into\n  Fix: name another one with --db", name);
	if (object_url_is(name) && !stored_storage(stored))
		return error_out_of_memory(error);
	if (!fetch_object(command, name, file, error)) {
		if (error->kind == ERROR_MEMORY || error->kind == ERROR_USAGE)
			return false;
		problem = arena_copy_span(&stored->matrix.arena,
					  (struct span){error->text, strcspn(error->text, "\n")});
	} else if (file->folder && !file->exists) {
		problem = arena_format(&stored->matrix.arena, "run store %s does not exist", name);
	}
	*source = (struct merge_source){name, file->path ? file->path : name, problem};
	return !stored->matrix.arena.failed || error_out_of_memory(error);
}

/* Fetches the stores that are objects, as they are now. */
static bool fetch_all(struct merge_command *command, struct error *error)
{
	for (size_t i = 0; i < command->options.count; i++)
		if (!fetch_one(command, i, error))
			return false;
	return true;
}

/* ---- waiting ---- */

static void read_await(struct merge_command *command, struct diagnostics *diagnostics)
{
	const struct stored *stored = &command->stored;
	const char *text = stored->await;

	if (!text)
		return;
	command->awaited = strspn(text, "0123456789") == strlen(text) ? strtoul(text, NULL, 10) : 0;
	if (command->awaited < 1 || command->awaited > MAX_PARTS)
		diagnostics_add(diagnostics,
				"--await \"%s\": must be a number of parts from 1 to %d\n  Fix: correct it, or "
				"leave it out to merge "
				"what there is",
				text, MAX_PARTS);
	if (!stored->config.array)
		diagnostics_add(
			diagnostics,
			"--await: without the name of the array, last night's parts would be taken\n  Fix: set "
			"scan.array (--array)");
	if (!stored->config.deadline_ms)
		diagnostics_add(diagnostics,
				"--await: how long to wait is missing\n  Fix: add --deadline TIME");
}

static void tell_end_of_waiting(const struct merge_command *command, size_t finished)
{
	const char *reason = interruption_reason();

	if (reason)
		log_line(&command->log, LOG_WARNING, "merge.interrupted",
			 "%s with %zu of %zu parts finished; merging what is there", reason, finished,
			 command->awaited);
	else
		log_line(&command->log, LOG_WARNING, "merge.deadline",
			 "the deadline has passed with %zu of %zu parts finished; merging what is there",
			 finished, command->awaited);
}

/* An object that holds a finished part is not looked at again. */
static bool count_finished(struct merge_command *command, size_t *finished, struct error *error)
{
	*finished = 0;
	for (size_t i = 0; i < command->options.count; i++) {
		struct merge_options one = command->options;

		one.sources = &command->sources[i];
		one.count = 1;
		if ((!command->files[i].folder || command->finished[i] == 0) &&
		    (!fetch_one(command, i, error) ||
		     !store_count_finished(&one, &command->finished[i], error)))
			return false;
		*finished += command->finished[i];
	}
	return true;
}

/* Until enough parts are finished, or the time is over, or a signal comes. */
static bool await_parts(struct merge_command *command, struct error *error)
{
	int64_t until = clock_monotonic_milliseconds() + command->stored.config.deadline_ms;
	size_t finished = 0;

	for (int64_t pause = MIN_PAUSE_MS;; pause = pause * 2 < MAX_PAUSE_MS ? pause * 2 : MAX_PAUSE_MS) {
		int64_t left = until - clock_monotonic_milliseconds();

		if (!count_finished(command, &finished, error))
			return false;
		if (finished >= command->awaited)
			return true;
		if (left <= 0 || !interruption_pause_ms(pause < left ? pause : left))
			break;
	}
	tell_end_of_waiting(command, finished);
	return true;
}

/* ---- merging ---- */

static void log_earlier(const struct merge_command *command, const struct merge_result *result)
{
	if (result->replaced > 0)
		log_line(&command->log, LOG_INFO, "merge.replaced",
			 "%d earlier run%s of the same parts %s replaced", result->replaced,
			 text_plural((size_t)result->replaced), result->replaced == 1 ? "is" : "are");
	if (result->kept)
		log_line(
			&command->log, LOG_WARNING, "merge.kept",
			"run %s of the same parts was resumed after it was merged, and is kept beside this one",
			result->kept);
}

/* Opens the store of the merged run. */
static bool merge_stores(struct merge_command *command, struct merge_result *result, struct error *error)
{
	struct stored *stored = &command->stored;
	bool is_kept = strcmp(stored->config.store_path, "none") != 0;

	if (!(command->awaited > 0 ? await_parts(command, error) : fetch_all(command, error)))
		return false;
	if (command->awaited > 0)
		interruption_end_at_once();
	if (is_kept && !stored_fetch(stored, error))
		return false;
	/* In memory, until the reports are written. */
	command->options.path = is_kept ? stored->file.path : ":memory:";
	stored->store = store_merge(&command->options, &stored->matrix, result, error);
	return stored->store && (!is_kept || stored_publish(stored, error));
}

static enum exit_code join(struct merge_command *command)
{
	struct stored *stored = &command->stored;
	struct conclusion conclusion;
	struct merge_result result;
	struct error error;

	if (!merge_stores(command, &result, &error))
		return stored_fail(&error);
	log_earlier(command, &result);
	if (!history_read(&command->history, stored->store, &stored->matrix,
			  report_set_needs(&command->reports), &error))
		return stored_fail(&error);
	history_provide(&command->history, &command->reports);
	report_set_describe(&stored->config, NULL, &stored->matrix);
	conclusion_draw(&stored->matrix, &conclusion);
	if (!report_set_write(&command->reports, &stored->matrix, &conclusion, &command->log))
		return EXIT_IMPOSSIBLE;
	if (!stored->config.quiet)
		outcome_write(&(struct outcome_facts){
			.matrix = &stored->matrix,
			.conclusion = &conclusion,
			.reports = &command->reports,
			.log = &command->log,
			.milliseconds = 1000 * (stored->matrix.run.finished - stored->matrix.run.started),
		});
	return conclusion.exit_code;
}

static enum exit_code merge(struct merge_command *command)
{
	struct stored *stored = &command->stored;
	struct diagnostics *diagnostics = &stored->diagnostics;
	const struct config *config = &stored->config;
	enum exit_code code = EXIT_USAGE;

	if (stored->arguments.word_count == 0)
		diagnostics_add(diagnostics, "merge: no run store is named\n  Fix: neptune-scan help merge");
	read_await(command, diagnostics);
	if (command->awaited > 0) {
		interruption_begin();
		interruption_spare_requests(NULL); /* a store that is being fetched is merged */
	}
	config_check_paths(config, diagnostics);
	command->log = (struct log){.stream = stderr,
				    .level = config->quiet ? LOG_ERROR : LOG_INFO,
				    .json = strcmp(config->log_format, "json") == 0};
	command->options = (struct merge_options){
		.path = config->store_path,
		.sources = command->sources,
		.count = stored->arguments.word_count,
		.array = config->array,
	};
	history_init(&command->history);
	report_set_open(&command->reports, config, stored_storage_of_settings(stored), diagnostics);
	diagnostics_print(diagnostics, stderr, "neptune-scan: error");
	if (diagnostics->count == 0)
		code = join(command);
	report_set_close(&command->reports);
	history_deinit(&command->history);
	return code;
}

static enum exit_code open_and_merge(struct merge_command *command)
{
	size_t count = command->stored.arguments.word_count;
	struct error error;

	command->sources = calloc(count + 1, sizeof *command->sources);
	command->files = calloc(count + 1, sizeof *command->files);
	command->finished = calloc(count + 1, sizeof *command->finished);
	if (command->sources && command->files && command->finished)
		return merge(command);
	error_out_of_memory(&error);
	return stored_fail(&error);
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	static const char *const formats[] = {"", NULL}; /* --report names the formats */
	struct merge_command command = {0};
	enum exit_code code = EXIT_USAGE;

	if (stored_read(&command.stored, "merge", STORED_AWAIT, formats, ARGUMENT_WORDS, argument_count,
			arguments))
		code = open_and_merge(&command);
	close_files(&command);
	free(command.finished);
	free(command.files);
	free(command.sources);
	stored_close(&command.stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan merge STORE-OR-FOLDER ... [--config FILE] [--array NAME]\n"
	     "         [--await N --deadline TIME] [--db FILE] [--report FORMAT[=PATH]] ...\n"
	     "         [--fail-on LEVEL] [--exit MEANING]\n\n"
	     "Examples:\n"
	     "  neptune-scan merge shards/ --db runs.db --report html=report.html\n"
	     "  neptune-scan merge shards/ --array nightly --await 8 --deadline 1h --db runs.db\n\n"
	     "Merges the runs of shards (scan.shard in `help scan --all`) into one new run of the\n"
	     "store of --db, and reports it. Of a folder, the run stores in it are taken.\n\n"
	     "Runs of one scan have the same array (scan.array), by default that of the run that\n"
	     "started last; runs without an array started within twelve hours. Different settings\n"
	     "or organizations are refused. A store that is absent, empty or damaged, or of another\n"
	     "array or night, is a gap: its accounts are pending, with the reason, and\n"
	     "`scan --resume` of the merged run scans only those. Merging the same array again\n"
	     "replaces its run of the same organization and settings. With --db none only reports\n"
	     "are written.\n\n"
	     "  --await N   wait until N runs of the array are finished, at most for --deadline;\n"
	     "              then merge what there is\n\n"
	     "Exit codes are those of `scan`.");
}

const struct command command_merge = {
	.name = "merge",
	.summary = "merge the run stores of shards",
	.run = run,
	.help = help,
};
