/*
 * rate_limiter.h - how fast to ask, where somebody counts.
 *
 * A token bucket of one of two kinds. With a known limit it begins just below it and never exceeds it. Without
 * one it lets everything by until the server throttles for the first time; then it begins at 70 % of the rate
 * that was too much. In both the rate falls by 30 % at each refusal and climbs back by CUBIC's curve: steep at
 * first, flat near the rate that was too much, then steeper again; but of a known limit a quarter is always
 * asked for, without one a request every other second. After: botocore 1.43 retries/throttling.py, RFC 9438.
 * All zeroes is a rate limiter without a known limit. Times in milliseconds of a clock that never jumps.
 */
#ifndef WORKERS_RATE_LIMITER_H
#define WORKERS_RATE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct rate_limiter {
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

void rate_limiter_init(struct rate_limiter *limiter, double limit, int64_t now);
/*
 * Takes a token. Otherwise: milliseconds to wait for one, at least 5: where many wait, several tokens come at a
 * time, for each time that a thread wakes costs as much as a request.
 */
int64_t rate_limiter_take(struct rate_limiter *limiter, int64_t now);
/* Takes a token in any case: milliseconds after which the request may start. */
int64_t rate_limiter_reserve(struct rate_limiter *limiter, int64_t now);
/* How the server took a request. */
void rate_limiter_accepted(struct rate_limiter *limiter, int64_t now);
void rate_limiter_refused(struct rate_limiter *limiter, int64_t now);

#endif
