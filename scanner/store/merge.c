/*
 * Merges the shards of a scan. SQLite copies the rows from file to file, so that everything a run stored is
 * preserved, and only accounts and regions get new numbers. Each shard is one transaction.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "base/ulid.h"
#include "scanner/store/settings_fingerprint.h"
#include "scanner/store/store_internal.h"

enum { MAX_START_DIFFERENCE_S = 12 * 3600 /* shards that are further apart belong to different scans */ };

/* The latest run of a shard's store. */
struct part {
	const char *path, *id, *organization;
	int64_t run;              /* its number in that store */
	const char *run_settings; /* without the shard */
	const char *settings;     /* with controls and exceptions, see settings_fingerprint.h */
	const char *uri;          /* of the file, as SQLite opened it */
	bool index_in_memory;     /* as in struct store */
	const char *interrupted;  /* NULL: the run finished, or its process was killed */
	int64_t started, index, count;
	bool is_finished;
};

struct merge {
	const char *path;
	struct store *store; /* the store `path`, opened once the parts are known to match */
	struct matrix *matrix;
	struct part *parts; /* sorted by their indexes, once all were examined */
	size_t count;
	char id[ULID_SIZE]; /* of the merged run */
	struct error *error;
};

/* ---- the parts ---- */

struct look {
	struct arena *arena;
	struct part *part;
	const char *shard;
};

/* Removes the lines with the shard and the array. */
static const char *run_settings_of_all(struct arena *arena, const char *run_settings)
{
	char *copy = arena_copy(arena, run_settings);
	char *line = copy ? strstr(copy, "\nscan.shard = ") : NULL;

	if (line)
		line[1] = '\0'; /* they are the last lines */
	return copy;
}

/* The latest run is listed last. */
static void take_run(void *context, const struct stored_run *run)
{
	struct look *look = context;

	look->part->run = run->number;
	look->part->id = arena_copy(look->arena, run->id);
	look->part->organization = arena_copy(look->arena, run->organization);
	look->part->run_settings = run_settings_of_all(look->arena, run->run_settings);
	look->part->interrupted = arena_copy(look->arena, run->interrupted);
	look->part->started = run->started;
	look->part->is_finished = strcmp(run->state, "finished") == 0;
	look->shard = arena_copy(look->arena, run->shard);
}

static bool is_shard(const struct merge *merge, const struct look *look)
{
	struct part *part = look->part;

	if (!part->id)
		return error_set(merge->error, ERROR_USAGE, "store %s is empty: no run is in it", part->path);
	if (!look->shard || sscanf(look->shard, "%" SCNd64 "/%" SCNd64, &part->index, &part->count) != 2 ||
	    part->count < 1)
		return error_set(merge->error, ERROR_USAGE,
				 "store %s: its latest run %s is no shard; scan with --shard INDEX/COUNT",
				 part->path, part->id);
	return true;
}

/* SQLite attaches the files of the shards, so one of an older schema is migrated in place first. */
static struct store *open_part(const struct merge *merge, const char *path)
{
	struct store *store = store_open_to_read(path, merge->error);

	if (!store || !store->is_copy)
		return store;
	store_close(store);
	store = store_open(path, merge->error);
	store_close(store);
	return store ? store_open_to_read(path, merge->error) : NULL;
}

static bool read_part(struct merge *merge, struct store *store, struct look *look)
{
	struct part *part = look->part;
	struct buffer text = {0};
	bool good;

	if (!store_list_runs(store, take_run, look, merge->error))
		return false;
	part->uri = arena_copy(look->arena, store->uri);
	part->index_in_memory = store->index_in_memory;
	if (!part->id)
		return true;
	if (!store_check_run(store, part->run, part->is_finished, merge->error))
		return false;
	buffer_text(&text, part->run_settings ? part->run_settings : "");
	good = store_add_settings(store, part->run, &text) || store_fail(store, "read its runs", merge->error);
	part->settings = good ? arena_copy(look->arena, text.at) : NULL;
	buffer_free(&text);
	return good;
}

