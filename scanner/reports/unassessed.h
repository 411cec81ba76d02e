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
/* What to do about cells in such a state. */
const char *unassessed_advice(enum cell_state state);

/*
 * The same for every run, whatever the state: "neptune-scan/not-assessed/ACCOUNT/REGION",
 * "neptune-scan/note/ACCOUNT", "neptune-scan/note/run".
 */
void unassessed_write_id(const struct unassessed *unassessed, char *text, size_t size);
void note_write_id(const struct note *note, char *text, size_t size);

/* Of a run that is not complete: "49 of 612 cells in scope could not be assessed, 7 more only in part." */
#define UNASSESSED_CONSEQUENCE "This report does not prove compliance."
void unassessed_write_conclusion(const struct totals *totals, FILE *stream);

/* The regions of one account that could not be assessed for the same reason. */
struct cause {
	struct unassessed first;
	size_t row;
	size_t regions;
};

/* Account by account. */
void walk_causes(const struct matrix *matrix, void (*take)(void *userdata, const struct cause *cause),
		 void *userdata);
/* "us-east-1, us-west-2 and 3 more" */
void cause_write_regions(const struct cause *cause, FILE *stream);
/* "denied", "denied, assessed only in part" */
void cause_write_state(const struct cause *cause, FILE *stream);

#endif
