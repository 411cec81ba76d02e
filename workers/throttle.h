/*
 * throttle.h - how fast one endpoint may be asked, where one limit is shared by all who ask.
 *
 * A token bucket. It begins at the known limit, less a margin; when the server throttles all the same (others
 * use the same limit), the rate falls by 30 % and climbs back by CUBIC's curve, steep at first, flat near
 * the rate that was too much, then steeper again. After: botocore 1.43 retries/throttling.py, RFC 9438.
 * All zeroes is a throttle that lets everything by. Times in milliseconds of a clock that never jumps.
 */
#ifndef WORKERS_THROTTLE_H
#define WORKERS_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

struct throttle {
	double limit;  /* requests a second that are never exceeded; 0: no limit */
	double rate;   /* in force now */
	double tokens; /* requests that may start at once */
	int64_t filled;
	double rate_before; /* when the server last throttled */
	int64_t throttled;  /* when; 0: never */
};

void throttle_open(struct throttle *throttle, double limit, int64_t now);
/* Takes a token. Otherwise: milliseconds to wait for one, at least 1. */
int64_t throttle_take(struct throttle *throttle, int64_t now);
/* How the server took a request. */
void throttle_accepted(struct throttle *throttle, int64_t now);
void throttle_refused(struct throttle *throttle, int64_t now);

#endif
