/*
 * history.h - the earlier runs of the store, for reports: their totals, what changed since the previous one,
 * and since when findings have their verdicts.
 */
#ifndef SCANNER_COMMANDS_HISTORY_H
#define SCANNER_COMMANDS_HISTORY_H

#include "scanner/commands/report_set.h"
#include "scanner/diff/diff.h"
#include "scanner/reports/reports.h"
#include "scanner/store/store.h"

struct history {
	struct matrix old, new; /* both as stored, whatever the caller's matrix is */
	struct differences differences;
	bool has_changes;
	struct first_seen first_seen; /* of all runs up to this one */
	bool has_first_seen;
};

void history_init(struct history *history);
void history_deinit(struct history *history);
/*
 * Reads what the formats need (enum report_need) into the matrix's run and into `history`. Without a store, or
 * without an earlier run, there is none. False: `error` is set; reports can be written without it.
 */
bool history_read(struct history *history, struct store *store, struct matrix *matrix, unsigned needs,
		  struct error *error);
/* Gives the reports what was read; nothing of what could not be. */
void history_provide(const struct history *history, struct report_set *reports);

#endif
