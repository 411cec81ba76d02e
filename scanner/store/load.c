/*
 * Loads a stored run into a matrix: rows, columns and the summaries of cells. Details stay in the store, and
 * reports read them row by row.
 */
#include <stdlib.h>
#include <string.h>

#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/settings_fingerprint.h"
#include "scanner/store/store_internal.h"

static const char *copy(struct matrix *matrix, sqlite3_stmt *row, int column)
{
	return store_copy(&matrix->arena, row, column);
}

static void read_run(struct store *store, struct matrix *matrix, sqlite3_stmt *row)
{
	struct run *run = &matrix->run;

	store->run = sqlite3_column_int64(row, 0);
	run->id = store_copy_word(&matrix->arena, row, 1);
	run->is_unfinished = strcmp(store_word(row, 2), "finished") != 0;
	run->started = sqlite3_column_int64(row, 3);
	run->finished = sqlite3_column_int64(row, 4);
	run->partition = copy(matrix, row, 5);
	run->organization = copy(matrix, row, 6);
	run->management_account = copy(matrix, row, 7);
	run->caller = copy(matrix, row, 8);
	run->interrupted = copy(matrix, row, 9);
	run->note = copy(matrix, row, 10);
	run->sent = (uint64_t)sqlite3_column_int64(row, 11);
	run->retried = (uint64_t)sqlite3_column_int64(row, 12);
	run->throttled = (uint64_t)sqlite3_column_int64(row, 13);
	run->connections = (uint64_t)sqlite3_column_int64(row, 14);
	run->bytes_received = (uint64_t)sqlite3_column_int64(row, 15);
	run->shard = copy(matrix, row, 16);
	run->could_not_start = sqlite3_column_int(row, 17) != 0;
	run->assessed_nothing = sqlite3_column_int(row, 18) != 0;
	run->settings = store_copy_word(&matrix->arena, row, 19);
	run->most_in_flight = (uint64_t)sqlite3_column_int64(row, 20);
	run->array = copy(matrix, row, 21);
}

/*
 * A run is marked as running, and no process writes it: the process was killed, or the file is a copy that
 * was made during a scan. Such a copy lacks the contents of the log and may be inconsistent.
 */
static bool explain_running(struct store *store, struct matrix *matrix, struct error *error)
{
	struct run *run = &matrix->run;
	char holder[STORE_HOLDER];

	if (!run->is_unfinished || run->interrupted)
		return true;
	switch (store_writer(store, holder)) {
	case STORE_WRITER_THERE:
		run->interrupted = arena_format(&matrix->arena, "the scan is still running (%s)", holder);
		return true;
	case STORE_WRITER_UNKNOWN:
		run->interrupted = "the scan did not finish, or is still running";
		return true;
	case STORE_WRITER_NONE:
		break;
	}
	run->interrupted = "the scan did not finish: it was killed, or this file is a copy that was made "
			   "while it ran (copy a store with VACUUM INTO, or sqlite3's .backup)";
	return store_check(store, error);
}

static bool find_run(struct store *store, struct matrix *matrix, const char *id, struct error *error)
{
	bool before = id && strcmp(id, STORE_RUN_BEFORE) == 0;
	sqlite3_stmt *find = store_use(store, before ? RUN_BEFORE : id ? FIND_RUN : LAST_RUN);
	int code;

	if (id && !before)
		store_bind_text(find, 1, id);
	code = sqlite3_step(find);
	if (code == SQLITE_ROW)
		read_run(store, matrix, find);
	sqlite3_reset(find);
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		return store_fail(store, "read its runs", error);
	if (before)
		return error_set(error, ERROR_USAGE,
				 "run store %s has only one run that can be compared\n"
				 "  Fix: scan again, or name two runs (neptune-scan runs lists them)",
				 store->path);
	return id ? error_set(error, ERROR_USAGE,
			      "run store %s has no run %s\n  Fix: neptune-scan runs lists the runs",
			      store->path, id)
		  : error_set(error, ERROR_USAGE, "run store %s is empty\n  Fix: neptune-scan scan",
			      store->path);
}

/*
 * A control of the catalogue, with the severity it had in the run. One that is no longer in the catalogue has
 * only its id.
 */
static const struct control *make_control(struct matrix *matrix, const char *id, const char *severity)
{
	static const char *const no_references[] = {NULL};
	struct control *made = arena_take(&matrix->arena, sizeof *made);

	if (!made)
		return NULL;
	made->id = made->title = arena_copy(&matrix->arena, id);
	made->group = made->rationale = made->criteria = made->remediation = "";
	made->references = no_references;
	for (const struct control *const *control = controls; *control; control++)
		if (strcmp((*control)->id, id) == 0)
			*made = **control;
	severity_by_name(severity, &made->severity);
	return made;
}

