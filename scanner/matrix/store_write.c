#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/matrix/json_memory.h"
#include "scanner/matrix/store_parts.h"

enum { FLUSH_AFTER = 20, SYNC_AFTER = 1000 /* milliseconds */ };

/* The number that an INSERT ... RETURNING gives. */
static int64_t returned(sqlite3_stmt *statement)
{
	int64_t key = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;

	return store_done(statement) || key == 0 ? key : 0;
}

static bool know_account(struct store *store, struct row *row)
{
	sqlite3_stmt *add;

	if (row->key)
		return true;
	add = store_use(store, ADD_ACCOUNT);
	sqlite3_bind_int64(add, 1, store->run);
	store_bind_text(add, 2, row->id);
	row->key = returned(add);
	return row->key != 0;
}

static bool know_region(struct store *store, struct column *column)
{
	sqlite3_stmt *add;

	if (column->key)
		return true;
	add = store_use(store, ADD_REGION);
	sqlite3_bind_int64(add, 1, store->run);
	store_bind_text(add, 2, column->region);
	column->key = returned(add);
	return column->key != 0;
}

static char *dump_pairs(const struct pair *pairs)
{
	json_t *object = json_object();
	char *text;

	for (; pairs; pairs = pairs->next)
		json_object_set_new(object, pairs->name,
				    pairs->value ? json_string(pairs->value) : json_null());
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

static bool put_resource(struct store *store, int64_t account, int64_t region, const struct finding *finding)
{
	sqlite3_stmt *add = store_use(store, ADD_RESOURCE);
	char *tags = dump_pairs(finding->tags);
	bool good;

	sqlite3_bind_int64(add, 1, account);
	sqlite3_bind_int64(add, 2, region);
	store_bind_text(add, 3, resource_kind_name(finding->control->applies_to));
	store_bind_text(add, 4, finding->resource_id);
	store_bind_text(add, 5, finding->resource_arn);
	store_bind_text(add, 6, tags);
	good = tags && store_done(add);
	free(tags);
	return good;
}

static bool put_finding(struct store *store, int64_t resource, const struct finding *finding)
{
	sqlite3_stmt *add = store_use(store, ADD_FINDING);
	char *evidence = dump_pairs(finding->evidence);
	bool good;

	sqlite3_bind_int64(add, 1, resource);
	store_bind_text(add, 2, finding->control->id);
	store_bind_text(add, 3, verdict_name(finding->verdict));
	store_bind_text(add, 4, severity_name(finding->control->severity));
	store_bind_text(add, 5, finding->reason);
	store_bind_text(add, 6, evidence);
	store_bind_text(add, 7, finding->request_id);
	store_bind_time(add, 8, finding->at);
	good = evidence && store_done(add);
	free(evidence);
	return good;
}

static bool same_resource(const struct finding *a, const struct finding *b)
{
	return strcmp(a->resource_id, b->resource_id) == 0 &&
	       strcmp(a->resource_arn ? a->resource_arn : "", b->resource_arn ? b->resource_arn : "") == 0;
}

/* Findings of one resource follow each other; one that is listed twice is told by its first control's coming
 * again. */
static bool put_findings(struct store *store, int64_t account, int64_t region, const struct finding *findings)
{
	const struct finding *first = NULL;
	int64_t resource = 0;

	for (const struct finding *finding = findings; finding; finding = finding->next) {
		if (!first || !same_resource(first, finding) || first->control == finding->control) {
			first = finding;
			if (!put_resource(store, account, region, finding))
				return false;
			resource = sqlite3_last_insert_rowid(store->database);
		}
		if (!put_finding(store, resource, finding))
			return false;
	}
	return true;
}

static bool put_cell(struct store *store, int64_t account, int64_t region, const struct cell_summary *summary,
		     const struct cell_record *record)
{
	sqlite3_stmt *add = store_use(store, ADD_CELL);

	sqlite3_bind_int64(add, 1, account);
	sqlite3_bind_int64(add, 2, region);
	store_bind_text(add, 3, cell_state_name(record->state));
	sqlite3_bind_int(add, 4, record->complete);
	sqlite3_bind_int64(add, 5, record->resources);
	sqlite3_bind_int64(add, 6, record->failing);
	sqlite3_bind_int64(add, 7, summary->unknown);
	sqlite3_bind_int(add, 8, summary->worst);
	store_bind_text(add, 9, record->reason);
	store_bind_text(add, 10, record->request_id);
	store_bind_time(add, 11, record->at);
	return store_done(add);
}

/* Only an earlier program of the same run can have written it before. */
static bool drop_cell(struct store *store, int64_t account, int64_t region)
{
	sqlite3_stmt *drop;

	if (!store->resumed)
		return true;
	drop = store_use(store, DROP_CELL);
	sqlite3_bind_int64(drop, 1, account);
	sqlite3_bind_int64(drop, 2, region);
	return store_done(drop);
}

bool store_put_record(void *owner, struct matrix *matrix, size_t row, size_t column,
		      const struct cell_record *record)
{
	struct store *store = owner;
	struct row *account = &matrix->rows[row];
	struct column *region = &matrix->columns[column];
	struct error error;

	if (store->failed)
		return false;
	if (store_write_begins(store) && know_account(store, account) && know_region(store, region) &&
	    drop_cell(store, account->key, region->key) &&
	    put_cell(store, account->key, region->key, &account->cells[column], record) &&
	    put_findings(store, account->key, region->key, record->findings) && !json_memory_failed())
		return true;
	if (json_memory_failed())
		error_out_of_memory(&error);
	else
		store_complain(store, "write a cell", &error);
	snprintf(store->problem, sizeof store->problem, "%.500s", error.text);
	store->failed = true;
	return false;
}

static bool put_account(struct store *store, struct row *row, bool is_done)
{
	sqlite3_stmt *set;

	if (!know_account(store, row))
		return false;
	set = store_use(store, SET_ACCOUNT);
	store_bind_text(set, 1, row->name);
	store_bind_text(set, 2, row->ou);
	store_bind_text(set, 3, row->status);
	store_bind_text(set, 4, cell_state_name(row->rest));
	store_bind_text(set, 5, row->reason);
	store_bind_text(set, 6, row->request_id);
	store_bind_time(set, 7, row->at);
	sqlite3_bind_int(set, 8, is_done);
	sqlite3_bind_int64(set, 9, row->key);
	return store_done(set);
}

bool store_settle(struct store *store, struct matrix *matrix, size_t row, struct error *error)
{
	return !store || (store_write_begins(store) && put_account(store, &matrix->rows[row], true)) ||
	       store_complain(store, "write an account", error);
}

/* Readers may hold a part of it back: then it is for the next time. */
static bool bring_to_disk(struct store *store)
{
	int code = sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	store->synced = clock_monotonic_milliseconds();
	return code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

bool store_flush(struct store *store, bool at_once, struct error *error)
{
	int64_t now = clock_monotonic_milliseconds();

	if (!store)
		return true;
	if (store->failed)
		return error_set(error, ERROR_FILE, "%s", store->problem);
	if (!store->writing || (!at_once && now - store->began < FLUSH_AFTER))
		return true;
	store->writing = false;
	if (store_execute(store, "COMMIT") &&
	    ((!at_once && now - store->synced < SYNC_AFTER) || bring_to_disk(store)))
		return true;
	store_complain(store, "write", error);
	store_execute(store, "ROLLBACK");
	return false;
}

static bool put_region(struct store *store, struct column *column)
{
	sqlite3_stmt *set;

	if (!know_region(store, column))
		return false;
	set = store_use(store, SET_REGION);
	sqlite3_bind_int(set, 1, column->shown);
	sqlite3_bind_int64(set, 2, column->key);
	return store_done(set);
}

/* What is counted is added to what the run had before it was resumed; the sums go back into the matrix. */
static bool put_run(struct store *store, struct run *run, const struct totals *totals)
{
	uint64_t *const counts[] = {&run->sent, &run->retried, &run->throttled, &run->connections,
				    &run->bytes_received};
	sqlite3_stmt *set = store_use(store, SET_RUN);
	size_t blind = 0;

	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		blind += cell_state_facts(state)->looked_at ? 0 : totals->by_state[state];
	store_bind_text(set, 1, run->interrupted ? "interrupted" : "finished");
	store_bind_time(set, 2, run->finished);
	store_bind_text(set, 3, run->organization);
	store_bind_text(set, 4, run->management_account);
	store_bind_text(set, 5, run->caller);
	store_bind_text(set, 6, run->interrupted);
	store_bind_text(set, 7, run->note);
	for (int i = 0; i < 5; i++)
		sqlite3_bind_int64(set, 8 + i, (sqlite3_int64)*counts[i]);
	sqlite3_bind_int64(set, 13, (sqlite3_int64)totals->cells);
	sqlite3_bind_int64(set, 14, (sqlite3_int64)totals->failing);
	sqlite3_bind_int64(set, 15, (sqlite3_int64)blind);
	sqlite3_bind_int64(set, 16, store->run);
	if (sqlite3_step(set) != SQLITE_ROW)
		return false;
	for (int i = 0; i < 5; i++)
		*counts[i] = (uint64_t)sqlite3_column_int64(set, i);
	return store_done(set);
}

bool store_finish(struct store *store, struct matrix *matrix, struct error *error)
{
	struct totals totals = matrix_totals(matrix);
	bool good;

	if (!store)
		return true;
	good = store_write_begins(store);

	for (size_t i = 0; good && i < matrix->row_count; i++)
		good = put_account(store, &matrix->rows[i], false);
	for (size_t i = 0; good && i < matrix->column_count; i++)
		good = put_region(store, &matrix->columns[i]);
	good = good && put_run(store, &matrix->run, &totals);
	if (!good && !store->failed)
		return store_complain(store, "write the run", error);
	return store_flush(store, true, error);
}
