#include "scanner/commands/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "scanner/matrix/memory_watch.h"

void stored_init(struct stored *stored, const char *command, const char *format)
{
	*stored = (struct stored){.command = command, .format = format};
	matrix_init(&stored->matrix);
}

bool stored_read(struct stored *stored, const char *command, const char *const *formats, size_t most_words,
		 int argument_count, const char *const *arguments)
{
	const char *format = NULL;
	const struct own_flag flags[] = {
		{"--format", &format, NULL},
		{"--run", &stored->run, NULL},
		{"--accounts", &stored->accounts, NULL},
		{"--controls", &stored->controls, NULL},
		{"--keep", &stored->keep, NULL},
		{NULL, NULL, NULL},
	};
	bool good;

	stored_init(stored, command, formats[0]);
	good = arguments_read(&stored->arguments, command, flags, most_words, &stored->config, argument_count,
			      arguments);
	if (format)
		stored->format = format;
	return good && arguments_know_format(command, stored->format, formats);
}

enum exit_code stored_complain(const struct error *error)
{
	fprintf(stderr, "neptune-scan: %s\n", error->text);
	return error->kind == ERROR_USAGE ? EXIT_USAGE : EXIT_IMPOSSIBLE;
}

enum exit_code stored_open(struct stored *stored)
{
	struct error error;

	if (strcmp(stored->config.store_path, "none") == 0) {
		fputs("neptune-scan: nothing is stored (store.path is none); name a file with --db\n", stderr);
		return EXIT_USAGE;
	}
	stored->store = store_open_to_read(stored->config.store_path, &error);
	return stored->store ? EXIT_COMPLIANT : stored_complain(&error);
}

static bool is_listed(const char *list, const char *one, const char *other)
{
	struct span rest = span_of(list), item;

	while (span_split(&rest, ',', &item)) {
		item = span_trim(item);
		if (span_equals(item, one) || (other && span_equals(item, other)))
			return true;
	}
	return false;
}

/* Every name in the list must be one of something. */
static bool check_list(const struct stored *stored, const char *list, const char *what,
		       bool (*is_known)(const struct stored *, const char *))
{
	struct span rest = span_of(list), item;
	char name[160];
	bool good = true;

	while (span_split(&rest, ',', &item)) {
		item = span_trim(item);
		snprintf(name, sizeof name, SPAN_FORMAT, SPAN_ARGUMENTS(item));
		if (item.length == 0 || is_known(stored, name))
			continue;
		fprintf(stderr, "neptune-scan: %s: run %s has no %s \"%s\"\n", stored->command,
			stored->matrix.run.id, what, name);
		good = false;
	}
	return good;
}

static bool knows_account(const struct stored *stored, const char *name)
{
	return matrix_row_named(&stored->matrix, name) < stored->matrix.row_count;
}

static bool knows_control(const struct stored *stored, const char *name)
{
	for (const struct control **control = stored->matrix.selected; *control; control++)
		if (strcmp((*control)->id, name) == 0 || strcmp((*control)->group, name) == 0)
			return true;
	return false;
}

static void keep_controls(struct matrix *matrix, const char *list)
{
	size_t kept = 0;

	for (size_t i = 0; matrix->selected[i]; i++)
		if (is_listed(list, matrix->selected[i]->id, matrix->selected[i]->group))
			matrix->selected[kept++] = matrix->selected[i];
	matrix->selected[kept] = NULL;
}

static enum exit_code narrow(struct stored *stored)
{
	struct matrix *matrix = &stored->matrix;
	bool good = true;

	if (stored->accounts)
		good = check_list(stored, stored->accounts, "account", knows_account);
	if (stored->controls)
		good = check_list(stored, stored->controls, "control", knows_control) && good;
	if (!good)
		return EXIT_USAGE;
	for (size_t row = matrix->row_count; stored->accounts && row-- > 0;)
		if (!is_listed(stored->accounts, matrix->rows[row].id, matrix->rows[row].name))
			matrix_drop_row(matrix, row);
	if (stored->controls)
		keep_controls(matrix, stored->controls);
	return EXIT_COMPLIANT;
}

enum exit_code stored_load_into(struct stored *stored, struct matrix *matrix, const char *run)
{
	struct error error;

	return store_load(stored->store, matrix, run, &error) ? EXIT_COMPLIANT : stored_complain(&error);
}

enum exit_code stored_load(struct stored *stored)
{
	enum exit_code code = stored_open(stored);

	if (code == EXIT_COMPLIANT)
		code = stored_load_into(stored, &stored->matrix, stored->run);
	return code == EXIT_COMPLIANT ? narrow(stored) : code;
}

bool stored_is_whole(const struct matrix *matrix)
{
	if (!matrix->reading->failed && !memory_watch_failed())
		return true;
	fputs("neptune-scan: the run cannot be read back whole from its store; `PRAGMA integrity_check` tells "
	      "more\n",
	      stderr);
	return false;
}

void stored_close(struct stored *stored)
{
	matrix_free(&stored->matrix);
	store_close(stored->store);
	config_free(&stored->config);
	problems_free(&stored->problems);
}
