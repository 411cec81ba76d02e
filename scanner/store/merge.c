/*
 * Merges the shards of a scan. Rows are copied from file to file as they are, so that everything a run stored
 * is preserved, and only accounts and regions get new numbers. The merge is one transaction: other programs see
 * the store as it was before, or the complete run without the one that it replaces.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/ulid.h"
#include "scanner/matrix/settings_fingerprint.h"
#include "scanner/store/merge_parts.h"

struct merge {
	const struct merge_options *options;
	struct merge_result *result;
	struct store *store; /* the target, opened once the parts are known to match */
	struct matrix *matrix;
	struct parts parts;
	struct part *unreadable; /* NULL: all that were copied can be read */
	char id[ULID_SIZE];      /* of the merged run */
	struct error *error;
};

/* ---- copying ---- */

/* An account of the shard itself: the condition of shard_has() in the settings. */
#define IS_OWN "CAST(id AS INTEGER) % :count + 1 = :index"
/* By number: the index of ids is in no digest. */
#define IS_THEIRS "run = :theirs AND +id = :id"
#define THEIR_RUN "(SELECT run FROM runs WHERE " IS_THEIRS ")"
#define OWN_ACCOUNTS "(SELECT account FROM accounts WHERE run = " THEIR_RUN " AND " IS_OWN ")"

/* In the place of the part's numbers of account and region. */
#define MOVED                                                                                                  \
	"(SELECT ours FROM moved_accounts WHERE theirs = ?), (SELECT ours FROM moved_regions WHERE theirs = "  \
	"?)"

/* The parameters of `write` are the columns that `read` returns, in their order. */
struct copying {
	const char *read;  /* from the store of the part */
	const char *write; /* into the target, for each row */
};

