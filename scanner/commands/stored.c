#include "scanner/commands/stored.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "config/options.h"
#include "scanner/matrix/json_memory.h"

enum { MOST_ARGUMENTS = 64 };

static bool is_among(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(text, *list) == 0)
			return true;
	return false;
}

/* The value of "--name VALUE" or "--name=VALUE" at *i; NULL: another argument. */
static const char *value_of(const char *name, int count, const char *const *arguments, int *i)
{
	size_t length = strlen(name);

	if (strncmp(arguments[*i], name, length) != 0)
		return NULL;
	if (arguments[*i][length] == '=')
		return arguments[*i] + length + 1;
	if (arguments[*i][length] || *i + 1 >= count)
		return NULL;
	return arguments[++*i];
}

/* "--flag" of a setting whose value is the next argument. */
static bool takes_value(const char *argument)
{
	if (strcmp(argument, "--config") == 0)
		return true;
	for (size_t i = 0; strncmp(argument, "--", 2) == 0 && i < option_count; i++)
		if (options[i].flag && strcmp(options[i].flag, argument + 2) == 0)
			return options[i].type != OPTION_SWITCH;
	return false;
}

static void check_format(struct stored *stored, const char *const *formats)
{
	char known[160] = "";
	size_t used = 0;

	if (is_among(stored->format, formats))
		return;
	for (; *formats && used < sizeof known; formats++)
		used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", *formats);
	problems_add(&stored->problems, "--format: unknown format \"%s\"; there is %s", stored->format, known);
}

/* Flags of the commands themselves. */
static const struct {
	const char *flag;
	size_t member; /* in struct stored: a const char * */
} own_flags[] = {
	{"--format", offsetof(struct stored, format)},     {"--run", offsetof(struct stored, run)},
	{"--accounts", offsetof(struct stored, accounts)}, {"--controls", offsetof(struct stored, controls)},
	{"--keep", offsetof(struct stored, keep)},
};

static bool take_own_flag(struct stored *stored, int count, const char *const *arguments, int *i)
{
	for (size_t j = 0; j < sizeof own_flags / sizeof own_flags[0]; j++) {
		const char *value = value_of(own_flags[j].flag, count, arguments, i);

		if (!value)
			continue;
		*(const char **)((char *)stored + own_flags[j].member) = value;
		return true;
	}
	return false;
}

static void take_word(struct stored *stored, const char *word, size_t most_words)
{
	if (stored->word_count < most_words)
		stored->words[stored->word_count++] = word;
	else
		problems_add(&stored->problems, "%s: one argument too many", word);
}

bool stored_read(struct stored *stored, const char *command, const char *const *formats, size_t most_words,
		 int argument_count, const char *const *arguments)
{
	const char *rest[MOST_ARGUMENTS];
	char before[40];
	int rest_count = 0;

	*stored = (struct stored){.command = command, .format = formats[0]};
	matrix_init(&stored->matrix);
	json_memory_watch();
	for (int i = 0; arguments && i < argument_count && rest_count < MOST_ARGUMENTS - 1; i++) {
		if (take_own_flag(stored, argument_count, arguments, &i))
			continue;
		if (arguments[i][0] != '-') {
			take_word(stored, arguments[i], most_words);
			continue;
		}
		rest[rest_count++] = arguments[i];
		if (takes_value(arguments[i]) && i + 1 < argument_count)
			rest[rest_count++] = arguments[++i];
	}
	check_format(stored, formats);
	config_load_usual(&stored->config, rest_count, rest, &stored->problems);
	snprintf(before, sizeof before, "neptune-scan: %s", command);
	problems_print(&stored->problems, stderr, before);
	if (stored->problems.count > 0)
		fprintf(stderr, "neptune-scan: see `neptune-scan help %s`\n", command);
	return stored->problems.count == 0;
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
	if (!matrix->reading->failed && !json_memory_failed())
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
