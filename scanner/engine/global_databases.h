/*
 * global_databases.h - which cell reports a global database that several of an account's list.
 *
 * For the coordinator: it holds a cell back that has such a database, until all other cells of the account are
 * back, and then lets them decide together. They are its own by then, so nothing is shared between threads.
 */
#ifndef SCANNER_ENGINE_GLOBAL_DATABASES_H
#define SCANNER_ENGINE_GLOBAL_DATABASES_H

#include "scanner/engine/cell.h"

/* Of a cell that has come back. */
bool cell_has_global_databases(const struct cell *cell);

/* Has a recorded cell of this one's account reported the database? */
typedef bool is_database_reported(void *owner, const struct cell *cell, const char *database);
/* Of the cells of one account that were held back, in any order: each database is judged in one of them. */
void cells_report_global_databases(struct cell *cells, is_database_reported *is_reported, void *owner);

#endif
