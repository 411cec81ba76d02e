/*
 * throttle.h - how fast to ask, where somebody counts.
 *
 * A token bucket of one of two kinds. With a known limit it begins just below it and never exceeds it. Without
 * one it lets everything by until the server throttles for the first time; then it begins at 70 % of the rate
 * that was too much. In both the rate falls by 30 % at each refusal and climbs back by CUBIC's curve: steep at
 * first, flat near the rate that was too much, then steeper again; but of a known limit a quarter is always
 * asked for, without one a request every other second. After: botocore 1.43 retries/throttling.py, RFC 9438.
 * All zeroes is a throttle without a known limit. Times in milliseconds of a clock that never jumps.
 */
#ifndef WORKERS_THROTTLE_H
#define WORKERS_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

struct throttle {
	double limit;  /* requests a second that are never exceeded; 0: not known */
	double rate;   /* in force now; 0: none */
	double tokens; /* requests that may start at once; below zero: promised to those that wait */
	int64_t filled;
	double rate_before; /* when the server last throttled */
	int64_t throttled;  /* when; 0: never */
	double measured;    /* requests a second, smoothed, while no rate is in force */
	int64_t window;     /* half seconds: the one that is being counted */
	unsigned counted;
};

void throttle_open(struct throttle *throttle, double limit, int64_t now);
/*
 * Takes a token. Otherwise: milliseconds to wait for one, at least 5: where many wait, several tokens come at a
 * time, for each time that a thread wakes costs as much as a request.
 */
int64_t throttle_take(struct throttle *throttle, int64_t now);
/* Takes a token in any case: milliseconds after which the request may start. */
int64_t throttle_reserve(struct throttle *throttle, int64_t now);
/* How the server took a request. */
void throttle_accepted(struct throttle *throttle, int64_t now);
void throttle_refused(struct throttle *throttle, int64_t now);

#endif
