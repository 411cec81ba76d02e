/*
 * Accounts and regions get numbers of their own in each run, so that a cell costs a dozen bytes and an index
 * entry. Nothing is formatted into SQL: every statement is prepared once and bound.
 */
#include "scanner/matrix/store.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/span.h"
#include "scanner/matrix/json_memory.h"

enum {
	FLUSH_AFTER = 20 /* milliseconds */,
	SYNC_AFTER = 1000,
	BUSY_AFTER = 5000,
	APPLICATION_ID = 0x4e505453 /* "NPTS" */
};

static const char schema[] =
	"CREATE TABLE runs ("
	" run INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL"
	"  CHECK (state IN ('running', 'interrupted', 'finished')),"
	" started INTEGER NOT NULL, finished INTEGER, meaning TEXT NOT NULL, partition TEXT, organization TEXT,"
	" management_account TEXT, caller TEXT, interrupted TEXT, note TEXT, sent INTEGER, retried INTEGER,"
	" throttled INTEGER, connections INTEGER, bytes_received INTEGER, cells INTEGER, failing INTEGER, "
	"blind INTEGER"
	") STRICT;"
	"CREATE TABLE accounts ("
	" account INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, id TEXT NOT "
	"NULL,"
	" name TEXT, ou TEXT, status TEXT, rest TEXT NOT NULL, reason TEXT, request_id TEXT, at INTEGER,"
	" is_done INTEGER NOT NULL DEFAULT 0, UNIQUE (run, id)) STRICT;"
	"CREATE TABLE regions ("
	" region INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, name TEXT NOT "
	"NULL,"
	" shown INTEGER NOT NULL DEFAULT 0, UNIQUE (run, name)) STRICT;"
	"CREATE TABLE cells ("
	" account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
	" region INTEGER NOT NULL REFERENCES regions ON DELETE CASCADE,"
	" state TEXT NOT NULL, complete INTEGER NOT NULL, resources INTEGER NOT NULL, failing INTEGER NOT NULL,"
	" unknown INTEGER NOT NULL, worst INTEGER NOT NULL, reason TEXT, request_id TEXT, at INTEGER,"
	" PRIMARY KEY (account, region)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE resources ("
	" resource INTEGER PRIMARY KEY, account INTEGER NOT NULL, region INTEGER NOT NULL, type TEXT NOT NULL,"
	" id TEXT NOT NULL, arn TEXT, tags TEXT NOT NULL,"
	" FOREIGN KEY (account, region) REFERENCES cells ON DELETE CASCADE) STRICT;"
	"CREATE INDEX resources_of_cell ON resources (account, region);"
	"CREATE TABLE findings ("
	" resource INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE, control TEXT NOT NULL,"
	" verdict TEXT NOT NULL, severity TEXT NOT NULL, reason TEXT, evidence TEXT NOT NULL, exception TEXT,"
	" request_id TEXT, at INTEGER, PRIMARY KEY (resource, control)) STRICT, WITHOUT ROWID;";

enum statement {
	ADD_RUN,
	ADD_ACCOUNT,
	SET_ACCOUNT,
	ADD_REGION,
	SET_REGION,
	DROP_CELL,
	ADD_CELL,
	ADD_RESOURCE,
	ADD_FINDING,
	SET_RUN,
	LATEST_RUN,
	RESUME_RUN,
	FIND_ACCOUNT,
	READ_CELLS,
	READ_FINDINGS,
	STATEMENTS
};

