/*
 * Opens the file of a store for writing or reading.
 *
 * A writer holds FILE.lock. A reader writes nothing, and needs no permission to:
 *   - beside a writer, or after one was killed, it uses SQLite's shared memory, which may be read-only;
 *   - a file at rest whose shared memory cannot be created is opened as "immutable";
 *   - a file with a log (FILE-wal) but without shared memory, such as a copy, is opened with an index of the
 *     log in this process's memory.
 *
 * On a network file system, a store is written in SQLite's rollback mode, and locked as long as it is open for
 * writing: then no shared memory is needed, and each commit is synced to disk. A store in WAL mode that was
 * copied there is read in the third or the second way.
 *
 * Readers without shared memory take no lock, so the file is checked for changes afterwards (sqlite.org,
 * "Write-Ahead Logging", sections 4 and 7; "URI filenames"). Tables of an older schema are migrated in a
 * temporary copy.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "scanner/store/store_internal.h"

enum { BUSY_TIMEOUT_MS = 5000, APPLICATION_ID = 0x4e505453 /* "NPTS" */ };

extern const char store_schema[]; /* schema.sql */
extern const char store_migration_02[], store_migration_03[], store_migration_04[], store_migration_05[],
	store_migration_06[], store_migration_07[], store_migration_08[], store_migration_09[];

/* migrations/NN.sql migrates schema NN - 1 to NN. */
static const char *const migrations[STORE_SCHEMA + 1] = {
	[2] = store_migration_02, [3] = store_migration_03, [4] = store_migration_04, [5] = store_migration_05,
	[6] = store_migration_06, [7] = store_migration_07, [8] = store_migration_08, [9] = store_migration_09,
};

/* ---- tables ---- */

/* The number of one row; any is possible in a file that this program did not write. */
static bool read_number(struct store *store, const char *sql, int64_t *number)
{
	sqlite3_stmt *statement = NULL;
	bool good = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK &&
		    sqlite3_step(statement) == SQLITE_ROW;

	if (good)
		*number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return good;
}

static bool make_schema(struct store *store, struct error *error)
{
	char sql[160];

	snprintf(sql, sizeof sql, "PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT", STORE_SCHEMA,
		 APPLICATION_ID);
	if (store_execute(store, "BEGIN IMMEDIATE") && store_execute(store, store_schema) &&
	    store_execute(store, sql))
		return true;
	store_fail(store, "make its tables", error);
	store_execute(store, "ROLLBACK");
	return false;
}

/* In one transaction. */
static bool migrate(struct store *store, int64_t version, struct error *error)
{
	char sql[80];
	bool good = store_execute(store, "BEGIN IMMEDIATE");

	for (int64_t next = version + 1; good && next <= STORE_SCHEMA; next++)
		good = migrations[next] && store_execute(store, migrations[next]);
	snprintf(sql, sizeof sql, "PRAGMA user_version = %d; COMMIT", STORE_SCHEMA);
	if (good && store_execute(store, sql))
		return true;
	store_fail(store, "bring its tables up to date", error);
	store_execute(store, "ROLLBACK");
	return false;
}

/* The version of the schema; 0: an empty file, -1: not usable, and the error is set. */
static int64_t schema_of(struct store *store, struct error *error)
{
	int64_t version, tables, application;

	if (!read_number(store, "PRAGMA user_version", &version) ||
	    !read_number(store, "SELECT count(*) FROM sqlite_schema", &tables) ||
	    !read_number(store, "PRAGMA application_id", &application)) {
		store_fail(store, "read it", error);
	} else if (tables == 0 && version == 0) {
		return 0;
	} else if (application != APPLICATION_ID || version <= 0) {
		error_set(error, ERROR_FILE,
			  "run store %s: it is a database, but not one of neptune-scan\n  Fix: name another "
			  "file with --db",
			  store->path);
	} else if (version > STORE_SCHEMA) {
		error_set(error, ERROR_FILE,
			  "run store %s: its schema %lld is newer than the %d that this program knows\n  Fix: "
			  "use the newer "
			  "neptune-scan, or name another file with --db",
			  store->path, (long long)version, STORE_SCHEMA);
	} else {
		return version;
	}
	return -1;
}

/* ---- the file ---- */

