/*
 * store.h - the run store: results on disk, and the state to resume a run after a crash.
 *
 * One SQLite file in WAL mode; docs/store.md documents its tables for other tools. A store belongs to one
 * thread. Writes are collected in a transaction that store_flush commits a few dozen times a second, which is
 * what a killed process loses. Once a second everything is synced to disk, which is what a power failure
 * loses. Only one process may write at a time: it holds an advisory lock on FILE.lock, which the kernel
 * releases when the process ends. The path ":memory:" is a temporary store.
 *
 * A run in which nothing was assessed is kept, so that an auditor sees that it failed, and why: the scan
 * could not start, or no account could be entered. It is marked (`assessed_nothing`, `could_not_start`). It
 * can be the latest run, but it is never the previous run, part of the history, or resumed, and it does not
 * count when old runs are pruned.
 *
 * A full disk, a foreign, newer, corrupt or read-only file is an error, and the file stays unchanged. Rows
 * have digests (digest.c), so damage on disk is an error as well, never a different result.
 */
#ifndef SCANNER_STORE_STORE_H
#define SCANNER_STORE_STORE_H

#include "base/buffer.h"
#include "base/error.h"
#include "scanner/matrix/matrix.h"

enum { STORE_SCHEMA = 9 /* PRAGMA user_version; older schemas are migrated, newer ones refused */ };

/* A NULL store keeps nothing: the matrix holds details in memory, and the run cannot be resumed. */
struct store;

/* NULL: the error is set. */
struct store *store_open(const char *path, struct error *error);
/*
 * Opens an existing store for reading, also while another process writes it, and also for a user who may
 * write neither the file nor its folder. Writes nothing. NULL: the error is set.
 */
struct store *store_open_to_read(const char *path, struct error *error);
/*
 * The same, and writes nothing beside a store that no scan has open, not even SQLite's shared memory. A store
 * that a scan begins to write meanwhile cannot be read.
 */
struct store *store_open_at_rest(const char *path, struct error *error);
/* Loses what is not flushed. NULL is allowed. */
void store_close(struct store *store);

/*
 * Starts a run of the matrix. From now on its details are written to the store and read from it.
 * `run_settings`: lines "setting = value" that must not change when the run is resumed.
 */
bool store_begin(struct store *store, struct matrix *matrix, const char *run_settings, struct error *error);
/* A run that did not finish. The caller's arena owns the texts. */
struct unfinished_run {
	int64_t number; /* run number in the store; 0: none */
	const char *id;
	int64_t started;
	const char *organization, *caller; /* NULL: none, or not known */
	const char *run_settings,
		*settings; /* settings with controls and exceptions, see settings_fingerprint.h */
};

/* Finds the latest run that assessed something, if it is not finished. Writes nothing. */
bool store_find_unfinished(struct store *store, struct arena *arena, struct unfinished_run *found,
			   struct error *error);
/* Resumes the run: the empty matrix gets its id and start time. */
bool store_resume(struct store *store, struct matrix *matrix, const struct unfinished_run *run,
		  struct error *error);
/* Stores organization and caller as soon as they are known, because resuming compares them. */
bool store_identify(struct store *store, const struct matrix *matrix, struct error *error);
/*
 * Recalls the stored cells of a new row. `*is_done`: the account needs no further scan. With `retry_blind`,
 * blind cells are scanned again. Nothing is recalled of a renamed account.
 */
bool store_recall(struct store *store, struct matrix *matrix, size_t row, bool retry_blind, bool *is_done,
		  struct error *error);
struct gone_accounts {
	struct buffer names; /* the first ones, separated by commas */
	size_t count, unnamed;
};

struct gone {
	struct gone_accounts left;         /* that are no longer in the matrix */
	struct gone_accounts out_of_scope; /* that are skipped now, and were not before */
};
/*
 * Before a resumed run is finished: restores the cells that this process did not scan, pending ones included,
 * as an earlier process left them. `of_all`: also of accounts that are not in the matrix, because the list of
 * accounts was incomplete.
 */
bool store_restore(struct store *store, struct matrix *matrix, bool of_all, struct error *error);
/*
 * In a resumed run: deletes the rows of removed accounts, and of cells that are not recorded in the matrix.
 * The caller frees the names.
 */
bool store_drop_gone(struct store *store, struct matrix *matrix, struct gone *gone, struct error *error);
/*
 * In a resumed run: counts the findings that each exception covers, over all processes; an expired one keeps
 * its count.
 */
bool store_recall_exceptions(struct store *store, struct exceptions *exceptions, struct error *error);
/* The time of the run's oldest assessment, in wall seconds; 0: none. */
bool store_find_oldest(struct store *store, int64_t *at, struct error *error);
/* To be called when all cells of the row are recorded. */
bool store_close_row(struct store *store, struct matrix *matrix, size_t row, struct error *error);

