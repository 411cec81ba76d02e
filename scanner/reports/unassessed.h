/*
 * unassessed.h - what reports say of cells that could not be assessed: the same words in every format.
 */
#ifndef SCANNER_REPORTS_UNASSESSED_H
#define SCANNER_REPORTS_UNASSESSED_H

#include "scanner/reports/walk.h"

/* For programs, in place of a verdict: "not-assessed", "partly-assessed", "note". */
const char *unassessed_label(const struct unassessed *unassessed);
#define NOTE_LABEL "note"

const char *unassessed_title(const struct unassessed *unassessed);
const char *note_title(const struct note *note);

/* A reason is joined from one for each call, by "; "; each may end in what to do about it. */
struct reason_part {
	struct span what;
	struct span advice; /* absent: none of its own */
};
/* Takes the first part off the front of `*rest`; false when nothing is left. */
bool reason_split(const char **rest, struct reason_part *part);

/* What to do about cells in such a state, where the reason says no better. */
const char *unassessed_advice_on_state(enum cell_state state);
enum { MAX_ADVICE = 512 };
/* What to do about this one: by its reason, or else by its state. */
void unassessed_write_advice(const struct unassessed *unassessed, char text[static MAX_ADVICE]);

/*
 * The same for every run, whatever the state: "neptune-scan/not-assessed/ACCOUNT/REGION",
 * "neptune-scan/note/ACCOUNT", "neptune-scan/note/run".
 */
void unassessed_append_id(const struct unassessed *unassessed, struct buffer *id);
void note_append_id(const struct note *note, struct buffer *id);

/* Of a run that is not complete: "49 of 612 cells in scope could not be assessed, 7 more only in part." */
#define UNASSESSED_CONSEQUENCE "This report does not prove compliance."
void unassessed_write_conclusion(const struct totals *totals, FILE *stream);

enum { MAX_REGIONS_NAMED = 6 };
/* The regions of one account that could not be assessed for the same reason. */
struct cause {
	struct unassessed first;
	size_t regions; /* 0: the run knows none */
	const char *named[MAX_REGIONS_NAMED];
};

/* Account by account. */
void walk_causes(const struct matrix *matrix, void (*take)(void *userdata, const struct cause *cause),
		 void *userdata);
/* "us-east-1, us-west-2 and 3 more" */
void cause_write_regions(const struct cause *cause, FILE *stream);
/* "denied", "denied, assessed only in part" */
void cause_write_state(const struct cause *cause, FILE *stream);

#endif
