/*
 * All SQL except the schema. Nothing is formatted into SQL: each statement is prepared once, and its
 * parameters are bound.
 */
#include "base/clock.h"
#include "base/text.h"
#include "scanner/store/store_internal.h"

enum { FLUSH_AFTER_MS = 20, SYNC_AFTER_MS = 1000 };

/* The latest run is the one that was started or resumed last. */
#define ORDER "ifnull(position, runs.run)"
#define LATEST_FIRST " ORDER BY " ORDER " DESC, runs.run DESC"

/*
 * True when at least one cell was assessed, or all are out of scope and the run states that. A run that could
 * not start, or that could enter no account, is not compared with others.
 */
#define ASSESSED_SOMETHING                                                                                     \
	" (EXISTS (SELECT 1 FROM accounts CROSS JOIN cells USING (account) WHERE accounts.run = runs.run"      \
	" AND (cells.resources > 0 OR cells.state IN ('pass', 'fail', 'exempt', 'empty')))"                    \
	" OR (runs.state = 'finished' AND runs.cells > 0 AND runs.blind = 0)) "

#define EXAMINED "'pass', 'fail', 'exempt', 'empty'" /* cells_examined() */
#define ACCEPTABLE "'denied', 'unreached', 'error'"  /* gap_may_accept() */

#define ACCOUNT_COLUMNS                                                                                        \
	"account, id, name, ou, status, rest, reason, request_id, at, is_done, organization, note"

