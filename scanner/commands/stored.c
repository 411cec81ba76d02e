#include "scanner/commands/stored.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/span.h"
#include "base/suggestion.h"
#include "base/text.h"
#include "base/ulid.h"
#include "base/visible.h"
#include "config/object_url.h"
#include "scanner/commands/network.h"

void stored_init(struct stored *stored, const char *command, const char *format)
{
	*stored = (struct stored){.command = command, .format = format};
	matrix_init(&stored->matrix);
}

bool stored_read(struct stored *stored, const char *command, unsigned flags, const char *const *formats,
		 size_t max_words, int argument_count, const char *const *arguments)
{
	const char *format = NULL;
	const struct {
		unsigned flag;
		struct own_flag own;
	} all[] = {
		{STORED_FORMAT, {"--format", &format, NULL}},
		{STORED_RUN, {"--run", &stored->run, NULL}},
		{STORED_ACCOUNTS, {"--accounts", &stored->accounts, NULL}},
		{STORED_CONTROLS, {"--controls", &stored->controls, NULL}},
		{STORED_KEEP, {"--keep", &stored->keep, NULL}},
		{STORED_CHECK, {"--check", NULL, &stored->check}},
		{STORED_AWAIT, {"--await", &stored->await, NULL}},
	};
	struct own_flag known[sizeof all / sizeof all[0] + 1] = {{NULL, NULL, NULL}};
	size_t count = 0;
	bool good;

	stored_init(stored, command, formats[0]);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (flags & all[i].flag)
			known[count++] = all[i].own;
	good = arguments_read(&stored->arguments, command, known, max_words, &stored->config, argument_count,
			      arguments);
	if (format)
		stored->format = format;
	return good && arguments_know_format(command, stored->format, formats);
}

void stored_refuse(const struct stored *stored, const char *fix, const char *format, ...)
{
	va_list arguments;
	char what[1024];

	va_start(arguments, format);
	text_print_list(what, sizeof what, format, arguments);
	va_end(arguments);
	visible_print(stderr, "neptune-scan: error: %s: %s%s%s", stored->command, what, fix ? "\n  Fix: " : "",
		      fix ? fix : "");
}

enum exit_code stored_fail(const struct error *error)
{
	visible_print(stderr, "neptune-scan: error: %s", error->text);
	return error->kind == ERROR_USAGE ? EXIT_USAGE : EXIT_IMPOSSIBLE;
}

/* ---- the store ---- */

struct storage *stored_storage(struct stored *stored)
{
	if (stored->storage)
		return stored->storage;
	network_init();
	stored->log = (struct log){.stream = stderr, .level = LOG_INFO};
	stored->storage = storage_open(&stored->config, &stored->log, NULL);
	if (!stored->storage)
		network_deinit();
	return stored->storage;
}

struct storage *stored_storage_of_settings(struct stored *stored)
{
	if (!config_writes_objects(&stored->config))
		return NULL;
	if (!stored_storage(stored))
		diagnostics_add(&stored->diagnostics, "out of memory");
	return stored->storage;
}

bool stored_fetch(struct stored *stored, struct error *error)
{
	const char *name = stored->config.store_path;

	if (object_url_is(name) && !stored_storage(stored))
		return error_out_of_memory(error);
	return storage_fetch(stored->storage, name, &stored->file, error);
}

bool stored_publish(struct stored *stored, struct error *error)
{
	return !stored->file.folder ||
	       (store_join_log(stored->store, error) && storage_publish(stored->storage, &stored->file, error));
}

static bool open_to_read(struct stored *stored, struct error *error)
{
	if (!stored_fetch(stored, error))
		return false;
	if (stored->file.folder && !stored->file.exists)
		return error_set(
			error, ERROR_USAGE,
			"run store %s does not exist\n  Fix: scan first, or name another one with --db",
			stored->file.name);
	stored->store = store_open_to_read(stored->file.path, error);
	return stored->store;
}

enum exit_code stored_open(struct stored *stored)
{
	struct error error;

	if (strcmp(stored->config.store_path, "none") == 0) {
		stored_refuse(stored, "name a file with --db", "runs are not stored (store.path is none)");
		return EXIT_USAGE;
	}
	return open_to_read(stored, &error) ? EXIT_COMPLIANT : stored_fail(&error);
}

enum { MAX_NAME = 160 };

