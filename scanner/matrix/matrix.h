/*
 * matrix.h - the compliance matrix: accounts by regions, with each cell in exactly one state.
 *
 * Owned by the coordinator's thread. Rows are added as Organizations lists accounts, columns as regions
 * become known. A cell that was not recorded has its row's default state: `pending` until something is known,
 * `skipped` for a suspended account, `unreached` when the role could not be assumed, `disabled` once the
 * account's enabled regions are known. So no cell can be missing, and the totals always are accounts x
 * regions.
 *
 * The matrix itself holds only states and counts of cells. Reasons, evidence and findings are details: in
 * memory, or written to a store (store.h) and read back row by row.
 */
#ifndef SCANNER_MATRIX_MATRIX_H
#define SCANNER_MATRIX_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "scanner/matrix/finding.h"
#include "scanner/matrix/state.h"
#include "scanner/matrix/tally.h"

struct cell_record {
	enum cell_state state;
	bool complete;                          /* false: assessed only in part */
	enum cell_state state_without_failures; /* the state without its failing findings */
	uint32_t resources, failing,
		exempt;         /* failing resources that an exception covers are exempt, not failing */
	const char *reason;     /* NULL: the state says everything */
	const char *request_id; /* of the deciding call; NULL: no call */
	int64_t at;             /* wall seconds; 0: never assessed */
	struct finding *findings;
};

/* The summary of a recorded cell. */
struct cell_summary {
	uint8_t state;                  /* enum cell_state */
	uint8_t state_without_failures; /* the state without its failing findings */
	bool recorded, complete;
	bool recalled; /* recorded by an earlier process of the same run */
	uint8_t worst; /* severity + 1 of its worst failing finding; 0: none fails */
	uint32_t resources, failing, exempt, unknown; /* `unknown` counts findings, the others resources */
};

struct row {
	const char *id;
	const char *name;         /* NULL: Organizations was not queried */
	const char *ou;           /* "/Prod/Payments"; NULL: not known */
	const char *organization; /* organization id; NULL: none, or not known */
	const char *status;       /* from Organizations; NULL: not known */
	const char *note;         /* for the reader: what limits every cell of the row; NULL: nothing */
	/* The state of cells that were not recorded. */
	enum cell_state default_state;
	const char *reason;
	const char *request_id;
	int64_t at;
	struct cell_summary *cells; /* by column; beyond the capacity: not recorded */
	struct cell_record **kept;  /* details, when they are in memory */
	size_t cell_capacity;
	int64_t key;    /* row id in the store; 0: not stored yet */
	bool is_sealed; /* the store has a digest of all its rows */
	bool is_closed; /* this process has completed it in the store */
};

struct column {
	const char *region;
	bool shown;  /* enabled in at least one account, or named by the user */
	int64_t key; /* row id in the store; 0: not stored yet */
};

struct matrix;

/* Stores details instead of keeping them in memory. False: failed; the owner knows the reason. */
struct matrix_details {
	bool (*put)(void *owner, struct matrix *matrix, size_t row, size_t column,
		    const struct cell_record *record);
	/* Reads reason, request id, time and findings of all recorded cells of a row, by column, in order. */
	bool (*read)(void *owner, const struct matrix *matrix, size_t row, struct cell_record *records,
		     struct arena *arena);
	void *owner;
};

/* The row whose details were read last, because reports go row by row. */
struct matrix_reading {
	size_t row; /* plus one; 0: none */
	struct cell_record *records;
	struct arena arena;
	bool failed; /* details could not be read: results are incomplete */
};

enum { ACCOUNT_ID_DIGITS = 12 };

struct exceptions;
struct history_entry;
struct request_count;

/* Followed by "3/4": the reason of rows that another shard scans. */
#define LEFT_TO_SHARD "left to shard "
/* In a reason: separates advice, which ends at the next "; ". */
#define REASON_ADVICE " -> "

enum exit_meaning {
	EXIT_MEANS_DEFAULT, /* the verdict; of a shard, which has none, the end */
	EXIT_MEANS_VERDICT,
	EXIT_MEANS_DONE, /* whether the run finished, whatever it found */
};

