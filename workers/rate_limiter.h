/*
 * rate_limiter.h - a token bucket that adapts to throttling.
 *
 * With a known limit, the rate begins just below the limit and never exceeds it. Without one, every request
 * passes until the server throttles for the first time; the rate then begins at 70 % of the measured rate. In
 * both cases each throttled request lowers the rate by 30 %, and it recovers along CUBIC's curve: steep at
 * first, flat near the rate at which the server throttled, then steep again. It never falls below a quarter of
 * a known limit, or below one request in two seconds without one. Sources: botocore 1.43 retries/throttling.py,
 * RFC 9438.
 *
 * All zeroes: a rate limiter without a known limit. Times are milliseconds of a monotonic clock. Not
 * thread-safe.
 */
#ifndef WORKERS_RATE_LIMITER_H
#define WORKERS_RATE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct rate_limiter {
	double limit;         /* requests a second, never exceeded; 0: not known */
	double rate;          /* requests a second, in force now; 0: none */
	double tokens;        /* requests that may start at once; below zero: reserved by callers that wait */
	int64_t filled_ms;    /* when `tokens` was last brought up to date */
	double rate_before;   /* the rate at which the server last throttled */
	int64_t throttled_ms; /* when it last did; 0: never */
	double measured;      /* requests a second, smoothed; measured while no rate is in force */
	int64_t window;       /* the half second that `counted` belongs to */
	unsigned counted;
};

void rate_limiter_init(struct rate_limiter *limiter, double limit, int64_t now_ms);
/*
 * 0: took a token. Otherwise the wait for one in milliseconds, at least 5: when many callers wait, a thread
 * then wakes for several tokens at once, because each wakeup costs as much CPU as a request.
 */
int64_t rate_limiter_take(struct rate_limiter *limiter, int64_t now_ms);
/* Takes a token in any case, and returns the milliseconds after which the request may start. */
int64_t rate_limiter_reserve(struct rate_limiter *limiter, int64_t now_ms);
/* The server accepted a request, or throttled it. */
void rate_limiter_accepted(struct rate_limiter *limiter, int64_t now_ms);
void rate_limiter_refused(struct rate_limiter *limiter, int64_t now_ms);

#endif
