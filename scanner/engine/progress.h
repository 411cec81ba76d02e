/*
 * progress.h - the progress of a scan, on standard error.
 *
 * On a terminal one line that redraws itself; elsewhere, with --progress always, a plain line every ten
 * seconds, or with --log-format json an event "scan.progress" with the counts as members: at first five a
 * second, later one in a twentieth of the time that has passed, and at least every ten seconds.
 */
#ifndef SCANNER_ENGINE_PROGRESS_H
#define SCANNER_ENGINE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "scanner/engine/time_left.h"

struct progress_counts {
	size_t accounts, accounts_done;
	bool listing; /* more accounts may come */
	size_t cells, cells_sent, cells_done, failing, blind;
	bool accounts_wait;  /* to be entered */
	const char *slowest; /* region of more than half of the cells that are out; NULL: there is none */
	size_t waiting_there;
};

struct progress {
	FILE *stream;
	bool live, plain;      /* neither: silent */
	const struct log *log; /* of events instead of plain lines; NULL: none */
	bool drawn;
	int64_t started, last; /* monotonic milliseconds */
	struct time_left left;
};

/* `when` is auto, always or never. `log`, when its format is JSON, gets events in place of plain lines. */
void progress_start(struct progress *progress, FILE *stream, const char *when, const struct log *log);
/* Draws at most every so often; cheap to call. */
void progress_update(struct progress *progress, const struct progress_counts *counts);
/* Erases the line, so that other output can be written. */
void progress_clear(struct progress *progress);

#endif
