/*
 * stored.h - what the commands that ask stored runs have in common.
 *
 * Flags of their own come first; whatever is left goes to the settings, of which they use --config, --db and
 * those of reports.
 */
#ifndef SCANNER_COMMANDS_STORED_H
#define SCANNER_COMMANDS_STORED_H

#include "scanner/commands/arguments.h"
#include "scanner/commands/commands.h"
#include "scanner/store/store.h"

struct stored {
	const char *command;
	struct config config;
	struct diagnostics diagnostics;  /* with what is read later: exceptions, report formats */
	const char *format;              /* the first that the command knows, unless --format said otherwise */
	const char *run;                 /* --run; NULL: the latest */
	const char *accounts, *controls; /* --accounts, --controls: only these; NULL: all */
	const char *keep;                /* --keep; NULL: not said */
	bool check;                      /* --check */
	struct arguments arguments;
	struct store *store;
	struct matrix matrix;
};

/* For commands that read their arguments themselves. */
void stored_init(struct stored *stored, const char *command, const char *format);
/* Flags that a command may know: any other is refused. */
enum {
	STORED_FORMAT = 1,
	STORED_RUN = 2,
	STORED_ACCOUNTS = 4,
	STORED_CONTROLS = 8,
	STORED_KEEP = 16,
	STORED_CHECK = 32,
};

/*
 * Reads the arguments of `command`. `flags`: those that it knows; `formats`: of --format, NULL-terminated, the
 * first one by default; `most_words`: how many arguments it takes beside flags. False: what is wrong was said.
 */
bool stored_read(struct stored *stored, const char *command, unsigned flags, const char *const *formats,
		 size_t max_words, int argument_count, const char *const *arguments);
/* Opens the store to read it. EXIT_COMPLIANT, or what was said. */
enum exit_code stored_open(struct stored *stored);
/* Opens it, loads the run, and leaves out what was not asked for. */
enum exit_code stored_load(struct stored *stored);
/*
 * Whether the run assessed anything. If not, says so, and why, and which run did: there is nothing in it to be
 * compared, or to be a reason for anything. Gives the exit code of that run's scan: EXIT_IMPOSSIBLE,
 * EXIT_INCOMPLETE.
 */
enum exit_code stored_outcome(const struct stored *stored, const struct run *run);
/* Loads a run of the open store; `run` as for store_load. */
enum exit_code stored_load_into(struct stored *stored, struct matrix *matrix, const char *run);
/*
 * The row that a word of the command line names: by its id, or by a name that no other account bears. False:
 * what is wrong was said.
 */
bool stored_find_row(const struct stored *stored, const char *name, size_t *row);
/* After details were read: could all be? Says so when not. */
bool stored_is_whole(const struct matrix *matrix);
/* Says what is wrong; gives the exit code. */
enum exit_code stored_complain(const struct error *error);
void stored_close(struct stored *stored);

#endif