/* Removes the next name from the front of a list. False: none is left. */
static bool next_name(struct span *list, char name[static MAX_NAME])
{
	struct span item;

	if (!span_split(list, ',', &item))
		return false;
	item = span_trim(item);
	snprintf(name, MAX_NAME, SPAN_FORMAT, SPAN_ARGUMENTS(item));
	return true;
}

/* Checks that every name of the list exists. */
static bool check_list(const struct stored *stored, const char *list, const char *what,
		       bool (*is_known)(const struct stored *, const char *))
{
	struct span rest = span_of(list);
	char name[MAX_NAME];
	bool good = true;

	while (next_name(&rest, name)) {
		if (!*name || is_known(stored, name))
			continue;
		stored_refuse(stored, NULL, "run %s has no %s \"%s\"", stored->matrix.run.id, what, name);
		good = false;
	}
	return good;
}

static bool knows_account(const struct stored *stored, const char *name)
{
	size_t first;

	return matrix_rows_named(&stored->matrix, name, &first) > 0;
}

static bool is_row_listed(const char *list, const struct row *row)
{
	struct span rest = span_of(list);
	char name[MAX_NAME];

	while (next_name(&rest, name))
		if (row_is_named(row, name))
			return true;
	return false;
}

static bool control_is_called(const struct control *control, const char *name)
{
	return strcmp(control->id, name) == 0 || strcmp(control->group, name) == 0;
}

static bool knows_control(const struct stored *stored, const char *name)
{
	for (const struct control **control = stored->matrix.selected; *control; control++)
		if (control_is_called(*control, name))
			return true;
	return false;
}

static bool is_control_listed(const char *list, const struct control *control)
{
	struct span rest = span_of(list);
	char name[MAX_NAME];

	while (next_name(&rest, name))
		if (control_is_called(control, name))
			return true;
	return false;
}

static void filter_controls(struct matrix *matrix, const char *list)
{
	size_t kept = 0;

	for (size_t i = 0; matrix->selected[i]; i++)
		if (is_control_listed(list, matrix->selected[i]))
			matrix->selected[kept++] = matrix->selected[i];
	matrix->selected[kept] = NULL;
}

/* For the reader of what is left. */
static const char *describe_filter(struct stored *stored, size_t accounts)
{
	struct matrix *matrix = &stored->matrix;
	const char *of_accounts = NULL, *of_controls = NULL;

	if (stored->accounts)
		of_accounts = arena_format(&matrix->arena, "%zu of %zu accounts", matrix->row_count, accounts);
	if (stored->controls)
		of_controls = arena_format(&matrix->arena,
					   "findings of %s alone; totals and states are those of all controls",
					   stored->controls);
	return of_accounts && of_controls ? arena_format(&matrix->arena, "%s, %s", of_accounts, of_controls)
	       : of_accounts              ? of_accounts
					  : of_controls;
}

/* For programs: the filters, with what they select. */
static const char *list_filters(struct stored *stored)
{
	struct matrix *matrix = &stored->matrix;
	struct buffer text = {0};
	const char *copy = NULL;

	if (stored->accounts)
		buffer_text(&text, "filter.accounts = ");
	for (size_t row = 0; stored->accounts && row < matrix->row_count; row++)
		buffer_texts(&text, row ? ", " : "", matrix->rows[row].id, NULL);
	if (stored->controls)
		buffer_texts(&text, text.length ? "\n" : "", "filter.controls = ", NULL);
	for (size_t i = 0; stored->controls && matrix->selected[i]; i++)
		buffer_texts(&text, i ? ", " : "", matrix->selected[i]->id, NULL);
	if (text.failed)
		json_oom_guard_fail(); /* no report is written */
	else if (text.length > 0)
		copy = arena_copy(&matrix->arena, text.at);
	buffer_deinit(&text);
	return copy;
}

static enum exit_code narrow(struct stored *stored)
{
	struct matrix *matrix = &stored->matrix;
	size_t accounts = matrix->row_count;
	bool good = true;

	if (stored->accounts)
		good = check_list(stored, stored->accounts, "account", knows_account);
	if (stored->controls)
		good = check_list(stored, stored->controls, "control", knows_control) && good;
	if (!good)
		return EXIT_USAGE;
	for (size_t row = matrix->row_count; stored->accounts && row-- > 0;)
		if (!is_row_listed(stored->accounts, &matrix->rows[row]))
			matrix_drop_row(matrix, row);
	if (stored->controls)
		filter_controls(matrix, stored->controls);
	matrix->run.filter = describe_filter(stored, accounts);
	matrix->run.filter_settings = list_filters(stored);
	return EXIT_COMPLIANT;
}

