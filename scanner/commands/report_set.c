#include "scanner/commands/report_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/json_oom_guard.h"
#include "base/suggestion.h"
#include "config/object_url.h"
#include "config/shard.h"

enum { DEFAULT_WIDTH = 100 };

/* ---- terminal ---- */

size_t terminal_width(FILE *stream)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns && atoi(columns) > 0)
		return (size_t)atoi(columns);
	return DEFAULT_WIDTH;
}

bool wants_color(const struct config *config, FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");

	if (strcmp(config->color, "auto") != 0)
		return strcmp(config->color, "always") == 0;
	return !(no_color && *no_color) && isatty(fileno(stream));
}

/* ---- opening ---- */

static const struct report_format *find_format(const struct report_request *request,
					       struct diagnostics *diagnostics)
{
	const struct report_format *format = report_format_by_name(request->format);
	struct suggestion nearest = suggestion_for(request->format);
	char suggestion[SUGGESTION_SIZE];

	for (const struct report_format *const *known = report_formats; !format && *known; known++)
		suggestion_consider(&nearest, (*known)->name);
	if (!format)
		diagnostics_add(diagnostics, "%s: unknown report format \"%s\"%s", request->origin,
				request->format, suggestion_write(&nearest, suggestion));
	return format;
}

/* NULL is standard output, which may be a file with a path. */
static bool is_same_file(const char *a, const char *b)
{
	if (object_url_is(a) || object_url_is(b))
		return a && b && strcmp(a, b) == 0;
	if (a && b)
		return files_are_same(a, b);
	return a == b || files_is_open_as(a ? a : b, STDOUT_FILENO);
}

/* True: the run store, or a file that SQLite or the lock keeps beside it. */
static bool is_of_store(const char *path, const char *store)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};
	struct buffer file = {0};
	bool is = false;

	if (object_url_is(path) || object_url_is(store))
		return strcmp(path ? path : "", store) == 0;
	if (!path || strcmp(store, "none") == 0 || strcmp(store, ":memory:") == 0)
		return false;
	for (size_t i = 0; !is && i < sizeof suffixes / sizeof suffixes[0]; i++) {
		buffer_clear(&file);
		buffer_texts(&file, store, suffixes[i], NULL);
		is = file.failed || files_are_same(path, file.at); /* without memory: rather refused */
	}
	buffer_deinit(&file);
	return is;
}

/* True: an input file of the settings. */
static bool is_input(const char *path, const struct config *config)
{
	for (const struct input_file *file = config->input_files; path && file; file = file->next)
		if (is_same_file(path, file->path))
			return true;
	return false;
}

static bool is_taken(const struct config *config, size_t index, struct diagnostics *diagnostics)
{
	const struct report_request *requests = config->reports.items, *request = &requests[index];

	for (size_t i = 0; i < index; i++) {
		if (!is_same_file(requests[i].path, request->path))
			continue;
		diagnostics_add(diagnostics, "%s: two reports go to %s", request->origin,
				request->path ? request->path : "standard output");
		return true;
	}
	if (config->store_path && is_of_store(request->path, config->store_path))
		diagnostics_add(diagnostics,
				"%s: %s belongs to the run store (store.path is %s)\n  Fix: name another file "
				"for the report",
				request->origin, request->path, config->store_path);
	else if (is_input(request->path, config))
		diagnostics_add(
			diagnostics,
			"%s: %s holds settings, or is named in them\n  Fix: name another file for the report",
			request->origin, request->path);
	else
		return false;
	return true;
}

static bool open_destination(struct report_set *set, struct wanted_report *wanted, const char *path,
			     struct error *error)
{
	if (!object_url_is(path))
		return destination_open(&wanted->destination, path, error);
	if (!storage_locate(set->storage, path, &wanted->object, error))
		return false;
	if (destination_open_object(&wanted->destination, path, wanted->object.path, error))
		return true;
	storage_file_close(&wanted->object);
	return false;
}

static void open_one(struct report_set *set, const struct config *config, size_t index,
		     struct diagnostics *diagnostics)
{
	const struct report_request *requests = config->reports.items;
	struct wanted_report *wanted = &set->items[set->count];
	struct error error;

	wanted->format = find_format(&requests[index], diagnostics);
	if (!wanted->format)
		return;
	if (is_taken(config, index, diagnostics))
		return;
	if (object_url_is(requests[index].path) && !set->storage) {
		if (diagnostics->count == 0) /* which would say why there is none */
			diagnostics_add(diagnostics, "out of memory");
		return;
	}
	if (!open_destination(set, wanted, requests[index].path, &error)) {
		diagnostics_add(diagnostics, "%s: %s", requests[index].origin, error.text);
		return;
	}
	wanted->output = (struct report_output){
		.stream = wanted->destination.stream,
		.only_failing = config->only_failing,
		.csv_bom = config->csv_bom,
		.color = wants_color(config, wanted->destination.stream),
		.width = terminal_width(wanted->destination.stream),
	};
	set->count++;
}

void report_set_open(struct report_set *set, const struct config *config, struct storage *storage,
		     struct diagnostics *diagnostics)
{
	size_t count = config->reports.count;

	*set = (struct report_set){
		.items = calloc(count + 1, sizeof *set->items), .config = config, .storage = storage};
	for (size_t i = 0; set->items && i < count; i++)
		open_one(set, config, i, diagnostics);
	if (!set->items)
		diagnostics_add(diagnostics, "out of memory");
}

void report_set_close(struct report_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		destination_close(&set->items[i].destination);
	for (size_t i = 0; i < set->count; i++)
		storage_file_close(&set->items[i].object);
	free(set->items);
	*set = (struct report_set){0};
}

