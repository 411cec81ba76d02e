/*
 * store_internal.h - shared by the files of the store, and private to them: open.c opens files, file.c locks
 * them, file_system.c knows where they lie, store.c starts and resumes runs, sql.c executes SQL, write.c writes
 * rows, read.c and load.c read them, requests.c reads and writes request counts, digest.c verifies rows, runs.c
 * lists runs, merge_parts.c finds shards, merge.c merges them.
 */
#ifndef SCANNER_STORE_STORE_INTERNAL_H
#define SCANNER_STORE_STORE_INTERNAL_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "scanner/store/store.h"

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
	ADD_CONTROL,
	ADD_EXCEPTION,
	ADD_GAP,
	ADD_REQUESTS,
	SET_RUN,
	LATEST_RUN,
	RESUME_RUN,
	IDENTIFY_RUN,
	DROP_ACCOUNT,
	DROP_REGION,
	READ_CELL_REGIONS,
	FIND_OLDEST,
	FIND_ACCOUNT,
	COUNT_COVERED,
	LIST_RUNS,
	READ_SCOPE,
	PRUNE_RUNS,
	READ_HISTORY,
	FIND_RUN,
	LAST_RUN,
	RUN_BEFORE,
	/* Lists of rows and their digests, used by digest.c alone. */
	ROWS_ACCOUNT,
	ROWS_CELLS,
	ROWS_RESOURCES,
	ROWS_FINDINGS,
	ROWS_ACCOUNTS,
	ROWS_RUN_CELLS,
	ROWS_REGIONS,
	ROWS_CONTROLS,
	ROWS_EXCEPTIONS,
	ROWS_GAPS,
	ROWS_REQUESTS,
	ROWS_RUN,
	SET_ACCOUNT_DIGEST,
	SET_RUN_CONTENTS,
	SET_RUN_DIGEST,
	FIND_ACCOUNT_DIGEST,
	FIND_RUN_CONTENTS,
	LIST_RUN_DIGESTS,
	LIST_ACCOUNTS,
	STATEMENTS
};

struct store {
	char *path;
	sqlite3 *database;
	sqlite3_stmt *statements[STATEMENTS];
	int lock; /* descriptor; -1: none */
	/* For a file that may not be written: read without a lock, see open.c. */
	bool is_unlocked, index_in_memory;
	bool is_on_network; /* of the file system; see open.c */
	struct stat as_opened;
	int64_t run;
	int64_t synced_ms;  /* when everything was last synced to disk; monotonic */
	bool writing;       /* a transaction is open */
	int64_t began_ms;   /* when that transaction began; monotonic */
	bool resumed;       /* an earlier process has written a part of the run */
	bool failed;        /* a detail could not be written */
	bool out_of_memory; /* see store_has_memory */
	char problem[512];
	struct buffer text;                 /* JSON that will be bound */
	struct matrix_details details;      /* of the run that is being written */
	struct matrix_details read_details; /* of loaded runs */
};

/* Whether another process writes the store. */
enum store_writer {
	STORE_WRITER_NONE,
	STORE_WRITER_THERE,   /* `holder` names it */
	STORE_WRITER_UNKNOWN, /* the lock cannot be read */
};

enum { STORE_HOLDER = 96 };

enum store_writer store_writer(const struct store *store, char holder[static STORE_HOLDER]);
bool store_take_lock(struct store *store, struct error *error);
/* The size of the file with this suffix; -1: it does not exist. */
int64_t store_size_beside(const struct store *store, const char *suffix);
bool store_has_log(const struct store *store);
/* Without a lock: checks after reading that the file did not change. False: it did; the error is set. */
bool store_is_unchanged(const struct store *store, struct error *error);

/* ---- file_system.c ---- */

/* True: statfs's f_type is that of a network file system. */
bool store_is_network_type(uint32_t type);
/* True: the file lies, or would lie, on one. */
bool store_is_on_network(const char *path);
/* True: the file exists, and SQLite reads it in WAL mode. */
bool store_is_in_wal_mode(const char *path);

/* Advice for an SQLite result code. */
const char *store_hint_for(int code);
bool store_prepare(struct store *store, struct error *error);
/* SQLite's last call failed. */
bool store_has_error(const struct store *store);
/*
 * Remembers for store_fail that memory ran out, which SQLite does not report of other allocations, and forgets
 * of its own with the next call. Returns `has_memory`.
 */
bool store_has_memory(struct store *store, bool has_memory);
/* Sets the error to SQLite's message, with advice, or to the lack of memory that was remembered. Returns false.
 */
