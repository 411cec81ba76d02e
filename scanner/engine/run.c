#include "scanner/engine/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ulid.h"
#include "config/partition.h"
#include "scanner/engine/coordinator.h"
#include "scanner/engine/run_settings.h"

/* ---- opening ---- */

static void name_run(struct matrix *matrix)
{
	char id[ULID_SIZE];

	ulid_make(id);
	matrix->run.id = arena_copy(&matrix->arena, id);
	matrix->run.started = clock_wall_seconds();
}

static bool open_run(struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	const struct run_options *options = run->options;
	const struct config *config = options->config;

	name_run(matrix);
	for (size_t i = 0; i < run->count; i++)
		matrix->run.partition =
			matrix_join(matrix, matrix->run.partition,
				    partition_of_home(run->organizations[i].config->region)->id);
	if (!shard_is_whole(&options->shard))
		matrix->run.shard = arena_format(&matrix->arena, "%" PRId64 "/%" PRId64, options->shard.index,
						 options->shard.count);
	if (matrix->run.shard)
		matrix->run.array = arena_copy(&matrix->arena, config->array);
	matrix->run.exceptions = options->exceptions;
	run_name_sessions(run);
	run->stop_at_ms = config->deadline_ms ? clock_monotonic_milliseconds() + config->deadline_ms : -1;
	run_settings_write(options, run->organizations, run->count, &run->settings);
	if (run->settings.failed)
		return error_out_of_memory(error);
	return run_begin(run, error);
}

/* ---- ending ---- */

static void show_known_regions(const struct config *config, struct matrix *matrix)
{
	const char *const *region = partition_of_home(config->region)->regions;

	for (; *region; region++)
		if (!text_list_contains(config->exclude_regions, *region))
			matrix_show_column(matrix, matrix_add_column(matrix, *region));
}

static bool shows_regions(const struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->column_count; i++)
		if (matrix->columns[i].shown)
			return true;
	return false;
}

/* Each account has listed its regions. */
static bool knows_regions(const struct matrix *matrix)
{
	for (size_t row = 0; row < matrix->row_count; row++)
		if (matrix->rows[row].default_state != CELL_DISABLED)
			return false;
	return matrix->row_count > 0;
}

/*
 * No account has a cell. If the regions of an account are not known, all known ones are shown as not assessed.
 * If they are, the settings exclude each of them: the run is not complete, and says why.
 */
static void explain_no_regions(const struct scan_run *run)
{
	struct matrix *matrix = run->matrix;
	bool known = knows_regions(matrix);

	for (size_t i = 0; !known && i < run->count; i++)
		show_known_regions(run->organizations[i].config, matrix);
	if (!shows_regions(matrix) && matrix->row_count > 0 && !matrix->run.interrupted)
		matrix->run.interrupted =
			"nothing was scanned: regions.exclude (--exclude-regions) leaves none of "
			"the accounts' regions. Fix: exclude fewer";
}

/* Every account is out of scope: the run proves nothing. Of a shard, the others may have accounts. */
static void explain_no_accounts(const struct scan_run *run)
{
	struct matrix *matrix = run->matrix;
	size_t skipped = 0;

	while (skipped < matrix->row_count && matrix->rows[skipped].default_state == CELL_SKIPPED)
		skipped++;
	if (matrix->row_count > 0 && skipped == matrix->row_count && shard_is_whole(&run->options->shard) &&
	    !matrix->run.interrupted)
		matrix->run.interrupted =
			"nothing was scanned: every account is excluded, suspended or outside the units. "
			"Fix: exclude fewer";
}

static int compare_counts(const void *a, const void *b)
{
	return strcmp(((const struct request_count *)a)->operation,
		      ((const struct request_count *)b)->operation);
}

