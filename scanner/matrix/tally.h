/*
 * tally.h - the findings of a finished matrix, counted by control, and the resources that they are about.
 *
 * Counts of cells, and of resources that fail, are totals (matrix.h); they need no details. A tally reads the
 * details of every cell that has resources.
 */
#ifndef SCANNER_MATRIX_TALLY_H
#define SCANNER_MATRIX_TALLY_H

#include "scanner/matrix/matrix.h"

enum { MAX_TALLIED = 64 /* controls */, SEVERITY_COUNT = SEVERITY_CRITICAL + 1 };

struct control_tally {
	size_t fail, unknown, exempt, pass; /* findings */
};

struct tally {
	struct control_tally controls[MAX_TALLIED]; /* in the order of matrix->selected */
	size_t failing[SEVERITY_COUNT];             /* resources, by the worst severity that they fail */
	size_t clusters;
	size_t unencrypted, exempt_unencrypted; /* clusters; the second: covered by exceptions */
};

void tally_matrix(const struct matrix *matrix, struct tally *tally);

#endif
