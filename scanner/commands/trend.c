/*
 * Totals from run to run: failing and unassessed cells.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "scanner/commands/stored.h"
#include "scanner/matrix/scope_change.h"
#include "scanner/reports/json_objects.h"

static const char *const formats[] = {"table", "csv", "json", NULL};

enum { BAR = 30 /* columns of the longest bar */, CHANGE_WIDTH = 24 };

struct history_point {
	char id[32], state[16], shard[24];
	int64_t started, cells, in_scope, accounts, regions, failing, blind, accepted;
	bool is_complete;
	uint32_t settings; /* a hash of them */
};

struct history {
	struct history_point *items;
	size_t count, capacity;
	size_t not_started; /* left out: they have no cells */
	struct store *store;
	struct run latest; /* what stored_outcome() asks; its texts are in the arena */
	struct arena arena;
	bool failed; /* out of memory */
	bool is_unreadable;
	struct error error; /* then */
};

static void remember_latest(struct history *history, const struct stored_run *run)
{
	arena_reset(&history->arena);
	history->latest = (struct run){.id = arena_copy(&history->arena, run->id),
				       .interrupted = arena_copy(&history->arena, run->interrupted),
				       .started = run->started,
				       .could_not_start = run->could_not_start,
				       .assessed_nothing = run->assessed_nothing};
}

/* As conclusion.h has it: if all blind cells are accepted, gaps leave nothing of these accounts. */
static bool is_complete(const struct stored_run *run, const struct run_scope *scope)
{
	return run->blind == run->accepted && !scope->has_partly &&
	       (run->accepted == 0 || 2 * scope->without_assessed <= scope->accounts);
}

static bool fill(struct history *history, struct history_point *point, const struct stored_run *run)
{
	struct run_scope scope;

	if (!store_read_scope(history->store, run->number, strcmp(run->state, "finished") == 0, &scope,
			      &history->error))
		return false;
	*point = (struct history_point){.started = run->started,
					.cells = run->cells,
					.in_scope = run->cells - scope.skipped,
					.accounts = scope.accounts,
					.regions = scope.regions,
					.failing = run->failing,
					.blind = run->blind,
					.accepted = run->accepted,
					.is_complete = is_complete(run, &scope),
					.settings = hash_text(scope.controls, run->run_settings)};
	snprintf(point->id, sizeof point->id, "%s", run->id);
	snprintf(point->state, sizeof point->state, "%s", run->state);
	snprintf(point->shard, sizeof point->shard, "%s", run->shard ? run->shard : "");
	return true;
}

static void take(void *context, const struct stored_run *run)
{
	struct history *history = context;
	struct history_point *grown;

	remember_latest(history, run);
	history->not_started += run->could_not_start && run->cells == 0;
	if (run->finished == 0 || run->cells == 0 || history->is_unreadable)
		return; /* its totals are unknown, or there are none */
	grown = array_grow(history->items, history->count, &history->capacity, sizeof *grown);
	history->failed = history->failed || !grown;
	if (!grown)
		return;
	history->items = grown;
	if (fill(history, &grown[history->count], run))
		history->count++;
	else
		history->is_unreadable = true;
}

/* Shards scan different accounts, so only runs of the latest run's shard are comparable. */
static void filter_by_shard(struct history *history)
{
	size_t kept = 0;

	for (size_t i = 0; i < history->count; i++)
		if (strcmp(history->items[i].shard, history->items[history->count - 1].shard) == 0)
			history->items[kept++] = history->items[i];
	history->count = kept;
}

/*
 * Assessed cells of the cells in scope, as a percentage with `decimals` digits, rounded down: 100 only of a
 * complete run.
 */
static double coverage(const struct history_point *point, int decimals)
{
	int64_t unit = 1, most, parts;

	for (int i = 0; i < decimals; i++)
		unit *= 10;
	most = point->is_complete ? 100 * unit : 100 * unit - 1;
	parts = point->in_scope > 0 ? 100 * unit * (point->in_scope - point->blind) / point->in_scope : most;
	return (double)(parts < most ? parts : most) / (double)unit;
}

static struct history_entry entry_of(const struct history_point *point)
{
	return (struct history_entry){.in_scope = point->in_scope,
				      .accounts = point->accounts,
				      .regions = point->regions,
				      .settings = point->settings};
}

/* `before` NULL: it is the first run. */
static void describe_change(const struct history_point *before, const struct history_point *point,
			    char text[static SCOPE_CHANGE_SIZE])
{
	const struct history_entry old = entry_of(before ? before : point), new = entry_of(point);

	scope_change_write(&old, &new, text);
}

static void print_bar(int64_t value, int64_t max)
{
	int length = max > 0 ? (int)((value * BAR + max - 1) / max) : 0;

	for (int i = 0; i < length; i++)
		putchar('#');
}

static int64_t find_max_failing(const struct history *history)
{
	int64_t max = 0;

	for (size_t i = 0; i < history->count; i++)
		max = history->items[i].failing > max ? history->items[i].failing : max;
	return max;
}

