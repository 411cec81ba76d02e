/*
 * Lists runs, and deletes the oldest ones.
 */
#include <string.h>

#include "base/hash.h"
#include "scanner/store/store_internal.h"

bool store_list_runs(struct store *store, void (*take)(void *context, const struct stored_run *run),
		     void *context, struct error *error)
{
	sqlite3_stmt *list;
	int code;

	if (!store_check_runs(store, error))
		return false;
	list = store_use(store, LIST_RUNS);
	while ((code = sqlite3_step(list)) == SQLITE_ROW) {
		const struct stored_run run = {
			.id = store_word(list, 0),
			.state = store_word(list, 1),
			.started = sqlite3_column_int64(list, 2),
			.finished = sqlite3_column_int64(list, 3),
			.cells = sqlite3_column_int64(list, 4),
			.failing = sqlite3_column_int64(list, 5),
			.blind = sqlite3_column_int64(list, 6),
			.requests = sqlite3_column_int64(list, 7),
			.organization = store_text(list, 8),
			.shard = store_text(list, 9),
			.run_settings = store_word(list, 10),
			.interrupted = store_text(list, 11),
			.could_not_start = sqlite3_column_int(list, 12) != 0,
			.assessed_nothing = sqlite3_column_int(list, 13) != 0,
			.number = sqlite3_column_int64(list, 14),
			.accepted = sqlite3_column_int64(list, 15),
			.array = store_text(list, 16),
		};

		take(context, &run);
	}
	sqlite3_reset(list);
	return code == SQLITE_DONE ? store_is_unchanged(store, error)
				   : store_fail(store, "read its runs", error);
}

bool store_read_scope(struct store *store, int64_t run, bool is_finished, struct run_scope *scope,
		      struct error *error)
{
	sqlite3_stmt *read;
	int code;

	*scope = (struct run_scope){0};
	if (!store_check_run(store, run, is_finished, error))
		return false;
	read = store_use(store, READ_SCOPE);
	sqlite3_bind_int64(read, 1, run);
	code = sqlite3_step(read);
	if (code == SQLITE_ROW)
		*scope = (struct run_scope){.accounts = sqlite3_column_int64(read, 0),
					    .regions = sqlite3_column_int64(read, 1),
					    .skipped = sqlite3_column_int64(read, 2),
					    .has_partly = sqlite3_column_int(read, 3) != 0,
					    .controls = hash_text(HASH_OF_NOTHING, store_word(read, 4)),
					    .without_assessed = sqlite3_column_int64(read, 5)};
	sqlite3_reset(read);
	return code == SQLITE_ROW || store_fail(store, "read its runs", error);
}

bool store_prune(struct store *store, int64_t keep, int64_t *dropped, struct error *error)
{
	sqlite3_stmt *prune = store_use(store, PRUNE_RUNS);

	sqlite3_bind_int64(prune, 1, keep);
	if (!store_write_begins(store) || !store_done(prune))
		return store_fail(store, "drop runs", error);
	*dropped = sqlite3_changes(store->database);
	if (!store_flush(store, true, error))
		return false;
	/* Returns the freed pages to the file system. */
	return *dropped == 0 || store_execute(store, "VACUUM") || store_fail(store, "give back room", error);
}

bool store_read_history(struct store *store, struct matrix *matrix, struct error *error)
{
	enum { MAX_HISTORY = 90 };
	struct history_entry *history;
	sqlite3_stmt *read;
	bool good = true;
	size_t count = 0;
	int code;

	if (!store)
		return true;
	history = arena_take(&matrix->arena, MAX_HISTORY * sizeof *history);
	read = store_use(store, READ_HISTORY);
	sqlite3_bind_int64(read, 1, store->run);
	sqlite3_bind_int(read, 2, MAX_HISTORY);
	while (good && (code = sqlite3_step(read)) == SQLITE_ROW && history && count < MAX_HISTORY) {
		history[count++] = (struct history_entry){
			.id = store_copy_word(&matrix->arena, read, 7),
			.started = sqlite3_column_int64(read, 0),
			.cells = sqlite3_column_int64(read, 1),
			.failing = sqlite3_column_int64(read, 2),
			.blind = sqlite3_column_int64(read, 3),
			.in_scope = sqlite3_column_int64(read, 4),
			.accounts = sqlite3_column_int64(read, 8),
			.regions = sqlite3_column_int64(read, 9),
			.settings = hash_text(hash_text(HASH_OF_NOTHING, store_word(read, 10)),
					      store_word(read, 11)),
		};
		/* Which accounts were skipped is in rows of their own. */
		good = store_check_contents(store, sqlite3_column_int64(read, 5),
					    sqlite3_column_int(read, 6) != 0, error);
	}
	sqlite3_reset(read);
	if (!good || !store_is_unchanged(store, error))
		return false;
	if (!history || code != SQLITE_DONE)
		return store_fail(store, "read its runs", error);
	matrix->run.history = history;
	matrix->run.history_length = count;
	return true;
}
