/*
 * conclusion.h - what a finished run proves: in words, in sentences, and as an exit code.
 *
 * The same for every report, for the last line of a scan and for its exit code:
 *
 *   PART        the run is a shard: of the other accounts it knows nothing
 *   FAIL        a resource fails a control, and no exception covers it
 *   INCOMPLETE  not all cells in scope were assessed completely; nothing is proved, whatever else was found
 *   PASS        neither: all cells in scope were assessed, and nothing fails
 *
 * Cells in accepted gaps (gaps.h) are not assessed, and do not make a run incomplete. The conclusion then
 * states how many cells were assessed, and names the gaps, with the accounts of which they leave nothing. If
 * those are more than half of the accounts in scope, the run is incomplete all the same.
 *
 * PART, FAIL and INCOMPLETE may hold together. PASS stands alone: a part proves nothing about the organization.
 */
#ifndef SCANNER_MATRIX_CONCLUSION_H
#define SCANNER_MATRIX_CONCLUSION_H

#include "scanner/matrix/matrix.h"

/* Of the program; public. */
enum exit_code {
	/* Every cell in scope was assessed, or lies in an accepted gap, and */
	EXIT_COMPLIANT = 0,  /* nothing fails at or above --fail-on */
	EXIT_FAILING = 1,    /* a resource fails */
	EXIT_USAGE = 2,      /* usage or configuration error; nothing was scanned */
	EXIT_INCOMPLETE = 3, /* at least one cell was not, or only partly, assessed */
	EXIT_IMPOSSIBLE = 4, /* the scan could not start, or could not be stored or reported */
};

enum conclusion_word {
	CONCLUSION_PART,
	CONCLUSION_FAIL,
	CONCLUSION_INCOMPLETE,
	CONCLUSION_PASS,
	CONCLUSION_WORDS
};

enum { MAX_SENTENCES = 20, SENTENCE_SIZE = 240 };

struct sentence {
	enum conclusion_word word; /* that it belongs to */
	char text[SENTENCE_SIZE];
};

struct conclusion {
	struct totals totals;
	struct tally tally;
	bool holds[CONCLUSION_WORDS];
	struct sentence sentences[MAX_SENTENCES]; /* those of one word together, the most important first */
	size_t sentence_count;
	char brief[SENTENCE_SIZE]; /* "FAIL, INCOMPLETE: 49 cells could not be assessed (exit code 3)" */
	enum exit_code exit_code;  /* that a scan with this result ends with */
	bool exit_means_done;      /* the exit code says whether the run finished, not what it found */
};

const char *conclusion_word_name(enum conclusion_word word);
void conclusion_draw(const struct matrix *matrix, struct conclusion *conclusion);

/* Cells that are not skipped. */
size_t cells_in_scope(const struct totals *totals);
/* Cells in scope that could not be assessed, and that no gap accepts. */
size_t cells_missing(const struct totals *totals);
/* The same, in this state. */
size_t cells_missing_in(const struct totals *totals, enum cell_state state);

#endif
