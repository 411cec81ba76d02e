/* Compares two stored runs: what got worse, what was fixed, and whether they can be compared at all. */
#include "scanner/commands/diff_formats.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/visible.h"
#include "scanner/commands/stored.h"

static const char *const formats[] = {"table", "json", "markdown", NULL};

static enum exit_code write_differences(const struct stored *stored, const struct matrix *old,
					const struct matrix *new)
{
	struct differences differences;
	enum exit_code code;

	diff_compare(&differences, old, new);
	if (!stored_is_whole(old) || !stored_is_whole(new) || differences.arena.failed) {
		if (differences.arena.failed)
			fputs("neptune-scan: error: diff: out of memory\n", stderr);
		differences_deinit(&differences);
		return EXIT_IMPOSSIBLE;
	}
	if (strcmp(stored->format, "json") == 0)
		diff_print_json(&differences);
	else if (strcmp(stored->format, "markdown") == 0)
		diff_print_markdown(&differences);
	else
		diff_print_table(&differences);
	code = differences_got_worse(&differences) ? EXIT_FAILING : EXIT_COMPLIANT;
	differences_deinit(&differences);
	return code;
}

static const char *shard_of_run(const struct matrix *matrix)
{
	return matrix->run.shard ? matrix->run.shard : "1/1";
}

/* Accounts of another shard have not vanished. */
static enum exit_code check_shards(const struct matrix *old, const struct matrix *new)
{
	if (strcmp(shard_of_run(old), shard_of_run(new)) == 0)
		return EXIT_COMPLIANT;
	visible_print(stderr,
		      "neptune-scan: error: diff: run %s is shard %s, run %s is shard %s: they scan different "
		      "accounts\n"
		      "  Fix: name two runs of one shard, or merge the shards of each night",
		      old->run.id, shard_of_run(old), new->run.id, shard_of_run(new));
	return EXIT_USAGE;
}

/* Runs between the two that assessed nothing. */
struct between {
	const char *old, *new;
	bool inside;
};

static void report_skipped(void *context, const struct stored_run *run)
{
	struct between *between = context;
	char started[CLOCK_ISO_SIZE];

	if (strcmp(run->id, between->new) == 0)
		between->inside = false;
	clock_format_iso(run->started, started);
	if (between->inside && run->assessed_nothing)
		visible_print(stderr, "neptune-scan: diff: run %s of %s is left out, it assessed nothing: %s",
			      run->id, started,
			      run->interrupted ? run->interrupted : "no cell of it could be assessed");
	if (strcmp(run->id, between->old) == 0)
		between->inside = true;
}

/* A run that assessed nothing cannot be compared; such runs between the two are only mentioned. */
static enum exit_code check_assessed(const struct stored *stored, const struct matrix *old, bool named)
{
	struct between between = {old->run.id, stored->matrix.run.id, false};
	enum exit_code code = stored_outcome(stored, &old->run);

	if (code == EXIT_COMPLIANT && !named)
		store_list_runs(stored->store, report_skipped, &between, NULL);
	return code;
}

/* Without names, compares the latest run with the previous one that assessed something. */
static enum exit_code diff(struct stored *stored)
{
	struct matrix old;
	enum exit_code code = stored_open(stored);
	bool named = stored->arguments.word_count > 0;

	matrix_init(&old);
	if (code == EXIT_COMPLIANT)
		code = stored_load_into(stored, &stored->matrix,
					stored->arguments.word_count > 1 ? stored->arguments.words[1] : NULL);
	if (code == EXIT_COMPLIANT)
		code = stored_outcome(stored, &stored->matrix.run);
	if (code == EXIT_COMPLIANT)
		code = stored_load_into(stored, &old, named ? stored->arguments.words[0] : STORE_RUN_BEFORE);
	if (code == EXIT_COMPLIANT)
		code = check_assessed(stored, &old, named);
	if (code == EXIT_COMPLIANT)
		code = check_shards(&old, &stored->matrix);
	if (code == EXIT_COMPLIANT)
		code = write_differences(stored, &old, &stored->matrix);
	matrix_deinit(&old);
	return code;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (stored_read(&stored, "diff", STORED_FORMAT, formats, 2, argument_count, arguments))
		code = diff(&stored);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan diff [OLD [NEW]] [--db FILE] [--format table|json|markdown]\n\n"
	     "Examples:\n"
	     "  neptune-scan diff\n"
	     "  neptune-scan diff --format markdown\n"
	     "  neptune-scan diff 01M8KVAACHSPSEVVC5W153SPTY 01M8KVAC2G5P33WQH06M49D84F\n\n"
	     "Compares two stored runs; without ids, the latest run and the previous one that assessed\n"
	     "something. Differences in scope, settings or program version come first. Then the verdict, the\n"
	     "totals and why they changed, and by cluster: newly failing, newly not assessed, newly unknown,\n"
	     "fixed, assessed again, new, no longer listed, left or entered the scope.\n\n"
	     "Automated snapshots of a cluster that both runs list are counted as rotated, not listed: a new\n"
	     "one is newly failing only if none before it failed. Resources in cells that are not assessed, "
	     "or\n"
	     "left the scope, are never reported as gone. What entered the scope, or only controls of the\n"
	     "newer run evaluate, is counted apart and is no regression.\n\n"
	     "Exit 0: no regression; 1: newly failing, not assessed or unknown; 3 or 4, as the scan: one of\n"
	     "the runs assessed nothing, so there is nothing to compare.");
}

const struct command command_diff = {
	.name = "diff",
	.summary = "compare two runs: new failures, fixes, new and deleted resources",
	.run = run,
	.help = help,
};
