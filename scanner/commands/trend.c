/* From night to night: what fails, what nobody saw. */
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

struct stored_night {
	char id[32], state[16], shard[24];
	int64_t started, cells, failing, blind;
};

struct nights {
	struct stored_night *items;
	size_t count, capacity;
	size_t not_started; /* left out: they have no cells */
	struct run latest;  /* what stored_outcome() asks; its texts are in the arena */
	struct arena arena;
	bool failed;
};

static void remember_latest(struct nights *nights, const struct stored_run *run)
{
	arena_reset(&nights->arena);
	nights->latest = (struct run){.id = arena_copy(&nights->arena, run->id),
				      .interrupted = arena_copy(&nights->arena, run->interrupted),
				      .started = run->started,
				      .could_not_start = run->could_not_start,
				      .assessed_nothing = run->assessed_nothing};
}

static void take(void *context, const struct stored_run *run)
{
	struct nights *nights = context;
	struct stored_night *night;

	remember_latest(nights, run);
	nights->not_started += run->could_not_start && run->cells == 0;
	if (run->finished == 0 || run->cells == 0)
		return; /* its totals are unknown, or there are none */
	night = array_grow(nights->items, nights->count, &nights->capacity, sizeof *night);
	nights->failed = nights->failed || !night;
	if (!night)
		return;
	nights->items = night;
	night = &nights->items[nights->count++];
	*night = (struct stored_night){
		.started = run->started, .cells = run->cells, .failing = run->failing, .blind = run->blind};
	snprintf(night->id, sizeof night->id, "%s", run->id);
	snprintf(night->state, sizeof night->state, "%s", run->state);
	snprintf(night->shard, sizeof night->shard, "%s", run->shard ? run->shard : "");
}

/* Shards are of different accounts: only those of the latest one's can be compared with it. */
static void keep_shard_of_latest(struct nights *nights)
{
	size_t kept = 0;

	for (size_t i = 0; i < nights->count; i++)
		if (strcmp(nights->items[i].shard, nights->items[nights->count - 1].shard) == 0)
			nights->items[kept++] = nights->items[i];
	nights->count = kept;
}

static double coverage(const struct stored_night *night)
{
	return night->cells > 0 ? 100.0 * (double)(night->cells - night->blind) / (double)night->cells : 0;
}

static void print_bar(int64_t value, int64_t most)
{
	int length = most > 0 ? (int)((value * BAR + most - 1) / most) : 0;

	for (int i = 0; i < length; i++)
		putchar('#');
	putchar('\n');
}

static void print_table(const struct nights *nights)
{
	int64_t most = 0;

	for (size_t i = 0; i < nights->count; i++)
		most = nights->items[i].failing > most ? nights->items[i].failing : most;
	printf("%-20s  %9s  %8s  %8s  %8s  %s\n", "STARTED", "CELLS", "COVERAGE", "BLIND", "FAILING",
	       "FAILING RESOURCES");
	for (size_t i = 0; i < nights->count; i++) {
		const struct stored_night *night = &nights->items[i];
		char started[CLOCK_ISO_SIZE];

		clock_format_iso(night->started, started);
		printf("%-20s  %9lld  %7.2f%%  %8lld  %8lld  ", started, (long long)night->cells,
		       coverage(night), (long long)night->blind, (long long)night->failing);
		print_bar(night->failing, most);
	}
}

static void print_csv(const struct nights *nights)
{
	fputs("run,started,state,cells,coverage_percent,blind,failing_resources\r\n", stdout);
	for (size_t i = 0; i < nights->count; i++) {
		const struct stored_night *night = &nights->items[i];
		char started[CLOCK_ISO_SIZE];

		clock_format_iso(night->started, started);
		printf("%s,%s,%s,%lld,%.4f,%lld,%lld\r\n", night->id, started, night->state,
		       (long long)night->cells, coverage(night), (long long)night->blind,
		       (long long)night->failing);
	}
}

static void print_json(const struct nights *nights)
{
	json_t *list = json_array();

	for (size_t i = 0; i < nights->count; i++) {
		const struct stored_night *night = &nights->items[i];
		char started[CLOCK_ISO_SIZE];

		clock_format_iso(night->started, started);
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:I,s:f,s:I,s:I}", "run", night->id,
						      "started", started, "state", night->state, "cells",
						      (json_int_t)night->cells, "coverage_percent",
						      coverage(night), "blind", (json_int_t)night->blind,
						      "failing_resources", (json_int_t)night->failing));
	}
	json_print(list);
}

static void print(const struct stored *stored, const struct nights *nights)
{
	if (strcmp(stored->format, "csv") == 0)
		print_csv(nights);
	else if (strcmp(stored->format, "json") == 0)
		print_json(nights);
	else
		print_table(nights);
}

/* Said first: what is not in the list, and whether the latest run is. */
static enum exit_code tell(const struct stored *stored, const struct nights *nights)
{
	enum exit_code code = stored_outcome(stored, &nights->latest);

	if (nights->not_started > 0)
		fprintf(stderr,
			"neptune-scan: trend: %zu run%s could not start, and %s left out; `neptune-scan runs` "
			"tells why\n",
			nights->not_started, nights->not_started == 1 ? "" : "s",
			nights->not_started == 1 ? "is" : "are");
	print(stored, nights);
	return code;
}

static enum exit_code list(struct stored *stored)
{
	enum exit_code code = stored_open(stored);
	struct nights nights = {0};
	struct error error;

	if (code != EXIT_COMPLIANT)
		return code;
	if (!store_list_runs(stored->store, take, &nights, &error)) {
		code = stored_complain(&error);
	} else if (nights.failed || nights.arena.failed) {
		error_out_of_memory(&error);
		code = stored_complain(&error);
	} else {
		keep_shard_of_latest(&nights);
		code = tell(stored, &nights);
	}
	free(nights.items);
	arena_free(&nights.arena);
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
