/*
 * Merges the shards of a scan. SQLite copies the rows from file to file, so that everything a run stored is
 * preserved, and only accounts and regions get new numbers. Each shard is one transaction.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/ulid.h"
#include "scanner/store/merge_parts.h"

struct merge {
	const struct merge_options *options;
	struct merge_result *result;
	struct store *store; /* the target, opened once the parts are known to match */
	struct matrix *matrix;
	struct parts parts;
	char id[ULID_SIZE]; /* of the merged run */
	struct error *error;
};

/* ---- copying ---- */

/* An account of the shard itself: the condition of shard_has() in the settings. */
#define IS_OWN "CAST(id AS INTEGER) % :count + 1 = :index"
#define THEIR_RUN "(SELECT run FROM shard.runs WHERE id = :id)"

/* Executed in this order for each part. */
static const char *const copying[] = {
	/* Accounts of other shards: their own shard follows and overwrites them, or is missing, and they stay
	   pending. */
	"INSERT INTO main.accounts (run, id, name, ou, status, rest, reason, organization, note)"
	" SELECT :run, id, name, ou, status,"
	" iif(rest = 'skipped' AND instr(reason, :left) = 1, 'pending', rest),"
	" iif(rest = 'skipped' AND instr(reason, :left) = 1,"
	"  'shard ' || substr(reason, length(:left) + 1) || ' is not among those that were merged', reason),"
	" organization, note FROM shard.accounts WHERE run = " THEIR_RUN " AND NOT (" IS_OWN ")"
	" ON CONFLICT (run, id) DO NOTHING",

	"INSERT INTO main.accounts"
	" (run, id, name, ou, status, rest, reason, request_id, at, is_done, organization, note)"
	" SELECT :run, id, name, ou, status, rest, reason, request_id, at, is_done, organization, note"
	" FROM shard.accounts WHERE run = " THEIR_RUN " AND " IS_OWN
	" ON CONFLICT (run, id) DO UPDATE SET name = ifnull(excluded.name, name), ou = ifnull(excluded.ou, ou),"
	" status = ifnull(excluded.status, status), rest = excluded.rest, reason = excluded.reason,"
	" request_id = excluded.request_id, at = excluded.at, is_done = excluded.is_done,"
	" organization = ifnull(excluded.organization, organization), note = excluded.note",

	/*
	 * Where no account could be entered, all known regions are shown; the regions of other shards replace
	 * them.
	 */
	"INSERT INTO main.regions (run, name, shown)"
	" SELECT :run, name, shown AND EXISTS (SELECT 1 FROM shard.accounts JOIN shard.cells USING (account)"
	"  WHERE run = " THEIR_RUN ") FROM shard.regions WHERE run = " THEIR_RUN
	" ON CONFLICT (run, name) DO UPDATE SET shown = max(shown, excluded.shown)",

	"CREATE TEMP TABLE moved_accounts (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL)",
	"CREATE TEMP TABLE moved_regions (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL)",

	"INSERT INTO moved_accounts SELECT theirs.account, ours.account FROM shard.accounts theirs"
	" JOIN main.accounts ours ON ours.run = :run AND ours.id = theirs.id"
	" WHERE theirs.run = " THEIR_RUN " AND CAST(theirs.id AS INTEGER) % :count + 1 = :index",

	"INSERT INTO moved_regions SELECT theirs.region, ours.region FROM shard.regions theirs"
	" JOIN main.regions ours ON ours.run = :run AND ours.name = theirs.name"
	" WHERE theirs.run = " THEIR_RUN,

#define MOVED " FROM moved_accounts a CROSS JOIN shard."
#define MOVED_TO " t ON t.account = a.theirs JOIN moved_regions r ON r.theirs = t.region"
	"INSERT INTO main.cells (account, region, state, beneath, complete, resources, failing, exempt,"
	" unknown, worst, reason, request_id, at) SELECT a.ours, r.ours, state, beneath, complete, resources,"
	" failing, exempt, unknown, worst, reason, request_id, at" MOVED "cells" MOVED_TO,

	"INSERT INTO main.resources (account, region, number, type, id, arn, tags, relations, observed)"
	" SELECT a.ours, r.ours, number, type, id, arn, tags, relations, observed" MOVED "resources" MOVED_TO,

	"INSERT INTO main.findings (account, region, number, control, verdict, severity, reason, evidence,"
	" exception, request_id, at) SELECT a.ours, r.ours, number, control, verdict, severity, reason,"
	" evidence, exception, request_id, at" MOVED "findings" MOVED_TO,
#undef MOVED
#undef MOVED_TO

	"DROP TABLE moved_accounts",
	"DROP TABLE moved_regions",

	"INSERT OR IGNORE INTO main.controls (run, id, severity)"
	" SELECT :run, id, severity FROM shard.controls WHERE run = " THEIR_RUN,

	"INSERT INTO main.exceptions (run, name, control, account, region, resource, tag, owner, reason,"
	" ticket, expires, state, findings) SELECT :run, name, control, account, region, resource, tag, owner,"
	" reason, ticket, expires, state, findings FROM shard.exceptions WHERE run = " THEIR_RUN
	" ON CONFLICT (run, name) DO UPDATE SET findings = findings + excluded.findings,"
	" state = iif(excluded.state = 'unused', state, excluded.state)",

	"INSERT OR IGNORE INTO main.gaps (run, name, regions, accounts, cell_state, owner, reason, ticket,"
	" expires, state, cells) SELECT :run, name, regions, accounts, cell_state, owner, reason, ticket,"
	" expires, state, cells FROM shard.gaps WHERE run = " THEIR_RUN,

	"INSERT INTO main.requests (run, operation, sent, retried, throttled)"
	" SELECT :run, operation, sent, retried, throttled FROM shard.requests WHERE run = " THEIR_RUN
	" ON CONFLICT (run, operation) DO UPDATE SET sent = sent + excluded.sent,"
	" retried = retried + excluded.retried, throttled = throttled + excluded.throttled",

	"INSERT INTO main.parts (run, shard, id, store)"
	" SELECT :run, shard, id, :store FROM shard.runs WHERE id = :id",

	"UPDATE main.runs SET started = min(runs.started, t.started),"
	" finished = nullif(max(ifnull(runs.finished, 0), ifnull(t.finished, 0)), 0),"
	" partition = ifnull(runs.partition, t.partition),"
	" organization = ifnull(runs.organization, t.organization),"
	" management_account = ifnull(runs.management_account, t.management_account),"
	" caller = CASE WHEN t.caller IS NULL OR instr(', ' || runs.caller || ', ', ', ' || t.caller || ', ')"
	"  THEN runs.caller ELSE ifnull(runs.caller || ', ', '') || t.caller END,"
	" note = CASE WHEN t.note IS NULL OR instr('; ' || runs.note || '; ', '; ' || t.note || '; ')"
	"  THEN runs.note ELSE ifnull(runs.note || '; ', '') || t.note END, sent = ifnull(runs.sent, 0) + "
	"ifnull(t.sent, 0),"
	" retried = ifnull(runs.retried, 0) + ifnull(t.retried, 0),"
	" throttled = ifnull(runs.throttled, 0) + ifnull(t.throttled, 0),"
	" connections = ifnull(runs.connections, 0) + ifnull(t.connections, 0),"
	" bytes_received = ifnull(runs.bytes_received, 0) + ifnull(t.bytes_received, 0),"
	" most_in_flight = nullif(max(ifnull(runs.most_in_flight, 0), ifnull(t.most_in_flight, 0)), 0),"
	" interrupted = iif(t.state = 'finished', runs.interrupted, ifnull(runs.interrupted || '; ', '') ||"
	"  'shard ' || t.shard || ': ' || :interrupted)"
	" FROM (SELECT * FROM shard.runs WHERE id = :id) t WHERE runs.run = :run",
};

