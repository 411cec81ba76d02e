#include "scanner/engine/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arn.h"
#include "base/clock.h"
#include "base/ulid.h"
#include "config/partition.h"
#include "scanner/engine/coordinator.h"
#include "scanner/engine/run_settings.h"
#include "scanner/store/settings_fingerprint.h"

enum { AGE_SIZE = 32 };

/* ---- beginning ---- */

static void name_run(struct matrix *matrix)
{
	char id[ULID_SIZE];

	ulid_make(id);
	matrix->run.id = arena_copy(&matrix->arena, id);
	matrix->run.started = clock_wall_seconds();
}

static void name_session(struct scan_run *run)
{
	struct matrix *matrix = run->matrix;
	const char *wanted = run->options->config->session_name;

	if (wanted)
		snprintf(run->session_name, sizeof run->session_name, "%s", wanted);
	else
		snprintf(run->session_name, sizeof run->session_name, "neptune-scan-%s",
			 matrix->run.id ? matrix->run.id : "");
}

static bool begin_run(struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;

	run->begun = store_begin(run->options->store, matrix, run->settings.at, error);
	return run->begun;
}

/* Begins a run of its own instead. */
static bool leave_earlier(struct scan_run *run, const char *why, struct error *error)
{
	struct matrix *matrix = run->matrix;

	log_line(run->options->log, LOG_WARNING, "run.not-resumed", "run %s is not resumed: %s; run %s begins",
		 run->earlier.id, why, matrix->run.id);
	run->earlier.number = 0;
	return begin_run(run, error);
}

/* ---- going on with an earlier one ---- */

/* "7 days", "5 h 12 min", "3 min", "12 s" */
static const char *describe_age(int64_t seconds, char text[static AGE_SIZE])
{
	enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

	if (seconds >= 2 * DAY)
		snprintf(text, AGE_SIZE, "%" PRId64 " days", seconds / DAY);
	else if (seconds >= HOUR)
		snprintf(text, AGE_SIZE, "%" PRId64 " h %" PRId64 " min", seconds / HOUR,
			 seconds % HOUR / MINUTE);
	else if (seconds >= MINUTE)
		snprintf(text, AGE_SIZE, "%" PRId64 " min", seconds / MINUTE);
	else
		snprintf(text, AGE_SIZE, "%" PRId64 " s", seconds);
	return text;
}

/* A run that begins in the future was stored before the clock was set back: its age is not known. */
static void describe_start(const struct scan_run *run, int64_t now, struct buffer *text)
{
	int64_t age = now - run->earlier.started, most = run->options->config->resume_within / 1000;
	char began[CLOCK_ISO_SIZE], old[AGE_SIZE], allowed[AGE_SIZE];

	if (llabs(age) <= most)
		return;
	clock_format_iso(run->earlier.started, began);
	buffer_print(text, "%sit began %s, %s %s, and store.resume_within is %s", text->length ? "; " : "",
		     began, describe_age(llabs(age), old), age < 0 ? "ahead of this machine's clock" : "ago",
		     describe_age(most, allowed));
}

/* As far as they are known before any request. */
static void describe_differences(const struct scan_run *run, struct buffer *text)
{
	struct matrix *matrix = run->matrix;
	struct buffer now = {0};

	run_settings_write_all(run->settings.at, run->options, &now);
	if (now.failed)
		text->failed = true;
	else
		fingerprint_compare(run->earlier.settings, now.at, "; ", text);
	buffer_free(&now);
	describe_start(run, matrix->run.started, text);
}

static bool find_earlier(struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	struct buffer why = {0};
	bool good = true;

	if (!store_find_unfinished(run->options->store, &matrix->arena, &run->earlier, error))
		return false;
	if (!run->earlier.number) {
		log_line(run->options->log, LOG_INFO, "run.begun", "no run is unfinished: run %s begins",
			 matrix->run.id);
		return begin_run(run, error);
	}
	describe_differences(run, &why);
	if (why.failed)
		good = error_out_of_memory(error);
	else if (why.length > 0)
		good = leave_earlier(run, why.at, error);
	buffer_free(&why);
	return good;
}

static struct span account_of(struct span caller)
{
	struct arn arn;

	return arn_split(caller, &arn) ? arn.account : (struct span){NULL, 0};
}

/* Is it one of a list, "a, b"? A run may have several organizations. */
static bool is_among(const char *list, struct span (*part)(struct span), const char *one)
{
	struct span rest = span_of(list), item;

	while (span_split(&rest, ',', &item))
		if (span_same(part(span_trim(item)), part(span_of(one))))
			return true;
	return false;
}

static struct span all_of(struct span text)
{
	return text;
}

static void compare_place(const char *what, const char *was, const char *is, bool same, struct buffer *text)
{
	if (!same)
		buffer_print(text, "%sits %s was %s, now %s", text->length ? "; " : "", what,
			     was ? was : "none", is ? is : "none");
}

static void compare_places(const struct unfinished_run *earlier, const char *caller, const char *organization,
			   struct buffer *text)
{
	bool same = !earlier->organization || !organization
			    ? earlier->organization == organization
			    : is_among(earlier->organization, all_of, organization);

