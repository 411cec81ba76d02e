/*
 * time_left.h - an estimate of how long a scan will still take.
 *
 * The cells that are left, divided by a rate of the last half of the time since the first cell was sent: the
 * beginning, with its handshakes and its few connections, does not count for ever. It is the rate at which
 * cells end, with one exception: where STS limits the scan, cells of distant regions end later than those of
 * near ones, and the rate at which cells are sent is the better one until the distant ones end as well. So
 * while accounts wait to be entered, that rate counts for FILL_MS, and later unless far fewer cells end than
 * are sent: then the machine or the network limits the scan.
 *
 * The last cells take longer than that: a cell without resources takes two round trips one after the other, one
 * with keys and pages of snapshots five. So the time that cells take (from the moment at which as many were
 * sent as have ended now) is added once and a half, up to TAIL_MS, because waiting in queues is a part of it.
 *
 * Times are milliseconds since the scan started. Not thread-safe.
 */
#ifndef SCANNER_ENGINE_TIME_LEFT_H
#define SCANNER_ENGINE_TIME_LEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIME_LEFT_SAMPLES = 64 };

struct time_left_sample {
	int64_t at_ms;
	size_t sent, done; /* cells */
};

/* All zeroes: nothing is known. */
struct time_left {
	struct time_left_sample samples[TIME_LEFT_SAMPLES];
	size_t count;
	size_t cells; /* expected in all; of the last sample */
	bool accounts_wait;
	int64_t sent_ms;   /* when the last cell so far was sent */
	int64_t taking_ms; /* how long cells took then */
};

/* To be called as often as wanted. `cells` are those expected in all. */
void time_left_update(struct time_left *left, const struct time_left_sample *now, size_t cells,
		      bool accounts_wait);
/* -1: not known yet. */
int64_t time_left_ms(const struct time_left *left);

#endif
