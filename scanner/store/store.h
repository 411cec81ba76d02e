/*
 * store.h - runs on disk: what was found, and what is needed to go on after a crash.
 *
 * One SQLite file in WAL mode; docs/store.md describes its tables for those who ask it with tools of their own.
 * A store belongs to one thread. Writing collects in a transaction that store_flush ends a few dozen times a
 * second: a killed program loses that much. Once a second all is brought to the disk: a power failure loses
 * that much. One program at a time may write: an advisory lock on FILE.lock says who it is, and ends with it
 * however it ends. The path
 * ":memory:" is gone with the program.
 *
 * A run in which nothing was assessed is kept, so that an auditor sees that the night failed, and why: the scan
 * could not start, or no account let it in. It is marked (`assessed_nothing`, `could_not_start`); it is the
 * latest run for who asks for that, and never the one before, of the history, or to go on with; and it counts
 * for nothing when old runs are dropped.
 *
 * A full disk, a file that is not ours, newer than us, corrupt or read-only: an error that says so, and what
 * was there stays as it was. Rows carry digests (store_digest.c): what was damaged on the disk is an error,
 * too, and never another result.
 */
#ifndef SCANNER_STORE_STORE_H
#define SCANNER_STORE_STORE_H

#include "base/buffer.h"
#include "base/error.h"
#include "scanner/matrix/matrix.h"

enum { STORE_SCHEMA = 6 /* PRAGMA user_version; older ones are migrated, newer ones refused */ };

/* NULL is a store that keeps nothing: the matrix has its details in memory, and no run can be resumed. */
struct store;

/* NULL: the error says why. */
struct store *store_open(const char *path, struct error *error);
/*
 * A store that is there, to be read beside the program that writes it, also by a user who may write neither the
 * file nor its folder. Nothing is written. NULL: the error says why.
 */
struct store *store_open_to_read(const char *path, struct error *error);
/* What is not flushed is lost. */
void store_close(struct store *store);

/*
 * Begins a run of the matrix, whose details go to the store and come from it from now on. `run_settings`: lines
 * of "setting = value" that a run cannot change half way.
 */
bool store_begin(struct store *store, struct matrix *matrix, const char *run_settings, struct error *error);
/* A run that did not come to its end. Texts are in the arena of who asked. */
struct unfinished_run {
	int64_t number; /* in the store; 0: there is none */
	const char *id;
	int64_t started;
	const char *organization, *caller; /* NULL: none, or not known */
	const char *run_settings,
		*settings; /* settings: with controls and exceptions, see settings_fingerprint.h */
};

/* The latest run that assessed something, if it is not finished. Nothing is written. */
bool store_find_unfinished(struct store *store, struct arena *arena, struct unfinished_run *found,
			   struct error *error);
/* Goes on with it: the matrix, in which nothing is yet, gets its id and beginning. */
bool store_resume(struct store *store, struct matrix *matrix, const struct unfinished_run *run,
		  struct error *error);
/* Writes the organization and the caller as soon as they are known: who goes on after a crash compares them. */
bool store_identify(struct store *store, const struct matrix *matrix, struct error *error);
/*
 * What the run already knows of a new row: its settled cells, and whether nothing is left to do there. With
 * `retry_blind`, cells that nobody could look into are not settled. Of an account that was renamed it knows
 * nothing.
 */
bool store_recall(struct store *store, struct matrix *matrix, size_t row, bool retry_blind, bool *is_done,
		  struct error *error);
struct gone_accounts {
	struct buffer names; /* separated by commas: the first of them */
	size_t count, unnamed;
};

struct gone {
	struct gone_accounts left;         /* that the matrix does not have */
	struct gone_accounts out_of_scope; /* that are skipped by now, and were not before */
};
/*
 * Of a resumed run, before it is finished: what this program did not settle is as an earlier one left it, cells
 * that are pending too. `of_all`: also of accounts that the matrix does not have, because they could not all be
 * listed.
 */
bool store_restore(struct store *store, struct matrix *matrix, bool of_all, struct error *error);
/*
 * Of a resumed run: drops what an earlier program stored of accounts that are gone, and of cells that are not
 * recorded in the matrix. The caller frees the names.
 */
bool store_drop_gone(struct store *store, struct matrix *matrix, struct gone *gone, struct error *error);
/* Of a resumed run: how many findings each exception covers, by all programs; an expired one keeps its count.
 */
bool store_recall_exceptions(struct store *store, struct exceptions *exceptions, struct error *error);
/* When the oldest of what the run holds was assessed, in wall seconds; 0: nothing was. */
bool store_find_oldest(struct store *store, int64_t *at, struct error *error);
/* All of the row's cells are recorded, or none will be. */
bool store_close_row(struct store *store, struct matrix *matrix, size_t row, struct error *error);

/* Instead of a run's id: the latest one before the latest that assessed something, of the same shard. */
#define STORE_RUN_BEFORE "-1"

/*
 * Fills an empty matrix with a stored run, finished or not; NULL: the latest, which is the one that was begun
 * or resumed last. Of a run that is marked as running, `interrupted` says whether a program still writes it.
 */
bool store_load(struct store *store, struct matrix *matrix, const char *run, struct error *error);

/* The totals of the runs up to this one that assessed something become the run's history: at most
 * the latest 90. */
bool store_read_history(struct store *store, struct matrix *matrix, struct error *error);

struct stored_run {
	int64_t number;
	const char *id, *state;    /* running, interrupted, finished */
	int64_t started, finished; /* wall seconds; 0: not yet */
	int64_t cells, failing, blind, requests;
	const char *organization;
	const char *shard; /* "2/4"; NULL: of all accounts */
	const char *run_settings;
	const char *interrupted;                /* why it ended early; NULL: it did not, or was killed */
	bool could_not_start, assessed_nothing; /* as in struct run */
};

/* The oldest first. Texts live until `take` returns. */
bool store_list_runs(struct store *store, void (*take)(void *context, const struct stored_run *run),
		     void *context, struct error *error);
/* Is the file a whole database? False: the error says what is broken. */
bool store_check(struct store *store, struct error *error);

struct store_checked {
	size_t runs;
	size_t unsealed; /* of them: without digests, see docs/store.md */
};

/* The same, and every row of every run against its digest. */
bool store_check_all(struct store *store, struct store_checked *checked, struct error *error);
/*
 * Drops all but the latest `keep` runs, and the latest `keep` that assessed something: nights on which no scan
 * could start do not push the others out. Of a store that was opened to write.
 */
bool store_prune(struct store *store, int64_t keep, int64_t *dropped, struct error *error);

/*
 * Joins the latest runs of the stores of shards, in whatever order, into one new run of the store `path`, and
 * fills an empty matrix with it. They must be shards of one scan: different ones of as many, with the same
 * settings, of one organization, begun within half a day. What an absent or unfinished one did not scan is
 * pending; the run is unfinished then, and can be resumed. The store that now holds the run; NULL: the error
 * names what does not fit, and nothing was written if it was one of the shards.
 */
struct store *store_merge(const char *path, const char *const *shards, size_t count, struct matrix *matrix,
			  struct error *error);

/* Ends the transaction, if it is time to, or at once and on the disk. False too when a detail could not be
 * written since. */
bool store_flush(struct store *store, bool at_once, struct error *error);
/* Writes rows, columns and the run as they are now, after matrix_finish. Not interrupted: the run is finished.
 */
bool store_finish(struct store *store, struct matrix *matrix, struct error *error);

#endif
