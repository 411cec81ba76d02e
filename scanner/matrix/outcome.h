/*
 * outcome.h - combines the parts of a cell into its record: the worst state, and the reasons.
 *
 * The result does not depend on the order of the parts. The caller's arena owns texts and findings. Not
 * thread-safe.
 */
#ifndef SCANNER_MATRIX_OUTCOME_H
#define SCANNER_MATRIX_OUTCOME_H

#include "base/arena.h"
#include "scanner/matrix/matrix.h"

struct outcome_reason;

struct outcome {
	struct cell_record record;
	/* Private to the outcome. */
	struct arena *arena;
	struct outcome_reason
		*reasons;      /* of the worst state, the most useful first; joined in the record's reason */
	bool has_more_reasons; /* some were dropped */
	struct finding **last_finding;
};

/* Initial: skipped, complete, without findings. */
void outcome_init(struct outcome *outcome, struct arena *arena);
/* Adds a part. `reason` is copied, and counts only if `state` is the worst; NULL: no reason. */
void outcome_add(struct outcome *outcome, enum cell_state state, const char *reason);
/* Appends a finding; the arena owns it. */
void outcome_add_finding(struct outcome *outcome, struct finding *finding);
/* Marks the cell for another scan by a resumed run, whatever else is known. */
void outcome_set_pending(struct outcome *outcome);

#endif
