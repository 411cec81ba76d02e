/*
 * store_parts.h - what the files of the store share: store_open.c opens it, store.c begins runs and resumes
 * them, store_sql.c talks to SQLite, store_write.c writes, store_read.c and store_load.c read, store_runs.c
 * lists, store_merge.c joins. No other file includes it.
 */
#ifndef SCANNER_MATRIX_STORE_PARTS_H
#define SCANNER_MATRIX_STORE_PARTS_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "scanner/matrix/store.h"

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
	READ_CELLS,
	READ_FINDINGS,
	COUNT_COVERED,
	LIST_RUNS,
	PRUNE_RUNS,
	READ_HISTORY,
	FIND_RUN,
	LAST_RUN,
	RUN_BEFORE,
	READ_CONTROLS,
	READ_REGIONS,
	READ_ACCOUNTS,
	READ_RUN_CELLS,
	READ_REQUESTS,
	READ_EXCEPTIONS,
	STATEMENTS
};

struct store {
	char *path;
	char *uri; /* of the file, as SQLite opened it */
	sqlite3 *database;
	sqlite3_stmt *statements[STATEMENTS];
	int lock; /* descriptor; -1: none */
	/* Of a file that may not be written: read without a lock, see store_open.c. */
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
	struct buffer text; /* JSON that is about to be bound */
	struct matrix_details details;
};

/* Who writes it, if anybody does. */
enum store_writer {
	STORE_WRITER_NONE,
	STORE_WRITER_THERE,   /* then `holder` says who */
	STORE_WRITER_UNKNOWN, /* the lock may not be read */
};

enum { STORE_HOLDER = 96 };

enum store_writer store_writer(const struct store *store, char holder[static STORE_HOLDER]);
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
/* Of all programs that worked on the run. */
bool store_read_requests(struct store *store, struct matrix *matrix);
/* The lines of settings_fingerprint.h for a run's controls and exceptions. */
bool store_add_settings(struct store *store, int64_t run, struct buffer *text);
bool store_put_controls(struct store *store, const struct matrix *matrix);
bool store_put_exceptions(struct store *store, const struct exceptions *exceptions);
const char *store_text(sqlite3_stmt *statement, int column);

/* For struct matrix_details. */
bool store_put_record(void *owner, struct matrix *matrix, size_t row, size_t column,
		      const struct cell_record *record);
bool store_read_row(void *owner, const struct matrix *matrix, size_t row, struct cell_record *records,
		    struct arena *arena);

#endif