/* In place of a run's id: the previous run of the same shard that assessed something. */
#define STORE_RUN_BEFORE "-1"

/*
 * Loads a stored run, finished or not, into an empty matrix. `run` NULL: the latest one, which was started or
 * resumed last. For a run that is marked as running, `interrupted` tells whether a process still writes it.
 */
bool store_load(struct store *store, struct matrix *matrix, const char *run, struct error *error);

/*
 * Adds the totals of the latest runs up to this one that assessed something, at most 90, as the run's
 * history, for reports that need it: it verifies what it reads of each of them.
 */
bool store_read_history(struct store *store, struct matrix *matrix, struct error *error);

struct stored_run {
	int64_t number;
	const char *id, *state;    /* running, interrupted, finished */
	int64_t started, finished; /* wall seconds; 0: not yet */
	int64_t cells, failing, blind, requests;
	int64_t accepted; /* of the blind ones, the cells in accepted gaps */
	const char *organization;
	const char *shard; /* "2/4"; NULL: of all accounts */
	const char *array; /* the name that the parts of one scan share; NULL: none */
	const char *run_settings;
	const char *interrupted; /* why it ended early; NULL: it did not, or its process was killed */
	bool could_not_start, assessed_nothing; /* as in struct run */
};

/* Oldest first. The texts are valid until `take` returns. */
bool store_list_runs(struct store *store, void (*take)(void *context, const struct stored_run *run),
		     void *context, struct error *error);
struct run_scope {
	int64_t accounts, regions; /* in scope */
	int64_t skipped;           /* cells out of scope */
	bool has_partly;           /* a cell was assessed only in part */
	int64_t without_assessed;  /* accounts in scope of which nothing was assessed, but cells are blind */
	uint32_t controls;         /* a hash of the selected controls and their severities */
};

/* Reads and verifies all rows of the run `number`. */
bool store_read_scope(struct store *store, int64_t number, bool is_finished, struct run_scope *scope,
		      struct error *error);
/* False: the database is corrupt; the error describes the damage. */
bool store_check(struct store *store, struct error *error);

struct store_checked {
	size_t runs;
	size_t unsealed; /* runs without digests, see docs/store.md */
};

/* Also compares every row of every run with its digest. */
bool store_check_all(struct store *store, struct store_checked *checked, struct error *error);
/*
 * Keeps the latest `keep` runs and the latest `keep` that assessed something, and deletes the others, so that
 * runs that could not start do not displace good ones. Requires a store opened for writing.
 */
bool store_prune(struct store *store, int64_t keep, int64_t *dropped, struct error *error);

/* A store of a shard, or a folder, of which the stores are taken except the one to merge into. */
struct merge_source {
	const char *name;    /* for reasons and errors */
	const char *path;    /* of the local file */
	const char *problem; /* why there is no such file; NULL: it is opened */
};

struct merge_options {
	const char *path;                   /* the store to merge into */
	const struct merge_source *sources; /* in any order */
	size_t count;
	const char *array; /* only runs of this array; NULL: of the array whose part began last */
};

struct merge_result {
	/* Earlier runs that this one replaced: of the same parts, or of the same array and organization. */
	int replaced;
	const char *kept; /* such a run that was resumed since, and stays; NULL: none. In the matrix's arena */
};

/*
 * Merges the runs of an array (of runs without one: the latest, begun within half a day of each other) into a
 * new run of the store `path`, and loads it into an empty matrix; all of it, or nothing is written. What a
 * missing or unfinished shard did not scan is pending, with the reason; the merged run is then unfinished and
 * can be resumed. Returns the store that holds the run. NULL: the parts contradict each other (ERROR_USAGE), or
 * there is none, or the run cannot be written.
 */
struct store *store_merge(const struct merge_options *options, struct matrix *matrix,
			  struct merge_result *result, struct error *error);
/* Counts the stores whose run of the array, which must be named, is finished, and that no program writes any
 * more. False: the error is set. */
bool store_count_finished(const struct merge_options *options, size_t *finished, struct error *error);

/*
 * Commits the transaction when it is due; `at_once`: now, and synced to disk. False also when a detail could
 * not be written since.
 */
bool store_flush(struct store *store, bool at_once, struct error *error);
/*
 * Moves SQLite's log into the file, so that the file alone is the whole store, and may be copied. Nothing is
 * being read or written.
 */
bool store_join_log(struct store *store, struct error *error);
/*
 * Writes rows, columns and the run, after matrix_finish. The run is finished unless it is marked as
 * interrupted.
 */
bool store_finish(struct store *store, struct matrix *matrix, struct error *error);

#endif
