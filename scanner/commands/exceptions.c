/* Holds a file of exceptions against a stored run: what each covers, which are expired, which cover nothing. */
#include "scanner/matrix/exceptions.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/commands/stored.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/terminal_text.h"
#include "scanner/reports/walk.h"

static const char *const formats[] = {"table", "json", NULL};

struct counts {
	size_t failing, covered;
};

struct matching {
	struct exceptions *exceptions;
	struct counts counts;
};

static void match(void *context, const struct found *found)
{
	struct matching *matching = context;

	if (found->finding->verdict != VERDICT_FAIL)
		return;
	matching->counts.failing++;
	if (exceptions_match(matching->exceptions, found->account, found->region, found->finding))
		matching->counts.covered++;
}

static struct counts match_all(const struct matrix *matrix, struct exceptions *exceptions)
{
	const struct report_output all = {0};
	struct matching matching = {.exceptions = exceptions};

	walk_findings(matrix, &all, match, &matching);
	return matching.counts;
}

static void print_one(const struct exception *exception)
{
	const char *state = exception_state(exception);

	printf("  %-8s ", strcmp(state, "expired") == 0 ? "EXPIRED" : state);
	terminal_text_write(stdout, exception->name);
	printf("\n           %s, account ", exception->control);
	terminal_text_write(stdout, exception->account);
	printf(", region %s, resource ", exception->region);
	terminal_text_write(stdout, exception->resource);
	if (exception->tag) {
		fputs(", tag ", stdout);
		terminal_text_write(stdout, exception->tag);
	}
	fputs("\n           ", stdout);
	if (exception->is_expired)
		printf("ended %s; %zu failing finding%s would be covered", exception->expires,
		       exception->findings, exception->findings == 1 ? "" : "s");
	else
		printf("covers %zu failing finding%s, until %s", exception->findings,
		       exception->findings == 1 ? "" : "s", exception->expires);
	fputs("\n           ", stdout);
	terminal_text_write(stdout, exception->owner);
	fputs(": ", stdout);
	terminal_text_write(stdout, exception->reason);
	if (exception->ticket) {
		fputs(" (", stdout);
		terminal_text_write(stdout, exception->ticket);
		putchar(')');
	}
	putchar('\n');
}

static void print_table(const struct stored *stored, const struct exceptions *exceptions, struct counts counts)
{
	char started[CLOCK_ISO_SIZE];

	clock_format_iso(stored->matrix.run.started, started);
	printf("%s, against run %s of %s%s\n\n", stored->arguments.words[1], stored->matrix.run.id, started,
	       stored->matrix.run.is_unfinished ? ", which is not finished" : "");
	for (size_t i = 0; i < exceptions->count; i++)
		print_one(&exceptions->items[i]);
	printf("\n%zu of %zu failing findings are covered.\n", counts.covered, counts.failing);
}

static void print_json(const struct stored *stored, const struct exceptions *exceptions, struct counts counts)
{
	json_t *list = json_array(), *object;

	for (size_t i = 0; i < exceptions->count; i++)
		json_array_append_new(list, json_object_of_exception(&exceptions->items[i]));
	object = json_pack("{s:s,s:I,s:I,s:o}", "run", stored->matrix.run.id, "failing",
			   (json_int_t)counts.failing, "covered", (json_int_t)counts.covered, "exceptions",
			   list);
	json_print(object);
}

/* 1: somebody should take one up. */
static enum exit_code judge(const struct exceptions *exceptions)
{
	for (size_t i = 0; i < exceptions->count; i++)
		if (strcmp(exception_state(&exceptions->items[i]), "used") != 0)
			return EXIT_FAILING;
	return EXIT_COMPLIANT;
}

static enum exit_code check(struct stored *stored, struct exceptions *exceptions)
{
	enum exit_code code;
	struct counts counts;

	exceptions_load(exceptions, stored->arguments.words[1], clock_wall_seconds(),
			stored->config.max_exception_days, &stored->problems);
	problems_print(&stored->problems, stderr, "neptune-scan");
	if (stored->problems.count > 0)
		return EXIT_USAGE;
	code = stored_load(stored);
	if (code != EXIT_COMPLIANT)
		return code;
	counts = match_all(&stored->matrix, exceptions);
	if (!stored_is_whole(&stored->matrix))
		return EXIT_IMPOSSIBLE;
	if (strcmp(stored->format, "json") == 0)
		print_json(stored, exceptions, counts);
	else
		print_table(stored, exceptions, counts);
	return judge(exceptions);
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	struct exceptions exceptions = {0};
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (!stored_read(&stored, "exceptions", formats, 2, argument_count, arguments))
		code = EXIT_USAGE;
	else if (stored.arguments.word_count != 2 || strcmp(stored.arguments.words[0], "check") != 0)
		fputs("neptune-scan: exceptions: expected `exceptions check FILE`; see `neptune-scan help "
		      "exceptions`\n",
		      stderr);
	else
		code = check(&stored, &exceptions);
	exceptions_free(&exceptions);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan exceptions check FILE [--run ID] [--db FILE] [--format table|json]\n\n"
	     "Reads a file of exceptions, names everything that is wrong with it, and tells what each would\n"
	     "cover in a stored run (the latest, unless --run names one), which are expired, and which cover\n"
	     "nothing. Exit 0: each is used; 1: one is expired or unused; 2: the file is not right.");
}

const struct command command_exceptions = {"exceptions", "hold a file of exceptions against a stored run", run,
					   help};
