/*
 * A stored run as a matrix again: its rows, columns and the counts of its cells. Details stay where they are,
 * and are read row by row as reports ask for them.
 */
#include <stdlib.h>
#include <string.h>

#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/settings_fingerprint.h"
#include "scanner/matrix/store_parts.h"

static const char *copy(struct matrix *matrix, sqlite3_stmt *row, int column)
{
	return arena_copy(&matrix->arena, store_text(row, column));
}

static void read_run(struct store *store, struct matrix *matrix, sqlite3_stmt *row)
{
	struct run *run = &matrix->run;

	store->run = sqlite3_column_int64(row, 0);
	run->id = copy(matrix, row, 1);
	run->is_unfinished = strcmp(store_text(row, 2), "finished") != 0;
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
	run->settings = copy(matrix, row, 19);
}

/*
 * A copy of the file that was made while a scan wrote it lacks what stood in the log, and may be torn: it is a
 * run that is marked as running, and no program writes it. So is one that was killed.
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
		run->interrupted = "the scan did not come to its end, or is still running";
		return true;
	case STORE_WRITER_NONE:
		break;
	}
	run->interrupted =
		"the scan did not come to its end: it was killed, or this file is a copy that was made "
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
		return store_complain(store, "read its runs", error);
	if (before)
		return error_set(
			error, ERROR_USAGE,
			"store %s has no run before the latest to hold it against; `neptune-scan runs` "
			"lists what is there",
			store->path);
	return id ? error_set(error, ERROR_USAGE, "store %s has no run %s; `neptune-scan runs` lists them",
			      store->path, id)
		  : error_set(error, ERROR_USAGE, "store %s is empty: no run is in it", store->path);
}

/* The catalogue's, with the severity that it had; one that it has no more is known by its id. */
static const struct control *make_control(struct matrix *matrix, const char *id, const char *severity)
{
	static const char *const no_references[] = {NULL};
	struct control *made = arena_take(&matrix->arena, sizeof *made);

	if (!made)
		return NULL;
	made->id = made->title = arena_copy(&matrix->arena, id);
	made->group = made->rationale = made->judged = made->remediation = "";
	made->references = no_references;
	for (const struct control *const *control = controls; *control; control++)
		if (strcmp((*control)->id, id) == 0)
			*made = **control;
	severity_by_name(severity, &made->severity);
	return made;
}

static size_t place_in_catalogue(const struct control *control)
{
	size_t place = 0;

	while (controls[place] && strcmp(controls[place]->id, control->id) != 0)
		place++;
	return place;
}

/* As a scan has them. */
static int compare_controls(const void *a, const void *b)
{
	size_t left = place_in_catalogue(*(const struct control *const *)a);
	size_t right = place_in_catalogue(*(const struct control *const *)b);

	return (left > right) - (left < right);
}

static bool read_controls(struct store *store, struct matrix *matrix)
{
	enum { MOST = 256 };
	const struct control **selected = arena_take(&matrix->arena, (MOST + 1) * sizeof *selected);
	sqlite3_stmt *find = store_use(store, READ_CONTROLS);
	size_t count = 0;
	int code;

	sqlite3_bind_int64(find, 1, store->run);
	while ((code = sqlite3_step(find)) == SQLITE_ROW && selected && count < MOST)
		selected[count++] = make_control(matrix, store_text(find, 0), store_text(find, 1));
	sqlite3_reset(find);
	for (size_t i = 0; i < count; i++)
		if (!selected[i])
			return false;
	if (count > 1)
		qsort(selected, count, sizeof *selected, compare_controls);
	matrix->selected = selected;
	return selected && code == SQLITE_DONE;
}

static bool read_columns(struct store *store, struct matrix *matrix)
{
	sqlite3_stmt *find = store_use(store, READ_REGIONS);
	int code;

	sqlite3_bind_int64(find, 1, store->run);
	while ((code = sqlite3_step(find)) == SQLITE_ROW) {
		size_t column = matrix_add_column(matrix, store_text(find, 1));

		if (matrix->failed)
			break;
		matrix->columns[column].key = sqlite3_column_int64(find, 0);
		matrix->columns[column].shown = sqlite3_column_int(find, 2) != 0;
	}
	sqlite3_reset(find);
	return code == SQLITE_DONE;
}

static void read_row(struct matrix *matrix, sqlite3_stmt *find)
{
	size_t row = matrix_add_row(matrix, store_text(find, 1));
	struct row *account = &matrix->rows[row];

	if (matrix->failed)
		return;
	account->key = sqlite3_column_int64(find, 0);
	account->name = copy(matrix, find, 2);
	account->ou = copy(matrix, find, 3);
	account->status = copy(matrix, find, 4);
	account->rest = store_state_named(store_text(find, 5));
	account->reason = copy(matrix, find, 6);
	account->request_id = copy(matrix, find, 7);
	account->at = sqlite3_column_int64(find, 8);
	account->organization = copy(matrix, find, 9);
	account->note = copy(matrix, find, 10);
}

