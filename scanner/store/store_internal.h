/*
 * store_internal.h - what the files of the store share: open.c opens it, file.c has its lock, store.c begins
 * and resumes runs, sql.c talks to SQLite, write.c writes, read.c and load.c read, requests.c does both of
 * request counts, digest.c tells whether what is read is what was written, runs.c lists runs, merge.c joins
 * shards. No other file includes it.
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
	PRUNE_RUNS,
	READ_HISTORY,
	FIND_RUN,
	LAST_RUN,
	RUN_BEFORE,
	/* Lists of rows, read by digest.c alone, and what they add up to. */
	ROWS_ACCOUNT,
	ROWS_CELLS,
	ROWS_RESOURCES,
	ROWS_FINDINGS,
	ROWS_ACCOUNTS,
	ROWS_RUN_CELLS,
	ROWS_REGIONS,
	ROWS_CONTROLS,
	ROWS_EXCEPTIONS,
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
	char *uri; /* of the file, as SQLite opened it */
	sqlite3 *database;
	sqlite3_stmt *statements[STATEMENTS];
	int lock; /* descriptor; -1: none */
	/* Of a file that may not be written: read without a lock, see open.c. */
	bool is_unlocked, index_in_memory;
	bool is_copy; /* of an older schema, brought up to date */
	struct stat as_opened;
	int64_t run;
	int64_t synced; /* monotonic milliseconds, when all was last brought to the disk */
	bool writing;   /* a transaction is open */
	int64_t began;  /* monotonic milliseconds, when it was opened */
	bool resumed;   /* an earlier program has written a part of the run */
	bool failed;    /* a detail could not be written */
	char problem[512];
	struct buffer text;                 /* JSON that is about to be bound */
	struct matrix_details details;      /* of the run that is written */
	struct matrix_details read_details; /* of runs that are loaded */
};

/* Who writes it, if anybody does. */
enum store_writer {
	STORE_WRITER_NONE,
	STORE_WRITER_THERE,   /* then `holder` says who */
	STORE_WRITER_UNKNOWN, /* the lock may not be read */
};

enum { STORE_HOLDER = 96 };

enum store_writer store_writer(const struct store *store, char holder[static STORE_HOLDER]);
bool store_take_lock(struct store *store, struct error *error);
/* The size of the file with this suffix; -1: there is none. */
int64_t store_size_beside(const struct store *store, const char *suffix);
bool store_has_log(const struct store *store);
/* Is it still what it was when it was opened? Asked after reading, where no lock is held. */
bool store_is_unchanged(const struct store *store, struct error *error);

/* What to do about an SQLite result code. */
const char *store_hint_for(int code);
bool store_prepare(struct store *store, struct error *error);
/* What SQLite says was wrong, with what to do about it. */
bool store_complain(const struct store *store, const char *what, struct error *error);
/* A statement, ready to be bound. */
sqlite3_stmt *store_use(struct store *store, enum statement which);
void store_bind_text(sqlite3_stmt *statement, int place, const char *text);
/* 0 is a time that never was. */
void store_bind_time(sqlite3_stmt *statement, int place, int64_t at);
/* Runs it to its end. */
bool store_done(sqlite3_stmt *statement);
bool store_execute(struct store *store, const char *sql);
/* Opens a transaction, if none is. */
bool store_write_begins(struct store *store);
enum cell_state store_state_named(const char *name);
/* Its eight columns from `first` on. */
struct cell_summary store_read_summary(sqlite3_stmt *row, int first);
struct store_requests {
	struct arena *arena;
	struct request_count *items;
	size_t count;
};

/* One more, of ROWS_REQUESTS. */
bool store_take_request(struct store_requests *requests, sqlite3_stmt *row);
bool store_put_requests(struct store *store, const struct run *run);
/* Of all programs that worked on the run. */
bool store_read_requests(struct store *store, struct matrix *matrix);
/* The lines of settings_fingerprint.h for a run's controls and exceptions. */
bool store_add_settings(struct store *store, int64_t run, struct buffer *text);
/* Before something is written of it, or dropped. */
bool store_unseal(struct store *store, struct row *row);
bool store_put_controls(struct store *store, const struct matrix *matrix);
bool store_put_exceptions(struct store *store, const struct exceptions *exceptions);
/* NULL is NULL. */
const char *store_text(sqlite3_stmt *statement, int column);
/* NULL, which the schema does not allow there, is "": the file may be another's, or damaged. */
const char *store_word(sqlite3_stmt *statement, int column);
/* The same, copied, and what is no UTF-8 replaced. NULL is also no memory, which the arena remembers. */
const char *store_copy(struct arena *arena, sqlite3_stmt *statement, int column);
const char *store_copy_word(struct arena *arena, sqlite3_stmt *statement, int column);

/* ---- digest.c ---- */

/* Of what is written by now. Break a seal before what it is of changes. */
bool store_seal_account(struct store *store, int64_t account);
bool store_break_account_seal(struct store *store, int64_t account);
bool store_seal_run(struct store *store);
bool store_break_run_seal(struct store *store);

/* A row of one of the lists, SUM_... False: no further, there is no memory. */
typedef bool store_take_row(void *userdata, enum statement list, sqlite3_stmt *row);

/* Rows without a digest: the owner's. False: they could not all be read. */
bool store_read_list(struct store *store, enum statement list, int64_t owner, store_take_row *take,
		     void *userdata);

enum store_seal {
	STORE_SEAL_WHOLE,
	STORE_SEAL_NONE,
	STORE_SEAL_DAMAGED, /* or could not all be read; what was taken must be dropped */
};

/* ROWS_ACCOUNT, ROWS_CELLS, ROWS_RESOURCES, ROWS_FINDINGS, each in its order. `take` NULL: they are only
 * checked. */
enum store_seal store_read_account(struct store *store, int64_t account, store_take_row *take, void *userdata);
/* Of store->run: ROWS_REGIONS, ROWS_ACCOUNTS, ROWS_RUN_CELLS, ROWS_CONTROLS, ROWS_EXCEPTIONS, ROWS_REQUESTS. */
bool store_read_contents(struct store *store, bool is_finished, store_take_row *take, void *userdata,
			 struct error *error);
/* The table of runs: before any of them is read. */
bool store_check_runs(struct store *store, struct error *error);
/* All of a run, and its accounts. */
bool store_check_run(struct store *store, int64_t run, bool is_finished, struct error *error);
/* By a pragma of SQLite that says "ok", or what is broken. */
bool store_check_structure(struct store *store, const char *pragma, struct error *error);
bool store_complain_of_damage(const struct store *store, const char *what, struct error *error);

/* For struct matrix_details. */
bool store_put_record(void *owner, struct matrix *matrix, size_t row, size_t column,
		      const struct cell_record *record);
bool store_read_row(void *owner, const struct matrix *matrix, size_t row, struct cell_record *records,
		    struct arena *arena);

#endif
