/*
 * stored.h - what the commands that ask a stored run have in common.
 *
 * Flags of their own come first; whatever is left goes to the settings, of which they use --config and --db.
 */
#ifndef SCANNER_COMMANDS_STORED_H
#define SCANNER_COMMANDS_STORED_H

#include "config/config.h"
#include "scanner/commands/commands.h"
#include "scanner/matrix/store.h"

enum { STORED_WORDS = 4 };

struct stored {
	struct config config;
	struct problems problems;
	const char *format;              /* "table" unless --format said otherwise */
	const char *run;                 /* --run; NULL: the latest */
	const char *words[STORED_WORDS]; /* arguments that are no flags */
	size_t word_count;
	struct store *store;
	struct matrix matrix;
};

/*
 * Reads the arguments of `command`. `formats`: those that it knows, NULL-terminated, the first one by default;
 * `most_words`: how many arguments it takes beside flags. False: what is wrong was said.
 */
bool stored_read(struct stored *stored, const char *command, const char *const *formats, size_t most_words,
		 int argument_count, const char *const *arguments);
/* Opens the store and loads the run. EXIT_COMPLIANT, or what was said. */
enum exit_code stored_load(struct stored *stored);
void stored_close(struct stored *stored);

#endif
