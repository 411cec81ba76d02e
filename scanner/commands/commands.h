/*
 * commands.h - the subcommands of neptune-scan. A new one is one new file and one line in main.c.
 */
#ifndef SCANNER_COMMANDS_COMMANDS_H
#define SCANNER_COMMANDS_COMMANDS_H

#include "scanner/matrix/conclusion.h"

struct command {
	const char *name;
	const char *summary;
	/* Arguments after the command's name. */
	enum exit_code (*run)(int argument_count, const char *const *arguments);
	void (*help)(void);
	void (*help_all)(void); /* for --all; NULL: `help` has everything */
};

#endif
