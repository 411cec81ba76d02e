#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/gap_cells.h"
#include "scanner/matrix/json_text.h"
#include "scanner/store/store_internal.h"

/* The id that INSERT ... RETURNING returns. */
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

/* Bound texts must not move until the statement has run: each begins where the previous one ends. */
struct bound {
	size_t starts[3], ends[3];
	int positions[3];
	int count;
};

static struct json_writer begin_text(struct store *store, struct bound *bound, int position)
{
	bound->positions[bound->count] = position;
	bound->starts[bound->count] = store->text.length;
	return json_writer_into(&store->text);
}

static void end_text(struct store *store, struct bound *bound)
{
	bound->ends[bound->count++] = store->text.length;
}

static bool bind_texts(struct store *store, sqlite3_stmt *statement, const struct bound *bound)
{
	for (int i = 0; !store->text.failed && i < bound->count; i++)
		sqlite3_bind_text(statement, bound->positions[i], store->text.at + bound->starts[i],
				  (int)(bound->ends[i] - bound->starts[i]), SQLITE_STATIC);
	return !store->text.failed;
}

/* The cell that a resource or a finding belongs to. */
struct resource_key {
	int64_t account, region, number;
};

static void bind_key(sqlite3_stmt *statement, const struct resource_key *key)
{
	sqlite3_bind_int64(statement, 1, key->account);
	sqlite3_bind_int64(statement, 2, key->region);
	sqlite3_bind_int64(statement, 3, key->number);
}

/* Attributes are stored for failing resources only, because a remediation plan needs them. */
static bool put_resource(struct store *store, const struct resource_key *key, const struct resource *resource,
			 bool fails)
{
	sqlite3_stmt *add = store_use(store, ADD_RESOURCE);
	struct bound bound = {.count = 0};
	struct json_writer json;

	buffer_clear(&store->text);
	json = begin_text(store, &bound, 7);
	json_put_pairs(&json, NULL, resource->tags);
	end_text(store, &bound);
	json = begin_text(store, &bound, 8);
	json_put_relations(&json, NULL, resource->relations);
	end_text(store, &bound);
	if (fails) {
		json = begin_text(store, &bound, 9);
		json_put_values(&json, NULL, resource->values);
		end_text(store, &bound);
	} else {
		sqlite3_bind_null(add, 9);
	}
	bind_key(add, key);
	store_bind_text(add, 4, resource_kind_name(resource->kind));
	store_bind_text(add, 5, resource->id);
	store_bind_text(add, 6, resource->arn);
	return bind_texts(store, add, &bound) && store_done(add);
}

static bool put_finding(struct store *store, const struct resource_key *key, const struct finding *finding)
{
	sqlite3_stmt *add = store_use(store, ADD_FINDING);
	struct bound bound = {.count = 0};
	struct json_writer json;

	buffer_clear(&store->text);
	json = begin_text(store, &bound, 8);
	json_put_pairs(&json, NULL, finding->evidence);
	end_text(store, &bound);
	bind_key(add, key);
	store_bind_text(add, 4, finding->control->id);
	store_bind_text(add, 5, verdict_name(finding->verdict));
	store_bind_text(add, 6, severity_name(finding->control->severity));
	store_bind_text(add, 7, finding->reason);
	store_bind_text(add, 9, finding->exception);
	store_bind_text(add, 10, finding->request_id);
	store_bind_time(add, 11, finding->at);
	return bind_texts(store, add, &bound) && store_done(add);
}

static bool fails(const struct finding *finding)
{
	const struct resource *resource = finding->resource;

	for (; finding && finding->resource == resource; finding = finding->next)
		if (finding->verdict == VERDICT_FAIL)
			return true;
	return false;
}

/* Findings of one resource are adjacent. */
static bool put_findings(struct store *store, int64_t account, int64_t region, const struct finding *findings)
{
	struct resource_key key = {account, region, -1};
	const struct resource *before = NULL;

	for (const struct finding *finding = findings; finding; finding = finding->next) {
		if (finding->resource != before) {
			before = finding->resource;
			key.number++;
			if (!put_resource(store, &key, before, fails(finding)))
				return false;
		}
		if (!put_finding(store, &key, finding))
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
	store_bind_text(add, 4, cell_state_name(record->state_without_failures));
	sqlite3_bind_int(add, 5, record->complete);
	sqlite3_bind_int64(add, 6, record->resources);
	sqlite3_bind_int64(add, 7, record->failing);
	sqlite3_bind_int64(add, 8, record->exempt);
	sqlite3_bind_int64(add, 9, summary->unknown);
	sqlite3_bind_int(add, 10, summary->worst);
	store_bind_text(add, 11, record->reason);
	store_bind_text(add, 12, record->request_id);
	store_bind_time(add, 13, record->at);
	return store_done(add);
}

/* Only an earlier process of the same run can have written the cell. */
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
	if (store_write_begins(store) && know_account(store, account) && store_unseal(store, account) &&
	    know_region(store, region) && drop_cell(store, account->key, region->key) &&
	    put_cell(store, account->key, region->key, &account->cells[column], record) &&
	    put_findings(store, account->key, region->key, record->findings) && !json_oom_guard_failed())
		return true;
	if (json_oom_guard_failed() || store->text.failed)
		error_out_of_memory(&error);
	else
		store_fail(store, "write a cell", &error);
	text_print(store->problem, sizeof store->problem, "%s", text_brief(error.text, 500).text);
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
	store_bind_text(set, 4, cell_state_name(row->default_state));
	store_bind_text(set, 5, row->reason);
	store_bind_text(set, 6, row->request_id);
	store_bind_time(set, 7, row->at);
	sqlite3_bind_int(set, 8, is_done);
	store_bind_text(set, 9, row->organization);
	store_bind_text(set, 10, row->note);
	sqlite3_bind_int64(set, 11, row->key);
	return store_done(set);
}

