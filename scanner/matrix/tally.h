/*
 * tally.h - findings, counted by control, and the resources that they are about.
 *
 * Counts of cells, and of resources that fail, are totals (matrix.h). A matrix has a tally (matrix_tally).
 */
#ifndef SCANNER_MATRIX_TALLY_H
#define SCANNER_MATRIX_TALLY_H

#include <stddef.h>

#include "scanner/matrix/finding.h"

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

/* Adds the findings of one cell, of which those of a resource are adjacent. */
void tally_add(struct tally *tally, const struct control *const *selected, const struct finding *findings);

#endif