enum exit_code stored_load_into(struct stored *stored, struct matrix *matrix, const char *run)
{
	struct error error;

	return store_load(stored->store, matrix, run, &error) ? EXIT_COMPLIANT : stored_fail(&error);
}

/* ---- runs in which nothing was assessed ---- */

struct latest {
	char id[ULID_SIZE], started[CLOCK_ISO_SIZE];
};

static void take_assessed(void *context, const struct stored_run *run)
{
	struct latest *latest = context;

	if (run->assessed_nothing)
		return;
	snprintf(latest->id, sizeof latest->id, "%s", run->id);
	clock_format_iso(run->started, latest->started);
}

enum exit_code stored_outcome(const struct stored *stored, const struct run *run)
{
	struct latest latest = {.id = ""};
	const char *why = run->interrupted ? run->interrupted : "no cell of it could be assessed";
	char started[CLOCK_ISO_SIZE], fix[160] = "";

	if (!run->assessed_nothing)
		return EXIT_COMPLIANT;
	clock_format_iso(run->started, started);
	if (store_list_runs(stored->store, take_assessed, &latest, NULL) && latest.id[0])
		text_print(fix, sizeof fix, "use run %s of %s, the latest that assessed something", latest.id,
			   latest.started);
	stored_refuse(stored, fix[0] ? fix : "scan again", "run %s of %s assessed nothing: %.*s", run->id,
		      started, error_length_without_fix(why), why);
	return run->could_not_start ? EXIT_IMPOSSIBLE : EXIT_INCOMPLETE;
}

/* ---- loading ---- */

enum exit_code stored_load(struct stored *stored)
{
	enum exit_code code = stored_open(stored);

	if (code == EXIT_COMPLIANT)
		code = stored_load_into(stored, &stored->matrix, stored->run);
	return code == EXIT_COMPLIANT ? narrow(stored) : code;
}

static void suggest_account(const struct matrix *matrix, const char *name, char text[static SUGGESTION_SIZE])
{
	struct suggestion nearest = suggestion_for(name);

	for (size_t i = 0; i < matrix->row_count; i++) {
		suggestion_consider(&nearest, matrix->rows[i].id);
		if (matrix->rows[i].name)
			suggestion_consider(&nearest, matrix->rows[i].name);
	}
	suggestion_write(&nearest, text);
}

static void refuse_shared_name(const struct stored *stored, const char *name, size_t count)
{
	const struct matrix *matrix = &stored->matrix;
	struct buffer ids = {0};

	for (size_t row = 0; row < matrix->row_count; row++) {
		if (!row_is_named(&matrix->rows[row], name))
			continue;
		buffer_texts(&ids, ids.length > 0 ? ", " : "", matrix->rows[row].id, NULL);
	}
	stored_refuse(stored, "name one by its id", "%zu accounts have the name \"%s\" (%s)", count, name,
		      ids.at ? ids.at : "");
	buffer_deinit(&ids);
}

bool stored_find_row(const struct stored *stored, const char *name, size_t *row)
{
	const struct matrix *matrix = &stored->matrix;
	size_t count = matrix_rows_named(matrix, name, row);
	char suggestion[SUGGESTION_SIZE];

	if (count == 0) {
		suggest_account(matrix, name, suggestion);
		stored_refuse(stored, "neptune-scan show lists the accounts", "run %s has no account \"%s\"%s",
			      matrix->run.id, name, suggestion);
	} else if (count > 1) {
		refuse_shared_name(stored, name, count);
	}
	return count == 1;
}

bool stored_is_whole(const struct matrix *matrix)
{
	if (!matrix->reading->failed && !json_oom_guard_failed())
		return true;
	fputs("neptune-scan: error: the run cannot be read completely: a scan writes it, or the run store is "
	      "damaged\n"
	      "  Fix: try again after the scan, or run neptune-scan runs --check\n",
	      stderr);
	return false;
}

void stored_close(struct stored *stored)
{
	matrix_deinit(&stored->matrix);
	store_close(stored->store);
	storage_file_close(&stored->file);
	if (stored->storage) {
		storage_close(stored->storage);
		network_deinit();
	}
	config_deinit(&stored->config);
	diagnostics_deinit(&stored->diagnostics);
}
