/*
 * gap_cells.h - the cells of a matrix that accepted gaps cover (gaps.h), counted and described.
 *
 * The gaps are those of matrix->run.exceptions. Pure functions; any thread that may read the matrix.
 */
#ifndef SCANNER_MATRIX_GAP_CELLS_H
#define SCANNER_MATRIX_GAP_CELLS_H

#include "base/buffer.h"
#include "scanner/matrix/gaps.h"
#include "scanner/matrix/matrix.h"

/* The cells of a gap. */
struct gap_tally {
	size_t covered;  /* that it accepts, or would accept if it were not expired */
	size_t assessed; /* with a verdict: not accepted, and no gap */
	size_t other;    /* not assessed, but in another state, or with resources: not accepted */
	/* Accounts of which it leaves nothing assessed; `shared` are those of which other gaps cover a part. */
	size_t accounts, shared;
};

/* The gap that covers the cell; NULL: none. A column beyond the last stands for an account without regions. */
const struct gap *gap_of_cell(const struct matrix *matrix, size_t row, size_t column);
void gap_count(const struct matrix *matrix, const struct gap *gap, struct gap_tally *tally);
/* Appends "it accepts every cell of 8 accounts: nothing of them was assessed". Nothing if there is none. */
void gap_describe_accounts(const struct gap_tally *tally, struct buffer *text);
/* "used", "unused", "expired" */
const char *gap_use(const struct gap *gap, const struct gap_tally *tally);

/* Appends the accounts or regions of the gap of which it covers no cell, separated by ", ". */
void gap_list_unneeded_regions(const struct matrix *matrix, const struct gap *gap, struct buffer *list);
void gap_list_unneeded_accounts(const struct matrix *matrix, const struct gap *gap, struct buffer *list);

/*
 * Appends the gap for a reader: "NAME: 150 cells denied, accepted by OWNER until DAY: REASON (TICKET); ...",
 * and what is wrong with it: expired, no longer needed, cells in another state.
 */
void gap_describe(const struct matrix *matrix, const struct gap *gap, struct buffer *text);

#endif
