/*
 * Accounts and regions get numbers of their own in each run, so that a cell costs a dozen bytes and an index
 * entry.
 */
#include "scanner/matrix/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/span.h"
#include "scanner/matrix/store_parts.h"

enum { BUSY_AFTER = 5000 /* milliseconds */, APPLICATION_ID = 0x4e505453 /* "NPTS" */ };

static const char schema[] =
	"CREATE TABLE runs ("
	" run INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL"
	"  CHECK (state IN ('running', 'interrupted', 'finished')),"
	" started INTEGER NOT NULL, finished INTEGER, meaning TEXT NOT NULL, partition TEXT, organization TEXT,"
	" management_account TEXT, caller TEXT, interrupted TEXT, note TEXT, sent INTEGER, retried INTEGER,"
	" throttled INTEGER, connections INTEGER, bytes_received INTEGER, cells INTEGER, failing INTEGER, "
	"blind INTEGER, shard TEXT"
	") STRICT;"
	"CREATE TABLE accounts ("
	" account INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, id TEXT NOT "
	"NULL,"
	" name TEXT, ou TEXT, status TEXT, rest TEXT NOT NULL, reason TEXT, request_id TEXT, at INTEGER,"
	" is_done INTEGER NOT NULL DEFAULT 0, organization TEXT, note TEXT, UNIQUE (run, id)) STRICT;"
	"CREATE TABLE regions ("
	" region INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, name TEXT NOT "
	"NULL,"
	" shown INTEGER NOT NULL DEFAULT 0, UNIQUE (run, name)) STRICT;"
	"CREATE TABLE cells ("
	" account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
	" region INTEGER NOT NULL,"
	" state TEXT NOT NULL, beneath TEXT NOT NULL, complete INTEGER NOT NULL, resources INTEGER NOT NULL, "
	"failing INTEGER NOT NULL,"
	" exempt INTEGER NOT NULL, unknown INTEGER NOT NULL, worst INTEGER NOT NULL, reason TEXT, request_id "
	"TEXT,"
	" at INTEGER, PRIMARY KEY (account, region)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE resources ("
	" account INTEGER NOT NULL, region INTEGER NOT NULL, number INTEGER NOT NULL, type TEXT NOT NULL,"
	" id TEXT NOT NULL, arn TEXT, tags TEXT NOT NULL, relations TEXT NOT NULL, observed TEXT,"
	" PRIMARY KEY (account, region, number),"
	" FOREIGN KEY (account, region) REFERENCES cells ON DELETE CASCADE) STRICT, WITHOUT ROWID;"
	"CREATE TABLE findings ("
	" account INTEGER NOT NULL, region INTEGER NOT NULL, number INTEGER NOT NULL, control TEXT NOT NULL,"
	" verdict TEXT NOT NULL, severity TEXT NOT NULL, reason TEXT, evidence TEXT NOT NULL, exception TEXT,"
	" request_id TEXT, at INTEGER, PRIMARY KEY (account, region, number, control),"
	" FOREIGN KEY (account, region, number) REFERENCES resources ON DELETE CASCADE) STRICT, WITHOUT ROWID;"
	"CREATE TABLE controls ("
	" run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, id TEXT NOT NULL, severity TEXT NOT NULL,"
	" PRIMARY KEY (run, id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE exceptions ("
	" run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, name TEXT NOT NULL, control TEXT NOT NULL,"
	" account TEXT NOT NULL, region TEXT NOT NULL, resource TEXT NOT NULL, tag TEXT, owner TEXT NOT NULL,"
	" reason TEXT NOT NULL, ticket TEXT, expires TEXT NOT NULL, state TEXT NOT NULL, findings INTEGER NOT "
	"NULL,"
	" PRIMARY KEY (run, name)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE requests ("
	" run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, operation TEXT NOT NULL, sent INTEGER NOT "
	"NULL,"
	" retried INTEGER NOT NULL, throttled INTEGER NOT NULL, PRIMARY KEY (run, operation)) STRICT, WITHOUT "
	"ROWID;";

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
	if (store_execute(store, "BEGIN IMMEDIATE") && store_execute(store, schema) &&
	    store_execute(store, sql))
		return true;
	store_complain(store, "make its tables", error);
	store_execute(store, "ROLLBACK");
	return false;
}

