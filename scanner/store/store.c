/*
 * Starts or resumes a run. Accounts and regions get numbers within each run, so a cell takes a dozen bytes
 * and an index entry.
 */
#include "scanner/store/store.h"

#include <string.h>

#include "scanner/store/store_internal.h"

static void attach(struct store *store, struct matrix *matrix)
{
	store->details = (struct matrix_details){store_put_record, store_read_row, store};
	matrix->details = &store->details;
}

/* Rows of a new run are written parents first and none is deleted, so SQLite need not check foreign keys. */
static bool trust_parents(struct store *store)
{
	return store_execute(store, "PRAGMA foreign_keys = OFF");
}

bool store_add_run(struct store *store, const struct matrix *matrix, const char *run_settings,
		   struct error *error)
{
	sqlite3_stmt *add = store_use(store, ADD_RUN);

	store_bind_text(add, 1, matrix->run.id);
	sqlite3_bind_int64(add, 2, matrix->run.started);
	store_bind_text(add, 3, run_settings);
	store_bind_text(add, 4, matrix->run.partition);
	store_bind_text(add, 5, matrix->run.shard);
	store_bind_text(add, 6, matrix->run.array);
	if (!store_write_begins(store) || !store_done(add))
		return store_fail(store, "begin a run", error);
	store->run = sqlite3_last_insert_rowid(store->database);
	return (store_put_controls(store, matrix) && store_put_exceptions(store, matrix->run.exceptions) &&
		store_put_gaps(store, matrix)) ||
	       store_fail(store, "begin a run", error);
}

bool store_begin(struct store *store, struct matrix *matrix, const char *run_settings, struct error *error)
{
	if (!store)
		return true;
	if (!trust_parents(store))
		return store_fail(store, "begin a run", error);
	if (!store_add_run(store, matrix, run_settings, error))
		return false;
	attach(store, matrix);
	return store_flush(store, true, error);
}

bool store_find_unfinished(struct store *store, struct arena *arena, struct unfinished_run *found,
			   struct error *error)
{
	sqlite3_stmt *latest;
	struct buffer settings = {0};
	int code;

	*found = (struct unfinished_run){0};
	if (!store)
		return error_set(error, ERROR_USAGE,
				 "nothing is stored, so nothing can be resumed\n  Fix: name a file with --db");
	if (!store_check_runs(store, error))
		return false;
	latest = store_use(store, LATEST_RUN);
	code = sqlite3_step(latest);
	if (code == SQLITE_ROW && strcmp(store_word(latest, 2), "finished") != 0)
		*found = (struct unfinished_run){.number = sqlite3_column_int64(latest, 0),
						 .id = arena_copy(arena, store_word(latest, 1)),
						 .started = sqlite3_column_int64(latest, 3),
						 .run_settings = store_copy(arena, latest, 4),
						 .organization = store_copy(arena, latest, 5),
						 .caller = store_copy(arena, latest, 6)};
	sqlite3_reset(latest);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return store_fail(store, "read its runs", error);
	if (!found->number)
		return true;
	if (!store_check_run(store, found->number, false, error))
		return false;
	buffer_text(&settings, found->run_settings ? found->run_settings : "");
	if (store_add_settings(store, found->number, &settings))
		found->settings = arena_copy(arena, settings.at);
	else
		store_fail(store, "read its runs", error);
	if (arena->failed)
		error_out_of_memory(error);
	buffer_deinit(&settings);
	return found->settings && !arena->failed;
}

bool store_resume(struct store *store, struct matrix *matrix, const struct unfinished_run *run,
		  struct error *error)
{
	sqlite3_stmt *resume = store_use(store, RESUME_RUN);

	store->run = run->number;
	matrix->run.id = arena_copy(&matrix->arena, run->id);
	matrix->run.started = run->started;
	sqlite3_bind_int64(resume, 1, store->run);
	if (!store_write_begins(store) || !store_done(resume) || !store_break_run_seal(store))
		return store_fail(store, "go on with a run", error);
	attach(store, matrix);
	store->resumed = true;
	return store_flush(store, true, error);
}

