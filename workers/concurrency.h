/*
 * concurrency.h - how many exchanges a worker may have in flight, found out while it works.
 *
 * A delay-based limit, as TCP Vegas and the gradient limits of RPC libraries: responses whose round trips grow
 * with the number of exchanges wait somewhere, and more exchanges would only wait longer. The limit is
 * evaluated once for each window (WINDOW_US), in this order:
 *
 *   throttled   more than a fifth of the responses were throttled: lowered by 30 %
 *   slower      round trips took more than TOLERANCE times the shortest ones of their endpoints and GRACE_US:
 *               lowered in proportion, to one half at most. The grace leaves near endpoints alone, whose
 *               connections are few in any case (connection_limit.h)
 *   busy        the worker's thread worked for more than BUSY_PERCENT of the window: kept, because each
 *               further connection would cost time that the thread does not have
 *   short       an exchange could have started but for the limit: doubled until it was lowered for the first
 *               time, then raised by its square root
 *
 * Where less than half of the limit was used, it is not lowered: it did not cause what was measured. After it
 * was lowered, it is kept for SETTLE_US, the time of the longest round trips, so that the effect is
 * measured before the next change. A single account that is throttled does not lower it: each account has a
 * rate limiter of its own (scanner/aws/call.h), and endpoints with a known rate have one (rate_limiter.h).
 *
 * Round trips count by their lower bound (rtt_sample.at_least_us): a response that is read late because this
 * machine is busy does not make the network slow. Sources: RFC 9438 section 4.1 on delay and loss, L. Brakmo
 * and L. Peterson, "TCP Vegas" (1995), Netflix concurrency-limits (gradient limits).
 *
 * Times are microseconds of a monotonic clock. Used by the worker's thread only.
 */
#ifndef WORKERS_CONCURRENCY_H
#define WORKERS_CONCURRENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What happened since the last evaluation. */
struct concurrency_window {
	int64_t since_us; /* 0: the worker has not started */
	int64_t busy_us;  /* for how long the thread had worked by then */
	bool is_short;    /* an exchange could have started but for the limit */
	size_t peak;      /* of exchanges in flight */
	size_t answered, throttled, samples;
	int64_t rtt_us, tolerated_us; /* sums over the samples */
};

struct concurrency {
	size_t limit, max; /* exchanges in flight */
	bool adapts;
	size_t peak;        /* that there were at a time */
	unsigned lowered;   /* how often the limit was */
	int64_t settled_us; /* until then it is kept */
	struct concurrency_window window;
};

/* `start` 0: the limit is `max` and stays. */
void concurrency_init(struct concurrency *concurrency, size_t start, size_t max);
/* An exchange starts, and so many are in flight with it. */
void concurrency_on_start(struct concurrency *concurrency, size_t in_flight);
/* An exchange could start but for the limit. */
void concurrency_on_short(struct concurrency *concurrency);
/* The server has accepted a request, or throttled it. */
void concurrency_on_answer(struct concurrency *concurrency, bool throttled);
/* The round trip of a response, and the shortest one of its endpoint. */
void concurrency_on_response(struct concurrency *concurrency, int64_t at_least_us, int64_t min_rtt_us);
/* When the limit may be raised next; -1: nothing waits for that. */
int64_t concurrency_due_us(const struct concurrency *concurrency);
/* To be called in every round of the loop. `busy_us`: for how long the thread has worked since it started. */
void concurrency_tick(struct concurrency *concurrency, int64_t now_us, int64_t busy_us);

#endif