/* Executed in this order for each part. */
static const struct copying copyings[] = {
	/* Accounts of other shards: their own shard follows and overwrites them, or is missing, and they stay
	   pending. */
	{"SELECT :run, id, name, ou, status,"
	 " iif(rest = 'skipped' AND instr(reason, :left) = 1, 'pending', rest),"
	 " iif(rest = 'skipped' AND instr(reason, :left) = 1,"
	 "  'shard ' || substr(reason, length(:left) + 1) || ' is not among those that were merged', reason),"
	 " organization, note FROM accounts WHERE run = " THEIR_RUN " AND NOT (" IS_OWN ")",
	 "INSERT INTO accounts (run, id, name, ou, status, rest, reason, organization, note)"
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, id) DO NOTHING"},

	{"SELECT :run, id, name, ou, status, rest, reason, request_id, at, is_done, organization, note"
	 " FROM accounts WHERE run = " THEIR_RUN " AND " IS_OWN,
	 "INSERT INTO accounts"
	 " (run, id, name, ou, status, rest, reason, request_id, at, is_done, organization, note)"
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	 " ON CONFLICT (run, id) DO UPDATE SET name = ifnull(excluded.name, name), ou = ifnull(excluded.ou, "
	 "ou),"
	 " status = ifnull(excluded.status, status), rest = excluded.rest, reason = excluded.reason,"
	 " request_id = excluded.request_id, at = excluded.at, is_done = excluded.is_done,"
	 " organization = ifnull(excluded.organization, organization), note = excluded.note"},

	/*
	 * Where no account could be entered, all known regions are shown; the regions of other shards replace
	 * them.
	 */
	{"SELECT :run, name, shown AND EXISTS (SELECT 1 FROM accounts JOIN cells USING (account)"
	 "  WHERE run = " THEIR_RUN ") FROM regions WHERE run = " THEIR_RUN,
	 "INSERT INTO regions (run, name, shown) VALUES (?, ?, ?)"
	 " ON CONFLICT (run, name) DO UPDATE SET shown = max(shown, excluded.shown)"},

	{"SELECT account, :run, id FROM accounts WHERE run = " THEIR_RUN " AND " IS_OWN,
	 "INSERT INTO moved_accounts SELECT ?, account FROM accounts WHERE run = ? AND id = ?"},

	{"SELECT region, :run, name FROM regions WHERE run = " THEIR_RUN,
	 "INSERT INTO moved_regions SELECT ?, region FROM regions WHERE run = ? AND name = ?"},

	{"SELECT account, region, state, beneath, complete, resources, failing, exempt, unknown, worst, reason,"
	 " request_id, at FROM cells WHERE account IN " OWN_ACCOUNTS " ORDER BY account, region",
	 "INSERT INTO cells (account, region, state, beneath, complete, resources, failing, exempt, unknown,"
	 " worst, reason, request_id, at) VALUES (" MOVED ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},

	{"SELECT account, region, number, type, id, arn, tags, relations, observed FROM resources"
	 " WHERE account IN " OWN_ACCOUNTS " ORDER BY account, region, number",
	 "INSERT INTO resources (account, region, number, type, id, arn, tags, relations, observed)"
	 " VALUES (" MOVED ", ?, ?, ?, ?, ?, ?, ?)"},

	{"SELECT account, region, number, control, verdict, severity, reason, evidence, exception, request_id, "
	 "at"
	 " FROM findings WHERE account IN " OWN_ACCOUNTS " ORDER BY account, region, number, control",
	 "INSERT INTO findings (account, region, number, control, verdict, severity, reason, evidence,"
	 " exception, request_id, at) VALUES (" MOVED ", ?, ?, ?, ?, ?, ?, ?, ?, ?)"},

	{"SELECT :run, id, severity FROM controls WHERE run = " THEIR_RUN,
	 "INSERT OR IGNORE INTO controls (run, id, severity) VALUES (?, ?, ?)"},

	{"SELECT :run, name, control, account, region, resource, tag, owner, reason, ticket, expires, state,"
	 " findings FROM exceptions WHERE run = " THEIR_RUN,
	 "INSERT INTO exceptions (run, name, control, account, region, resource, tag, owner, reason, ticket,"
	 " expires, state, findings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	 " ON CONFLICT (run, name) DO UPDATE SET findings = findings + excluded.findings,"
	 " state = iif(excluded.state = 'unused', state, excluded.state)"},

	{"SELECT :run, name, regions, accounts, cell_state, owner, reason, ticket, expires, state, cells"
	 " FROM gaps WHERE run = " THEIR_RUN,
	 "INSERT OR IGNORE INTO gaps (run, name, regions, accounts, cell_state, owner, reason, ticket, expires,"
	 " state, cells) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},

	{"SELECT :run, operation, sent, retried, throttled FROM requests WHERE run = " THEIR_RUN,
	 "INSERT INTO requests (run, operation, sent, retried, throttled) VALUES (?, ?, ?, ?, ?)"
	 " ON CONFLICT (run, operation) DO UPDATE SET sent = sent + excluded.sent,"
	 " retried = retried + excluded.retried, throttled = throttled + excluded.throttled"},

	{"SELECT :run, shard, id, :store FROM runs WHERE " IS_THEIRS,
	 "INSERT INTO parts (run, shard, id, store) VALUES (?, ?, ?, ?)"},

	{"SELECT :run, :interrupted, state, started, finished, partition, organization, management_account,"
	 " caller, note, sent, retried, throttled, connections, bytes_received, most_in_flight, shard"
	 " FROM runs WHERE " IS_THEIRS,
	 "UPDATE runs SET started = min(runs.started, t.started),"
	 " finished = nullif(max(ifnull(runs.finished, 0), ifnull(t.finished, 0)), 0),"
	 " partition = ifnull(runs.partition, t.partition),"
	 " organization = ifnull(runs.organization, t.organization),"
	 " management_account = ifnull(runs.management_account, t.management_account),"
	 " caller = CASE WHEN t.caller IS NULL OR instr(', ' || runs.caller || ', ', ', ' || t.caller || ', ')"
	 "  THEN runs.caller ELSE ifnull(runs.caller || ', ', '') || t.caller END,"
	 " note = CASE WHEN t.note IS NULL OR instr('; ' || runs.note || '; ', '; ' || t.note || '; ')"
	 "  THEN runs.note ELSE ifnull(runs.note || '; ', '') || t.note END,"
	 " sent = ifnull(runs.sent, 0) + ifnull(t.sent, 0),"
	 " retried = ifnull(runs.retried, 0) + ifnull(t.retried, 0),"
	 " throttled = ifnull(runs.throttled, 0) + ifnull(t.throttled, 0),"
	 " connections = ifnull(runs.connections, 0) + ifnull(t.connections, 0),"
	 " bytes_received = ifnull(runs.bytes_received, 0) + ifnull(t.bytes_received, 0),"
	 " most_in_flight = nullif(max(ifnull(runs.most_in_flight, 0), ifnull(t.most_in_flight, 0)), 0),"
	 " interrupted = iif(t.state = 'finished', runs.interrupted, ifnull(runs.interrupted || '; ', '') ||"
	 "  'shard ' || t.shard || ': ' || t.reason)"
	 " FROM (SELECT ? AS target, ? AS reason, ? AS state, ? AS started, ? AS finished, ? AS partition,"
	 "  ? AS organization, ? AS management_account, ? AS caller, ? AS note, ? AS sent, ? AS retried,"
	 "  ? AS throttled, ? AS connections, ? AS bytes_received, ? AS most_in_flight, ? AS shard) t"
	 " WHERE runs.run = t.target"},
};
#undef MOVED

/* The part's numbers of accounts and regions, and those of the merged run. */
static const char *const moving[] = {
	"CREATE TEMP TABLE IF NOT EXISTS moved_accounts (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL)",
	"CREATE TEMP TABLE IF NOT EXISTS moved_regions (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL)",
	"DELETE FROM moved_accounts",
	"DELETE FROM moved_regions",
};

/* A named parameter of a statement: a text, or a number when the text is NULL. */
struct parameter {
	const char *name, *text;
	int64_t number;
};

static void bind(sqlite3_stmt *statement, const struct parameter *parameters)
{
	for (; parameters->name; parameters++) {
		int position = sqlite3_bind_parameter_index(statement, parameters->name);

		if (position > 0 && parameters->text)
			store_bind_text(statement, position, parameters->text);
		else if (position > 0)
			sqlite3_bind_int64(statement, position, parameters->number);
	}
}

static bool execute(struct store *store, const char *sql, const struct parameter *parameters)
{
	sqlite3_stmt *statement = NULL;
	bool good = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK;

	if (good) {
		bind(statement, parameters);
		good = store_done(statement);
	}
	sqlite3_finalize(statement);
	return good;
}

/* Its accounts will be pending, unless memory ran out. */
static bool leave_out(struct merge *merge, struct part *part)
{
	if (merge->error->kind != ERROR_MEMORY)
		merge->unreadable = part;
	return false;
}

static bool fail_to_read(struct merge *merge, struct part *part, const struct store *from)
{
	if (store_has_error(from))
		store_fail(from, "read it", merge->error);
	else
		error_set(merge->error, ERROR_FILE, "run store %s: its run has changed since it was examined",
			  from->path);
	return leave_out(merge, part);
}

/* Binds the columns of a row, and executes the statement. */
static bool write_row(sqlite3_stmt *write, sqlite3_stmt *row)
{
	for (int column = 0; column < sqlite3_column_count(row); column++)
		if (sqlite3_bind_value(write, 1 + column, sqlite3_column_value(row, column)) != SQLITE_OK)
			return false;
	return store_done(write);
}

static bool copy_rows(struct merge *merge, struct part *part, struct store *from, const struct copying *copying,
		      const struct parameter *parameters)
{
	struct store *store = merge->store;
	sqlite3_stmt *read = NULL, *write = NULL;
	bool good = true;
	int code = SQLITE_ERROR;

	if (sqlite3_prepare_v2(from->database, copying->read, -1, &read, NULL) == SQLITE_OK) {
		good = sqlite3_prepare_v2(store->database, copying->write, -1, &write, NULL) == SQLITE_OK;
		bind(read, parameters);
		while (good && (code = sqlite3_step(read)) == SQLITE_ROW)
			good = write_row(write, read);
	}
	if (!good)
		store_fail(store, "take over a shard", merge->error);
	else if (code != SQLITE_DONE)
		good = fail_to_read(merge, part, from);
	sqlite3_finalize(read);
	sqlite3_finalize(write);
	return good;
}

/* The store may have been replaced since its run was examined. */
static bool has_run(const struct part *part, const struct store *from)
{
	sqlite3_stmt *find = NULL;
	bool has = sqlite3_prepare_v2(from->database, "SELECT 1 FROM runs WHERE " IS_THEIRS, -1, &find, NULL) ==
		   SQLITE_OK;

	if (has) {
		bind(find, (const struct parameter[]){
				   {":theirs", NULL, part->run}, {":id", part->id, 0}, {NULL, NULL, 0}});
		has = sqlite3_step(find) == SQLITE_ROW;
	}
	sqlite3_finalize(find);
	return has;
}

static bool copy_run(struct merge *merge, struct part *part, struct store *from)
{
	struct store *store = merge->store;
	const struct parameter parameters[] = {
		{":run", NULL, store->run},
		{":theirs", NULL, part->run},
		{":id", part->id, 0},
		{":store", part->name, 0},
		{":index", NULL, part->index},
		{":count", NULL, part->count},
		{":left", LEFT_TO_SHARD, 0},
		{":interrupted", part->interrupted ? part->interrupted : "", 0},
		{NULL, NULL, 0},
	};

	/* All of its rows as they are at one time; they may not be those that were examined. */
	if (!store_execute(from, "BEGIN") || !has_run(part, from))
		return fail_to_read(merge, part, from);
	if (!store_check_run(from, part->run, part->is_finished, merge->error))
		return leave_out(merge, part);
	for (size_t i = 0; i < sizeof moving / sizeof moving[0]; i++)
		if (!store_execute(store, moving[i]))
			return store_fail(store, "take over a shard", merge->error);
	for (size_t i = 0; i < sizeof copyings / sizeof copyings[0]; i++)
		if (!copy_rows(merge, part, from, &copyings[i], parameters))
			return false;
	return store_is_unchanged(from, merge->error) || leave_out(merge, part);
}

static bool copy_part(struct merge *merge, struct part *part)
{
	struct store *from = part_open(part->path, merge->error);
	bool good = from ? copy_run(merge, part, from) : leave_out(merge, part);

	store_close(from);
	return good;
}

/* ---- what is missing ---- */

/* The index in a file name such as "night-3-of-8.db", which {shard} makes. 0: none of this count. */
static int64_t index_in_name(const char *path, int64_t count)
{
	const char *slash = strrchr(path, '/');
	char end[40];

	snprintf(end, sizeof end, "-of-%" PRId64, count);
	for (const char *at = strstr(slash ? slash : path, end); at; at = strstr(at + 1, end)) {
		const char *digit = at;

		if (at[strlen(end)] >= '0' && at[strlen(end)] <= '9')
			continue;
		while (digit > path && digit[-1] >= '0' && digit[-1] <= '9')
			digit--;
		if (digit < at)
			return strtoll(digit, NULL, 10);
	}
	return 0;
}

static int64_t index_of(const struct part *part, int64_t count)
{
	return part->count == count ? part->index : index_in_name(part->name, count);
}

/* Why a shard is missing: the problem of its store; else those of all stores whose shard is not known. */
static void explain_missing(const struct merge *merge, int64_t index, struct buffer *reason)
{
	const struct parts *parts = &merge->parts;
	int64_t count = parts->items[0].count;

	for (size_t i = parts->usable; i < parts->count; i++)
		if (index_of(&parts->items[i], count) == index)
			buffer_texts(reason, reason->length ? "; " : "", parts->items[i].problem, NULL);
	for (size_t i = parts->usable, before = reason->length; before == 0 && i < parts->count; i++)
		if (index_of(&parts->items[i], count) == 0)
			buffer_texts(reason, reason->length ? "; " : "", parts->items[i].problem, NULL);
}

static bool is_merged(const struct merge *merge, int64_t index)
{
	for (size_t i = 0; i < merge->parts.usable; i++)
		if (merge->parts.items[i].index == index)
			return true;
	return false;
}

/* Gives the accounts of a shard, which others listed, their reason. */
static bool set_reason(struct merge *merge, int64_t index, const char *why)
{
	int64_t count = merge->parts.items[0].count;
	struct buffer absent = {0}, reason = {0};
	bool good;

	buffer_print(&absent, "shard %" PRId64 "/%" PRId64 " is not among those that were merged", index,
		     count);
	buffer_print(&reason, "shard %" PRId64 "/%" PRId64 ": %s", index, count, why);
	good = store_has_memory(merge->store, !absent.failed && !reason.failed) &&
	       execute(merge->store,
		       "UPDATE accounts SET reason = :reason WHERE run = :run AND rest = 'pending' AND reason "
		       "= :absent",
		       (const struct parameter[]){{":run", NULL, merge->store->run},
						  {":reason", reason.at, 0},
						  {":absent", absent.at, 0},
						  {NULL, NULL, 0}});
	buffer_deinit(&absent);
	buffer_deinit(&reason);
	return good;
}

/* "shard 3/8: store ... does not exist; shards that were not merged: 5/8, 6/8" */
static bool explain_all(struct merge *merge, struct buffer *interrupted)
{
	int64_t count = merge->parts.items[0].count;
	struct buffer unnamed = {0}, reason = {0};
	bool good = true;

	for (int64_t index = 1; good && index <= count; index++) {
		if (is_merged(merge, index))
			continue;
		buffer_clear(&reason);
		explain_missing(merge, index, &reason);
		if (!store_has_memory(merge->store, !reason.failed)) {
			good = false;
		} else if (reason.length == 0) {
			buffer_print(&unnamed, "%s%" PRId64 "/%" PRId64, unnamed.length ? ", " : "", index,
				     count);
		} else {
			buffer_print(interrupted, "%sshard %" PRId64 "/%" PRId64 ": %s",
				     interrupted->length ? "; " : "", index, count, reason.at);
			good = set_reason(merge, index, reason.at);
		}
	}
	if (unnamed.length > 0)
		buffer_texts(interrupted, interrupted->length ? "; " : "",
			     "shards that were not merged: ", unnamed.at, NULL);
	good = store_has_memory(merge->store, !unnamed.failed && !interrupted->failed) && good;
	buffer_deinit(&unnamed);
	buffer_deinit(&reason);
	return good;
}

/* Of shards whose run ended before it listed its accounts: others list them. */
static bool explain_unlisted(struct merge *merge)
{
	bool good = true;

	for (size_t i = 0; good && i < merge->parts.usable; i++) {
		const struct part *part = &merge->parts.items[i];

		good = set_reason(merge, part->index,
				  part->interrupted ? part->interrupted : "its run does not list the account");
	}
	return good;
}

/* ---- the merged run ---- */

static bool begin(struct merge *merge)
{
	struct matrix begun;
	bool good;

	matrix_init(&begun);
	ulid_make(merge->id);
	begun.run.id = merge->id;
	begun.run.started = clock_wall_seconds();
	begun.run.array = merge->parts.array;
	good = store_add_run(merge->store, &begun, merge->parts.items[0].run_settings, merge->error);
	matrix_deinit(&begun);
	return good;
}

/*
 * Finishes the run, or states why it is not finished. When no account could be entered, all known regions are
 * pending.
 */
static bool end(struct merge *merge)
{
	static const char *const ending[] = {
		"UPDATE runs SET interrupted = ifnull(interrupted || '; ', '') || :missing"
		" WHERE run = :run AND :missing <> ''",
		"UPDATE regions SET shown = 1 WHERE run = :run"
		" AND NOT EXISTS (SELECT 1 FROM accounts JOIN cells USING (account) WHERE run = :run)"
		" AND NOT EXISTS (SELECT 1 FROM regions WHERE run = :run AND shown)",
		"UPDATE runs SET state = iif(interrupted IS NULL, 'finished', 'interrupted') WHERE run = :run",
	};
	struct store *store = merge->store;
	struct buffer missing = {0};
	bool good = explain_all(merge, &missing) && explain_unlisted(merge);

	for (size_t i = 0; good && i < sizeof ending / sizeof ending[0]; i++)
		good = execute(store, ending[i],
			       (const struct parameter[]){{":run", NULL, store->run},
							  {":missing", missing.at ? missing.at : "", 0},
							  {NULL, NULL, 0}});
	buffer_deinit(&missing);
	return good || store_fail(store, "write the run", merge->error);
}

/* Only the merged matrix determines the number of cells. */
static bool count_cells(struct merge *merge)
{
	struct store *store = merge->store;
	struct totals totals = matrix_totals(merge->matrix);
	const struct parameter parameters[] = {
		{":run", NULL, store->run},
		{":cells", NULL, (int64_t)totals.cells},
		{":failing", NULL, (int64_t)totals.failing},
		{":blind", NULL, (int64_t)totals.blind},
		{":accepted", NULL, (int64_t)totals.accepted},
		{NULL, NULL, 0},
	};
	bool good = execute(store,
			    "UPDATE runs SET cells = :cells, failing = :failing, blind = :blind,"
			    " accepted = nullif(:accepted, 0) WHERE run = :run",
			    parameters) &&
		    store_put_gaps(store, merge->matrix);

	for (size_t row = 0; good && row < merge->matrix->row_count; row++)
		good = store_seal_account(store, merge->matrix->rows[row].key);
	return (good && store_seal_run(store)) || store_fail(store, "write the run", merge->error);
}

/* ---- an earlier merge of the same parts ---- */

/*
 * Earlier merged runs that have a part in common with this one, or are of the same array and organization.
 * Without an organization, the callers tell runs apart.
 */
static const char find_earlier[] =
	"SELECT earlier.run, earlier.id, earlier.meaning, earlier.position IS NOT NULL"
	" FROM runs earlier JOIN runs merged ON merged.run = ? AND merged.run <> earlier.run WHERE"
	" EXISTS (SELECT 1 FROM parts a JOIN parts b USING (id) WHERE a.run = earlier.run AND b.run = "
	"merged.run)"
	" OR (EXISTS (SELECT 1 FROM parts WHERE parts.run = earlier.run) AND earlier.array = merged.array"
	"  AND earlier.organization IS merged.organization"
	"  AND (merged.organization IS NOT NULL OR earlier.caller IS merged.caller))";

/* True: the run answers the same questions as the merged one, by the rules of resuming. */
static bool has_same_settings(struct merge *merge, int64_t run, const char *run_settings, bool *same)
{
	struct buffer settings = {0}, differences = {0};
	bool good;

	buffer_text(&settings, run_settings);
	good = store_add_settings(merge->store, run, &settings);
	if (good)
		fingerprint_compare(settings.at, merge->matrix->run.settings, "; ", &differences);
	*same = differences.length == 0;
	good = store_has_memory(merge->store, !differences.failed) && good;
	buffer_deinit(&settings);
	buffer_deinit(&differences);
	return good;
}

/* Rows below the run are deleted with it. One that a scan has resumed since holds more than its parts: it
 * stays. */
static bool replace(struct merge *merge, sqlite3_stmt *earlier)
{
	int64_t run = sqlite3_column_int64(earlier, 0);
	bool same;

	if (!has_same_settings(merge, run, store_word(earlier, 2), &same))
		return false;
	if (!same)
		return true;
	if (sqlite3_column_int(earlier, 3)) {
		merge->result->kept = store_copy(&merge->matrix->arena, earlier, 1);
		return store_has_memory(merge->store, merge->result->kept);
	}
	merge->result->replaced++;
	return execute(merge->store, "DELETE FROM runs WHERE run = :earlier",
		       (const struct parameter[]){{":earlier", NULL, run}, {NULL, NULL, 0}});
}

static bool replace_earlier(struct merge *merge)
{
	struct store *store = merge->store;
	sqlite3_stmt *earlier = NULL;
	bool good = sqlite3_prepare_v2(store->database, find_earlier, -1, &earlier, NULL) == SQLITE_OK;
	int code = SQLITE_DONE;

	sqlite3_bind_int64(earlier, 1, store->run);
	while (good && (code = sqlite3_step(earlier)) == SQLITE_ROW)
		good = replace(merge, earlier);
	good = (good && code == SQLITE_DONE) ||
	       store_fail(store, "replace the earlier merged run", merge->error);
	sqlite3_finalize(earlier);
	return good;
}

static bool copy_all(struct merge *merge)
{
	merge->unreadable = NULL;
	merge->store = store_open(merge->options->path, merge->error);
	if (!merge->store || !begin(merge))
		return false;
	for (size_t i = 0; i < merge->parts.usable; i++)
		if (!copy_part(merge, &merge->parts.items[i]))
			return false;
	return true;
}

/* Damage of a part may be found only when it is copied: then it is left out, and all others are copied anew. */
static bool copy_what_is_readable(struct merge *merge)
{
	while (!copy_all(merge)) {
		if (!merge->unreadable || !parts_leave_out(&merge->parts, merge->unreadable, merge->error))
			return false;
		store_close(merge->store); /* which undoes what was copied */
	}
	return true;
}

static bool join(struct merge *merge)
{
	return parts_find(&merge->parts, merge->options, &merge->matrix->arena, merge->error) &&
	       copy_what_is_readable(merge) && end(merge) &&
	       store_load(merge->store, merge->matrix, merge->id, merge->error) && count_cells(merge) &&
	       replace_earlier(merge) && store_flush(merge->store, true, merge->error);
}

struct store *store_merge(const struct merge_options *options, struct matrix *matrix,
			  struct merge_result *result, struct error *error)
{
	struct merge merge = {.options = options, .matrix = matrix, .result = result, .error = error};
	bool good;

	*result = (struct merge_result){0};
	good = join(&merge);
	parts_deinit(&merge.parts);
	if (good)
		return merge.store;
	store_close(merge.store);
	return NULL;
}