bool store_identify(struct store *store, const struct matrix *matrix, struct error *error)
{
	sqlite3_stmt *set;

	if (!store || !store->run)
		return true;
	set = store_use(store, IDENTIFY_RUN);
	store_bind_text(set, 1, matrix->run.organization);
	store_bind_text(set, 2, matrix->run.management_account);
	store_bind_text(set, 3, matrix->run.caller);
	sqlite3_bind_int64(set, 4, store->run);
	return (store_write_begins(store) && store_done(set)) || store_fail(store, "write the run", error);
}

/* ---- removed accounts and regions ---- */

static void name_account(struct gone_accounts *accounts, const char *id)
{
	enum { MAX_NAMED = 20 };

	if (accounts->count++ < MAX_NAMED)
		buffer_print(&accounts->names, "%s%s", accounts->names.length ? ", " : "", id);
	else
		accounts->unnamed++;
}

/*
 * True: the stored account is removed. One that is skipped now loses its cells, and is written again at the
 * end, so that it no longer counts as done. One that was skipped before has no cells.
 */
static bool is_account_gone(const struct matrix *matrix, sqlite3_stmt *stored, void *context)
{
	struct gone *gone = context;
	const char *id = store_word(stored, 1);
	size_t row = matrix_row_named(matrix, id);
	bool has_left = row == matrix->row_count;

	if (!has_left && (matrix->rows[row].default_state != CELL_SKIPPED ||
			  store_state_named(store_word(stored, 5)) == CELL_SKIPPED))
		return false;
	name_account(has_left ? &gone->left : &gone->out_of_scope, id);
	return true;
}

/* A cell that is not recorded: its region is no longer enabled, or scanning it again did not finish. */
static bool is_cell_gone(const struct matrix *matrix, sqlite3_stmt *stored, void *context)
{
	const size_t *row = context;
	size_t column = matrix_column_named(matrix, store_word(stored, 1));

	return column == matrix->column_count || !matrix_is_recorded(matrix, *row, column);
}

static bool is_region_gone(const struct matrix *matrix, sqlite3_stmt *stored, void *context)
{
	(void)context;
	return matrix_column_named(matrix, store_word(stored, 1)) == matrix->column_count;
}

/*
 * Deletes the rows of `owner`, a run or an account, that are removed. `find` binds the owner and returns key
 * and name; `drop` binds the owner and the key.
 */
static bool drop_rows(struct store *store, const struct matrix *matrix, int64_t owner, enum statement find_rows,
		      enum statement drop_row, bool (*is_gone)(const struct matrix *, sqlite3_stmt *, void *),
		      void *context)
{
	sqlite3_stmt *find = store_use(store, find_rows), *drop = store_use(store, drop_row);
	bool good = true;
	int code;

	sqlite3_bind_int64(find, 1, owner);
	while (good && (code = sqlite3_step(find)) == SQLITE_ROW) {
		if (!is_gone(matrix, find, context))
			continue;
		sqlite3_reset(drop);
		sqlite3_bind_int64(drop, 1, owner);
		sqlite3_bind_int64(drop, 2, sqlite3_column_int64(find, 0));
		good = store_done(drop);
	}
	sqlite3_reset(find);
	return good && code == SQLITE_DONE;
}

bool store_drop_gone(struct store *store, struct matrix *matrix, struct gone *gone, struct error *error)
{
	bool good = store_write_begins(store) &&
		    drop_rows(store, matrix, store->run, ROWS_ACCOUNTS, DROP_ACCOUNT, is_account_gone, gone);

	for (size_t row = 0; good && row < matrix->row_count; row++)
		good = !matrix->rows[row].key || (drop_rows(store, matrix, matrix->rows[row].key,
							    READ_CELL_REGIONS, DROP_CELL, is_cell_gone, &row) &&
						  store_unseal(store, &matrix->rows[row]));
	good = good && drop_rows(store, matrix, store->run, ROWS_REGIONS, DROP_REGION, is_region_gone, NULL);
	return good || store_fail(store, "drop what is not there any more", error);
}
