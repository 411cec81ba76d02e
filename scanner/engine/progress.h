/*
 * progress.h - how far the scan is, on standard error.
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
	const char *slowest; /* region that most cells under way wait for; NULL: they are spread */
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
/* Draws when it is time to; cheap to call often. */
void progress_update(struct progress *progress, const struct progress_counts *counts);
/* Takes the line away, so that something else can be written. */
void progress_clear(struct progress *progress);

#endif
