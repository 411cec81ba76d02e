/* Lists stored runs, checks them, and deletes the oldest ones. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/visible.h"
#include "scanner/commands/stored.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/terminal_text.h"

static const char *const formats[] = {"table", "json", NULL};

/* "2026-11-24T02:00:00Z", or "-" for 0. */
static const char *instant(int64_t seconds, char text[static CLOCK_ISO_SIZE])
{
	if (seconds == 0)
		return "-";
	clock_format_iso(seconds, text);
	return text;
}

static void print_line(void *context, const struct stored_run *run)
{
	char started[CLOCK_ISO_SIZE], took[CLOCK_DURATION_SIZE] = "-";

	(void)context;
	if (run->finished > 0)
		clock_format_seconds(run->finished - run->started, took);
	printf("%-26s  %-20s  %11s  %-11s  %5s  %8lld  %12lld  %9lld  %9lld", run->id,
	       instant(run->started, started), took, run->state, run->shard ? run->shard : "1/1",
	       (long long)run->cells, (long long)run->blind, (long long)run->failing, (long long)run->requests);
	if (run->accepted > 0)
		printf("  %lld cell%s in accepted gaps", (long long)run->accepted,
		       run->accepted == 1 ? "" : "s");
	if (run->assessed_nothing) {
		fputs("  nothing assessed: ", stdout);
		terminal_text_write(stdout, run->interrupted ? run->interrupted : "no cell could be");
	}
	putchar('\n');
}

static void append(void *list, const struct stored_run *run)
{
	char started[CLOCK_ISO_SIZE], finished[CLOCK_ISO_SIZE];

	json_array_append_new(
		list, json_pack("{s:s,s:s,s:o,s:o,s:s,s:o,s:I,s:I,s:I,s:I,s:I,s:b,s:o}", "id", run->id, "state",
				run->state, "shard", json_text(run->shard), "array", json_text(run->array),
				"started", instant(run->started, started), "finished",
				json_text(run->finished ? instant(run->finished, finished) : NULL), "cells",
				(json_int_t)run->cells, "failing_resources", (json_int_t)run->failing, "blind",
				(json_int_t)run->blind, "accepted", (json_int_t)run->accepted, "requests",
				(json_int_t)run->requests, "assessed_nothing", run->assessed_nothing,
				"interrupted", json_text(run->interrupted)));
}

static enum exit_code list(struct stored *stored)
{
	enum exit_code code = stored_open(stored);
	json_t *array;
	struct error error;
	bool good;

	if (code != EXIT_COMPLIANT)
		return code;
	if (strcmp(stored->format, "table") == 0) {
		printf("%-26s  %-20s  %11s  %-11s  %5s  %8s  %12s  %9s\n", "", "", "", "", "", "", "CELLS",
		       "FAILING");
		printf("%-26s  %-20s  %11s  %-11s  %5s  %8s  %12s  %9s  %9s\n", "RUN", "STARTED", "TOOK",
		       "STATE", "SHARD", "CELLS", "NOT ASSESSED", "RESOURCES", "REQUESTS");
		good = store_list_runs(stored->store, print_line, NULL, &error);
		return good ? EXIT_COMPLIANT : stored_fail(&error);
	}
	array = json_array();
	good = store_list_runs(stored->store, append, array, &error);
	if (good)
		json_print(array);
	else
		json_decref(array);
	return good ? EXIT_COMPLIANT : stored_fail(&error);
}

static void count_run(void *count, const struct stored_run *run)
{
	(void)run;
	++*(long long *)count;
}

static bool read_keep(const struct stored *stored, long long *keep)
{
	char *end = NULL;

	if (!stored->keep) {
		stored_refuse(stored, "neptune-scan runs prune --keep 30",
			      "prune needs --keep N, the number of runs to keep");
		return false;
	}
	*keep = strtoll(stored->keep, &end, 10);
	if (*keep >= 1 && !*end)
		return true;
	stored_refuse(stored, NULL, "--keep \"%s\": must be a whole number, at least 1", stored->keep);
	return false;
}

static enum exit_code prune(struct stored *stored)
{
	long long keep, count = 0;
	struct error error;
	int64_t deleted = 0;
	enum exit_code code;

	if (!read_keep(stored, &keep))
		return EXIT_USAGE;
	/* Opening to write would create one. */
	code = stored_open(stored);
	if (code != EXIT_COMPLIANT)
		return code;
	store_close(stored->store);
	stored->store = store_open(stored->file.path, &error);
	if (!stored->store || !store_prune(stored->store, keep, &deleted, &error) ||
	    !store_list_runs(stored->store, count_run, &count, &error) ||
	    (deleted > 0 && !stored_publish(stored, &error)))
		return stored_fail(&error);
	if (deleted == 0)
		printf("Nothing to delete: %lld run%s stored, --keep is %lld\n", count, count == 1 ? "" : "s",
		       keep);
	else
		printf("%lld run%s deleted, %lld kept%s\n", (long long)deleted, deleted == 1 ? "" : "s", count,
		       count > keep ? ": runs that assessed nothing are counted apart" : "");
	return EXIT_COMPLIANT;
}

static enum exit_code check(struct stored *stored)
{
	enum exit_code code = stored_open(stored);
	struct store_checked checked;
	struct error error;

	if (code != EXIT_COMPLIANT)
		return code;
	if (!store_check_all(stored->store, &checked, &error))
		return stored_fail(&error);
	if (!visible_print(stdout, "%s: %zu run%s, as written", stored->config.store_path, checked.runs,
			   text_plural(checked.runs)))
		return EXIT_IMPOSSIBLE;
	if (checked.unsealed > 0)
		printf("%zu of them without a digest: they did not finish, or an older version wrote them\n",
		       checked.unsealed);
	return EXIT_COMPLIANT;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	static const char *const words[] = {"prune", NULL};
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (!stored_read(&stored, "runs", STORED_FORMAT | STORED_KEEP | STORED_CHECK, formats, 1,
			 argument_count, arguments))
		code = EXIT_USAGE;
	else if (stored.check)
		code = check(&stored);
	else if (stored.arguments.word_count == 0)
		code = list(&stored);
	else if (strcmp(stored.arguments.words[0], "prune") == 0)
		code = prune(&stored);
	else
		arguments_refuse_word("runs", stored.arguments.words[0], words);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan runs [--db FILE] [--format table|json]\n"
	     "       neptune-scan runs --check [--db FILE]\n"
	     "       neptune-scan runs prune --keep N [--db FILE]\n\n"
	     "Examples:\n"
	     "  neptune-scan runs\n"
	     "  neptune-scan runs prune --keep 30\n\n"
	     "Lists the stored runs, the oldest first, with the reason if no cell was assessed. prune deletes\n"
	     "all runs but the latest N, and the latest N that assessed a cell, so that scans that could not\n"
	     "start do not displace complete runs.\n\n"
	     "--check reads every row of every run and compares it with the digests that were written with\n"
	     "it; exit code 4 if the file was damaged since.");
}

const struct command command_runs = {
	.name = "runs",
	.summary = "list stored runs, or delete old ones",
	.run = run,
	.help = help,
};
