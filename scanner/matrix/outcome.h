/*
 * outcome.h - what comes of one cell, put together from its parts: the worst state of all of them, and why.
 *
 * Parts come in any order; the record is the same whatever their order is. Texts and findings live in the
 * caller's arena. One thread uses an outcome at a time.
 */
#ifndef SCANNER_MATRIX_OUTCOME_H
#define SCANNER_MATRIX_OUTCOME_H

#include "base/arena.h"
#include "scanner/matrix/matrix.h"

struct outcome_reason;

struct outcome {
	struct cell_record record;
	/* Its own. */
	struct arena *arena;
	struct outcome_reason *reasons; /* of the worst state, sorted; the record's reason joins them */
	bool has_more_reasons;          /* than are kept */
	struct finding **last_finding;
};

/* Without any part: skipped, complete, no findings. */
void outcome_init(struct outcome *outcome, struct arena *arena);
/* One more part. `reason` (copied) counts only while `state` is the worst; NULL: the state says it all. */
void outcome_add(struct outcome *outcome, enum cell_state state, const char *reason);
/* The finding lives in the arena; it is appended. */
void outcome_add_finding(struct outcome *outcome, struct finding *finding);
/* Whatever else is known of it, a resumed run must scan it again. */
void outcome_set_pending(struct outcome *outcome);

#endif
