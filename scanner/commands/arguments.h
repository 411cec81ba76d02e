/*
 * arguments.h - what stands behind a command's name: flags of its own, words, and settings.
 *
 * Flags of its own come first by name; whatever else begins with a dash goes to the settings, with its value.
 */
#ifndef SCANNER_COMMANDS_ARGUMENTS_H
#define SCANNER_COMMANDS_ARGUMENTS_H

#include <stdbool.h>

#include "config/config.h"

enum {
	ARGUMENT_WORDS = 1000 /* as many as there can be shards */,
	ARGUMENT_SETTINGS = 1000,
	ARGUMENT_FLAGS = 16
};

struct own_flag {
	const char *name;   /* "--format" */
	const char **value; /* NULL: the flag takes none */
	bool *given;        /* of a flag without a value */
};

struct arguments {
	const char *words[ARGUMENT_WORDS]; /* arguments that are no flags */
	size_t word_count;
	const char *settings[ARGUMENT_SETTINGS]; /* what the settings were loaded from */
	int setting_count;
};

/*
 * Splits the arguments of `command`, loads the settings, and prints what is wrong. `flags` ends in a row
 * without a name; `most_words`: how many arguments it takes beside flags. False: something was wrong, and was
 * said. `config` must be freed in either case.
 */
bool arguments_read(struct arguments *arguments, const char *command, const struct own_flag *flags,
		    size_t max_words, struct config *config, int count, const char *const *given);

/* Is `format` among those that the command knows (NULL-terminated)? Says so when it is not. */
bool arguments_know_format(const char *command, const char *format, const char *const *formats);

#endif
