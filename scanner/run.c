/*
 * A run, over one organization or several: it is begun, each is scanned into the same matrix, and it is ended.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/ulid.h"
#include "config/options.h"
#include "config/partition.h"
#include "config/value.h"
#include "scanner/coordinator_parts.h"

/* ---- beginning ---- */

static void name_run(struct matrix *matrix)
{
	char id[ULID_SIZE];

	ulid_make(id);
	matrix->run.id = arena_copy(&matrix->arena, id);
	matrix->run.started = clock_wall_seconds();
}

/* What a run cannot change half way: of all organizations, and of each. */
static const char *const of_all[][2] = {
	{"controls", "select"},          {"controls", "severity"},    {"controls", "exceptions"},
	{"controls", "min_backup_days"}, {"controls", "require_key"},
};

static const char *const of_each[][2] = {
	{"organization", "accounts"},
	{"organization", "exclude_accounts"},
	{"organization", "ous"},
	{"organization", "exclude_ous"},
	{"regions", "include"},
	{"regions", "exclude"},
	{"role", "name"},
	{"role", "management"},
};

/* As "section.key = value"; those of a second organization begin with "2.". */
static void write_settings(const struct config *config, const char *const names[][2], size_t count,
			   size_t organization, struct buffer *text)
{
	for (size_t i = 0; i < count; i++) {
		if (organization > 0)
			buffer_print(text, "%zu.", organization + 1);
		buffer_print(text, "%s.%s = ", names[i][0], names[i][1]);
		value_write(config, option_by_key(names[i][0], names[i][1]), text);
		buffer_text(text, "\n");
	}
}

static const char *const of_shard[][2] = {{"scan", "shard"}};

static void write_meaning(const struct coordinator_options *wishes, size_t count, struct buffer *text)
{
	write_settings(wishes->config, of_all, sizeof of_all / sizeof of_all[0], 0, text);
	for (size_t i = 0; i < count; i++)
		write_settings(wishes[i].config, of_each, sizeof of_each / sizeof of_each[0], i, text);
	if (!shard_is_whole(&wishes->shard)) /* what shards have in common is the meaning of the whole */
		write_settings(wishes->config, of_shard, 1, 0, text);
}

static bool open_run(struct whole_run *whole, const struct coordinator_options *wishes, size_t count,
		     struct matrix *matrix, struct error *error)
{
	const struct config *config = wishes->config;
	struct store *store = wishes->store;
	struct buffer meaning = {0};
	bool good;

	name_run(matrix);
	for (size_t i = 0; i < count; i++)
		matrix->run.partition = matrix_join(matrix, matrix->run.partition,
						    partition_of_home(wishes[i].config->region)->id);
	if (!shard_is_whole(&wishes->shard))
		matrix->run.shard = arena_format(&matrix->arena, "%" PRId64 "/%" PRId64, wishes->shard.index,
						 wishes->shard.count);
	write_meaning(wishes, count, &meaning);
	if (meaning.failed)
		good = error_out_of_memory(error);
	else if (config->resume)
		good = store_resume(store, matrix, meaning.at, &whole->resumed, error);
	else
		good = store_begin(store, matrix, meaning.at, error);
	buffer_free(&meaning);
	if (good && whole->resumed && wishes->exceptions)
		good = store_recall_exceptions(store, wishes->exceptions, error);
	if (config->session_name)
		snprintf(whole->session_name, sizeof whole->session_name, "%s", config->session_name);
	else
		snprintf(whole->session_name, sizeof whole->session_name, "neptune-scan-%s",
			 matrix->run.id ? matrix->run.id : "");
	whole->stop_at = config->deadline ? clock_monotonic_milliseconds() + config->deadline : -1;
	if (good && config->resume)
		log_line(wishes->log, LOG_INFO, whole->resumed ? "run.resumed" : "run.begun",
			 whole->resumed ? "going on with run %s" : "no run is unfinished: run %s begins",
			 matrix->run.id);
	return good;
}

/* ---- ending ---- */

/* When nobody got in, nobody could say which regions there are: then all known ones are blind, not none. */
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

static int compare_counts(const void *a, const void *b)
{
	return strcmp(((const struct request_count *)a)->operation,
		      ((const struct request_count *)b)->operation);
}

static void count_requests(struct whole_run *whole, struct matrix *matrix)
{
	struct request_count *counts = arena_take(&matrix->arena, OPERATION_COUNT * sizeof *counts);
	struct run *run = &matrix->run;

	if (!counts) {
		matrix->failed = true;
		return;
	}
	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		struct request_count count = {.operation = operations[i].permission,
					      .sent = atomic_load(&whole->counts.sent[i]),
					      .retried = atomic_load(&whole->counts.retried[i]),
					      .throttled = atomic_load(&whole->counts.throttled[i])};

		run->retried += count.retried;
		run->throttled += count.throttled;
		if (count.sent > 0)
			counts[run->request_count++] = count;
	}
	qsort(counts, run->request_count, sizeof *counts, compare_counts);
	run->requests = counts;
	run->sent = whole->statistics.sent;
	run->connections = whole->statistics.connections;
	run->bytes_received = whole->statistics.bytes_received;
}

/* ---- all of them ---- */

/* What was scanned of others is not thrown away, but it is not everything. */
static void note_failure(const struct coordinator_options *wishes, struct matrix *matrix,
			 const struct error *error)
{
	log_line(wishes->log, LOG_ERROR, "organization.failed", "%s", error->text);
	if (!matrix->run.interrupted)
		matrix->run.interrupted = arena_copy(&matrix->arena, error->text);
}

/* On disk, too. */
static bool close_run(struct whole_run *whole, const struct coordinator_options *wishes, size_t count,
		      struct matrix *matrix, struct error *error)
{
	struct store *store = wishes->store;

	matrix->run.finished = clock_wall_seconds();
	count_requests(whole, matrix);
	for (size_t i = 0; !shows_regions(matrix) && i < count; i++)
		show_known_regions(wishes[i].config, matrix);
	matrix_finish(matrix);
	return store_finish(store, matrix, error) && store_read_history(store, matrix, error) &&
	       (!matrix->failed || error_out_of_memory(error));
}

bool coordinator_run(const struct coordinator_options *wishes, size_t count, struct matrix *matrix,
		     struct error *error)
{
	struct whole_run whole = {0};

	matrix->run.exceptions = wishes->exceptions;
	if (!open_run(&whole, wishes, count, matrix, error))
		return false;
	for (size_t i = 0; i < count && !whole.stopped; i++) {
		struct error why;

		if (coordinator_scan(&wishes[i], &whole, count == 1, matrix, &why))
			continue;
		if (matrix->row_count == 0 || count == 1) {
			/* What was scanned before the failure is kept: it was flushed. */
			store_flush(wishes->store, true, NULL);
			*error = why;
			return false;
		}
		note_failure(wishes, matrix, &why);
	}
	return close_run(&whole, wishes, count, matrix, error);
}
