/*
 * state.h - the states of a cell.
 *
 * Every cell has exactly one. In some states the cell was assessed; the others are blind.
 */
#ifndef SCANNER_MATRIX_STATE_H
#define SCANNER_MATRIX_STATE_H

#include <stdbool.h>
#include <stddef.h>

enum cell_state {
	CELL_PASS,
	CELL_FAIL,
	CELL_EXEMPT,
	CELL_EMPTY,
	CELL_DISABLED,
	CELL_UNSUPPORTED,
	CELL_SKIPPED,
	CELL_UNKNOWN,
	CELL_DENIED,
	CELL_UNREACHED,
	CELL_ERROR,
	CELL_PENDING,
	CELL_STATE_COUNT
};

struct cell_state_facts {
	const char *name;    /* in reports */
	char mark;           /* a letter in the terminal's matrix, readable without colour */
	bool looked_at;      /* the cell was assessed, or is out of scope */
	int rank;            /* the highest rank wins among the parts of a cell, or the cells of an account */
	const char *meaning; /* for the legend */
};

const struct cell_state_facts *cell_state_facts(enum cell_state state);
const char *cell_state_name(enum cell_state state);
/* fail wins; then unreached, denied, error, unknown; then exempt, pass, empty. */
enum cell_state cell_state_worse(enum cell_state a, enum cell_state b);

#endif