static bool look_into(struct merge *merge, struct part *part)
{
	struct look look = {.arena = &merge->matrix->arena, .part = part};
	struct store *store;
	bool good;

	if (files_are_same(part->path, merge->path))
		return error_set(merge->error, ERROR_USAGE,
				 "store %s is the one to merge into; name another one with --db", part->path);
	store = open_part(merge, part->path);
	if (!store)
		return false;
	good = read_part(merge, store, &look);
	store_close(store);
	if (good && look.arena->failed)
		good = error_out_of_memory(merge->error);
	return good && is_shard(merge, &look);
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *left = a, *right = b;

	return (left->index > right->index) - (left->index < right->index);
}

static bool check_settings(const struct merge *merge, const struct part *first, const struct part *part)
{
	struct buffer text = {0};
	bool same;

	fingerprint_compare(first->settings, part->settings, "; ", &text);
	same = text.length == 0 && !text.failed;
	if (!same)
		error_set(merge->error, ERROR_USAGE, "stores %s and %s answer different questions: %s",
			  text_brief(first->path, 200).text, text_brief(part->path, 200).text,
			  text_brief(text.at, 500).text);
	buffer_free(&text);
	return same;
}

/* True: the part belongs to the same scan as the first one. */
static bool belongs(const struct merge *merge, const struct part *first, const struct part *part)
{
	int64_t apart = part->started - first->started;
	char was[CLOCK_ISO_SIZE], is[CLOCK_ISO_SIZE];

	if (part->count != first->count)
		return error_set(merge->error, ERROR_USAGE,
				 "store %s holds one of %" PRId64 " shards, %s one of %" PRId64,
				 text_brief(first->path, 200).text, first->count,
				 text_brief(part->path, 200).text, part->count);
	if (!check_settings(merge, first, part))
		return false;
	if (part->organization && first->organization && strcmp(part->organization, first->organization) != 0)
		return error_set(merge->error, ERROR_USAGE, "store %s is of organization %s, %s of %s",
				 text_brief(first->path, 200).text, first->organization,
				 text_brief(part->path, 200).text, part->organization);
	clock_format_iso(first->started, was);
	clock_format_iso(part->started, is);
	if (llabs(apart) > MAX_START_DIFFERENCE_S)
		return error_set(merge->error, ERROR_USAGE,
				 "the run of store %s began %s, that of %s %s: they are of different "
				 "nights; scan the older shard again",
				 text_brief(first->path, 200).text, was, text_brief(part->path, 200).text, is);
	return true;
}

static bool look_into_all(struct merge *merge, const char *const *shards)
{
	struct part *parts = merge->parts;

	for (size_t i = 0; i < merge->count; i++) {
		parts[i].path = shards[i];
		if (!look_into(merge, &parts[i]))
			return false;
	}
	qsort(parts, merge->count, sizeof *parts, compare_parts);
	for (size_t i = 1; i < merge->count; i++) {
		if (!belongs(merge, &parts[0], &parts[i]))
			return false;
		if (parts[i].index == parts[i - 1].index)
			return error_set(merge->error, ERROR_USAGE,
					 "stores %s and %s both hold shard %" PRId64 "/%" PRId64,
					 text_brief(parts[i - 1].path, 200).text,
					 text_brief(parts[i].path, 200).text, parts[i].index, parts[i].count);
	}
	return true;
}

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

	"INSERT INTO main.requests (run, operation, sent, retried, throttled)"
	" SELECT :run, operation, sent, retried, throttled FROM shard.requests WHERE run = " THEIR_RUN
	" ON CONFLICT (run, operation) DO UPDATE SET sent = sent + excluded.sent,"
	" retried = retried + excluded.retried, throttled = throttled + excluded.throttled",

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
	" interrupted = iif(t.state = 'finished', runs.interrupted, ifnull(runs.interrupted || '; ', '') ||"
	"  'shard ' || t.shard || ': ' || ifnull(t.interrupted, 'the scan did not come to its end'))"
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