static const char *const texts[STATEMENTS] = {
	[ADD_RUN] = "INSERT INTO runs (id, state, started, meaning, partition) VALUES (?, 'running', ?, ?, ?)",
	[ADD_ACCOUNT] = "INSERT INTO accounts (run, id, rest) VALUES (?, ?, 'pending')"
			" ON CONFLICT (run, id) DO UPDATE SET rest = rest RETURNING account",
	[SET_ACCOUNT] =
		"UPDATE accounts SET name = ?, ou = ?, status = ?, rest = ?, reason = ?, request_id = ?,"
		" at = ?, is_done = max(is_done, ?) WHERE account = ?",
	[ADD_REGION] = "INSERT INTO regions (run, name) VALUES (?, ?)"
		       " ON CONFLICT (run, name) DO UPDATE SET name = name RETURNING region",
	[SET_REGION] = "UPDATE regions SET shown = ? WHERE region = ?",
	[DROP_CELL] = "DELETE FROM cells WHERE account = ? AND region = ?",
	[ADD_CELL] = "INSERT INTO cells (account, region, state, complete, resources, failing, unknown, worst, "
		     "reason,"
		     " request_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_RESOURCE] =
		"INSERT INTO resources (account, region, type, id, arn, tags) VALUES (?, ?, ?, ?, ?, ?)",
	[ADD_FINDING] =
		"INSERT INTO findings (resource, control, verdict, severity, reason, evidence, request_id, at)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[SET_RUN] =
		"UPDATE runs SET state = ?, finished = ?, organization = ?, management_account = ?, caller = ?,"
		" interrupted = ?, note = ?, sent = ifnull(sent, 0) + ?, retried = ifnull(retried, 0) + ?,"
		" throttled = ifnull(throttled, 0) + ?, connections = ifnull(connections, 0) + ?,"
		" bytes_received = ifnull(bytes_received, 0) + ?, cells = ?, failing = ?, blind = ?"
		" WHERE run = ? RETURNING sent, retried, throttled, connections, bytes_received",
	[LATEST_RUN] = "SELECT run, id, state, started, meaning FROM runs ORDER BY run DESC LIMIT 1",
	[RESUME_RUN] = "UPDATE runs SET state = 'running', interrupted = NULL WHERE run = ?",
	[FIND_ACCOUNT] =
		"SELECT account, rest, reason, request_id, is_done FROM accounts WHERE run = ? AND id = ?",
	[READ_CELLS] = "SELECT name, state, complete, resources, failing, unknown, worst, reason, request_id, "
		       "at, shown"
		       " FROM cells JOIN regions USING (region) WHERE account = ?",
	[READ_FINDINGS] =
		"SELECT name, r.id, arn, tags, control, verdict, f.reason, evidence, f.request_id, f.at"
		" FROM resources r JOIN regions USING (region) JOIN findings f USING (resource)"
		" WHERE account = ? ORDER BY name, ifnull(arn, ''), r.id, control",
};

struct store {
	char *path;
	sqlite3 *database;
	sqlite3_stmt *statements[STATEMENTS];
	int lock; /* descriptor; -1: none */
	int64_t run;
	int64_t synced; /* monotonic milliseconds, when all was last brought to the disk */
	bool writing;   /* a transaction is open */
	int64_t began;  /* monotonic milliseconds, when it was opened */
	bool resumed;   /* an earlier program has written a part of the run */
	bool failed;    /* a detail could not be written */
	char problem[512];
	struct matrix_details details;
};

/* ---- errors ---- */

static const char *hint_for(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return "the disk is full; make room, or name another file with --db";
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return "it may not be written; check its owner and permissions, or name another file with --db";
	case SQLITE_CANTOPEN:
		return "check that the folder exists and may be written, or name another file with --db";
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return "the file is damaged or no store; move it away, or name another file with --db";
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "another program holds it; try again when that is done";
	case SQLITE_IOERR:
		return "the disk does not work as it should, or is full";
	default:
		return "nothing was lost that was stored before";
	}
}

static bool complain(const struct store *store, const char *what, struct error *error)
{
	int code = sqlite3_extended_errcode(store->database);

	return error_set(error, ERROR_FILE, "store %s: cannot %s: %s; %s", store->path, what,
			 sqlite3_errmsg(store->database), hint_for(code));
}

/* ---- statements ---- */

