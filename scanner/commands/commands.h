/*
 * commands.h - the subcommands of neptune-scan. A new one is one new file and one line in main.c.
 */
#ifndef SCANNER_COMMANDS_COMMANDS_H
#define SCANNER_COMMANDS_COMMANDS_H

/* The documented exit codes. */
enum exit_code {
	EXIT_COMPLIANT = 0,  /* all cells are assessed, nothing fails */
	EXIT_FAILING = 1,    /* all cells are assessed, something fails */
	EXIT_USAGE = 2,      /* usage or configuration error; nothing was scanned */
	EXIT_INCOMPLETE = 3, /* at least one cell could not be assessed */
	EXIT_IMPOSSIBLE = 4, /* the scan could not start, or results not be stored */
};

struct command {
	const char *name;
	const char *summary;
	/* Runs the command with the arguments after its name. */
	enum exit_code (*run)(int argument_count, const char *const *arguments);
	void (*help)(void);
};

#endif
