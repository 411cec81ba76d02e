/*
 * matrix.h - the compliance matrix: accounts by regions, each cell in exactly one state.
 *
 * Owned by one thread, the coordinator's. Rows come as Organizations lists accounts, columns as regions
 * become known. A cell that was never recorded takes its row's state: `pending` until something is
 * known, `skipped` for a suspended account, `unreached` where the role could not be assumed, `disabled`
 * once the account has said which regions it has. So no cell can be missing, and the totals always add
 * up to accounts x regions.
 *
 * Of a cell only its state and counts stay here. Its reason, evidence and findings are details: they are
 * kept in memory, or handed to whoever stores them (store.h) and read back row by row.
 */
#ifndef SCANNER_MATRIX_MATRIX_H
#define SCANNER_MATRIX_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "scanner/matrix/finding.h"
#include "scanner/matrix/state.h"

struct cell_record {
	enum cell_state state;
	bool complete;                          /* false: a part of it could not be read */
	enum cell_state state_without_failures; /* its state, were nothing failing */
	uint32_t resources, failing, exempt; /* failing ones that an exception covers do not count as failing */
	const char *reason;                  /* NULL where the state says it all */
	const char *request_id;              /* of the call that decided it; NULL: none was made */
	int64_t at;                          /* wall seconds; 0: never looked at */
	struct finding *findings;
};

/* What stays of a recorded cell. */
struct cell_summary {
	uint8_t state;                  /* enum cell_state */
	uint8_t state_without_failures; /* the same, were nothing failing */
	bool recorded, complete;
	bool recalled;                                /* recorded by an earlier program of the same run */
	uint8_t worst;                                /* of its failing findings: severity + 1; 0: none fails */
	uint32_t resources, failing, exempt, unknown; /* unknown: findings */
};

struct row {
	const char *id;
	const char *name;         /* NULL: Organizations was not asked */
	const char *ou;           /* "/Prod/Payments"; NULL: not known */
	const char *organization; /* its id; NULL: in none, or not known */
	const char *status;       /* AWS's own word; NULL: not known */
	const char *note;         /* what limits every cell of the row, for the reader; NULL: nothing does */
	/* For every cell that was not recorded. */
	enum cell_state default_state;
	const char *reason;
	const char *request_id;
	int64_t at;
	struct cell_summary *cells; /* by column; beyond the capacity: not recorded */
	struct cell_record **kept;  /* details, while they are in memory */
	size_t cell_capacity;
	int64_t key;    /* in the store; 0: not there yet */
	bool is_sealed; /* there: its digest is of all that is stored of it */
	bool is_closed; /* there, by this program */
};

struct column {
	const char *region;
	bool shown;  /* enabled in at least one account, or asked for by name */
	int64_t key; /* in the store; 0: not there yet */
};

struct matrix;

/* Where details go instead of memory. False: it failed, and whoever owns it knows why. */
struct matrix_details {
	bool (*put)(void *owner, struct matrix *matrix, size_t row, size_t column,
		    const struct cell_record *record);
	/* Of all recorded cells of a row: the reason, request id, time and findings, in order. By column. */
	bool (*read)(void *owner, const struct matrix *matrix, size_t row, struct cell_record *records,
		     struct arena *arena);
	void *owner;
};

/* The row whose details were read last: reports go row by row. */
struct matrix_reading {
	size_t row; /* plus one; 0: none */
	struct cell_record *records;
	struct arena arena;
	bool failed; /* they could not be read: what was made of them is not whole */
};

enum { ACCOUNT_ID_DIGITS = 12 };

struct exceptions;
struct history_entry;
struct request_count;

/* Then "3/4": the reason of rows that another shard scans. */
#define LEFT_TO_SHARD "left to shard "
/* In a reason: what to do about it follows, up to the next "; ". */
#define REASON_ADVICE " -> "

struct run {
	const char *id;
	int64_t started, finished; /* wall seconds */
	/* Where several organizations were scanned in one run, each holds all of theirs: "o-a, o-b". */
	const char *partition, *organization, *management_account, *caller;
	const char *interrupted; /* why the run ended early; NULL: it did not */
	bool could_not_start;    /* that is why: no account could be entered, or nothing stored (exit 4) */
	bool is_unfinished;      /* read from a store before it came to its end */
	/*
	 * Of a stored run: nothing was found out about any cell, and not all are out of scope. There is nothing
	 * in it that could be compared, or be a reason for anything.
	 */
	bool assessed_nothing;
	const char *settings; /* of a stored run: what it was asked, see settings_fingerprint.h */
	const char *shard;    /* "2/4": of the accounts, only those; NULL: all */
	const char *note;     /* what the reader must know of the run, sentences joined by "; "; NULL: none */
	uint64_t sent, retried, throttled, bytes_received, connections;
	const struct request_count *requests; /* by operation, sorted by name */
	size_t request_count;
	const struct exceptions *exceptions; /* that were applied; NULL: none */
	const struct history_entry *history; /* the latest runs, this one last; NULL: not known */
	size_t history_length;
};