	compare_place("organization", earlier->organization, organization, same, text);
	compare_place("caller", earlier->caller, caller,
		      earlier->caller && is_among(earlier->caller, account_of, caller), text);
}

static bool resume_run(struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;

	if (!store_resume(run->options->store, matrix, &run->earlier, error))
		return false;
	run->begun = run->resumed = true;
	name_session(run);
	log_line(run->options->log, LOG_INFO, "run.resumed", "going on with run %s", matrix->run.id);
	return true;
}

bool run_confirm(struct scan_run *run, const char *caller, const char *organization, bool *recalls,
		 struct error *error)
{
	struct buffer why = {0};
	bool good = true;

	*recalls = false;
	if (!run->earlier.number)
		return true;
	compare_places(&run->earlier, caller, organization, &why);
	if (why.failed)
		good = error_out_of_memory(error);
	else if (!run->begun)
		good = why.length > 0 ? leave_earlier(run, why.at, error) : resume_run(run, error);
	*recalls = run->resumed && why.length == 0;
	buffer_free(&why);
	return good;
}

/* ---- opening ---- */

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
	matrix->run.exceptions = options->exceptions;
	name_session(run);
	run->stop_at_ms = config->deadline ? clock_monotonic_milliseconds() + config->deadline : -1;
	run_settings_write(options, run->organizations, run->count, &run->settings);
	if (run->settings.failed)
		return error_out_of_memory(error);
	return config->resume ? find_earlier(run, error) : begin_run(run, error);
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
			"the regions that the accounts have; exclude fewer";
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
			"nothing was scanned: every account is excluded, suspended or outside the units; "
			"exclude fewer";
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
}

/* ---- all of them ---- */

/* The other organizations are reported, but the run is not complete. */
static void note_failure(const struct scan_run *run, const struct error *error)
{
	struct matrix *matrix = run->matrix;

	log_line(run->options->log, LOG_ERROR, "organization.failed", "%s", error->text);
	if (!matrix->run.interrupted)
		matrix->run.interrupted = arena_copy(&matrix->arena, error->text);
}

static void note_gone(const struct scan_run *run, const char *what, struct gone_accounts *accounts)
{
	struct matrix *matrix = run->matrix;
	const char *text = NULL;

	if (accounts->unnamed > 0)
		buffer_print(&accounts->names, " and %zu more", accounts->unnamed);
	if (accounts->count > 0 && !accounts->names.failed)
		text = arena_format(&matrix->arena,
				    "%s since the run began, and are no part of it any more: %s", what,
				    accounts->names.at);
	if (!text)
		return;
	log_line(run->options->log, LOG_WARNING, "accounts.left", "%s", text);
	matrix_note_run(matrix, text);
}

/* Accounts that left the organization, or the scope, since the run began. */
static bool drop_gone(const struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	struct gone gone = {0};
	bool good = store_drop_gone(run->options->store, matrix, &gone, error);

	if (good) {
		note_gone(run, "left the organization", &gone.left);
		note_gone(run, "left what is scanned", &gone.out_of_scope);
	}
	buffer_free(&gone.left.names);
	buffer_free(&gone.out_of_scope.names);
	return good;
}

static bool note_age(const struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	char oldest[CLOCK_ISO_SIZE], age[AGE_SIZE];
	int64_t at = 0;
	const char *text;

	if (!store_find_oldest(run->options->store, &at, error))
		return false;
	if (at == 0)
		return true;
	clock_format_iso(at, oldest);
	text = arena_format(&matrix->arena,
			    "a resumed run: its oldest cell was assessed at %s, %s before its end", oldest,
			    describe_age(matrix->run.finished > at ? matrix->run.finished - at : 0, age));
	if (text)
		matrix_note_run(matrix, text);
	return true;
}

/* Takes over earlier programs' results, as far as they still hold. */
static bool settle_resumed(const struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	struct exceptions *exceptions = run->options->exceptions;

	bool all_listed = run->listed == run->count;

	return store_restore(run->options->store, matrix, !all_listed, error) &&
	       (!all_listed || drop_gone(run, error)) &&
	       (!exceptions || store_recall_exceptions(run->options->store, exceptions, error)) &&
	       note_age(run, error);
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
	if ((!run->begun && !begin_run(run, error)) || (run->resumed && !settle_resumed(run, error)))
		return false;
	if (run->resumed && holds_assessed_cells(matrix))
		matrix->run.could_not_start = false; /* an earlier program did */
	explain_no_accounts(run);
	if (!shows_regions(matrix))
		explain_no_regions(run);
	matrix_finish(matrix);
	return store_finish(store, matrix, error) && store_read_history(store, matrix, error) &&
	       (!matrix->failed || error_out_of_memory(error));
}

/* What was scanned before the failure is stored, as far as that is still possible. */
static void close_failed(struct scan_run *run, const struct error *why)
{
	struct matrix *matrix = run->matrix;
	struct error ignored;

	matrix->run.interrupted = arena_copy(&matrix->arena, why->text);
	matrix->run.could_not_start = true;
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

	buffer_free(&run.settings);
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
	buffer_free(&run.settings);
}
