/*
 * arguments.h - parses the arguments of a command: its own flags, words, and settings.
 *
 * The command's own flags are matched first; any other argument that begins with a dash is passed to the
 * settings, with its value.
 */
#ifndef SCANNER_COMMANDS_ARGUMENTS_H
#define SCANNER_COMMANDS_ARGUMENTS_H

#include <stdbool.h>

#include "config/config.h"

enum {
	ARGUMENT_WORDS = 1000 /* the maximum number of shards */,
	ARGUMENT_SETTINGS = 1000,
	ARGUMENT_FLAGS = 16
};

struct own_flag {
	const char *name;   /* "--format" */
	const char **value; /* NULL: the flag takes none */
	bool *given;        /* for a flag without a value */
};

struct arguments {
	const char *words[ARGUMENT_WORDS]; /* arguments that are not flags */
	size_t word_count;
	const char *settings[ARGUMENT_SETTINGS]; /* flags passed to the settings */
	int setting_count;
};

/*
 * Splits the arguments of `command`, loads the settings, and prints all problems. `flags` ends in a row
 * without a name; `max_words`: the number of words that the command accepts. False: problems were printed.
 * `config` must be freed in either case.
 */
bool arguments_read(struct arguments *arguments, const char *command, const struct own_flag *flags,
		    size_t max_words, struct config *config, int count, const char *const *given);

/* Prints an error for a word that is none of the command's, with the nearest of `words` (NULL-terminated). */
void arguments_refuse_word(const char *command, const char *word, const char *const *words);

/* True: `formats` (NULL-terminated) contains `format`. Prints an error when not. */
bool arguments_know_format(const char *command, const char *format, const char *const *formats);

#endif