/* The totals of a stored run. */
struct history_entry {
	int64_t started; /* wall seconds */
	int64_t cells, failing, blind;
};

/* Of one operation. */
struct request_count {
	const char *operation; /* "rds:DescribeDBClusters" */
	uint64_t sent, retried, throttled;
};

struct matrix {
	struct run run;
	const struct control **selected; /* NULL-terminated */
	struct row *rows;
	size_t row_count, row_capacity;
	size_t *index; /* hash table of rows by account, each plus one; 0: free. Until matrix_finish */
	size_t index_capacity;
	struct column *columns;
	size_t column_count, column_capacity;
	struct arena arena;                   /* owns every text, and the details that are in memory */
	const struct matrix_details *details; /* NULL: in memory */
	struct matrix_reading *reading;
	const struct cell_record
		*current_record; /* of the cell that is being recorded, for cell_recorded callbacks */
	bool failed; /* memory ran out, or details could not be written or read: it must not be believed */
};

struct totals {
	size_t accounts, regions, cells;
	size_t by_state[CELL_STATE_COUNT];
	size_t blind;                               /* cells that could not be assessed */
	size_t partly_by_state[CELL_STATE_COUNT];   /* cells assessed only in part, by what stopped the rest */
	size_t partly;                              /* all of these */
	size_t resources, failing, exempt, unknown; /* judged resources; unknown: findings */
	bool complete;
};

/* That it took; 0: it did not come to its end. */
int64_t run_seconds(const struct run *run);
/* "aws" for a run whose partition is not known. */
const char *run_partition(const struct run *run);

void matrix_init(struct matrix *matrix);
void matrix_deinit(struct matrix *matrix);

/* Index of the new row, or of the one that the account already has. */
size_t matrix_add_row(struct matrix *matrix, const char *account);
/* As many as there are rows: the account has none. */
size_t matrix_row_named(const struct matrix *matrix, const char *account);
bool matrix_has_row(const struct matrix *matrix, const char *account);
/* Index of the new column, or of the one that the region already has. It is not shown yet. */
size_t matrix_add_column(struct matrix *matrix, const char *region);
/* The region belongs to the matrix: it was asked for, or an account has it. */
void matrix_show_column(struct matrix *matrix, size_t column);
/* For all cells of the row that are not recorded. Texts are copied. */
void matrix_set_default(struct matrix *matrix, size_t row, enum cell_state state, const char *reason,
			const char *request_id);
/*
 * The record's texts and findings live in `arena`. In memory, the matrix takes it over when there are findings;
 * otherwise it stays the caller's, as it does when details are stored.
 */
void matrix_record(struct matrix *matrix, size_t row, size_t column, const struct cell_record *record,
		   struct arena *arena);
/* What an earlier program recorded; its details are stored. */
void matrix_recall(struct matrix *matrix, size_t row, size_t column, const struct cell_summary *summary);
bool matrix_is_recorded(const struct matrix *matrix, size_t row, size_t column);

/* What a cell is, recorded or not. */
struct cell_summary matrix_cell(const struct matrix *matrix, size_t row, size_t column);
/* The same with its details, which live until those of another row are asked for. */
struct cell_record matrix_details_of(const struct matrix *matrix, size_t row, size_t column);
const struct finding *matrix_findings(const struct matrix *matrix, size_t row, size_t column);
/* Has a recorded cell of the row a finding on the resource of this name? Before matrix_finish, too. */
bool matrix_reports(struct matrix *matrix, size_t row, const char *resource);
/* The worst of the row's shown cells. */
enum cell_state matrix_row_state(const struct matrix *matrix, size_t row);
struct totals matrix_totals(const struct matrix *matrix);
/* Of one account alone. */
struct totals matrix_row_totals(const struct matrix *matrix, size_t row);

/* `before` and one more, "o-a, o-b", each once; both may be NULL. In the matrix's arena. */
const char *matrix_join(struct matrix *matrix, const char *before, const char *one);
/* Adds a sentence to the run's note, or to the note of a row; each once. The text is copied. */
void matrix_note_run(struct matrix *matrix, const char *text);
void matrix_note_row(struct matrix *matrix, size_t row, const char *text);
/* Do its accounts belong to more than one? Then reports say to which. */
bool matrix_has_several_organizations(const struct matrix *matrix);
/* Twelve digits always mean the account with that id, whatever others are called; else the name decides. */
bool row_is_named(const struct row *row, const char *name);
/* How many rows are named so; `*first` is the first of them, or row_count. */
size_t matrix_rows_named(const struct matrix *matrix, const char *name, size_t *first);
/* column_count: there is none. */
size_t matrix_column_named(const struct matrix *matrix, const char *region);
/* Leaves a row out of a finished matrix. */
void matrix_drop_row(struct matrix *matrix, size_t row);

/* The order of a finished cell's findings: by resource, then by control. As strcmp. */
int matrix_compare_findings(const struct finding *a, const struct finding *b);
/*
 * Sorts rows by id, columns by region, findings by resource and control; drops columns that are not
 * shown; gives each row with pending cells a reason. Nothing is added after that.
 */
void matrix_finish(struct matrix *matrix);

#endif