struct run {
	const char *id;
	int64_t started, finished; /* wall seconds */
	/* When a run scans several organizations, they are joined: "o-a, o-b". */
	const char *partition, *organization, *management_account, *caller;
	const char *interrupted; /* why the run ended early; NULL: it did not */
	bool could_not_start;    /* it ended because no account could be entered, or nothing stored (exit 4) */
	bool is_unfinished;      /* loaded from a store before it finished */
	/*
	 * Of a stored run: no cell is assessed, and not all are out of scope. Such a run is not compared with
	 * others.
	 */
	bool assessed_nothing;
	enum exit_meaning exit_meaning; /* what the exit code of a scan stands for (--exit) */
	enum severity fail_on; /* of the failures that exit code 1 stands for, the lowest (--fail-on) */
	const char *name;      /* for the reader, --run-name; NULL: none */
	const char *filter;    /* what a report leaves out, for the reader; NULL: nothing */
	/* The same for programs: "filter.accounts = ID, ID", "filter.controls = ID", one a line; NULL: nothing.
	 */
	const char *filter_settings;
	bool only_failing; /* reports leave out passing findings */
	/* What other commands need to find the run: " --db FILE --run ID"; NULL: nothing. */
	const char *flags;
	const char *store_flags; /* of them, those of the store */
	bool is_not_stored;      /* no other command can read it */
	const char *settings;    /* of a stored run: its settings, see settings_fingerprint.h */
	const char *shard;       /* "2/4": only that shard of the accounts; NULL: all */
	const char *array;       /* the name that the parts of one scan share; NULL: none */
	const char *note;        /* for the reader, sentences joined by "; "; NULL: none */
	uint64_t sent, retried, throttled, bytes_received, connections;
	uint64_t most_in_flight; /* requests; of one program, if several scanned the run. 0: not known */
	const struct request_count *requests; /* by operation, sorted by name */
	size_t request_count;
	const struct exceptions *exceptions; /* that were applied; NULL: none */
	const struct history_entry *history; /* the latest runs, this one last; NULL: not known */
	size_t history_length;
};

/* The totals of a stored run. */
struct history_entry {
	const char *id;
	int64_t started; /* wall seconds */
	int64_t cells, failing, blind;
	int64_t in_scope;          /* cells of accounts that were not skipped */
	int64_t accounts, regions; /* in scope */
	uint32_t settings;         /* a hash of them, and of the controls */
};

/* The requests of an operation. */
struct request_count {
	const char *operation; /* "rds:DescribeDBClusters" */
	uint64_t sent, retried, throttled;
};

struct matrix {
	struct run run;
	const struct control **selected; /* NULL-terminated */
	struct row *rows;
	size_t row_count, row_capacity;
	size_t *index; /* hash table of rows by account id, as index + 1; 0: free. Valid until matrix_finish */
	size_t index_capacity;
	struct column *columns;
	size_t column_count, column_capacity;
	struct arena arena;                   /* owns every text, and the details in memory */
	const struct matrix_details *details; /* NULL: details are in memory */
	struct matrix_reading *reading;
	struct tally recorded; /* with details in a store: the findings that were recorded */
	const struct cell_record
		*current_record; /* the cell that is being recorded, for cell_recorded callbacks */
	bool failed; /* out of memory, or details could not be written or read: the matrix is incomplete */
};

struct totals {
	size_t accounts, regions, cells;
	size_t by_state[CELL_STATE_COUNT];
	size_t blind;                               /* cells that could not be assessed */
	size_t accepted;                            /* of these, the cells in an accepted gap */
	size_t accepted_by_state[CELL_STATE_COUNT]; /* the same, by state */
	size_t partly_by_state[CELL_STATE_COUNT];   /* cells assessed only in part, by the state that the rest
						       would have */
	size_t partly;                              /* their sum */
	size_t resources, failing, exempt, unknown; /* evaluated resources; `unknown` counts findings */
	size_t accounts_in_scope; /* with a cell that is not skipped. Without gaps, and of a shard: not counted
				   */
	size_t accounts_accepted; /* of these: accepted gaps cover all of it that could not be assessed, and no
				     cell of it was examined */
	/* All cells in scope are fully assessed, or accepted, which proves something, and the run finished. */
	bool is_assessed;
	bool complete; /* the same, of all accounts: false for a shard */
};

/* Cells in which resources were listed: pass, fail, exempt or empty. */
size_t cells_examined(const struct totals *totals);
/* True: accepted gaps leave nothing of an account, or of accounts with these totals, that was examined. */
bool gaps_leave_nothing(const struct totals *totals);
/* True: that holds for more than half of the accounts in scope, so nothing is proved about the organization. */
bool gaps_leave_too_little(const struct totals *totals);

