/*
 * history.h - the earlier runs of the store, for reports: their totals, and what changed since the previous
 * one.
 */
#ifndef SCANNER_COMMANDS_HISTORY_H
#define SCANNER_COMMANDS_HISTORY_H

#include "scanner/diff/diff.h"
#include "scanner/store/store.h"

struct history {
	struct matrix old, new; /* both as stored, whatever the caller's matrix is */
	struct differences differences;
	bool has_changes;
};

void history_init(struct history *history);
void history_deinit(struct history *history);
/*
 * Reads what the formats need (enum report_need) into the matrix's run and into `history`. Without a store, or
 * without an earlier run, there is none. False: `error` is set; reports can be written without it.
 */
bool history_read(struct history *history, struct store *store, struct matrix *matrix, unsigned needs,
		  struct error *error);
/* NULL: none. */
const struct differences *history_changes(const struct history *history);

#endif
