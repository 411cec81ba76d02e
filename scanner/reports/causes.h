/*
 * causes.h - why cells could not be assessed: one entry for a cause, whatever accounts and regions it has.
 *
 * Two cells have one cause when they have one state and their reasons say the same of it but for the account
 * and the region, and if one gap accepts both, or none. A role that is denied three actions in eight accounts
 * is one entry of eight cells.
 */
#ifndef SCANNER_REPORTS_CAUSES_H
#define SCANNER_REPORTS_CAUSES_H

#include "scanner/reports/unassessed.h"

enum { MAX_CAUSE_GROUPS = 48 /* all others are one more */ };

struct cause_place {
	size_t row;
	const char *regions; /* "us-east-1, us-west-2"; NULL: all that the account has */
};

struct cause_group {
	enum cell_state state;
	bool is_part;          /* the rest of the cells was assessed, and fails */
	const struct gap *gap; /* the accepted gap that covers the cells; NULL: none */
	const char *brief;     /* the cause in one line: error code, actions, policy */
	const char *reason;    /* of the first cell, in full */
	const char *advice;    /* what to do about it */
	size_t cells, accounts;
	size_t last_row;            /* plus one: the account that was counted last */
	struct cause_place *places; /* the first `max_places` accounts */
	size_t place_count, place_capacity;
};

struct causes {
	struct cause_group
		groups[MAX_CAUSE_GROUPS + 1]; /* most cells first; those assessed only in part last */
	size_t count;
	struct arena arena;
	bool failed; /* memory ran out: nothing is kept */
};

void causes_collect(const struct matrix *matrix, size_t max_places, struct causes *causes);
void causes_deinit(struct causes *causes);

#endif