static sqlite3_stmt *use(struct store *store, enum statement which)
{
	sqlite3_stmt *statement = store->statements[which];

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return statement;
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
	sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

/* 0 is a time that never was. */
static void bind_time(sqlite3_stmt *statement, int place, int64_t at)
{
	if (at > 0)
		sqlite3_bind_int64(statement, place, at);
}

static bool done(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	while (code == SQLITE_ROW)
		code = sqlite3_step(statement);
	sqlite3_reset(statement);
	return code == SQLITE_DONE;
}

static const char *column_text(sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}

static bool execute(struct store *store, const char *sql)
{
	return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool write_begins(struct store *store)
{
	if (store->writing)
		return true;
	store->writing = execute(store, "BEGIN IMMEDIATE");
	store->began = clock_monotonic_milliseconds();
	return store->writing;
}

/* ---- opening ---- */

static int64_t pragma(struct store *store, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t value = -1;

	if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

static bool make_schema(struct store *store, struct error *error)
{
	char sql[160];

	snprintf(sql, sizeof sql, "PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT", STORE_SCHEMA,
		 APPLICATION_ID);
	if (execute(store, "BEGIN IMMEDIATE") && execute(store, schema) && execute(store, sql))
		return true;
	complain(store, "make its tables", error);
	execute(store, "ROLLBACK");
	return false;
}

/* Migrations go here, one step for each version that was: there has been one so far. */
static bool check_schema(struct store *store, struct error *error)
{
	int64_t version = pragma(store, "PRAGMA user_version"), tables;

	if (version < 0)
		return complain(store, "read it", error);
	tables = pragma(store, "SELECT count(*) FROM sqlite_schema");
	if (tables < 0)
		return complain(store, "read it", error);
	if (tables == 0 && version == 0)
		return make_schema(store, error);
	if (pragma(store, "PRAGMA application_id") != APPLICATION_ID)
		return error_set(
			error, ERROR_FILE,
			"store %s: it is a database, but not one of neptune-scan; name another file with --db",
			store->path);
	if (version > STORE_SCHEMA)
		return error_set(
			error, ERROR_FILE,
			"store %s: its schema %lld is newer than the %d that this program knows; use the newer "
			"neptune-scan, or name another file with --db",
			store->path, (long long)version, STORE_SCHEMA);
	return true;
}

/* Who holds it, as they said themselves. */
static bool refuse_second(const struct store *store, struct error *error)
{
	char holder[96] = "";
	ssize_t length = pread(store->lock, holder, sizeof holder - 1, 0);

	holder[length > 0 ? length : 0] = '\0';
	holder[strcspn(holder, "\n")] = '\0';
	return error_set(error, ERROR_FILE,
			 "store %s is in use by %s; wait until it is done, or name another file with --db",
			 store->path, holder[0] ? holder : "another neptune-scan");
}

static bool take_lock(struct store *store, struct error *error)
{
	struct buffer path = {0};
	char holder[96], now[CLOCK_ISO_SIZE];
	int length;

	if (strcmp(store->path, ":memory:") == 0)
		return true;
	buffer_print(&path, "%s.lock", store->path);
	store->lock = path.failed ? -1 : open(path.at, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	buffer_free(&path);
	if (store->lock < 0)
		return error_set(error, ERROR_FILE, "store %s: cannot open its lock: %s; %s", store->path,
				 strerror(errno), hint_for(SQLITE_CANTOPEN));
	if (flock(store->lock, LOCK_EX | LOCK_NB) != 0)
		return refuse_second(store, error);
	clock_format_iso(clock_wall_seconds(), now);
	length = snprintf(holder, sizeof holder, "process %ld, since %s\n", (long)getpid(), now);
	if (ftruncate(store->lock, 0) != 0 || pwrite(store->lock, holder, (size_t)length, 0) != length)
		return true; /* it is ours all the same; nobody will know by name */
	return true;
}

static bool prepare(struct store *store, struct error *error)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(store->database, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &store->statements[i], NULL) != SQLITE_OK)
			return complain(store, "prepare its statements", error);
	return true;
}

static bool open_database(struct store *store, struct error *error)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	if (!take_lock(store, error))
		return false;
	if (sqlite3_open_v2(store->path, &store->database, flags, NULL) != SQLITE_OK)
		return store->database ? complain(store, "open it", error) : error_out_of_memory(error);
	sqlite3_busy_timeout(store->database, BUSY_AFTER);
	if (sqlite3_db_readonly(store->database, "main") == 1)
		return error_set(error, ERROR_FILE, "store %s: %s", store->path, hint_for(SQLITE_READONLY));
	if (!execute(store,
		     "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		     "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 0"))
		return complain(store, "open it", error);
	return check_schema(store, error) && prepare(store, error);
}

static bool put_record(void *owner, struct matrix *matrix, size_t row, size_t column,
		       const struct cell_record *record);
static bool read_row(void *owner, const struct matrix *matrix, size_t row, struct cell_record *records,
		     struct arena *arena);

struct store *store_open(const char *path, struct error *error)
{
	struct store *store = calloc(1, sizeof *store);

	if (store) {
		store->lock = -1;
		store->path = strdup(path);
		store->details = (struct matrix_details){put_record, read_row, store};
	}
	if (!store || !store->path) {
		store_close(store);
		error_out_of_memory(error);
		return NULL;
	}
	if (open_database(store, error))
		return store;
	store_close(store);
	return NULL;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->database);
	if (store->lock >= 0)
		close(store->lock);
	free(store->path);
	free(store);
}

/* ---- beginning ---- */

static void attach(struct store *store, struct matrix *matrix)
{
	matrix->details = &store->details;
}

bool store_begin(struct store *store, struct matrix *matrix, const char *meaning, struct error *error)
{
	sqlite3_stmt *add;

	if (!store)
		return true;
	add = use(store, ADD_RUN);
	bind_text(add, 1, matrix->run.id);
	sqlite3_bind_int64(add, 2, matrix->run.started);
	bind_text(add, 3, meaning);
	bind_text(add, 4, matrix->run.partition);
	if (!write_begins(store) || !done(add))
		return complain(store, "begin a run", error);
	store->run = sqlite3_last_insert_rowid(store->database);
	attach(store, matrix);
	return store_flush(store, true, error);
}

/* The value of a setting among lines of "name = value". */
static struct span value_of(const char *meaning, struct span name)
{
	struct span rest = span_of(meaning), line;

	while (span_split(&rest, '\n', &line))
		if (line.length > name.length + 3 && memcmp(line.at, name.at, name.length) == 0 &&
		    memcmp(line.at + name.length, " = ", 3) == 0)
			return (struct span){line.at + name.length + 3, line.length - name.length - 3};
	return (struct span){"", 0};
}

/* Every line that is not the same. */
static bool refuse_meaning(const struct store *store, const char *id, const char *before, const char *now,
			   struct error *error)
{
	struct span rest = span_of(now), line;
	struct buffer text = {0};

	while (span_split(&rest, '\n', &line)) {
		struct span name = line, was, is;
		const char *equals = line.length > 0 ? memmem(line.at, line.length, " = ", 3) : NULL;

		if (!equals)
			continue;
		name.length = (size_t)(equals - line.at);
		was = value_of(before, name);
		is = value_of(now, name);
		if (!span_same(was, is))
			buffer_print(&text,
				     "%s" SPAN_FORMAT " was \"" SPAN_FORMAT "\", now \"" SPAN_FORMAT "\"",
				     text.length ? "; " : "", SPAN_ARGUMENTS(name), SPAN_ARGUMENTS(was),
				     SPAN_ARGUMENTS(is));
	}
	error_set(error, ERROR_USAGE,
		  "run %s in store %s asked another question and cannot be resumed: %.700s; scan without "
		  "--resume for a "
		  "new run",
		  id, store->path, text.at ? text.at : "");
	buffer_free(&text);
	return false;
}

bool store_resume(struct store *store, struct matrix *matrix, const char *meaning, bool *resumed,
		  struct error *error)
{
	sqlite3_stmt *latest, *resume;
	bool same;
	int code;

	*resumed = false;
	if (!store)
		return error_set(error, ERROR_USAGE,
				 "nothing is stored, so nothing can be resumed; name a file with --db");
	latest = use(store, LATEST_RUN);
	resume = use(store, RESUME_RUN);
	code = sqlite3_step(latest);
	*resumed = code == SQLITE_ROW && strcmp(column_text(latest, 2), "finished") != 0;
	if (!*resumed) {
		sqlite3_reset(latest);
		return code == SQLITE_ROW || code == SQLITE_DONE ? store_begin(store, matrix, meaning, error)
								 : complain(store, "read its runs", error);
	}
	same = strcmp(column_text(latest, 4), meaning) == 0;
	if (!same)
		refuse_meaning(store, column_text(latest, 1), column_text(latest, 4), meaning, error);
	store->run = sqlite3_column_int64(latest, 0);
	matrix->run.id = arena_copy(&matrix->arena, column_text(latest, 1));
	matrix->run.started = sqlite3_column_int64(latest, 3);
	sqlite3_reset(latest);
	if (!same)
		return false;
	sqlite3_bind_int64(resume, 1, store->run);
	if (!write_begins(store) || !done(resume))
		return complain(store, "go on with a run", error);
	attach(store, matrix);
	store->resumed = true;
	return store_flush(store, true, error);
}

/* ---- writing ---- */

/* The number that an INSERT ... RETURNING gives. */
static int64_t returned(sqlite3_stmt *statement)
{
	int64_t key = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;

	return done(statement) || key == 0 ? key : 0;
}

static bool know_account(struct store *store, struct row *row)
{
	sqlite3_stmt *add;

	if (row->key)
		return true;
	add = use(store, ADD_ACCOUNT);
	sqlite3_bind_int64(add, 1, store->run);
	bind_text(add, 2, row->id);
	row->key = returned(add);
	return row->key != 0;
}

static bool know_region(struct store *store, struct column *column)
{
	sqlite3_stmt *add;

	if (column->key)
		return true;
	add = use(store, ADD_REGION);
	sqlite3_bind_int64(add, 1, store->run);
	bind_text(add, 2, column->region);
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
	sqlite3_stmt *add = use(store, ADD_RESOURCE);
	char *tags = dump_pairs(finding->tags);
	bool good;

	sqlite3_bind_int64(add, 1, account);
	sqlite3_bind_int64(add, 2, region);
	bind_text(add, 3, resource_kind_name(finding->control->applies_to));
	bind_text(add, 4, finding->resource_id);
	bind_text(add, 5, finding->resource_arn);
	bind_text(add, 6, tags);
	good = tags && done(add);
	free(tags);
	return good;
}

static bool put_finding(struct store *store, int64_t resource, const struct finding *finding)
{
	sqlite3_stmt *add = use(store, ADD_FINDING);
	char *evidence = dump_pairs(finding->evidence);
	bool good;

	sqlite3_bind_int64(add, 1, resource);
	bind_text(add, 2, finding->control->id);
	bind_text(add, 3, verdict_name(finding->verdict));
	bind_text(add, 4, severity_name(finding->control->severity));
	bind_text(add, 5, finding->reason);
	bind_text(add, 6, evidence);
	bind_text(add, 7, finding->request_id);
	bind_time(add, 8, finding->at);
	good = evidence && done(add);
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
	sqlite3_stmt *add = use(store, ADD_CELL);

	sqlite3_bind_int64(add, 1, account);
	sqlite3_bind_int64(add, 2, region);
	bind_text(add, 3, cell_state_name(record->state));
	sqlite3_bind_int(add, 4, record->complete);
	sqlite3_bind_int64(add, 5, record->resources);
	sqlite3_bind_int64(add, 6, record->failing);
	sqlite3_bind_int64(add, 7, summary->unknown);
	sqlite3_bind_int(add, 8, summary->worst);
	bind_text(add, 9, record->reason);
	bind_text(add, 10, record->request_id);
	bind_time(add, 11, record->at);
	return done(add);
}

/* Only an earlier program of the same run can have written it before. */
static bool drop_cell(struct store *store, int64_t account, int64_t region)
{
	sqlite3_stmt *drop;

	if (!store->resumed)
		return true;
	drop = use(store, DROP_CELL);
	sqlite3_bind_int64(drop, 1, account);
	sqlite3_bind_int64(drop, 2, region);
	return done(drop);
}

static bool put_record(void *owner, struct matrix *matrix, size_t row, size_t column,
		       const struct cell_record *record)
{
	struct store *store = owner;
	struct row *account = &matrix->rows[row];
	struct column *region = &matrix->columns[column];
	struct error error;

	if (store->failed)
		return false;
	if (write_begins(store) && know_account(store, account) && know_region(store, region) &&
	    drop_cell(store, account->key, region->key) &&
	    put_cell(store, account->key, region->key, &account->cells[column], record) &&
	    put_findings(store, account->key, region->key, record->findings) && !json_memory_failed())
		return true;
	if (json_memory_failed())
		error_out_of_memory(&error);
	else
		complain(store, "write a cell", &error);
	snprintf(store->problem, sizeof store->problem, "%.500s", error.text);
	store->failed = true;
	return false;
}

static bool put_account(struct store *store, struct row *row, bool is_done)
{
	sqlite3_stmt *set;

	if (!know_account(store, row))
		return false;
	set = use(store, SET_ACCOUNT);
	bind_text(set, 1, row->name);
	bind_text(set, 2, row->ou);
	bind_text(set, 3, row->status);
	bind_text(set, 4, cell_state_name(row->rest));
	bind_text(set, 5, row->reason);
	bind_text(set, 6, row->request_id);
	bind_time(set, 7, row->at);
	sqlite3_bind_int(set, 8, is_done);
	sqlite3_bind_int64(set, 9, row->key);
	return done(set);
}

bool store_settle(struct store *store, struct matrix *matrix, size_t row, struct error *error)
{
	return !store || (write_begins(store) && put_account(store, &matrix->rows[row], true)) ||
	       complain(store, "write an account", error);
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
	if (execute(store, "COMMIT") &&
	    ((!at_once && now - store->synced < SYNC_AFTER) || bring_to_disk(store)))
		return true;
	complain(store, "write", error);
	execute(store, "ROLLBACK");
	return false;
}

static bool put_region(struct store *store, struct column *column)
{
	sqlite3_stmt *set;

	if (!know_region(store, column))
		return false;
	set = use(store, SET_REGION);
	sqlite3_bind_int(set, 1, column->shown);
	sqlite3_bind_int64(set, 2, column->key);
	return done(set);
}

/* What is counted is added to what the run had before it was resumed; the sums go back into the matrix. */
static bool put_run(struct store *store, struct run *run, const struct totals *totals)
{
	uint64_t *const counts[] = {&run->sent, &run->retried, &run->throttled, &run->connections,
				    &run->bytes_received};
	sqlite3_stmt *set = use(store, SET_RUN);
	size_t blind = 0;

	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		blind += cell_state_facts(state)->looked_at ? 0 : totals->by_state[state];
	bind_text(set, 1, run->interrupted ? "interrupted" : "finished");
	bind_time(set, 2, run->finished);
	bind_text(set, 3, run->organization);
	bind_text(set, 4, run->management_account);
	bind_text(set, 5, run->caller);
	bind_text(set, 6, run->interrupted);
	bind_text(set, 7, run->note);
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
	return done(set);
}

bool store_finish(struct store *store, struct matrix *matrix, struct error *error)
{
	struct totals totals = matrix_totals(matrix);
	bool good;

	if (!store)
		return true;
	good = write_begins(store);

	for (size_t i = 0; good && i < matrix->row_count; i++)
		good = put_account(store, &matrix->rows[i], false);
	for (size_t i = 0; good && i < matrix->column_count; i++)
		good = put_region(store, &matrix->columns[i]);
	good = good && put_run(store, &matrix->run, &totals);
	if (!good && !store->failed)
		return complain(store, "write the run", error);
	return store_flush(store, true, error);
}

/* ---- reading ---- */

static size_t column_named(const struct matrix *matrix, const char *region)
{
	size_t column = 0;

	while (column < matrix->column_count && strcmp(matrix->columns[column].region, region) != 0)
		column++;
	return column;
}

/* The last member first, as they were put. */
static struct pair *read_pairs(const char *text, struct arena *arena)
{
	json_t *object = json_loads(text ? text : "", 0, NULL), *value;
	struct pair *first = NULL, **last = &first;
	const char *name;

	json_object_foreach(object, name, value)
	{
		struct pair *pair = arena_take(arena, sizeof *pair);

		if (!pair)
			break;
		pair->name = arena_copy(arena, name);
		pair->value = arena_copy(arena, json_string_value(value));
		*last = pair;
		last = &pair->next;
	}
	json_decref(object);
	return first;
}

static const struct control *control_named(const struct matrix *matrix, const char *id)
{
	for (const struct control **control = matrix->selected; control && *control; control++)
		if (strcmp((*control)->id, id) == 0)
			return *control;
	return NULL;
}

static enum verdict verdict_named(const char *name)
{
	return strcmp(name, verdict_name(VERDICT_PASS)) == 0   ? VERDICT_PASS
	       : strcmp(name, verdict_name(VERDICT_FAIL)) == 0 ? VERDICT_FAIL
							       : VERDICT_UNKNOWN;
}

static enum cell_state state_named(const char *name)
{
	enum cell_state state = 0;

	while (state < CELL_STATE_COUNT && strcmp(cell_state_name(state), name) != 0)
		state++;
	return state < CELL_STATE_COUNT ? state : CELL_ERROR;
}

static struct finding *read_finding(const struct matrix *matrix, sqlite3_stmt *row, struct arena *arena)
{
	const struct control *control = control_named(matrix, column_text(row, 4));
	struct finding *finding = control ? arena_take(arena, sizeof *finding) : NULL;

	if (!finding)
		return NULL;
	*finding = (struct finding){
		.control = control,
		.resource_id = arena_copy(arena, column_text(row, 1)),
		.resource_arn = arena_copy(arena, column_text(row, 2)),
		.tags = read_pairs(column_text(row, 3), arena),
		.verdict = verdict_named(column_text(row, 5)),
		.reason = arena_copy(arena, column_text(row, 6)),
		.evidence = read_pairs(column_text(row, 7), arena),
		.request_id = arena_copy(arena, column_text(row, 8)),
		.at = sqlite3_column_int64(row, 9),
	};
	return finding;
}

static bool read_findings(struct store *store, const struct matrix *matrix, int64_t account,
			  struct cell_record *records, struct arena *arena)
{
	sqlite3_stmt *find = use(store, READ_FINDINGS);
	struct finding *nobody = NULL, **last = &nobody;
	size_t before = SIZE_MAX;
	int code;

	sqlite3_bind_int64(find, 1, account);
	while ((code = sqlite3_step(find)) == SQLITE_ROW) {
		size_t column = column_named(matrix, column_text(find, 0));
		struct finding *finding = read_finding(matrix, find, arena);

		if (!finding || column == matrix->column_count)
			continue;
		if (column != before)
			last = &records[column].findings;
		before = column;
		*last = finding;
		last = &finding->next;
	}
	sqlite3_reset(find);
	return code == SQLITE_DONE && !arena->failed;
}

static bool read_row(void *owner, const struct matrix *matrix, size_t row, struct cell_record *records,
		     struct arena *arena)
{
	struct store *store = owner;
	sqlite3_stmt *find = use(store, READ_CELLS);
	int code;

	sqlite3_bind_int64(find, 1, matrix->rows[row].key);
	while ((code = sqlite3_step(find)) == SQLITE_ROW) {
		size_t column = column_named(matrix, column_text(find, 0));

		if (column == matrix->column_count)
			continue;
		records[column].reason = arena_copy(arena, column_text(find, 7));
		records[column].request_id = arena_copy(arena, column_text(find, 8));
		records[column].at = sqlite3_column_int64(find, 9);
	}
	sqlite3_reset(find);
	return code == SQLITE_DONE && !arena->failed &&
	       read_findings(store, matrix, matrix->rows[row].key, records, arena);
}

/* A cell that is asked again is not recalled. */
static bool recall_cells(struct store *store, struct matrix *matrix, size_t row, bool retry_blind,
			 bool *any_blind)
{
	sqlite3_stmt *find = use(store, READ_CELLS);
	int code;

	sqlite3_bind_int64(find, 1, matrix->rows[row].key);
	while ((code = sqlite3_step(find)) == SQLITE_ROW) {
		struct cell_summary summary = {.state = (uint8_t)state_named(column_text(find, 1)),
					       .complete = sqlite3_column_int(find, 2) != 0,
					       .resources = (uint32_t)sqlite3_column_int64(find, 3),
					       .failing = (uint32_t)sqlite3_column_int64(find, 4),
					       .unknown = (uint32_t)sqlite3_column_int64(find, 5),
					       .worst = (uint8_t)sqlite3_column_int(find, 6)};
		size_t column;

		if (summary.state == CELL_PENDING || (retry_blind && !summary.complete)) {
			*any_blind = true;
			continue;
		}
		column = matrix_add_column(matrix, column_text(find, 0));
		if (summary.state != CELL_DISABLED)
			matrix_show_column(matrix, column);
		matrix_recall(matrix, row, column, &summary);
	}
	sqlite3_reset(find);
	return code == SQLITE_DONE;
}

bool store_recall(struct store *store, struct matrix *matrix, size_t row, bool retry_blind, bool *is_done,
		  struct error *error)
{
	sqlite3_stmt *find = use(store, FIND_ACCOUNT);
	struct row *account = &matrix->rows[row];
	bool any_blind = false, blind_rest;
	enum cell_state rest;
	int code;

	*is_done = false;
	sqlite3_bind_int64(find, 1, store->run);
	bind_text(find, 2, account->id);
	code = sqlite3_step(find);
	if (code != SQLITE_ROW) {
		sqlite3_reset(find);
		return code == SQLITE_DONE || complain(store, "read an account", error);
	}
	account->key = sqlite3_column_int64(find, 0);
	rest = state_named(column_text(find, 1));
	*is_done = sqlite3_column_int(find, 4) != 0;
	blind_rest = !cell_state_facts(rest)->looked_at;
	if (*is_done && !(retry_blind && blind_rest))
		matrix_set_rest(matrix, row, rest, column_text(find, 2), column_text(find, 3));
	sqlite3_reset(find);
	if (!recall_cells(store, matrix, row, retry_blind, &any_blind))
		return complain(store, "read cells", error);
	*is_done = *is_done && !any_blind && rest != CELL_PENDING && !(retry_blind && blind_rest);
	return true;
}
