/*
 * unassessed.h - the wording for cells that could not be assessed, shared by all formats.
 */
#ifndef SCANNER_REPORTS_UNASSESSED_H
#define SCANNER_REPORTS_UNASSESSED_H

#include "scanner/matrix/reason.h"
#include "scanner/reports/walk.h"

/* For programs, in place of a verdict: "not-assessed", "partly-assessed", "note"; also in an accepted gap. */
const char *unassessed_label(const struct unassessed *unassessed);
#define NOTE_LABEL "note"

const char *unassessed_title(const struct unassessed *unassessed);
const char *note_title(const struct note *note);

/* Advice for cells in this state, when the reason has none. */
const char *unassessed_advice_on_state(enum cell_state state);
enum { MAX_ADVICE = 512 };
/* Advice from the reason, else from the state. Of a cell in an accepted gap: that, and until when. */
void unassessed_write_advice(const struct unassessed *unassessed, char text[static MAX_ADVICE]);

/*
 * A stable id, equal in every run and state: "neptune-scan/not-assessed/ACCOUNT/REGION",
 * "neptune-scan/note/ACCOUNT", "neptune-scan/note/run", "neptune-scan/gap/NAME".
 */
void unassessed_append_id(const struct unassessed *unassessed, struct buffer *id);
void note_append_id(const struct note *note, struct buffer *id);

enum { MAX_REGIONS_NAMED = 6 };
/* The regions of an account that could not be assessed for the same reason. */
struct cause {
	struct unassessed first;
	size_t regions; /* 0: the run knows no region */
	const char *named[MAX_REGIONS_NAMED];
};

/* Calls `take` for each cause, account by account. */
void walk_causes(const struct matrix *matrix, void (*take)(void *userdata, const struct cause *cause),
		 void *userdata);
/* "us-east-1, us-west-2 and 3 more" */
void cause_write_regions(const struct cause *cause, FILE *stream);
/* "denied", "denied, assessed only in part" */
void cause_write_state(const struct cause *cause, FILE *stream);

#endif
