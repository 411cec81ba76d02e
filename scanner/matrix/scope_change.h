/*
 * scope_change.h - what a run covers more or less than the run before it, by their totals.
 */
#ifndef SCANNER_MATRIX_SCOPE_CHANGE_H
#define SCANNER_MATRIX_SCOPE_CHANGE_H

#include "scanner/matrix/matrix.h"

enum { SCOPE_CHANGE_SIZE = 64 };

/* "-2 accounts, -15 regions", "other settings"; empty: no change. `before` NULL: it is the first run. */
void scope_change_write(const struct history_entry *before, const struct history_entry *entry,
			char text[static SCOPE_CHANGE_SIZE]);

#endif