/* Placeholders may map two reports to one file, or a report to an input file. False: logged. */
static bool names_differ(const struct report_set *set, const struct log *log)
{
	for (size_t i = 0; i < set->count; i++) {
		const char *path = set->items[i].destination.path;
		const char *store = set->config->store_path;
		bool is_taken_twice = (store && is_of_store(path, store)) || is_input(path, set->config);

		for (size_t j = 0; !is_taken_twice && j < i; j++)
			is_taken_twice = is_same_file(set->items[j].destination.path, path);
		if (!is_taken_twice)
			continue;
		log_line(log, LOG_ERROR, "report.failed",
			 "report %s: %s is another report, the run store or a file of settings; no report was "
			 "written",
			 set->items[i].format->name, path ? path : "standard output");
		return false;
	}
	return true;
}

static void set_names(struct report_set *set, const struct matrix *matrix)
{
	const struct run *run = &matrix->run;
	char date[CLOCK_ISO_SIZE], shard[SHARD_NAME_SIZE];
	struct shard part = {1, 1};

	if (run->shard)
		shard_parse(run->shard, &part);
	shard_name(&part, shard);

	clock_format_iso(run->started, date);
	date[10] = '\0'; /* only the day */
	for (size_t i = 0; i < set->count; i++) {
		destination_replace(&set->items[i].destination, "{date}", date);
		destination_replace(&set->items[i].destination, "{run}", run->id);
		destination_replace(&set->items[i].destination, "{shard}", shard);
		destination_replace(&set->items[i].destination, "{array}", run->array ? run->array : "none");
	}
}

/* ---- what other commands read the run with ---- */

/* As a word of a shell: quoted where it has to be. */
static void append_word(struct buffer *text, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+:@%,-";

	if (word[strspn(word, plain)] == '\0') {
		buffer_text(text, word);
		return;
	}
	buffer_text(text, "'");
	for (; *word; word++)
		if (*word == '\'')
			buffer_text(text, "'\\''");
		else
			buffer_append(text, word, 1);
	buffer_text(text, "'");
}

void report_set_describe(const struct config *config, const char *run, struct matrix *matrix)
{
	const char *store = config->store_path;
	struct buffer flags = {0};

	severity_by_name(config->fail_on, &matrix->run.fail_on);
	matrix->run.name = config->run_name;
	matrix->run.only_failing = config->only_failing;
	if (config->exit)
		matrix->run.exit_meaning =
			strcmp(config->exit, "done") == 0 ? EXIT_MEANS_DONE : EXIT_MEANS_VERDICT;
	matrix->run.is_not_stored = strcmp(store, "none") == 0 || strcmp(store, ":memory:") == 0;
	if (strcmp(store, DEFAULT_STORE_PATH) != 0) {
		buffer_text(&flags, " --db ");
		append_word(&flags, store);
	}
	matrix->run.store_flags = flags.length > 0 ? arena_copy(&matrix->arena, flags.at) : NULL;
	if (run)
		buffer_texts(&flags, " --run ", run, NULL);
	matrix->run.flags = flags.length > 0 ? arena_copy(&matrix->arena, flags.at) : NULL;
	if (flags.failed || matrix->arena.failed)
		json_oom_guard_fail(); /* no report may print a command without them */
	buffer_deinit(&flags);
}

/* ---- writing ---- */

void report_set_write_cell(struct report_set *set, const struct matrix *matrix, size_t row, size_t column)
{
	for (size_t i = 0; i < set->count; i++) {
		struct wanted_report *wanted = &set->items[i];

		if (wanted->format->write_cell &&
		    !wanted->format->write_cell(matrix, row, column, &wanted->output))
			wanted->is_cut = true;
	}
}

unsigned report_set_needs(const struct report_set *set)
{
	unsigned needs = 0;

	for (size_t i = 0; i < set->count; i++)
		needs |= set->items[i].format->needs;
	return needs;
}

/* The problem; NULL: written. */
static const char *write_one(struct wanted_report *wanted, const struct matrix *matrix)
{
	bool is_whole = wanted->format->write(matrix, &wanted->output) && !wanted->is_cut;

	if (!is_whole || json_oom_guard_failed())
		return "out of memory";
	return matrix->reading->failed ? "details cannot be read back from the store, which a scan wrote "
					 "meanwhile, or which is damaged"
				       : NULL;
}

/* Also uploads an object, under the name that it has now. */
static bool commit(struct report_set *set, struct wanted_report *wanted, struct error *error)
{
	const char *name = wanted->destination.path;

	if (!destination_commit(&wanted->destination, error))
		return false;
	if (!wanted->destination.is_object)
		return true;
	return (strcmp(name, wanted->object.name) == 0 ||
		storage_rename(set->storage, &wanted->object, name, error)) &&
	       storage_publish(set->storage, &wanted->object, error);
}

bool report_set_write(struct report_set *set, const struct matrix *matrix, const struct conclusion *conclusion,
		      const struct log *log)
{
	bool good = true;

	set_names(set, matrix);
	if (!names_differ(set, log))
		return false;
	for (size_t i = 0; i < set->count; i++) {
		struct wanted_report *wanted = &set->items[i];
		struct error error;
		const char *problem;

		wanted->output.conclusion = conclusion;
		wanted->output.changes = set->changes;
		wanted->output.first_seen = set->first_seen;
		problem = write_one(wanted, matrix);
		if (!problem && commit(set, wanted, &error))
			continue;
		if (problem)
			log_line(log, LOG_ERROR, "report.failed", "report %s: %s; it was not written",
				 wanted->format->name, problem);
		else
			log_line(log, LOG_ERROR, "report.failed", "%s", error.text);
		good = false;
	}
	return good;
}