static size_t position_in_catalogue(const struct control *control)
{
	size_t position = 0;

	while (controls[position] && strcmp(controls[position]->id, control->id) != 0)
		position++;
	return position;
}

/* The order of the catalogue. */
static int compare_controls(const void *a, const void *b)
{
	size_t left = position_in_catalogue(*(const struct control *const *)a);
	size_t right = position_in_catalogue(*(const struct control *const *)b);

	return (left > right) - (left < right);
}

/* The state of loading; lists arrive in the order of digest.c. */
struct loading {
	struct matrix *matrix;
	const struct control **selected; /* NULL-terminated */
	size_t selected_count;
	struct exceptions *exceptions;
	struct store_requests requests;
	size_t row; /* of the previous cell */
};

enum { MAX_CONTROLS = 256 };

static bool begin_loading(struct loading *loading, struct matrix *matrix)
{
	*loading = (struct loading){
		.matrix = matrix,
		.selected = arena_take(&matrix->arena, (MAX_CONTROLS + 1) * sizeof *loading->selected),
		.exceptions = arena_take(&matrix->arena, sizeof *loading->exceptions),
		.requests = {.arena = &matrix->arena},
	};
	return loading->selected && loading->exceptions;
}

static void end_loading(struct loading *loading)
{
	struct matrix *matrix = loading->matrix;

	if (loading->selected_count > 1)
		qsort(loading->selected, loading->selected_count, sizeof *loading->selected, compare_controls);
	matrix->selected = loading->selected;
	matrix->run.requests = loading->requests.items;
	matrix->run.request_count = loading->requests.count;
	if (!exceptions_are_none(loading->exceptions))
		matrix->run.exceptions = loading->exceptions;
}

static bool take_control(struct loading *loading, sqlite3_stmt *row)
{
	const struct control *control = make_control(loading->matrix, store_word(row, 0), store_word(row, 1));

	if (control && loading->selected_count < MAX_CONTROLS)
		loading->selected[loading->selected_count++] = control;
	return control != NULL;
}

static void take_region(struct matrix *matrix, sqlite3_stmt *row)
{
	size_t column = matrix_add_column(matrix, store_word(row, 1));

	if (matrix->failed)
		return;
	matrix->columns[column].key = sqlite3_column_int64(row, 0);
	matrix->columns[column].shown = sqlite3_column_int(row, 2) != 0;
}

static void take_account(struct matrix *matrix, sqlite3_stmt *row)
{
	size_t index = matrix_add_row(matrix, store_word(row, 1));
	struct row *account = &matrix->rows[index];

	if (matrix->failed)
		return;
	account->key = sqlite3_column_int64(row, 0);
	account->name = copy(matrix, row, 2);
	account->ou = copy(matrix, row, 3);
	account->status = copy(matrix, row, 4);
	account->default_state = store_state_named(store_word(row, 5));
	account->reason = copy(matrix, row, 6);
	account->request_id = copy(matrix, row, 7);
	account->at = sqlite3_column_int64(row, 8);
	account->organization = copy(matrix, row, 10);
	account->note = copy(matrix, row, 11);
}

static size_t column_of(const struct matrix *matrix, int64_t key)
{
	size_t column = 0;

	while (column < matrix->column_count && matrix->columns[column].key != key)
		column++;
	return column;
}

/* Accounts and cells are sorted by the accounts' keys. */
static void take_cell(struct loading *loading, sqlite3_stmt *row)
{
	struct matrix *matrix = loading->matrix;
	int64_t account = sqlite3_column_int64(row, 0);
	size_t column = column_of(matrix, sqlite3_column_int64(row, 1));
	const struct cell_summary summary = store_read_summary(row, 2);

	while (loading->row < matrix->row_count && matrix->rows[loading->row].key < account)
		loading->row++;
	if (loading->row == matrix->row_count || matrix->rows[loading->row].key != account ||
	    column == matrix->column_count)
		return;
	matrix_show_column(matrix, column); /* a killed process could not store it */
	matrix_recall(matrix, loading->row, column, &summary);
}