static bool copy_part(struct merge *merge, const struct part *part)
{
	struct store *store = merge->store;
	const struct parameter parameters[] = {
		{":run", NULL, store->run},
		{":id", part->id, 0},
		{":path", part->uri, 0},
		{":index", NULL, part->index},
		{":count", NULL, part->count},
		{":left", LEFT_TO_SHARD, 0},
		{NULL, NULL, 0},
	};
	bool good = execute(store, "ATTACH :path AS shard", parameters) &&
		    (!part->index_in_memory || store_execute(store, "PRAGMA shard.locking_mode = EXCLUSIVE"));

	if (!good)
		return error_set(merge->error, ERROR_FILE, "store %s: cannot be read: %s", part->path,
				 sqlite3_errmsg(store->database));
	good = store_write_begins(store);
	for (size_t i = 0; good && i < sizeof copying / sizeof copying[0]; i++)
		good = execute(store, copying[i], parameters);
	if (!good)
		return store_fail(store, "take over a shard", merge->error);
	return store_flush(store, true, merge->error) && (execute(store, "DETACH shard", parameters) ||
							  store_fail(store, "let go of a shard", merge->error));
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
	good = store_begin(merge->store, &begun, merge->parts[0].run_settings, merge->error);
	matrix_deinit(&begun);
	return good;
}

static void name_missing(const struct merge *merge, struct buffer *text)
{
	const struct part *parts = merge->parts;
	size_t i = 0;

	for (int64_t index = 1; index <= parts[0].count; index++) {
		if (i < merge->count && parts[i].index == index)
			i++;
		else
			buffer_print(text, "%s%" PRId64 "/%" PRId64,
				     text->length ? ", " : "shards that were not merged: ", index,
				     parts[0].count);
	}
}

/* Adds the accounts of a shard whose run ended before it listed them. */
static bool explain_missing(const struct merge *merge, const struct part *part)
{
	const char *why = part->interrupted ? part->interrupted : "the scan did not come to its end";
	struct buffer absent = {0}, reason = {0};
	bool good;

	buffer_print(&absent, "shard %" PRId64 "/%" PRId64 " is not among those that were merged", part->index,
		     part->count);
	buffer_print(&reason, "shard %" PRId64 "/%" PRId64 ": %s", part->index, part->count, why);
	good = !absent.failed && !reason.failed &&
	       execute(merge->store,
		       "UPDATE accounts SET reason = :reason WHERE run = :run AND rest = 'pending' AND reason "
		       "= :absent",
		       (const struct parameter[]){{":run", NULL, merge->store->run},
						  {":reason", reason.at, 0},
						  {":absent", absent.at, 0},
						  {NULL, NULL, 0}});
	buffer_free(&absent);
	buffer_free(&reason);
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
	bool good;

	name_missing(merge, &missing);
	good = !missing.failed && store_write_begins(store);
	for (size_t i = 0; good && i < merge->count; i++)
		good = explain_missing(merge, &merge->parts[i]);
	for (size_t i = 0; good && i < sizeof ending / sizeof ending[0]; i++)
		good = execute(store, ending[i],
			       (const struct parameter[]){{":run", NULL, store->run},
							  {":missing", missing.at ? missing.at : "", 0},
							  {NULL, NULL, 0}});
	buffer_free(&missing);
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
		{NULL, NULL, 0},
	};

	bool good =
		store_write_begins(store) &&
		execute(store,
			"UPDATE runs SET cells = :cells, failing = :failing, blind = :blind WHERE run = :run",
			parameters);

	for (size_t row = 0; good && row < merge->matrix->row_count; row++)
		good = store_seal_account(store, merge->matrix->rows[row].key);
	if (!good || !store_seal_run(store))
		return store_fail(store, "write the run", merge->error);
	return store_flush(store, true, merge->error);
}

static bool join(struct merge *merge, const char *const *shards)
{
	if (!look_into_all(merge, shards))
		return false;
	merge->store = store_open(merge->path, merge->error);
	if (!merge->store || !begin(merge))
		return false;
	for (size_t i = 0; i < merge->count; i++)
		if (!copy_part(merge, &merge->parts[i]))
			return false;
	return end(merge) && store_load(merge->store, merge->matrix, merge->id, merge->error) &&
	       count_cells(merge);
}

struct store *store_merge(const char *path, const char *const *shards, size_t count, struct matrix *matrix,
			  struct error *error)
{
	struct merge merge = {
		.path = path,
		.matrix = matrix,
		.parts = calloc(count, sizeof *merge.parts),
		.count = count,
		.error = error,
	};
	bool good = merge.parts ? join(&merge, shards) : error_out_of_memory(error);

	free(merge.parts);
	if (good)
		return merge.store;
	store_close(merge.store);
	return NULL;
}
