/*
 * state.h - the states of a cell.
 *
 * Every cell has exactly one. A cell is assessed, not assessed, or out of scope (skipped). In scope are the
 * first two; coverage is assessed cells of those in scope.
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

enum cell_group { CELL_ASSESSED, CELL_NOT_ASSESSED, CELL_OUT_OF_SCOPE };

struct cell_state_facts {
	const char *name; /* in reports */
	char mark;        /* in the terminal's matrix: one letter, also without colour */
	bool looked_at;   /* false: not assessed. Skipped cells count as looked at */
	int rank;         /* when the parts of a cell, or the cells of an account, differ: the highest wins */
	const char *meaning; /* for the legend, at most 57 characters */
};

const struct cell_state_facts *cell_state_facts(enum cell_state state);
/* All of them in the order of the legend: assessed, not assessed, out of scope; the worst of each first. */
extern const enum cell_state cell_states_listed[CELL_STATE_COUNT];
enum cell_group cell_state_group(enum cell_state state);
const char *cell_state_name(enum cell_state state);
/* fail wins; then unreached, denied, error, unknown; then exempt, pass, empty. */
enum cell_state cell_state_worse(enum cell_state a, enum cell_state b);

#endif
