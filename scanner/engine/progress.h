/*
 * progress.h - the progress of a scan, on standard error.
 *
 * On a terminal one line that redraws itself; elsewhere, when asked for, a plain line every ten
 * seconds.
 */
#ifndef SCANNER_ENGINE_PROGRESS_H
#define SCANNER_ENGINE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct progress_counts {
	size_t accounts, accounts_done;
	bool listing; /* more accounts may come */
	size_t cells, cells_done, failing, blind;
	const char *slowest; /* region of more than half of the cells that are out; NULL: there is none */
	size_t waiting_there;
};

struct progress {
	FILE *stream;
	bool live, plain; /* neither: silent */
	bool drawn;
	int64_t started, last; /* monotonic milliseconds */
};

/* `when` is auto, always or never. */
void progress_start(struct progress *progress, FILE *stream, const char *when);
/* Draws at most every so often; cheap to call. */
void progress_update(struct progress *progress, const struct progress_counts *counts);
/* Erases the line, so that other output can be written. */
void progress_clear(struct progress *progress);

#endif