/* A named parameter of a statement: a text, or a number when the text is NULL. */
struct parameter {
	const char *name, *text;
	int64_t number;
};

/* Statements are not cached, because tables are attached and detached. */
static bool execute(struct store *store, const char *sql, const struct parameter *parameters)
{
	sqlite3_stmt *statement = NULL;
	bool good = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK;

	for (; good && parameters->name; parameters++) {
		int position = sqlite3_bind_parameter_index(statement, parameters->name);

		if (position > 0 && parameters->text)
			store_bind_text(statement, position, parameters->text);
		else if (position > 0)
			sqlite3_bind_int64(statement, position, parameters->number);
	}
	good = good && store_done(statement);
	sqlite3_finalize(statement);
	return good;
}

/* The tables of a migrated copy are another connection's: they are copied once more. */
static bool attach_copy(struct store *store, struct store *copy)
{
	sqlite3_backup *backup;
	bool good = store_execute(store, "ATTACH '' AS shard");

	backup = good ? sqlite3_backup_init(store->database, "shard", copy->database, "main") : NULL;
	good = backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
	return sqlite3_backup_finish(backup) == SQLITE_OK && good;
}

static bool attach(struct store *store, struct store *from)
{
	if (from->is_copy)
		return attach_copy(store, from);
	return execute(store, "ATTACH :path AS shard",
		       (const struct parameter[]){{":path", from->uri, 0}, {NULL, NULL, 0}}) &&
	       (!from->index_in_memory || store_execute(store, "PRAGMA shard.locking_mode = EXCLUSIVE"));
}

