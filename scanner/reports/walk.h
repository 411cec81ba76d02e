/*
 * walk.h - iterates over all records of a matrix, for reports that list findings.
 *
 * Readers take a cell without records for an empty one. Therefore a cell that could not be assessed is a
 * record of its own, and so is the unassessed part of a failing cell, whichever findings are left out.
 */
#ifndef SCANNER_REPORTS_WALK_H
#define SCANNER_REPORTS_WALK_H

#include "scanner/matrix/gap_cells.h"
#include "scanner/reports/reports.h"

/* A finding and its cell. */
struct found {
	const struct matrix *matrix;
	const struct row *account;
	const char *region;
	size_t row, column;
	const struct finding *finding;
};

/* A cell that could not be assessed, or the unassessed part of a failing cell. */
struct unassessed {
	const struct matrix *matrix;
	const struct row *account;
	const char *region;     /* NULL: no region is known, so the whole account could not be assessed */
	enum cell_state state;  /* unknown, denied, unreached, error or pending */
	bool is_part;           /* the rest of the cell was assessed, and fails */
	const char *reason;     /* never NULL */
	const char *request_id; /* NULL: none */
	int64_t at;             /* wall seconds; 0: no request was sent */
	const struct gap *gap;  /* the accepted gap that covers the cell; NULL: none */
};

/* A limitation of a whole account, or of the whole run; or a gap of its file of exceptions. */
struct note {
	const struct matrix *matrix;
	const struct row *account; /* NULL: the run */
	const char *text;
	bool is_interruption;  /* why the run ended early */
	bool is_scope;         /* which settings narrow the scope (scope.h) */
	const struct gap *gap; /* that the text describes; NULL: none */
};

/* Any may be NULL. Their arguments are valid until they return. */
struct walk_callbacks {
	void (*note)(void *userdata, const struct note *note);
	void (*finding)(void *userdata, const struct found *found);
	void (*unassessed)(void *userdata, const struct unassessed *unassessed);
};

void walk_records(const struct matrix *matrix, const struct report_output *output,
		  const struct walk_callbacks *callbacks, void *userdata);
/* In place of a state, in a record of the run itself: it ended before it had an account. */
#define RUN_NOT_ASSESSED "not-assessed"
bool walk_has_no_account(const struct matrix *matrix);
/* True: walk_run has something to call. */
bool walk_has_run_notes(const struct matrix *matrix);
/*
 * The note that the scope is narrowed, for formats without a head: a file without records, or without failing
 * ones, must not look like one of the whole organization. Nothing if it is not; of a shard, walk_run says so.
 */
void walk_scope(const struct matrix *matrix, const struct walk_callbacks *callbacks, void *userdata);
/* Only the notes on the run, of which the first says that it is a shard, and its gaps; all records of one
 * account. */
void walk_run(const struct matrix *matrix, const struct walk_callbacks *callbacks, void *userdata);
void walk_row(const struct matrix *matrix, const struct report_output *output, size_t row,
	      const struct walk_callbacks *callbacks, void *userdata);
/* Only findings. */
void walk_findings(const struct matrix *matrix, const struct report_output *output,
		   void (*take)(void *context, const struct found *found), void *context);
/* False: the cell was assessed completely. */
bool walk_unassessed(const struct matrix *matrix, size_t row, size_t column, struct unassessed *unassessed);

/* A stable id, equal in every run: "neptune-scan/CONTROL/ACCOUNT/REGION/RESOURCE". */
void found_append_id(const struct found *found, struct buffer *id);

#endif
