/*
 * main.c - the table of subcommands.
 */
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/interruption.h"
#include "base/json_oom_guard.h"
#include "base/process.h"
#include "base/suggestion.h"
#include "base/visible.h"
#include "scanner/commands/commands.h"

/* In the order of `help`, each with its group. New commands are added here. */
#define COMMANDS(ONE)                                                                                          \
	ONE("Scan", command_scan)                                                                              \
	ONE("Scan", command_merge)                                                                             \
	ONE("Scan", command_accounts)                                                                          \
	ONE("Read", command_report)                                                                            \
	ONE("Read", command_show)                                                                              \
	ONE("Read", command_diff)                                                                              \
	ONE("Read", command_trend)                                                                             \
	ONE("Read", command_runs)                                                                              \
	ONE("Fix", command_plan)                                                                               \
	ONE("Fix", command_exceptions)                                                                         \
	ONE("Set up", command_doctor)                                                                          \
	ONE("Set up", command_iam_policy)                                                                      \
	ONE("Settings", command_config)                                                                        \
	ONE("Settings", command_controls)                                                                      \
	ONE("Settings", command_version)

#define DECLARE(group, name) extern const struct command name;
#define LIST(group, name) &(name),
#define GROUP(group, name) (group),

COMMANDS(DECLARE)
static const struct command *const commands[] = {COMMANDS(LIST)};
static const char *const groups[] = {COMMANDS(GROUP)};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *stream)
{
	fputs("usage: neptune-scan COMMAND [FLAG ...]\n\n"
	      "Checks that every Amazon Neptune database in an AWS organization is encrypted at rest, and\n"
	      "lists what could not be assessed. Sends read-only requests.\n\n"
	      "Examples:\n"
	      "  neptune-scan doctor                          check that a scan would work\n"
	      "  neptune-scan scan --report html=report.html  scan, and write the page\n"
	      "  neptune-scan plan                            write runbooks for failing resources\n",
	      stream);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (i == 0 || strcmp(groups[i], groups[i - 1]) != 0)
			fprintf(stream, "\n%s:\n", groups[i]);
		fprintf(stream, "  %-10s  %s\n", commands[i]->name, commands[i]->summary);
	}
	fputs("\n`neptune-scan help COMMAND` describes a command.\n", stream);
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
	visible_print(stderr, "neptune-scan: error: unknown command \"%s\"%s\n  Fix: neptune-scan help", name,
		      suggestion_write(&nearest, suggestion));
	return NULL;
}

static void print_help_of(const struct command *command, int argument_count, const char *const *arguments)
{
	for (int i = 0; i < argument_count; i++) {
		if (command->help_all && strcmp(arguments[i], "--all") == 0) {
			command->help_all();
			return;
		}
	}
	command->help();
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
	print_help_of(command, argument_count - 1, arguments + 1);
	return EXIT_COMPLIANT;
}

/* Incomplete output must not look like success to a reader of the file. */
static enum exit_code conclude(const char *name, enum exit_code code)
{
	if (code == EXIT_USAGE || code == EXIT_IMPOSSIBLE)
		return code;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "neptune-scan: error: %s: cannot write to standard output: %s\n", name,
			strerror(errno));
		return EXIT_IMPOSSIBLE;
	}
	if (json_oom_guard_failed()) {
		fprintf(stderr, "neptune-scan: error: %s: out of memory; its output is incomplete\n", name);
		return EXIT_IMPOSSIBLE;
	}
	return code;
}

int main(int argument_count, char **arguments)
{
	const char *const *rest = (const char *const *)arguments + 2;
	const struct command *command;
	enum exit_code code;

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
			print_help_of(command, argument_count - 2, rest);
			return (int)conclude(command->name, EXIT_COMPLIANT);
		}
	}
	if (getpid() == 1) /* of a container: signals without a handler would be ignored */
		interruption_end_at_once();
	json_oom_guard_init();
	code = command->run(argument_count - 2, rest);
	interruption_close();
	return (int)conclude(command->name, code);
}