static bool copy_rows(struct merge *merge, const struct part *part, struct store *from)
{
	struct store *store = merge->store;
	const struct parameter parameters[] = {
		{":run", NULL, store->run},
		{":id", part->id, 0},
		{":store", part->name, 0},
		{":index", NULL, part->index},
		{":count", NULL, part->count},
		{":left", LEFT_TO_SHARD, 0},
		{":interrupted", part->interrupted ? part->interrupted : "", 0},
		{NULL, NULL, 0},
	};
	bool good;

	if (!attach(store, from))
		return error_set(merge->error, ERROR_FILE, "store %s: cannot be read: %s", part->name,
				 sqlite3_errmsg(store->database));
	good = store_write_begins(store);
	for (size_t i = 0; good && i < sizeof copying / sizeof copying[0]; i++)
		good = execute(store, copying[i], parameters);
	if (!good)
		return store_fail(store, "take over a shard", merge->error);
	return store_is_unchanged(from, merge->error) && store_flush(store, true, merge->error) &&
	       (store_execute(store, "DETACH shard") || store_fail(store, "let go of a shard", merge->error));
}

static bool copy_part(struct merge *merge, const struct part *part)
{
	struct store *from = part_open(part->path, merge->error);
	bool good = from && copy_rows(merge, part, from);

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
	good = !absent.failed && !reason.failed &&
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
		if (reason.length == 0) {
			buffer_print(&unnamed, "%s%" PRId64 "/%" PRId64, unnamed.length ? ", " : "", index,
				     count);
			continue;
		}
		buffer_print(interrupted, "%sshard %" PRId64 "/%" PRId64 ": %s",
			     interrupted->length ? "; " : "", index, count, reason.at);
		good = !reason.failed && set_reason(merge, index, reason.at);
	}
	if (unnamed.length > 0)
		buffer_texts(interrupted, interrupted->length ? "; " : "",
			     "shards that were not merged: ", unnamed.at, NULL);
	good = good && !unnamed.failed && !interrupted->failed;
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
	good = store_begin(merge->store, &begun, merge->parts.items[0].run_settings, merge->error);
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
	bool good = store_write_begins(store) && explain_all(merge, &missing) && explain_unlisted(merge);

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

	bool good = store_write_begins(store) &&
		    execute(store,
			    "UPDATE runs SET cells = :cells, failing = :failing, blind = :blind,"
			    " accepted = nullif(:accepted, 0) WHERE run = :run",
			    parameters) &&
		    store_put_gaps(store, merge->matrix);

	for (size_t row = 0; good && row < merge->matrix->row_count; row++)
		good = store_seal_account(store, merge->matrix->rows[row].key);
	if (!good || !store_seal_run(store))
		return store_fail(store, "write the run", merge->error);
	return store_flush(store, true, merge->error);
}

/* ---- an earlier merge of the same parts ---- */

/* Earlier merged runs of the same parts, or of the same array. */
#define EARLIER                                                                                                \
	" FROM runs WHERE run <> :run AND EXISTS (SELECT 1 FROM parts WHERE parts.run = runs.run)"             \
	" AND (array = :array OR EXISTS (SELECT 1 FROM parts a JOIN parts b USING (id)"                        \
	"  WHERE a.run = runs.run AND b.run = :run))"

/* One that a scan has resumed since (it has a position) holds more than its parts: it stays. */
static const char *find_kept(struct merge *merge)
{
	sqlite3_stmt *find = NULL;
	const char *kept = NULL;

	if (sqlite3_prepare_v2(merge->store->database, "SELECT id" EARLIER " AND position IS NOT NULL LIMIT 1",
			       -1, &find, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(find, sqlite3_bind_parameter_index(find, ":run"), merge->store->run);
		store_bind_text(find, sqlite3_bind_parameter_index(find, ":array"), merge->parts.array);
		if (sqlite3_step(find) == SQLITE_ROW)
			kept = store_copy(&merge->matrix->arena, find, 0);
	}
	sqlite3_finalize(find);
	return kept;
}

static bool replace_earlier(struct merge *merge)
{
	struct store *store = merge->store;
	const struct parameter parameters[] = {{":run", NULL, store->run},
					       {":array", merge->parts.array ? merge->parts.array : "", 0},
					       {NULL, NULL, 0}};
	bool good;

	merge->result->kept = find_kept(merge);
	/* Rows below the runs are deleted with them. */
	good = store_execute(store, "PRAGMA foreign_keys = ON") && store_write_begins(store) &&
	       execute(store, "DELETE" EARLIER " AND position IS NULL", parameters);
	merge->result->replaced = good ? sqlite3_changes(store->database) : 0;
	if (!good)
		return store_fail(store, "replace the earlier merged run", merge->error);
	return store_flush(store, true, merge->error);
}

static bool join(struct merge *merge)
{
	if (!parts_find(&merge->parts, merge->options, &merge->matrix->arena, merge->error))
		return false;
	merge->store = store_open(merge->options->path, merge->error);
	if (!merge->store || !begin(merge))
		return false;
	for (size_t i = 0; i < merge->parts.usable; i++)
		if (!copy_part(merge, &merge->parts.items[i]))
			return false;
	return end(merge) && store_load(merge->store, merge->matrix, merge->id, merge->error) &&
	       count_cells(merge) && replace_earlier(merge);
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
