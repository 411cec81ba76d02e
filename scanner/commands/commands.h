/*
 * commands.h - the subcommands of neptune-scan. A new one is one new file and one line in main.c.
 */
#ifndef SCANNER_COMMANDS_COMMANDS_H
#define SCANNER_COMMANDS_COMMANDS_H

/* Exit codes, as the interface promises them. */
enum exit_code {
	EXIT_COMPLIANT = 0,  /* every cell was looked at, nothing fails */
	EXIT_FAILING = 1,    /* every cell was looked at, something fails */
	EXIT_USAGE = 2,      /* usage or configuration error; nothing was scanned */
	EXIT_INCOMPLETE = 3, /* at least one cell has no verdict */
	EXIT_IMPOSSIBLE = 4, /* the scan could not start or be stored */
};

struct command {
	const char *name;
	const char *summary;
	/* Arguments after the command's name. */
	enum exit_code (*run)(int argument_count, const char *const *arguments);
	void (*help)(void);
};

#endif
