/*
 * stored.h - shared by commands that read stored runs.
 *
 * Their own flags are matched first; the rest is passed to the settings, of which they use --config, --db and
 * those of reports.
 */
#ifndef SCANNER_COMMANDS_STORED_H
#define SCANNER_COMMANDS_STORED_H

#include "scanner/commands/arguments.h"
#include "scanner/commands/commands.h"
#include "scanner/storage/storage.h"
#include "scanner/store/store.h"

struct stored {
	const char *command;
	struct config config;
	struct diagnostics diagnostics;  /* also of input that is read later: exceptions, report formats */
	const char *format;              /* --format, by default the first that the command supports */
	const char *run;                 /* --run; NULL: the latest */
	const char *accounts, *controls; /* --accounts, --controls: only these; NULL: all */
	const char *keep;                /* --keep; NULL: not given */
	const char *await;               /* --await; NULL: not given */
	bool check;                      /* --check */
	struct arguments arguments;
	struct store *store;
	struct storage *storage;  /* NULL: no object was used */
	struct log log;           /* of the storage */
	struct storage_file file; /* of the store */
	struct matrix matrix;
};

/* For commands that parse their arguments themselves. */
void stored_init(struct stored *stored, const char *command, const char *format);
/* Flags that a command may support; others are refused. */
enum {
	STORED_FORMAT = 1,
	STORED_RUN = 2,
	STORED_ACCOUNTS = 4,
	STORED_CONTROLS = 8,
	STORED_KEEP = 16,
	STORED_CHECK = 32,
	STORED_AWAIT = 64,
};

/*
 * Parses the arguments of `command`. `flags`: the ones that it supports; `formats`: of --format,
 * NULL-terminated, the first is the default; `max_words`: the number of words that it accepts. False:
 * problems were printed.
 */
bool stored_read(struct stored *stored, const char *command, unsigned flags, const char *const *formats,
		 size_t max_words, int argument_count, const char *const *arguments);
/* The storage, for paths that may be objects. Prepares the network at the first call. NULL: out of memory. */
struct storage *stored_storage(struct stored *stored);
/* The same if a setting names an object that is written; else NULL. The diagnostics say if memory ran out. */
struct storage *stored_storage_of_settings(struct stored *stored);
/* Fetches the store that the settings name, if it is an object, into stored->file. */
bool stored_fetch(struct stored *stored, struct error *error);
/* Publishes the store, which was written; without effect on a local file. */
bool stored_publish(struct stored *stored, struct error *error);
/* Opens the store for reading. Anything but EXIT_COMPLIANT: an error was printed. */
enum exit_code stored_open(struct stored *stored);
/* Opens the store, loads the run, and removes the accounts and controls that were not selected. */
enum exit_code stored_load(struct stored *stored);
/*
 * EXIT_COMPLIANT: the run assessed something. Otherwise prints the reason and the latest run that did, and
 * returns the exit code of the run's scan: EXIT_IMPOSSIBLE or EXIT_INCOMPLETE.
 */
enum exit_code stored_outcome(const struct stored *stored, const struct run *run);
/* Loads a run of the open store; `run` as in store_load. */
enum exit_code stored_load_into(struct stored *stored, struct matrix *matrix, const char *run);
/*
 * Finds the row of an account by its id, or by a name that no other account has. False: an error was printed.
 */
bool stored_find_row(const struct stored *stored, const char *name, size_t *row);
/* To be called after details were read. False: some could not be read; an error was printed. */
bool stored_is_whole(const struct matrix *matrix);
/*
 * Prints an error of the command: "neptune-scan: error: COMMAND: WHAT", and below it "Fix: FIX". `fix`: a
 * command, or a sentence in the imperative; NULL: none.
 */
__attribute__((format(printf, 3, 4))) void stored_refuse(const struct stored *stored, const char *fix,
							 const char *format, ...);
/* Prints the error, and returns the exit code. */
enum exit_code stored_fail(const struct error *error);
void stored_close(struct stored *stored);

#endif