static bool read_rows(struct store *store, struct matrix *matrix)
{
	sqlite3_stmt *find = store_use(store, READ_ACCOUNTS);
	int code;

	sqlite3_bind_int64(find, 1, store->run);
	while ((code = sqlite3_step(find)) == SQLITE_ROW && !matrix->failed)
		read_row(matrix, find);
	sqlite3_reset(find);
	return code == SQLITE_DONE;
}

static size_t column_of(const struct matrix *matrix, int64_t key)
{
	size_t column = 0;

	while (column < matrix->column_count && matrix->columns[column].key != key)
		column++;
	return column;
}

/* Rows stand in the order of their keys, and so do the cells. */
static bool read_cells(struct store *store, struct matrix *matrix)
{
	sqlite3_stmt *find = store_use(store, READ_RUN_CELLS);
	size_t row = 0;
	int code;

	sqlite3_bind_int64(find, 1, store->run);
	while ((code = sqlite3_step(find)) == SQLITE_ROW && !matrix->failed) {
		int64_t account = sqlite3_column_int64(find, 0);
		size_t column = column_of(matrix, sqlite3_column_int64(find, 1));
		const struct cell_summary summary = store_read_summary(find, 2);

		while (row < matrix->row_count && matrix->rows[row].key < account)
			row++;
		if (row == matrix->row_count)
			break;
		if (matrix->rows[row].key != account || column == matrix->column_count)
			continue;
		matrix_show_column(matrix, column); /* a killed program could not say so any more */
		matrix_recall(matrix, row, column, &summary);
	}
	sqlite3_reset(find);
	return code == SQLITE_DONE || code == SQLITE_ROW;
}

static bool read_exceptions(struct store *store, struct matrix *matrix)
{
	struct exceptions *exceptions = arena_take(&matrix->arena, sizeof *exceptions);
	sqlite3_stmt *find = store_use(store, READ_EXCEPTIONS);
	int code;

	sqlite3_bind_int64(find, 1, store->run);
	while ((code = sqlite3_step(find)) == SQLITE_ROW && exceptions) {
		struct exception *exception = exceptions_add(exceptions, &matrix->arena);

		if (!exception)
			break;
		exception->name = copy(matrix, find, 0);
		exception->control = copy(matrix, find, 1);
		exception->account = copy(matrix, find, 2);
		exception->region = copy(matrix, find, 3);
		exception->resource = copy(matrix, find, 4);
		exception->tag = copy(matrix, find, 5);
		exception->owner = copy(matrix, find, 6);
		exception->reason = copy(matrix, find, 7);
		exception->ticket = copy(matrix, find, 8);
		exception->expires = copy(matrix, find, 9);
		exception->is_expired = strcmp(store_text(find, 10), "expired") == 0;
		exception->findings = (size_t)sqlite3_column_int64(find, 11);
	}
	sqlite3_reset(find);
	if (exceptions && exceptions->count > 0)
		matrix->run.exceptions = exceptions;
	return exceptions && code == SQLITE_DONE;
}

bool store_add_settings(struct store *store, int64_t run, struct buffer *text)
{
	int64_t current = store->run;
	struct matrix matrix;
	bool good;

	matrix_init(&matrix);
	store->run = run;
	good = read_controls(store, &matrix) && read_exceptions(store, &matrix);
	store->run = current;
	if (good) {
		fingerprint_add_controls(text, matrix.selected);
		fingerprint_add_exceptions(text, matrix.run.exceptions);
	}
	matrix_free(&matrix);
	return good && !text->failed;
}

/* With what the matrix has of its controls and exceptions by now. */
static void complete_settings(struct matrix *matrix)
{
	struct buffer text = {0};

	buffer_text(&text, matrix->run.settings);
	fingerprint_add_controls(&text, matrix->selected);
	fingerprint_add_exceptions(&text, matrix->run.exceptions);
	matrix->run.settings = text.failed ? NULL : arena_copy(&matrix->arena, text.at);
	matrix->failed = matrix->failed || !matrix->run.settings;
	buffer_free(&text);
}

bool store_load(struct store *store, struct matrix *matrix, const char *run, struct error *error)
{
	if (!find_run(store, matrix, run, error) || !explain_running(store, matrix, error))
		return false;
	matrix->details = &store->details;
	if (!read_controls(store, matrix) || !read_columns(store, matrix) || !read_rows(store, matrix) ||
	    !read_cells(store, matrix) || !store_read_requests(store, matrix) ||
	    !read_exceptions(store, matrix))
		return store_complain(store, "read a run", error);
	complete_settings(matrix);
	if (!store_read_history(store, matrix, error) || !store_is_unchanged(store, error))
		return false;
	matrix_finish(matrix);
	return (!matrix->failed && !matrix->arena.failed) || error_out_of_memory(error);
}