/* From each version that was to the next. */
static const char *const migrations[STORE_SCHEMA] = {
	[1] = "ALTER TABLE accounts ADD COLUMN organization TEXT; ALTER TABLE resources ADD COLUMN observed "
	      "TEXT;",
	[2] = "ALTER TABLE runs ADD COLUMN shard TEXT;",
	[3] = "ALTER TABLE accounts ADD COLUMN note TEXT;",
};

/* All of it, or nothing. */
static bool migrate(struct store *store, int64_t version, struct error *error)
{
	char sql[80];
	bool good = store_execute(store, "BEGIN IMMEDIATE");

	for (int64_t step = version; good && step < STORE_SCHEMA; step++)
		good = migrations[step] && store_execute(store, migrations[step]);
	snprintf(sql, sizeof sql, "PRAGMA user_version = %d; COMMIT", STORE_SCHEMA);
	if (good && store_execute(store, sql))
		return true;
	store_complain(store, "bring its tables up to date", error);
	store_execute(store, "ROLLBACK");
	return false;
}

static bool check_schema(struct store *store, struct error *error)
{
	int64_t version = pragma(store, "PRAGMA user_version"), tables;

	if (version < 0)
		return store_complain(store, "read it", error);
	tables = pragma(store, "SELECT count(*) FROM sqlite_schema");
	if (tables < 0)
		return store_complain(store, "read it", error);
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
	return version == STORE_SCHEMA || migrate(store, version, error);
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
				 strerror(errno), store_hint_for(SQLITE_CANTOPEN));
	if (flock(store->lock, LOCK_EX | LOCK_NB) != 0)
		return refuse_second(store, error);
	clock_format_iso(clock_wall_seconds(), now);
	length = snprintf(holder, sizeof holder, "process %ld, since %s\n", (long)getpid(), now);
	if (ftruncate(store->lock, 0) != 0 || pwrite(store->lock, holder, (size_t)length, 0) != length)
		return true; /* it is ours all the same; nobody will know by name */
	return true;
}

static bool open_database(struct store *store, struct error *error)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	if (!take_lock(store, error))
		return false;
	if (sqlite3_open_v2(store->path, &store->database, flags, NULL) != SQLITE_OK)
		return store->database ? store_complain(store, "open it", error) : error_out_of_memory(error);
	sqlite3_busy_timeout(store->database, BUSY_AFTER);
	if (sqlite3_db_readonly(store->database, "main") == 1)
		return error_set(error, ERROR_FILE, "store %s: %s", store->path,
				 store_hint_for(SQLITE_READONLY));
	if (!store_execute(
		    store,
		    "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 0"))
		return store_complain(store, "open it", error);
	return check_schema(store, error) && store_prepare(store, error);
}

static bool is_older(struct store *store)
{
	int64_t version = pragma(store, "PRAGMA user_version");

	return pragma(store, "PRAGMA application_id") == APPLICATION_ID && version > 0 &&
	       version < STORE_SCHEMA;
}