static void print_table(const struct history *history)
{
	int64_t max = isatty(STDOUT_FILENO) ? find_max_failing(history) : 0;

	printf("%-20s  %8s  %8s  %12s  %10s\n", "", "", "CELLS", "", "FAILING");
	printf("%-20s  %8s  %8s  %12s  %10s  %s\n", "STARTED", "IN SCOPE", "COVERAGE", "NOT ASSESSED",
	       "RESOURCES", "SCOPE");
	for (size_t i = 0; i < history->count; i++) {
		const struct history_point *point = &history->items[i];
		char started[CLOCK_ISO_SIZE], change[SCOPE_CHANGE_SIZE];

		clock_format_iso(point->started, started);
		describe_change(i ? point - 1 : NULL, point, change);
		printf("%-20s  %8lld  %6.1f %%  %12lld  %10lld", started, (long long)point->in_scope,
		       coverage(point, 1), (long long)point->blind, (long long)point->failing);
		if (point->accepted > 0)
			printf("  %lld accepted", (long long)point->accepted);
		if (change[0] || max > 0)
			printf("  %-*s", max > 0 ? CHANGE_WIDTH : 0, change);
		print_bar(point->failing, max);
		putchar('\n');
	}
}

static void print_csv(const struct history *history)
{
	fputs("run,started,state,cells,coverage_percent,blind,failing_resources,cells_in_scope,"
	      "accounts_in_scope,scope_change,accepted\r\n",
	      stdout);
	for (size_t i = 0; i < history->count; i++) {
		const struct history_point *point = &history->items[i];
		char started[CLOCK_ISO_SIZE], change[SCOPE_CHANGE_SIZE];

		clock_format_iso(point->started, started);
		describe_change(i ? point - 1 : NULL, point, change);
		printf("%s,%s,%s,%lld,%.4f,%lld,%lld,%lld,%lld,\"%s\",%lld\r\n", point->id, started,
		       point->state, (long long)point->cells, coverage(point, 4), (long long)point->blind,
		       (long long)point->failing, (long long)point->in_scope, (long long)point->accounts,
		       change, (long long)point->accepted);
	}
}

static void print_json(const struct history *history)
{
	json_t *list = json_array();

	for (size_t i = 0; i < history->count; i++) {
		const struct history_point *point = &history->items[i];
		char started[CLOCK_ISO_SIZE], change[SCOPE_CHANGE_SIZE];

		clock_format_iso(point->started, started);
		describe_change(i ? point - 1 : NULL, point, change);
		json_array_append_new(
			list,
			json_pack("{s:s,s:s,s:s,s:I,s:f,s:I,s:I,s:I,s:I,s:o,s:b,s:I}", "run", point->id,
				  "started", started, "state", point->state, "cells", (json_int_t)point->cells,
				  "coverage_percent", coverage(point, 4), "blind", (json_int_t)point->blind,
				  "failing_resources", (json_int_t)point->failing, "cells_in_scope",
				  (json_int_t)point->in_scope, "accounts_in_scope", (json_int_t)point->accounts,
				  "scope_change", json_text(change[0] ? change : NULL), "complete",
				  point->is_complete, "accepted", (json_int_t)point->accepted));
	}
	json_print(list);
}

static void print(const struct stored *stored, const struct history *history)
{
	if (strcmp(stored->format, "csv") == 0)
		print_csv(history);
	else if (strcmp(stored->format, "json") == 0)
		print_json(history);
	else
		print_table(history);
}

/* Mentions runs that are left out, and checks the latest run. */
static enum exit_code write_trend(const struct stored *stored, const struct history *history)
{
	enum exit_code code = stored_outcome(stored, &history->latest);

	if (history->not_started > 0)
		fprintf(stderr,
			"neptune-scan: trend: left out %zu run%s that could not start; neptune-scan runs lists "
			"the reasons\n",
			history->not_started, text_plural(history->not_started));
	print(stored, history);
	return code;
}

static enum exit_code list(struct stored *stored)
{
	enum exit_code code = stored_open(stored);
	struct history history = {0};
	struct error error;

	if (code != EXIT_COMPLIANT)
		return code;
	history.store = stored->store;
	if (!store_list_runs(stored->store, take, &history, &error)) {
		code = stored_fail(&error);
	} else if (history.is_unreadable) {
		code = stored_fail(&history.error);
	} else if (history.failed || history.arena.failed) {
		error_out_of_memory(&error);
		code = stored_fail(&error);
	} else {
		filter_by_shard(&history);
		code = write_trend(stored, &history);
	}
	free(history.items);
	arena_deinit(&history.arena);
	return code;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (stored_read(&stored, "trend", STORED_FORMAT, formats, 0, argument_count, arguments))
		code = list(&stored);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan trend [--db FILE] [--format table|csv|json]\n\n"
	     "Examples:\n"
	     "  neptune-scan trend\n"
	     "  neptune-scan trend --format csv\n\n"
	     "Lists the finished runs, the oldest first: cells in scope, coverage (assessed cells of the "
	     "cells\n"
	     "in scope, rounded down), cells not assessed, failing resources, and changes of the scope. Runs\n"
	     "of other shards than the latest one's, and runs without totals, are left out.");
}

const struct command command_trend = {
	.name = "trend",
	.summary = "failing resources and coverage of each run",
	.run = run,
	.help = help,
};
