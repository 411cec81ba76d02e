/*
 * merge_parts.h - the stores that a merge reads: which run of each is a part of the scan, and why the others
 * are not. Of an array, a store may hold several runs of its shard: the latest finished one is the part, else
 * the latest.
 *
 * A part whose run cannot be used has a problem, in words for the accounts that stay pending: its store is
 * absent, empty or damaged, or its latest run is of another array or another night. A contradiction ends the
 * merge: two runs of one shard, other counts, settings or organizations. Stores are opened for reading; one
 * that is at rest is opened without writing anything beside it.
 *
 * The arena of the caller owns the parts.
 */
#ifndef SCANNER_STORE_MERGE_PARTS_H
#define SCANNER_STORE_MERGE_PARTS_H

#include "scanner/store/store_internal.h"

struct part {
	const char *name;    /* of its store, as the user knows it */
	const char *path;    /* of the local file */
	bool is_absent;      /* there is none, and the problem says why */
	bool is_of_folder;   /* found there, not named */
	const char *problem; /* why its run is not merged; NULL: it is */
	/* Of the run; id NULL: none could be read. */
	const char *id, *organization, *array;
	const char *shard; /* "2/4"; NULL: of all accounts */
	int64_t run;       /* its number in that store */
	int64_t started;
	bool is_finished;
	bool is_open;             /* a program still writes the store */
	const char *run_settings; /* without the shard */
	const char *settings;     /* with controls and exceptions, see settings_fingerprint.h */
	const char *interrupted;  /* why the run is not finished; NULL: it is */
	int64_t index, count;     /* of the shard; count 0: not known */
};

struct parts {
	struct arena *arena;
	struct part *items; /* those without a problem first, sorted by index */
	size_t count, capacity;
	size_t usable;     /* the first ones, without a problem */
	const char *array; /* of the usable ones; NULL: they have none */
};

/* Finds and examines the parts. False: nothing can be merged; the error names the contradiction. */
bool parts_find(struct parts *parts, const struct merge_options *options, struct arena *arena,
		struct error *error);
/* Of a part whose store turned out to be damaged: the error is its problem. False: no part is left, or no
 * memory. */
bool parts_leave_out(struct parts *parts, struct part *part, struct error *error);
void parts_deinit(struct parts *parts);

/*
 * Opens the store of a part for reading. One of an older schema is a migrated copy. NULL: the error is set.
 */
struct store *part_open(const char *path, struct error *error);

#endif
