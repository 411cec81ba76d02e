/*
 * main.c - the table of subcommands.
 */
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json_oom_guard.h"
#include "base/process.h"
#include "base/suggestion.h"
#include "base/visible.h"
#include "scanner/commands/commands.h"

/* In the order of `help`. New commands are added here. */
#define COMMANDS(ONE)                                                                                          \
	ONE(command_scan)                                                                                      \
	ONE(command_accounts)                                                                                  \
	ONE(command_controls)                                                                                  \
	ONE(command_report)                                                                                    \
	ONE(command_runs)                                                                                      \
	ONE(command_show)                                                                                      \
	ONE(command_diff)                                                                                      \
	ONE(command_trend)                                                                                     \
	ONE(command_merge)                                                                                     \
	ONE(command_plan)                                                                                      \
	ONE(command_exceptions)                                                                                \
	ONE(command_doctor)                                                                                    \
	ONE(command_iam_policy)                                                                                \
	ONE(command_config)                                                                                    \
	ONE(command_version)

#define DECLARE(name) extern const struct command name;
#define LIST(name) &(name),

COMMANDS(DECLARE)
static const struct command *const commands[] = {COMMANDS(LIST)};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *stream)
{
	fputs("usage: neptune-scan COMMAND [FLAG ...]\n\n"
	      "Checks that every Amazon Neptune database in an AWS organization is encrypted at rest, and\n"
	      "lists what could not be assessed. Sends read-only requests.\n\n",
	      stream);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stream, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("  help       this page, or `help COMMAND`\n", stream);
}

static const struct command *find(const char *name)
{
	struct suggestion nearest = suggestion_for(name);
	char suggestion[SUGGESTION_SIZE];

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i];
		suggestion_consider(&nearest, commands[i]->name);
	}
	suggestion_consider(&nearest, "help");
	visible_print(stderr, "neptune-scan: unknown command \"%s\"%s; see `neptune-scan help`", name,
		      suggestion_write(&nearest, suggestion));
	return NULL;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static enum exit_code help(int argument_count, const char *const *arguments)
{
	const struct command *command;

	if (argument_count == 0) {
		print_help(stdout);
		return EXIT_COMPLIANT;
	}
	command = find(arguments[0]);
	if (!command)
		return EXIT_USAGE;
	command->help();
	return EXIT_COMPLIANT;
}

/* Incomplete output must not look like success to a reader of the file. */
static enum exit_code conclude(const char *name, enum exit_code code)
{
	if (code == EXIT_USAGE || code == EXIT_IMPOSSIBLE)
		return code;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "neptune-scan: %s: cannot write to standard output: %s\n", name,
			strerror(errno));
		return EXIT_IMPOSSIBLE;
	}
	if (json_oom_guard_failed()) {
		fprintf(stderr, "neptune-scan: %s: out of memory; what it told is not whole\n", name);
		return EXIT_IMPOSSIBLE;
	}
	return code;
}

int main(int argument_count, char **arguments)
{
	const char *const *rest = (const char *const *)arguments + 2;
	const struct command *command;

	if (!process_prepare())
		return EXIT_IMPOSSIBLE;
	setlocale(LC_CTYPE, "C.UTF-8"); /* names are UTF-8, whatever the locale of the terminal */
	if (argument_count < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(arguments[1], "help") == 0 || is_help(arguments[1]))
		return (int)conclude("help", help(argument_count - 2, rest));
	if (strcmp(arguments[1], "--version") == 0)
		return (int)conclude("version", command_version.run(0, rest));
	command = find(arguments[1]);
	if (!command)
		return EXIT_USAGE;
	for (int i = 2; i < argument_count; i++) {
		if (is_help(arguments[i])) {
			command->help();
			return (int)conclude(command->name, EXIT_COMPLIANT);
		}
	}
	json_oom_guard_init();
	return (int)conclude(command->name, command->run(argument_count - 2, rest));
}