static const char *const texts[STATEMENTS] = {
	[ADD_RUN] = "INSERT INTO runs (id, state, started, meaning, partition, shard, array)"
		    " VALUES (?, 'running', ?, ?, ?, ?, ?)",
	[ADD_ACCOUNT] = "INSERT INTO accounts (run, id, rest) VALUES (?, ?, 'pending')"
			" ON CONFLICT (run, id) DO UPDATE SET rest = rest RETURNING account",
	[SET_ACCOUNT] =
		"UPDATE accounts SET name = ?, ou = ?, status = ?, rest = ?, reason = ?, request_id = ?,"
		" at = ?, is_done = max(is_done, ?), organization = ?, note = ? WHERE account = ?",
	[ADD_REGION] = "INSERT INTO regions (run, name) VALUES (?, ?)"
		       " ON CONFLICT (run, name) DO UPDATE SET name = name RETURNING region",
	[SET_REGION] = "UPDATE regions SET shown = ? WHERE region = ?",
	[DROP_CELL] = "DELETE FROM cells WHERE account = ? AND region = ?",
	[ADD_CELL] =
		"INSERT INTO cells (account, region, state, beneath, complete, resources, failing, exempt, "
		"unknown, worst,"
		" reason, request_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_RESOURCE] = "INSERT INTO resources (account, region, number, type, id, arn, tags, relations,"
			 " observed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_FINDING] =
		"INSERT INTO findings (account, region, number, control, verdict, severity, reason, evidence,"
		" exception, request_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_CONTROL] = "INSERT OR REPLACE INTO controls (run, id, severity) VALUES (?, ?, ?)",
	[ADD_EXCEPTION] =
		"INSERT OR REPLACE INTO exceptions (run, name, control, account, region, resource, tag,"
		" owner, reason, ticket, expires, state, findings)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_GAP] = "INSERT OR REPLACE INTO gaps (run, name, regions, accounts, cell_state, owner, reason,"
		    " ticket, expires, state, cells) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_REQUESTS] =
		"INSERT INTO requests (run, operation, sent, retried, throttled) VALUES (?, ?, ?, ?, ?)"
		" ON CONFLICT (run, operation) DO UPDATE SET sent = sent + excluded.sent,"
		" retried = retried + excluded.retried, throttled = throttled + excluded.throttled",
	[SET_RUN] =
		"UPDATE runs SET state = ?, finished = ?, organization = ?, management_account = ?, caller = ?,"
		" interrupted = ?, could_not_start = ?, note = ?, sent = ifnull(sent, 0) + ?, retried = "
		"ifnull(retried, 0) + ?,"
		" throttled = ifnull(throttled, 0) + ?, connections = ifnull(connections, 0) + ?,"
		" bytes_received = ifnull(bytes_received, 0) + ?,"
		" most_in_flight = max(ifnull(most_in_flight, 0), ?), cells = ?, failing = ?, blind = ?,"
		" accepted = ?"
		" WHERE run = ? RETURNING sent, retried, throttled, connections, bytes_received, "
		"most_in_flight",
	[LATEST_RUN] = "SELECT run, id, state, started, meaning, organization, caller FROM runs"
		       " WHERE state = 'finished' OR" ASSESSED_SOMETHING LATEST_FIRST " LIMIT 1",
	[RESUME_RUN] = "UPDATE runs SET state = 'running', interrupted = NULL, could_not_start = 0, position ="
		       " max(" ORDER ", 1 + ifnull((SELECT max(ifnull(position, run)) FROM runs other"
		       "  WHERE other.run <> runs.run), 0)) WHERE run = ?",
	[IDENTIFY_RUN] = "UPDATE runs SET organization = ?, management_account = ?, caller = ? WHERE run = ?",
	[DROP_ACCOUNT] = "DELETE FROM accounts WHERE run = ? AND account = ?",
	[DROP_REGION] = "DELETE FROM regions WHERE run = ?1 AND region = ?2 AND NOT EXISTS"
			" (SELECT 1 FROM accounts JOIN cells USING (account) WHERE run = ?1 AND region = ?2)",
	[READ_CELL_REGIONS] = "SELECT region, name FROM cells JOIN regions USING (region) WHERE account = ?"
			      " ORDER BY name",
	[FIND_OLDEST] =
		"SELECT min(at) FROM (SELECT cells.at FROM cells JOIN accounts USING (account) WHERE run = ?1"
		" UNION ALL SELECT at FROM accounts WHERE run = ?1 AND is_done)",
	[FIND_ACCOUNT] = "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE run = ? AND id = ?",
	[COUNT_COVERED] = "SELECT exception, count(*) FROM findings JOIN accounts USING (account)"
			  " WHERE run = ? AND exception IS NOT NULL GROUP BY exception",
#define RUN_COLUMNS                                                                                            \
	"SELECT run, id, state, started, finished, partition, organization, management_account, caller,"       \
	" interrupted, note, sent, retried, throttled, connections, bytes_received, shard,"                    \
	" could_not_start, NOT" ASSESSED_SOMETHING ", meaning, most_in_flight, array FROM runs "
	[LIST_RUNS] = "SELECT id, state, started, finished, cells, failing, blind, sent, organization, shard, "
		      "meaning,"
		      " interrupted, could_not_start, NOT" ASSESSED_SOMETHING
		      ", run, accepted, array FROM runs ORDER BY " ORDER ", runs.run",
	/* A cell has its account's default state unless it is recorded. */
	[READ_SCOPE] = "SELECT (SELECT count(*) FROM accounts WHERE run = ?1 AND rest <> 'skipped'), columns,"
		       " columns * (SELECT count(*) FROM accounts WHERE run = ?1 AND rest = 'skipped')"
		       " + ifnull(sum((state = 'skipped') - (rest = 'skipped')), 0),"
		       " ifnull(max(NOT complete AND state IN (" EXAMINED ")), 0),"
		       " (SELECT group_concat(id || severity) FROM (SELECT id, severity FROM controls"
		       " WHERE run = ?1 ORDER BY id)),"
		       " (SELECT count(*) FROM accounts WHERE run = ?1 AND rest NOT IN ('skipped', " EXAMINED
		       ") AND NOT EXISTS (SELECT 1 FROM cells CROSS JOIN regions USING (region)"
		       " WHERE cells.account = accounts.account AND shown AND state IN (" EXAMINED "))"
		       " AND (rest IN (" ACCEPTABLE ") OR EXISTS (SELECT 1 FROM cells CROSS JOIN regions"
		       " USING (region) WHERE cells.account = accounts.account AND shown"
		       " AND state IN (" ACCEPTABLE "))))"
		       " FROM (SELECT count(*) AS columns FROM regions WHERE run = ?1 AND shown)"
		       " LEFT JOIN (SELECT rest, state, complete FROM accounts CROSS JOIN cells USING (account)"
		       " CROSS JOIN regions USING (region) WHERE accounts.run = ?1 AND shown)",
	[READ_HISTORY] =
		"SELECT started, cells, failing, blind, cells - CAST(round(cells * coalesce((SELECT"
		" avg(rest = 'skipped') FROM accounts WHERE accounts.run = latest.run), 0)) AS INTEGER),"
		" latest.run, state = 'finished', latest.id,"
		" (SELECT count(*) FROM accounts WHERE accounts.run = latest.run AND rest <> 'skipped'),"
		" (SELECT count(*) FROM regions WHERE regions.run = latest.run AND shown),"
		" (SELECT group_concat(id || severity) FROM (SELECT controls.id, severity FROM controls"
		" WHERE controls.run = latest.run ORDER BY controls.id)), meaning"
		" FROM (SELECT runs.*, " ORDER " AS at FROM runs"
		" JOIN (SELECT " ORDER " AS last, shard AS of FROM runs WHERE run = ?1)"
		" WHERE at <= last AND cells IS NOT NULL AND shard IS of AND" ASSESSED_SOMETHING
		" ORDER BY at DESC, run DESC LIMIT ?2) AS latest ORDER BY at, run",
	[PRUNE_RUNS] =
		"DELETE FROM runs WHERE run NOT IN (SELECT run FROM runs" LATEST_FIRST " LIMIT ?1)"
		" AND run NOT IN (SELECT run FROM runs WHERE" ASSESSED_SOMETHING LATEST_FIRST " LIMIT ?1)",
	[FIND_RUN] = RUN_COLUMNS "WHERE id = ?",
	[LAST_RUN] = RUN_COLUMNS LATEST_FIRST " LIMIT 1",
	[RUN_BEFORE] = RUN_COLUMNS
	"JOIN (SELECT run AS latest, shard AS of FROM runs" LATEST_FIRST " LIMIT 1)"
	" WHERE runs.run <> latest AND shard IS of AND" ASSESSED_SOMETHING LATEST_FIRST " LIMIT 1",
#undef RUN_COLUMNS
	[ROWS_ACCOUNT] = "SELECT id FROM accounts WHERE account = ?",
	[ROWS_CELLS] =
		"SELECT region, name, state, beneath, complete, resources, failing, exempt, unknown, worst,"
		" reason, request_id, at FROM cells JOIN regions USING (region) WHERE account = ?"
		" ORDER BY region",
	[ROWS_RESOURCES] = "SELECT region, number, type, id, arn, tags, relations, observed FROM resources"
			   " WHERE account = ? ORDER BY region, number",
	[ROWS_FINDINGS] =
		"SELECT region, number, control, verdict, severity, reason, evidence, exception, request_id, at"
		" FROM findings WHERE account = ? ORDER BY region, number, control",
	[ROWS_ACCOUNTS] = "SELECT " ACCOUNT_COLUMNS ", digest FROM accounts WHERE run = ? ORDER BY account",
	/* Not a join: SQLite would sort all cells of the run, which the primary key has in order. */
	[ROWS_RUN_CELLS] = "SELECT account, region, state, beneath, complete, resources, failing, exempt,"
			   " unknown, worst FROM cells WHERE account IN"
			   " (SELECT account FROM accounts WHERE run = ?) ORDER BY account, region",
	[ROWS_REGIONS] = "SELECT region, name, shown FROM regions WHERE run = ? ORDER BY region",
	[ROWS_CONTROLS] = "SELECT id, severity FROM controls WHERE run = ? ORDER BY id",
	[ROWS_EXCEPTIONS] = "SELECT name, control, account, region, resource, tag, owner, reason, ticket,"
			    " expires, state, findings FROM exceptions WHERE run = ? ORDER BY name",
	[ROWS_GAPS] = "SELECT name, regions, accounts, cell_state, owner, reason, ticket, expires, state, cells"
		      " FROM gaps WHERE run = ? ORDER BY name",
	[ROWS_REQUESTS] = "SELECT operation, sent, retried, throttled FROM requests WHERE run = ?"
			  " ORDER BY operation",
	[ROWS_RUN] = "SELECT run, id, state, started, finished, meaning, partition, organization,"
		     " management_account, caller, interrupted, note, sent, retried, throttled, connections,"
		     " bytes_received, cells, failing, blind, shard, could_not_start, position, contents,"
		     " accepted, most_in_flight, array, (SELECT group_concat(part) FROM (SELECT shard || ' ' "
		     "|| id || ' ' || "
		     "store AS part"
		     " FROM parts WHERE parts.run = runs.run ORDER BY shard)) FROM runs WHERE run = ?",
	[SET_ACCOUNT_DIGEST] = "UPDATE accounts SET digest = ? WHERE account = ?",
	[SET_RUN_CONTENTS] = "UPDATE runs SET contents = ? WHERE run = ?",
	[SET_RUN_DIGEST] = "UPDATE runs SET digest = ? WHERE run = ?",
	[FIND_ACCOUNT_DIGEST] = "SELECT digest FROM accounts WHERE account = ?",
	[FIND_RUN_CONTENTS] = "SELECT contents FROM runs WHERE run = ?",
	[LIST_RUN_DIGESTS] = "SELECT run, digest, contents, state FROM runs ORDER BY run",
	[LIST_ACCOUNTS] = "SELECT account FROM accounts WHERE run = ? ORDER BY account",
};

/* ---- errors ---- */

const char *store_hint_for(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return "the disk is full\n  Fix: free space, or name another file with --db";
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return "it is not writable\n  Fix: correct its owner and permissions, or name another file "
		       "with --db";
	case SQLITE_CANTOPEN:
		return "it cannot be opened\n  Fix: correct the permissions of its directory, or name another "
		       "file with --db";
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return "the file is damaged or no store, or a copy that was made while a scan wrote it\n  Fix: "
		       "move "
		       "it away, or name another file with --db";
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "another program holds it\n  Fix: try again when that is done";
	case SQLITE_IOERR:
		return "the disk does not work as it should, or is full";
	default:
		return "nothing was lost that was stored before";
	}
}

bool store_has_error(const struct store *store)
{
	int code = sqlite3_errcode(store->database) & 0xff;

	return code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE;
}

bool store_has_memory(struct store *store, bool has_memory)
{
	store->out_of_memory = store->out_of_memory || !has_memory;
	return has_memory;
}

bool store_fail(const struct store *store, const char *what, struct error *error)
{
	int code = sqlite3_extended_errcode(store->database);

	if (store->out_of_memory)
		return error_out_of_memory(error);
	return error_set(error, (code & 0xff) == SQLITE_NOMEM ? ERROR_MEMORY : ERROR_FILE,
			 "run store %s: cannot %s: %s; %s", store->path, what, sqlite3_errmsg(store->database),
			 store_hint_for(code));
}

/* ---- statements ---- */

sqlite3_stmt *store_use(struct store *store, enum statement which)
{
	sqlite3_stmt *statement = store->statements[which];

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return statement;
}

void store_bind_text(sqlite3_stmt *statement, int position, const char *text)
{
	sqlite3_bind_text(statement, position, text, -1, SQLITE_STATIC);
}

void store_bind_time(sqlite3_stmt *statement, int position, int64_t at)
{
	if (at > 0)
		sqlite3_bind_int64(statement, position, at);
}

bool store_done(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	while (code == SQLITE_ROW)
		code = sqlite3_step(statement);
	sqlite3_reset(statement);
	return code == SQLITE_DONE;
}

const char *store_text(sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}

const char *store_word(sqlite3_stmt *statement, int column)
{
	const char *text = store_text(statement, column);

	return text ? text : "";
}

const char *store_copy(struct arena *arena, sqlite3_stmt *statement, int column)
{
	return text_repair(arena_copy(arena, store_text(statement, column)));
}

const char *store_copy_word(struct arena *arena, sqlite3_stmt *statement, int column)
{
	return text_repair(arena_copy(arena, store_word(statement, column)));
}

bool store_execute(struct store *store, const char *sql)
{
	return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

bool store_write_begins(struct store *store)
{
	if (store->writing)
		return true;
	store->writing = store_execute(store, "BEGIN IMMEDIATE");
	store->began_ms = clock_monotonic_milliseconds();
	return store->writing;
}

bool store_prepare(struct store *store, struct error *error)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(store->database, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &store->statements[i], NULL) != SQLITE_OK)
			return store_fail(store, "prepare its statements", error);
	return true;
}