static void count_requests(struct scan_run *run)
{
	struct matrix *matrix = run->matrix;
	struct request_count *counts = arena_take(&matrix->arena, OPERATION_COUNT * sizeof *counts);
	struct run *totals = &matrix->run;

	if (!counts) {
		matrix->failed = true;
		return;
	}
	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		struct request_count count = {.operation = operations[i].permission,
					      .sent = atomic_load(&run->counts.sent[i]),
					      .retried = atomic_load(&run->counts.retried[i]),
					      .throttled = atomic_load(&run->counts.throttled[i])};

		totals->retried += count.retried;
		totals->throttled += count.throttled;
		if (count.sent > 0)
			counts[totals->request_count++] = count;
	}
	qsort(counts, totals->request_count, sizeof *counts, compare_counts);
	totals->requests = counts;
	totals->sent = run->statistics.sent;
	totals->connections = run->statistics.connections;
	totals->bytes_received = run->statistics.bytes_received;
	totals->most_in_flight = run->statistics.peak;
}

/* ---- all of them ---- */

/* The other organizations are reported, but the run is not complete. */
static void note_failure(const struct scan_run *run, const struct error *error)
{
	struct matrix *matrix = run->matrix;

	log_line(run->options->log, LOG_ERROR, "organization.failed", "%s", error->text);
	if (!matrix->run.interrupted)
		matrix->run.interrupted = matrix_line(matrix, error->text);
}

static bool holds_assessed_cells(const struct matrix *matrix)
{
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			if (matrix_is_recorded(matrix, row, column) &&
			    cell_state_facts((enum cell_state)matrix_cell(matrix, row, column).state)
				    ->looked_at)
				return true;
	return false;
}

/* In memory and in the store. */
static bool close_run(struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	struct store *store = run->options->store;

	matrix->run.finished = clock_wall_seconds();
	count_requests(run);
	/* Not begun: it ended before the earlier run could be compared, and that one stays as it is. */
	if ((!run->begun && !run_begin_anew(run, error)) || (run->resumed && !run_restore_earlier(run, error)))
		return false;
	if (run->resumed && holds_assessed_cells(matrix))
		matrix->run.could_not_start = false; /* an earlier program did */
	explain_no_accounts(run);
	if (!shows_regions(matrix))
		explain_no_regions(run);
	matrix_finish(matrix);
	return store_finish(store, matrix, error) && (!matrix->failed || error_out_of_memory(error));
}

/* What was scanned before the failure is stored, as far as that is still possible. */
static void close_failed(struct scan_run *run, const struct error *why)
{
	struct matrix *matrix = run->matrix;
	struct error ignored;

	matrix->run.interrupted = matrix_line(matrix, why->text);
	matrix->run.could_not_start = why->kind != ERROR_INTERRUPTED; /* a signal: only incomplete, exit 3 */
	close_run(run, &ignored);
}

static bool scan_all(struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;

	for (size_t i = 0; i < run->count && !run->stopped; i++) {
		struct error why;

		if (coordinator_scan(run, &run->organizations[i], &why))
			continue;
		if (matrix->row_count == 0 || run->count == 1) {
			close_failed(run, &why);
			*error = why;
			return false;
		}
		note_failure(run, &why);
	}
	return close_run(run, error);
}

bool run_scan(const struct run_options *options, const struct organization *organizations, size_t count,
	      struct matrix *matrix, struct error *error)
{
	struct scan_run run = {
		.options = options, .organizations = organizations, .count = count, .matrix = matrix};
	bool good = open_run(&run, error) && scan_all(&run, error);

	matrix->run.settings = arena_copy(&matrix->arena, run.settings.at);
	buffer_deinit(&run.settings);
	return good;
}

void run_record_failure(const struct run_options *options, const struct organization *organizations,
			size_t count, struct matrix *matrix, const struct error *why)
{
	struct scan_run run = {
		.options = options, .organizations = organizations, .count = count, .matrix = matrix};
	struct error ignored;

	if (open_run(&run, &ignored))
		close_failed(&run, why);
	buffer_deinit(&run.settings);
}