static bool take_exception(struct loading *loading, sqlite3_stmt *row)
{
	struct matrix *matrix = loading->matrix;
	struct exception *exception = exceptions_add(loading->exceptions, &matrix->arena);

	if (!exception)
		return false;
	exception->name = store_copy_word(&matrix->arena, row, 0);
	exception->control = store_copy_word(&matrix->arena, row, 1);
	exception->account = store_copy_word(&matrix->arena, row, 2);
	exception->region = store_copy_word(&matrix->arena, row, 3);
	exception->resource = store_copy_word(&matrix->arena, row, 4);
	exception->tag = copy(matrix, row, 5);
	exception->owner = store_copy_word(&matrix->arena, row, 6);
	exception->reason = store_copy_word(&matrix->arena, row, 7);
	exception->ticket = copy(matrix, row, 8);
	exception->expires = store_copy_word(&matrix->arena, row, 9);
	exception->ends = exception_end(store_word(row, 9));
	exception->is_expired = strcmp(store_word(row, 10), "expired") == 0;
	exception->findings = (size_t)sqlite3_column_int64(row, 11);
	return true;
}

static bool take_gap(struct loading *loading, sqlite3_stmt *row)
{
	struct matrix *matrix = loading->matrix;
	struct gap *gap = gaps_add(&loading->exceptions->gaps, &matrix->arena);

	if (!gap)
		return false;
	gap->name = store_copy_word(&matrix->arena, row, 0);
	gap->regions = store_copy_word(&matrix->arena, row, 1);
	gap->accounts = store_copy_word(&matrix->arena, row, 2);
	gap->state = store_copy_word(&matrix->arena, row, 3);
	gap->owner = store_copy_word(&matrix->arena, row, 4);
	gap->reason = store_copy_word(&matrix->arena, row, 5);
	gap->ticket = copy(matrix, row, 6);
	gap->expires = store_copy_word(&matrix->arena, row, 7);
	gap->ends = exception_end(store_word(row, 7));
	gap->is_expired = strcmp(store_word(row, 8), "expired") == 0;
	gap->cell_state = store_state_named(store_word(row, 3));
	return true;
}

static bool take_row(void *userdata, enum statement list, sqlite3_stmt *row)
{
	struct loading *loading = userdata;
	struct matrix *matrix = loading->matrix;

	switch (list) {
	case ROWS_REGIONS:
		take_region(matrix, row);
		break;
	case ROWS_ACCOUNTS:
		take_account(matrix, row);
		break;
	case ROWS_RUN_CELLS:
		take_cell(loading, row);
		break;
	case ROWS_CONTROLS:
		return take_control(loading, row);
	case ROWS_EXCEPTIONS:
		return take_exception(loading, row);
	case ROWS_GAPS:
		return take_gap(loading, row);
	case ROWS_REQUESTS:
		return store_take_request(&loading->requests, row);
	default:
		break;
	}
	return !matrix->failed && !matrix->arena.failed;
}

bool store_add_settings(struct store *store, int64_t run, struct buffer *text)
{
	struct loading loading;
	struct matrix matrix;
	bool good;

	matrix_init(&matrix);
	good = begin_loading(&loading, &matrix) &&
	       store_read_list(store, ROWS_CONTROLS, run, take_row, &loading) &&
	       store_read_list(store, ROWS_EXCEPTIONS, run, take_row, &loading) &&
	       store_read_list(store, ROWS_GAPS, run, take_row, &loading);
	if (good) {
		end_loading(&loading);
		fingerprint_add_controls(text, matrix.selected);
		fingerprint_add_exceptions(text, matrix.run.exceptions);
	}
	good = store_has_memory(store, !text->failed && !matrix.failed && !matrix.arena.failed) && good;
	matrix_deinit(&matrix);
	return good;
}

/* Completes the run's settings by its controls and exceptions, which are loaded by now. */
static void complete_settings(struct matrix *matrix)
{
	struct buffer text = {0};

	buffer_text(&text, matrix->run.settings);
	fingerprint_add_controls(&text, matrix->selected);
	fingerprint_add_exceptions(&text, matrix->run.exceptions);
	matrix->run.settings = text.failed ? NULL : arena_copy(&matrix->arena, text.at);
	matrix->failed = matrix->failed || !matrix->run.settings;
	buffer_deinit(&text);
}

bool store_load(struct store *store, struct matrix *matrix, const char *run, struct error *error)
{
	struct loading loading;

	if (!store_check_runs(store, error) || !find_run(store, matrix, run, error) ||
	    !explain_running(store, matrix, error))
		return false;
	store->read_details = (struct matrix_details){NULL, store_read_row, store};
	matrix->details = &store->read_details;
	if (!begin_loading(&loading, matrix))
		return error_out_of_memory(error);
	if (!store_read_contents(store, !matrix->run.is_unfinished, take_row, &loading, error))
		return matrix->failed || matrix->arena.failed ? error_out_of_memory(error) : false;
	end_loading(&loading);
	complete_settings(matrix);
	if (!store_is_unchanged(store, error))
		return false;
	matrix_finish(matrix);
	return (!matrix->failed && !matrix->arena.failed) || error_out_of_memory(error);
}