bool store_fail(const struct store *store, const char *what, struct error *error);
/* A prepared statement, ready to be bound. */
sqlite3_stmt *store_use(struct store *store, enum statement which);
void store_bind_text(sqlite3_stmt *statement, int position, const char *text);
/* Binds NULL for a time of 0. */
void store_bind_time(sqlite3_stmt *statement, int position, int64_t at);
/* Executes the statement. False: failed. */
bool store_done(sqlite3_stmt *statement);
bool store_execute(struct store *store, const char *sql);
/* Begins a transaction, unless one is open. */
bool store_write_begins(struct store *store);
/* Adds the run, as store->run, in a transaction that stays open. */
bool store_add_run(struct store *store, const struct matrix *matrix, const char *run_settings,
		   struct error *error);
enum cell_state store_state_named(const char *name);
/* Reads the eight columns from `first` on. */
struct cell_summary store_read_summary(sqlite3_stmt *row, int first);
struct store_requests {
	struct arena *arena;
	struct request_count *items;
	size_t count;
};

/* Adds a row of ROWS_REQUESTS. */
bool store_take_request(struct store_requests *requests, sqlite3_stmt *row);
bool store_put_requests(struct store *store, const struct run *run);
/* Over all processes of the run. */
bool store_read_requests(struct store *store, struct matrix *matrix);
/* Appends the fingerprint of a run's controls and exceptions (settings_fingerprint.h). */
bool store_add_settings(struct store *store, int64_t run, struct buffer *text);
/* To be called before rows of the account are written or deleted. */
bool store_unseal(struct store *store, struct row *row);
bool store_put_controls(struct store *store, const struct matrix *matrix);
bool store_put_exceptions(struct store *store, const struct exceptions *exceptions);
/* With what each gap covers in the matrix. */
bool store_put_gaps(struct store *store, const struct matrix *matrix);
/* NULL for NULL. */
const char *store_text(sqlite3_stmt *statement, int column);
/* "" for NULL, which the schema does not allow there, but a foreign or damaged file may contain. */
const char *store_word(sqlite3_stmt *statement, int column);
/* Copies in the arena, with invalid UTF-8 replaced. NULL also when out of memory (arena->failed). */
const char *store_copy(struct arena *arena, sqlite3_stmt *statement, int column);
const char *store_copy_word(struct arena *arena, sqlite3_stmt *statement, int column);

/* ---- digest.c ---- */

/* Writes the digest of the rows as they are stored. Break the seal before they change. */
bool store_seal_account(struct store *store, int64_t account);
bool store_break_account_seal(struct store *store, int64_t account);
bool store_seal_run(struct store *store);
bool store_break_run_seal(struct store *store);

/* Receives a row of a list. False: out of memory, stop. */
typedef bool store_take_row(void *userdata, enum statement list, sqlite3_stmt *row);

/* Reads the owner's rows without a digest. False: not all could be read. */
bool store_read_list(struct store *store, enum statement list, int64_t owner, store_take_row *take,
		     void *userdata);

enum store_seal {
	STORE_SEAL_WHOLE,
	STORE_SEAL_NONE,
	STORE_SEAL_DAMAGED, /* or not readable; the caller must drop what it received */
};

/*
 * Reads ROWS_ACCOUNT, ROWS_CELLS, ROWS_RESOURCES, ROWS_FINDINGS, each in its order, all from one snapshot.
 * `take` NULL: only verifies. The error, which may be NULL, is set with STORE_SEAL_DAMAGED.
 */
enum store_seal store_read_account(struct store *store, int64_t account, store_take_row *take, void *userdata,
				   struct error *error);
/*
 * Reads, for store->run, ROWS_REGIONS, ROWS_ACCOUNTS, ROWS_RUN_CELLS, ROWS_CONTROLS, ROWS_EXCEPTIONS,
 * ROWS_REQUESTS.
 */
bool store_read_contents(struct store *store, bool is_finished, store_take_row *take, void *userdata,
			 struct error *error);
/* Verifies the rows of all runs. To be called before a run is read. */
bool store_check_runs(struct store *store, struct error *error);
/* Verifies a run with its accounts. */
bool store_check_run(struct store *store, int64_t run, bool is_finished, struct error *error);
/* The same without the rows below its accounts. */
bool store_check_contents(struct store *store, int64_t run, bool is_finished, struct error *error);
/* Executes a pragma of SQLite that returns "ok" or a description of the damage. */
bool store_check_structure(struct store *store, const char *pragma, struct error *error);

/*
 * An object of a column as a list, whose members keep their order; NULL: none, or no JSON. When memory runs
 * out, the list ends and `arena->failed` is set.
 */
struct pair *store_read_pairs(const char *text, struct arena *arena);
struct relation *store_read_relations(const char *text, struct arena *arena);

/* Callbacks of struct matrix_details. */
bool store_put_record(void *owner, struct matrix *matrix, size_t row, size_t column,
		      const struct cell_record *record);
bool store_read_row(void *owner, const struct matrix *matrix, size_t row, struct cell_record *records,
		    struct arena *arena);

#endif
