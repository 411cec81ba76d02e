/*
 * gaps.h - accepted gaps: cells that are known not to be assessable, with an owner, a reason and an end date.
 *
 * A gap is a section [gap NAME] of the file of exceptions: regions, accounts, and the state that it accepts.
 * Its cells are queried as all others, and keep their state. A cell in that state does not make the run
 * incomplete; it counts as accepted, apart from assessed cells, and every report names the gap.
 *
 * A gap covers a cell only if nothing is known of it. Where a resource was found, the region is not closed, and
 * what is missing must be assessed. Accepted states are denied, unreached and error, which last as long as a
 * policy, a missing role or a closed network. `unknown` is a response that must be read, and `pending` was not
 * scanned; neither can be accepted.
 *
 * A gap that names neither regions nor accounts is refused: it would turn a scan that can see nothing into one
 * that passes. For the same reason a run is incomplete, whatever is accepted, if gaps leave no cell, or nothing
 * of more than half of the accounts in scope, in which resources were listed.
 *
 * Which gap covers a cell follows from the gaps and the matrix alone, so it is not kept with the cell;
 * gap_cells.h has the functions on the cells of a matrix. Pure functions; any thread.
 */
#ifndef SCANNER_MATRIX_GAPS_H
#define SCANNER_MATRIX_GAPS_H

#include "base/arena.h"
#include "base/span.h"
#include "scanner/matrix/matrix.h"

struct gap {
	const char *name;               /* "closed-regions" of [gap closed-regions] */
	const char *regions, *accounts; /* sorted, separated by ", "; or "*". Accounts are ids or names */
	const char *state;              /* as written */
	const char *owner, *reason, *ticket, *expires;
	enum cell_state cell_state; /* that it accepts */
	int64_t ends;               /* wall seconds: the end of the day `expires` in UTC */
	bool is_expired;
	int line;
};

struct gaps {
	struct gap *items; /* sorted by name: the first that covers a cell is the one that is named */
	size_t count, capacity;
};

/* Appends a gap of zeroes; `arena` owns the array. NULL: out of memory, or too many. */
struct gap *gaps_add(struct gaps *gaps, struct arena *arena);
/* True: cells in this state can be accepted. */
bool gap_may_accept(enum cell_state state);
/* "*": all. */
bool gap_names_all(const char *list);
bool gap_lists_names(const struct gap *gap); /* an account by its name */

/* The items of a list, trimmed. False: no more. */
bool gap_next_item(struct span *rest, struct span *item);
/* True: the item of `accounts` is the account's id, or its name. */
bool gap_item_is_account(struct span item, const struct row *account);
/* True: the gap names the account and the region; NULL: an account whose regions are not known. */
bool gap_names(const struct gap *gap, const struct row *account, const char *region);
/* True: nothing is known of the cell, for the reason that the gap accepts. */
bool gap_accepts(const struct gap *gap, const struct cell_summary *cell);
/* The first gap in force that covers the cell; NULL: none. */
const struct gap *gaps_find(const struct gaps *gaps, const struct row *account, const char *region,
			    const struct cell_summary *cell);

#endif
