/*
 * Totals from run to run: failing and unassessed cells.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "scanner/commands/stored.h"
#include "scanner/reports/json_objects.h"

static const char *const formats[] = {"table", "csv", "json", NULL};

enum { BAR = 30 /* columns of the longest bar */ };

struct history_point {
	char id[32], state[16], shard[24];
	int64_t started, cells, failing, blind;
};

struct history {
	struct history_point *items;
	size_t count, capacity;
	size_t not_started; /* left out, because they have no cells */
	struct run latest;  /* for stored_outcome(); the arena owns its texts */
	struct arena arena;
	bool failed;
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

static void take(void *context, const struct stored_run *run)
{
	struct history *history = context;
	struct history_point *point;

	remember_latest(history, run);
	history->not_started += run->could_not_start && run->cells == 0;
	if (run->finished == 0 || run->cells == 0)
		return; /* its totals are not known, or it has none */
	point = array_grow(history->items, history->count, &history->capacity, sizeof *point);
	history->failed = history->failed || !point;
	if (!point)
		return;
	history->items = point;
	point = &history->items[history->count++];
	*point = (struct history_point){
		.started = run->started, .cells = run->cells, .failing = run->failing, .blind = run->blind};
	snprintf(point->id, sizeof point->id, "%s", run->id);
	snprintf(point->state, sizeof point->state, "%s", run->state);
	snprintf(point->shard, sizeof point->shard, "%s", run->shard ? run->shard : "");
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

static double coverage(const struct history_point *point)
{
	return point->cells > 0 ? 100.0 * (double)(point->cells - point->blind) / (double)point->cells : 0;
}

static void print_bar(int64_t value, int64_t max)
{
	int length = max > 0 ? (int)((value * BAR + max - 1) / max) : 0;

	for (int i = 0; i < length; i++)
		putchar('#');
	putchar('\n');
}

static void print_table(const struct history *history)
{
	int64_t max = 0;

	for (size_t i = 0; i < history->count; i++)
		max = history->items[i].failing > max ? history->items[i].failing : max;
	printf("%-20s  %9s  %8s  %8s  %8s  %s\n", "STARTED", "CELLS", "COVERAGE", "BLIND", "FAILING",
	       "FAILING RESOURCES");
	for (size_t i = 0; i < history->count; i++) {
		const struct history_point *point = &history->items[i];
		char started[CLOCK_ISO_SIZE];

		clock_format_iso(point->started, started);
		printf("%-20s  %9lld  %7.2f%%  %8lld  %8lld  ", started, (long long)point->cells,
		       coverage(point), (long long)point->blind, (long long)point->failing);
		print_bar(point->failing, max);
	}
}

static void print_csv(const struct history *history)
{
	fputs("run,started,state,cells,coverage_percent,blind,failing_resources\r\n", stdout);
	for (size_t i = 0; i < history->count; i++) {
		const struct history_point *point = &history->items[i];
		char started[CLOCK_ISO_SIZE];

		clock_format_iso(point->started, started);
		printf("%s,%s,%s,%lld,%.4f,%lld,%lld\r\n", point->id, started, point->state,
		       (long long)point->cells, coverage(point), (long long)point->blind,
		       (long long)point->failing);
	}
}

static void print_json(const struct history *history)
{
	json_t *list = json_array();

	for (size_t i = 0; i < history->count; i++) {
		const struct history_point *point = &history->items[i];
		char started[CLOCK_ISO_SIZE];

		clock_format_iso(point->started, started);
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:I,s:f,s:I,s:I}", "run", point->id,
						      "started", started, "state", point->state, "cells",
						      (json_int_t)point->cells, "coverage_percent",
						      coverage(point), "blind", (json_int_t)point->blind,
						      "failing_resources", (json_int_t)point->failing));
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
			"neptune-scan: trend: %zu run%s could not start, and %s left out; `neptune-scan runs` "
			"tells why\n",
			history->not_started, history->not_started == 1 ? "" : "s",
			history->not_started == 1 ? "is" : "are");
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
	if (!store_list_runs(stored->store, take, &history, &error)) {
		code = stored_fail(&error);
	} else if (history.failed || history.arena.failed) {
		error_out_of_memory(&error);
		code = stored_fail(&error);
	} else {
		filter_by_shard(&history);
		code = write_trend(stored, &history);
	}
	free(history.items);
	arena_free(&history.arena);
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
	     "From run to run, the oldest first: cells, the share of them that somebody looked into, blind "
	     "cells,\n"
	     "and failing resources. Runs that never came to an end have no totals and are left out, and\n"
	     "so are those of other shards than the latest one.");
}

const struct command command_trend = {"trend", "failing, blind and coverage from run to run", run, help};