/* The duration; 0: not finished. */
int64_t run_seconds(const struct run *run);
/* The heading of a report, "Neptune encryption at rest"; of a shard, "PART 3/8: Neptune encryption at rest". */
enum { RUN_TITLE_SIZE = 64 };
void run_title(const struct run *run, char title[static RUN_TITLE_SIZE]);
/* "aws" for a run whose partition is not known. */
const char *run_partition(const struct run *run);

void matrix_init(struct matrix *matrix);
void matrix_deinit(struct matrix *matrix);

/* The index of the new row, or of the account's existing one. */
size_t matrix_add_row(struct matrix *matrix, const char *account);
/* row_count: no row has this account. */
size_t matrix_row_named(const struct matrix *matrix, const char *account);
bool matrix_has_row(const struct matrix *matrix, const char *account);
/* The index of the new column, or of the region's existing one. A new column is not shown. */
size_t matrix_add_column(struct matrix *matrix, const char *region);
/* Shows the column, because the user named the region, or an account has it enabled. */
void matrix_show_column(struct matrix *matrix, size_t column);
/* Sets the default state of the row. Copies the texts. */
void matrix_set_default(struct matrix *matrix, size_t row, enum cell_state state, const char *reason,
			const char *request_id);
/*
 * Records a cell. `arena` owns the record's texts and findings. With details in memory, the matrix adopts the
 * arena when there are findings; otherwise the caller keeps it.
 */
void matrix_record(struct matrix *matrix, size_t row, size_t column, const struct cell_record *record,
		   struct arena *arena);
/* Adds a cell that an earlier process recorded; its details are in the store. */
void matrix_recall(struct matrix *matrix, size_t row, size_t column, const struct cell_summary *summary);
bool matrix_is_recorded(const struct matrix *matrix, size_t row, size_t column);

/* The summary of a cell, recorded or not. */
struct cell_summary matrix_cell(const struct matrix *matrix, size_t row, size_t column);
/* A cell with its details, which are valid until details of another row are requested. */
struct cell_record matrix_details_of(const struct matrix *matrix, size_t row, size_t column);
const struct finding *matrix_findings(const struct matrix *matrix, size_t row, size_t column);
/*
 * Counts all findings. A scan with a store has counted them while it recorded them; with cells of an earlier
 * process, the details of each cell with resources are read.
 */
struct tally matrix_tally(const struct matrix *matrix);
/*
 * True: a recorded cell of the row has a finding on the resource of this name. Also valid before
 * matrix_finish.
 */
bool matrix_reports(struct matrix *matrix, size_t row, const char *resource);
/* The worst state of the row's shown cells. */
enum cell_state matrix_row_state(const struct matrix *matrix, size_t row);
struct totals matrix_totals(const struct matrix *matrix);
/* The totals of one account. */
struct totals matrix_row_totals(const struct matrix *matrix, size_t row);

/*
 * Appends `one` to the list `before`, "o-a, o-b", unless it is in it; both may be NULL. The matrix owns the
 * result.
 */
const char *matrix_join(struct matrix *matrix, const char *before, const char *one);
/*
 * Copies the text of an error onto one line, for reports and tables: "WHAT\n  Fix: HOW" becomes "WHAT. Fix:
 * HOW". The matrix owns the result.
 */
const char *matrix_line(struct matrix *matrix, const char *text);
/* Adds a sentence to the note of the run or of a row, once each. Copies the text. */
void matrix_note_run(struct matrix *matrix, const char *text);
void matrix_note_row(struct matrix *matrix, size_t row, const char *text);
/* True: accounts belong to more than one organization, and reports have to tell which. */
bool matrix_has_several_organizations(const struct matrix *matrix);
/* True: `name` is the account's id or name. Twelve digits always mean an id. */
bool row_is_named(const struct row *row, const char *name);
/* The number of rows with this name; `*first` is the index of the first one, or row_count. */
size_t matrix_rows_named(const struct matrix *matrix, const char *name, size_t *first);
/* column_count: no column has this region. */
size_t matrix_column_named(const struct matrix *matrix, const char *region);
/* Removes a row of a finished matrix. */
void matrix_drop_row(struct matrix *matrix, size_t row);

/* The order of a finished cell's findings: by resource, then by control. Returns as strcmp does. */
int matrix_compare_findings(const struct finding *a, const struct finding *b);
/*
 * Sorts rows by id, columns by region, and findings by resource and control; drops columns that are not
 * shown; gives each row with pending cells a reason. Nothing may be added afterwards.
 */
void matrix_finish(struct matrix *matrix);

#endif