/* `options`: empty, or "?NAME=VALUE". SQLite parses the name as a URI, so special characters are escaped. */
static char *uri_of(const char *path, const char *options)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:";
	struct buffer uri = {0};

	buffer_text(&uri, path[0] == '/' && path[1] == '/' ? "file://" : "file:");
	for (const char *c = path; *c; c++) {
		if (strchr(plain, *c))
			buffer_append(&uri, c, 1);
		else
			buffer_print(&uri, "%%%02x", (unsigned char)*c);
	}
	buffer_text(&uri, options);
	if (!uri.failed)
		return uri.at;
	buffer_deinit(&uri);
	return NULL;
}

static bool open_file(struct store *store, int flags, const char *options, struct error *error)
{
	char *uri = uri_of(store->path, options);
	int code;

	if (!uri)
		return error_out_of_memory(error);
	sqlite3_close(store->database);
	store->database = NULL;
	code = sqlite3_open_v2(uri, &store->database, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	free(uri);
	if (code != SQLITE_OK)
		return store->database ? store_fail(store, "open it", error) : error_out_of_memory(error);
	sqlite3_busy_timeout(store->database, BUSY_TIMEOUT_MS);
	return true;
}

/* ---- writing ---- */

/*
 * Creates the file for its owner only, whatever the umask, because it lists what is not encrypted. Errors are
 * left to SQLite, which reports them when it opens the file.
 */
static void make_file(const struct store *store)
{
	int file = -1;

	if (strcmp(store->path, ":memory:") != 0)
		file = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file >= 0)
		close(file);
}

