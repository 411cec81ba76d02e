/*
 * global_databases.h - which cell reports a global database that several regions of an account list.
 *
 * Every region with a member of a global database lists it. It is one resource, so one cell of the account
 * reports it, by its ARN. Which cells list it is known when all of the account's cells are back, whatever its
 * members' ARNs say: a region may be disabled, excluded, denied, or unreachable. So the coordinator holds a
 * cell that lists a global database back until then; no other cell waits.
 *
 * A cell that is assessed in full comes before one that is not: --resume and --retry-blind scan the latter
 * again, and may not find the database any more, while the others are not scanned again. Among equals the
 * writer's region comes first, then the first one by name. A cell of an earlier program may have reported the
 * database already.
 *
 * Called on the coordinator's thread, with cells that have returned.
 */
#ifndef SCANNER_ENGINE_GLOBAL_DATABASES_H
#define SCANNER_ENGINE_GLOBAL_DATABASES_H

#include "scanner/engine/cell.h"

bool cell_has_global_databases(const struct cell *cell);

/* Has a recorded cell of this one's account reported the database? */
typedef bool is_database_reported(void *owner, const struct cell *cell, const char *database);
/* Of the cells of one account that were held back, in any order: evaluates each database in one of them. */
void cells_report_global_databases(struct cell *cells, is_database_reported *is_reported, void *owner);

#endif