/* Readers may prevent a part of the checkpoint, which then follows at the next one. */
static bool bring_to_disk(struct store *store)
{
	int code = sqlite3_wal_checkpoint_v2(store->database, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	store->synced_ms = clock_monotonic_milliseconds();
	return code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

/* Without a log, each commit is synced to disk. */
static int64_t flush_after_ms(const struct store *store)
{
	return store->is_on_network ? SYNC_AFTER_MS : FLUSH_AFTER_MS;
}

bool store_join_log(struct store *store, struct error *error)
{
	return store_flush(store, true, error) &&
	       (sqlite3_wal_checkpoint_v2(store->database, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
			SQLITE_OK ||
		store_fail(store, "move its log into the file", error));
}

bool store_flush(struct store *store, bool at_once, struct error *error)
{
	int64_t now = clock_monotonic_milliseconds();

	if (!store)
		return true;
	if (store->failed)
		return error_set(error, ERROR_FILE, "%s", store->problem);
	if (!store->writing || (!at_once && now - store->began_ms < flush_after_ms(store)))
		return true;
	store->writing = false;
	if (store_execute(store, "COMMIT") &&
	    ((!at_once && now - store->synced_ms < SYNC_AFTER_MS) || bring_to_disk(store)))
		return true;
	store_fail(store, "write", error);
	store_execute(store, "ROLLBACK");
	return false;
}

/* Reports the first problem only. */
bool store_check_structure(struct store *store, const char *pragma, struct error *error)
{
	sqlite3_stmt *check = NULL;
	const char *said = NULL;
	bool good = false;

	if (sqlite3_prepare_v2(store->database, pragma, -1, &check, NULL) == SQLITE_OK &&
	    sqlite3_step(check) == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(check, 0);
	good = said && strcmp(said, "ok") == 0;
	if (!good && said)
		error_set(error, ERROR_FILE, "run store %s is damaged: %s; %s", store->path, said,
			  store_hint_for(SQLITE_CORRUPT));
	else if (!good)
		store_fail(store, "check it", error);
	sqlite3_finalize(check);
	return good;
}

bool store_check(struct store *store, struct error *error)
{
	return store_check_structure(store, "PRAGMA integrity_check(1)", error);
}