/* The locking mode comes first: it decides whether a file in WAL mode is opened with shared memory. */
static bool set_journal(struct store *store)
{
	return store_execute(store,
			     store->is_on_network
				     ? "PRAGMA main.locking_mode = EXCLUSIVE; PRAGMA main.journal_mode = DELETE"
				     : "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
}

static bool open_database(struct store *store, struct error *error)
{
	int64_t version;

	if (!store_take_lock(store, error))
		return false;
	make_file(store);
	if (!open_file(store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "", error))
		return false;
	if (sqlite3_db_readonly(store->database, "main") == 1)
		return error_set(error, ERROR_FILE, "run store %s: %s", store->path,
				 store_hint_for(SQLITE_READONLY));
	if (!set_journal(store) ||
	    !store_execute(store, "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;"
				  "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192"))
		return store_fail(store, "open it", error);
	version = schema_of(store, error);
	return version >= 0 &&
	       (version == STORE_SCHEMA ||
		(version == 0 ? make_schema(store, error) : migrate(store, version, error))) &&
	       store_prepare(store, error);
}

/* ---- reading ---- */

static bool can_read(struct store *store)
{
	int64_t tables;

	return read_number(store, "SELECT count(*) FROM sqlite_schema", &tables);
}

/*
 * Shared memory that another user than the file's owner creates belongs to that user, and would lock out the
 * next writer.
 */
static bool may_make_shared_memory(const struct store *store)
{
	struct stat status;

	return stat(store->path, &status) == 0 && access(store->path, W_OK) == 0 &&
	       (geteuid() == 0 /* SQLite gives root's files to the owner */ || geteuid() == status.st_uid);
}

/* Opens with SQLite's locks. */
static bool open_shared(struct store *store, struct error *error)
{
	if (!store_is_in_wal_mode(store->path))
		return open_file(store, SQLITE_OPEN_READONLY, "?mode=ro", error) && can_read(store);
	return !store->is_on_network &&
	       (may_make_shared_memory(store) || store_size_beside(store, "-shm") >= 0) &&
	       open_file(store, SQLITE_OPEN_READONLY, "?mode=ro", error) && can_read(store);
}

static bool is_unwritable(const struct store *store)
{
	int code = store->database ? sqlite3_errcode(store->database) & 0xff : SQLITE_READONLY;

	return code == SQLITE_READONLY || code == SQLITE_CANTOPEN;
}

/* Opens without creating or writing any file. */
static bool open_unwritable(struct store *store, struct error *error)
{
	if (store_size_beside(store, "-journal") > 0)
		return error_set(
			error, ERROR_FILE,
			"run store %s: a program was killed while it wrote it, and the file must be repaired\n"
			"  Fix: neptune-scan scan --resume, or another command that may write it",
			store->path);
	store->index_in_memory = store_has_log(store);
	store->is_unlocked = true;
	if (stat(store->path, &store->as_opened) != 0)
		return error_set(error, ERROR_FILE, "run store %s: %s", store->path, strerror(errno));
	return open_file(store, SQLITE_OPEN_READONLY,
			 store->index_in_memory ? "?mode=ro&vfs=unix-none" : "?mode=ro&immutable=1", error) &&
	       (!store->index_in_memory || store_execute(store, "PRAGMA locking_mode = EXCLUSIVE") ||
		store_fail(store, "open it", error));
}

/* The copy is a temporary database, which SQLite deletes. */
static bool copy_and_migrate(struct store *store, int64_t version, struct error *error)
{
	sqlite3 *copy = NULL;
	sqlite3_backup *backup = NULL;
	bool good = sqlite3_open_v2("", &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
				    NULL) == SQLITE_OK;

	if (good)
		backup = sqlite3_backup_init(copy, "main", store->database, "main");
	good = backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
	good = sqlite3_backup_finish(backup) == SQLITE_OK && good;
	if (!good) {
		error_set(error, ERROR_FILE,
			  "run store %s: its schema is %lld, not %d, and no copy can be made to read it: %s\n"
			  "  Fix: neptune-scan scan, which brings it up to date",
			  store->path, (long long)version, STORE_SCHEMA,
			  copy ? sqlite3_errmsg(copy) : "out of memory");
		sqlite3_close(copy);
		return false;
	}
	sqlite3_close(store->database);
	store->database = copy;
	return migrate(store, version, error);
}

static bool check_access(const struct store *store, struct error *error)
{
	if (access(store->path, F_OK) != 0)
		return error_set(
			error, ERROR_USAGE,
			"run store %s does not exist\n  Fix: scan first, or name another file with --db",
			store->path);
	if (access(store->path, R_OK) != 0)
		return error_set(error, ERROR_FILE,
				 "run store %s cannot be read: %s\n  Fix: correct its owner and permissions",
				 store->path, strerror(errno));
	return true;
}

static bool begin_reading(struct store *store, struct error *error)
{
	int64_t version = schema_of(store, error);

	if (version == 0)
		return error_set(error, ERROR_USAGE, "run store %s is empty\n  Fix: neptune-scan scan",
				 store->path);
	return version > 0 && (version == STORE_SCHEMA || copy_and_migrate(store, version, error)) &&
	       store_prepare(store, error) && store_is_unchanged(store, error);
}

static bool open_to_read(struct store *store, struct error *error)
{
	return check_access(store, error) &&
	       (open_shared(store, error) || !is_unwritable(store) || open_unwritable(store, error)) &&
	       begin_reading(store, error);
}

static bool open_at_rest(struct store *store, struct error *error)
{
	char holder[STORE_HOLDER];

	if (store_size_beside(store, "-wal") >= 0 || store_size_beside(store, "-journal") >= 0 ||
	    store_writer(store, holder) == STORE_WRITER_THERE)
		return open_to_read(store, error);
	return check_access(store, error) && open_unwritable(store, error) && begin_reading(store, error);
}

/* Checked before any file is created: opening a pipe would block, and a device cannot hold a database. */
static bool is_irregular(const struct store *store, struct error *error)
{
	const char *problem =
		strcmp(store->path, ":memory:") == 0 ? NULL : files_what_is_irregular(store->path);

	if (problem)
		error_set(error, ERROR_FILE, "run store %s: %s\n  Fix: name another file with --db",
			  store->path, problem);
	return problem;
}

static struct store *open_by(bool (*how)(struct store *, struct error *), const char *path, struct error *error)
{
	struct store *store = calloc(1, sizeof *store);

	if (store) {
		store->lock = -1;
		store->path = strdup(path);
		store->is_on_network = store_is_on_network(path);
	}
	if (!store || !store->path) {
		store_close(store);
		error_out_of_memory(error);
		return NULL;
	}
	if (!is_irregular(store, error) && how(store, error))
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

struct store *store_open_at_rest(const char *path, struct error *error)
{
	return open_by(open_at_rest, path, error);
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
	buffer_deinit(&store->text);
	free(store->path);
	free(store);
}