static bool seal(struct store *store, struct row *row)
{
	row->is_sealed = row->is_sealed || store_seal_account(store, row->key);
	return row->is_sealed;
}

bool store_close_row(struct store *store, struct matrix *matrix, size_t row, struct error *error)
{
	struct row *account;

	if (!store)
		return true;
	account = &matrix->rows[row];
	account->is_closed = true;
	return (store_write_begins(store) && put_account(store, account, true) && seal(store, account)) ||
	       store_fail(store, "write an account", error);
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

/* Joins the counts with those before the run was resumed, and returns them to the matrix. */
static bool put_run(struct store *store, struct run *run, const struct totals *totals)
{
	uint64_t *const counts[] = {&run->sent,        &run->retried,        &run->throttled,
				    &run->connections, &run->bytes_received, &run->most_in_flight};
	const int count = sizeof counts / sizeof counts[0];
	sqlite3_stmt *set = store_use(store, SET_RUN);

	store_bind_text(set, 1, run->interrupted ? "interrupted" : "finished");
	store_bind_time(set, 2, run->finished);
	store_bind_text(set, 3, run->organization);
	store_bind_text(set, 4, run->management_account);
	store_bind_text(set, 5, run->caller);
	store_bind_text(set, 6, run->interrupted);
	sqlite3_bind_int(set, 7, run->could_not_start);
	store_bind_text(set, 8, run->note);
	for (int i = 0; i < count; i++)
		sqlite3_bind_int64(set, 9 + i, (sqlite3_int64)*counts[i]);
	sqlite3_bind_int64(set, 15, (sqlite3_int64)totals->cells);
	sqlite3_bind_int64(set, 16, (sqlite3_int64)totals->failing);
	sqlite3_bind_int64(set, 17, (sqlite3_int64)totals->blind);
	if (totals->accepted > 0)
		sqlite3_bind_int64(set, 18, (sqlite3_int64)totals->accepted);
	sqlite3_bind_int64(set, 19, store->run);
	if (sqlite3_step(set) != SQLITE_ROW)
		return false;
	for (int i = 0; i < count; i++)
		*counts[i] = (uint64_t)sqlite3_column_int64(set, i);
	return store_done(set);
}

bool store_put_controls(struct store *store, const struct matrix *matrix)
{
	for (const struct control **control = matrix->selected; control && *control; control++) {
		sqlite3_stmt *add = store_use(store, ADD_CONTROL);

		sqlite3_bind_int64(add, 1, store->run);
		store_bind_text(add, 2, (*control)->id);
		store_bind_text(add, 3, severity_name((*control)->severity));
		if (!store_done(add))
			return false;
	}
	return true;
}

bool store_put_exceptions(struct store *store, const struct exceptions *exceptions)
{
	for (size_t i = 0; exceptions && i < exceptions->count; i++) {
		const struct exception *exception = &exceptions->items[i];
		const char *const texts[] = {
			exception->name,     exception->control, exception->account,         exception->region,
			exception->resource, exception->tag,     exception->owner,           exception->reason,
			exception->ticket,   exception->expires, exception_state(exception),
		};
		sqlite3_stmt *add = store_use(store, ADD_EXCEPTION);

		sqlite3_bind_int64(add, 1, store->run);
		for (int j = 0; j < 11; j++)
			store_bind_text(add, 2 + j, texts[j]);
		sqlite3_bind_int64(add, 13, (sqlite3_int64)exception->findings);
		if (!store_done(add))
			return false;
	}
	return true;
}

static bool put_gap(struct store *store, const struct gap *gap, const struct gap_tally *tally)
{
	const char *const texts[] = {
		gap->name,   gap->regions, gap->accounts, gap->state,          gap->owner,
		gap->reason, gap->ticket,  gap->expires,  gap_use(gap, tally),
	};
	sqlite3_stmt *add = store_use(store, ADD_GAP);

	sqlite3_bind_int64(add, 1, store->run);
	for (int i = 0; i < 9; i++)
		store_bind_text(add, 2 + i, texts[i]);
	sqlite3_bind_int64(add, 11, (sqlite3_int64)tally->covered);
	return store_done(add);
}

bool store_put_gaps(struct store *store, const struct matrix *matrix)
{
	const struct exceptions *exceptions = matrix->run.exceptions;

	for (size_t i = 0; exceptions && i < exceptions->gaps.count; i++) {
		const struct gap *gap = &exceptions->gaps.items[i];
		struct gap_tally tally;

		gap_count(matrix, gap, &tally);
		if (!put_gap(store, gap, &tally))
			return false;
	}
	return true;
}

bool store_finish(struct store *store, struct matrix *matrix, struct error *error)
{
	struct totals totals = matrix_totals(matrix);
	bool good;

	if (!store)
		return true;
	good = store_write_begins(store);

	for (size_t i = 0; good && i < matrix->column_count; i++)
		good = put_region(store, &matrix->columns[i]);
	for (size_t i = 0; good && i < matrix->row_count; i++)
		good = put_account(store, &matrix->rows[i], false) && seal(store, &matrix->rows[i]);
	good = good && store_put_exceptions(store, matrix->run.exceptions) && store_put_gaps(store, matrix) &&
	       store_put_requests(store, &matrix->run) &&
	       (!store->resumed || store_read_requests(store, matrix)) &&
	       put_run(store, &matrix->run, &totals) && store_seal_run(store);
	if (!good && !store->failed)
		return store_fail(store, "write the run", error);
	return store_flush(store, true, error);
}
