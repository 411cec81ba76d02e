#include "scanner/commands/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const char *read_environment(const char *name)
{
	return getenv(name);
}

static void load_settings(struct stored *stored, int count, const char *const *arguments)
{
	const struct config_sources sources = {
		.argument_count = count,
		.arguments = arguments,
		.environment = read_environment,
		.default_files = {"neptune-scan.ini", "/etc/neptune-scan.ini"},
	};

	config_load(&stored->config, &sources, &stored->problems);
}

static void set_format(struct stored *stored, const char *format, const char *const *formats)
{
	stored->format = format;
	if (is_among(format, formats))
		return;
	problems_add(&stored->problems, "--format: unknown format \"%s\"; there is%s%s%s%s%s", format,
		     formats[0] ? " " : "", formats[0] ? formats[0] : "", formats[0] && formats[1] ? ", " : "",
		     formats[0] && formats[1] ? formats[1] : "",
		     formats[0] && formats[1] && formats[2] ? " and others, see help" : "");
}

bool stored_read(struct stored *stored, const char *command, const char *const *formats, size_t most_words,
		 int argument_count, const char *const *arguments)
{
	const char *rest[MOST_ARGUMENTS];
	int rest_count = 0;

	*stored = (struct stored){.format = formats[0]};
	matrix_init(&stored->matrix);
	json_memory_watch();
	for (int i = 0; i < argument_count && rest_count < MOST_ARGUMENTS - 1; i++) {
		const char *value;

		if ((value = value_of("--format", argument_count, arguments, &i)))
			set_format(stored, value, formats);
		else if ((value = value_of("--run", argument_count, arguments, &i)))
			stored->run = value;
		else if (arguments[i][0] != '-' && stored->word_count < most_words)
			stored->words[stored->word_count++] = arguments[i];
		else if (arguments[i][0] != '-')
			problems_add(&stored->problems, "%s: one argument too many", arguments[i]);
		else {
			rest[rest_count++] = arguments[i];
			if (!strchr(arguments[i], '=') && i + 1 < argument_count && arguments[i + 1][0] != '-')
				rest[rest_count++] = arguments[++i];
		}
	}
	load_settings(stored, rest_count, rest);
	for (const struct problem *problem = stored->problems.first; problem; problem = problem->next)
		fprintf(stderr, "neptune-scan: %s: %s\n", command, problem->text);
	if (stored->problems.count > 0)
		fprintf(stderr, "neptune-scan: see `neptune-scan help %s`\n", command);
	return stored->problems.count == 0;
}

enum exit_code stored_load(struct stored *stored)
{
	struct error error;

	if (strcmp(stored->config.store_path, "none") == 0) {
		fputs("neptune-scan: nothing is stored (store.path is none); name a file with --db\n", stderr);
		return EXIT_USAGE;
	}
	stored->store = store_open_to_read(stored->config.store_path, &error);
	if (stored->store && store_load(stored->store, &stored->matrix, stored->run, &error))
		return EXIT_COMPLIANT;
	fprintf(stderr, "neptune-scan: %s\n", error.text);
	return error.kind == ERROR_USAGE ? EXIT_USAGE : EXIT_IMPOSSIBLE;
}

void stored_close(struct stored *stored)
{
	matrix_free(&stored->matrix);
	store_close(stored->store);
	config_free(&stored->config);
	problems_free(&stored->problems);
}