static bool open_to_read(struct store *store, struct error *error)
{
	if (access(store->path, F_OK) != 0)
		return error_set(error, ERROR_USAGE,
				 "there is no store %s; scan first, or name another file with --db",
				 store->path);
	if (sqlite3_open_v2(store->path, &store->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return store->database ? store_complain(store, "open it", error) : error_out_of_memory(error);
	sqlite3_busy_timeout(store->database, BUSY_AFTER);
	if (pragma(store, "SELECT count(*) FROM sqlite_schema") == 0)
		return error_set(error, ERROR_USAGE, "store %s is empty: no run is in it", store->path);
	if (is_older(store)) { /* once it must be written to be read */
		sqlite3_close(store->database);
		store->database = NULL;
		return open_database(store, error);
	}
	return check_schema(store, error) && store_prepare(store, error);
}

static struct store *open_by(bool (*how)(struct store *, struct error *), const char *path, struct error *error)
{
	struct store *store = calloc(1, sizeof *store);

	if (store) {
		store->lock = -1;
		store->path = strdup(path);
		store->details = (struct matrix_details){store_put_record, store_read_row, store};
	}
	if (!store || !store->path) {
		store_close(store);
		error_out_of_memory(error);
		return NULL;
	}
	if (how(store, error))
		return store;
	store_close(store);
	return NULL;
}

struct store *store_open(const char *path, struct error *error)
{
	return open_by(open_database, path, error);
}

struct store *store_open_to_read(const char *path, struct error *error)
{
	return open_by(open_to_read, path, error);
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
	buffer_free(&store->text);
	free(store->path);
	free(store);
}

/* ---- beginning ---- */

static void attach(struct store *store, struct matrix *matrix)
{
	matrix->details = &store->details;
}

/*
 * A new run's rows are written parents first, and nothing of it is deleted: SQLite need not look up each one's
 * parent again.
 */
static bool trust_parents(struct store *store)
{
	return store_execute(store, "PRAGMA foreign_keys = OFF");
}

bool store_begin(struct store *store, struct matrix *matrix, const char *meaning, struct error *error)
{
	sqlite3_stmt *add;

	if (!store)
		return true;
	if (!trust_parents(store))
		return store_complain(store, "begin a run", error);
	add = store_use(store, ADD_RUN);
	store_bind_text(add, 1, matrix->run.id);
	sqlite3_bind_int64(add, 2, matrix->run.started);
	store_bind_text(add, 3, meaning);
	store_bind_text(add, 4, matrix->run.partition);
	store_bind_text(add, 5, matrix->run.shard);
	if (!store_write_begins(store) || !store_done(add))
		return store_complain(store, "begin a run", error);
	store->run = sqlite3_last_insert_rowid(store->database);
	if (!store_put_controls(store, matrix))
		return store_complain(store, "begin a run", error);
	attach(store, matrix);
	return store_flush(store, true, error);
}

/* Of a setting among lines of "name = value". False: there is no such line. */
static bool find_value(const char *meaning, struct span name, struct span *value)
{
	struct span rest = span_of(meaning), line;

	*value = (struct span){"", 0};
	while (span_split(&rest, '\n', &line)) {
		if (line.length < name.length + 3 || memcmp(line.at, name.at, name.length) != 0 ||
		    memcmp(line.at + name.length, " = ", 3) != 0)
			continue;
		*value = (struct span){line.at + name.length + 3, line.length - name.length - 3};
		return true;
	}
	return false;
}

static bool split_line(struct span line, struct span *name, struct span *value)
{
	const char *equals = line.length > 0 ? memmem(line.at, line.length, " = ", 3) : NULL;

	if (!equals)
		return false;
	*name = (struct span){line.at, (size_t)(equals - line.at)};
	*value = (struct span){equals + 3, line.length - name->length - 3};
	return true;
}

static void write_difference(struct span name, struct span was, struct span is, struct buffer *text)
{
	if (span_same(was, is))
		return;
	buffer_print(text, "%s" SPAN_FORMAT " was \"" SPAN_FORMAT "\", now \"" SPAN_FORMAT "\"",
		     text->length ? "; " : "", SPAN_ARGUMENTS(name), SPAN_ARGUMENTS(was), SPAN_ARGUMENTS(is));
}

void store_tell_differences(const char *before, const char *now, struct buffer *text)
{
	struct span rest = span_of(now), line, name, was, is;

	while (span_split(&rest, '\n', &line)) {
		if (!split_line(line, &name, &is))
			continue;
		find_value(before, name, &was);
		write_difference(name, was, is, text);
	}
	rest = span_of(before);
	while (span_split(&rest, '\n', &line))
		if (split_line(line, &name, &was) && !find_value(now, name, &is))
			write_difference(name, was, is, text);
}

static bool refuse_meaning(const struct store *store, const char *id, const char *before, const char *now,
			   struct error *error)
{
	struct buffer text = {0};

	store_tell_differences(before, now, &text);
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
	latest = store_use(store, LATEST_RUN);
	resume = store_use(store, RESUME_RUN);
	code = sqlite3_step(latest);
	*resumed = code == SQLITE_ROW && strcmp(store_text(latest, 2), "finished") != 0;
	if (!*resumed) {
		sqlite3_reset(latest);
		return code == SQLITE_ROW || code == SQLITE_DONE
			       ? store_begin(store, matrix, meaning, error)
			       : store_complain(store, "read its runs", error);
	}
	same = strcmp(store_text(latest, 4), meaning) == 0;
	if (!same)
		refuse_meaning(store, store_text(latest, 1), store_text(latest, 4), meaning, error);
	store->run = sqlite3_column_int64(latest, 0);
	matrix->run.id = arena_copy(&matrix->arena, store_text(latest, 1));
	matrix->run.started = sqlite3_column_int64(latest, 3);
	sqlite3_reset(latest);
	if (!same)
		return false;
	sqlite3_bind_int64(resume, 1, store->run);
	if (!store_write_begins(store) || !store_done(resume))
		return store_complain(store, "go on with a run", error);
	attach(store, matrix);
	store->resumed = true;
	return store_flush(store, true, error);
}
