/*
 * endpoint_queue.h - a worker's queue of exchanges for each endpoint, and which of them starts next.
 *
 * A queue is first in, first out, after what has high priority. Queues take turns, so that a slow endpoint
 * delays no other. The next exchange of a queue may start when the queue may have one more connection
 * (connection_limit.h), the endpoint's rate allows a request now (rate_limiter.h), and enough transfers stay
 * free for the other queues. Exchanges belong to their callers. Used by the worker's thread only.
 */
#ifndef WORKERS_ENDPOINT_QUEUE_H
#define WORKERS_ENDPOINT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/connection_limit.h"
#include "workers/exchange.h"
#include "workers/rate_limiter.h"
#include "workers/retry.h"

struct endpoint_queue {
	struct endpoint_queue *next, *next_in_bucket;
	struct exchange *first, **last;
	size_t waiting, in_flight; /* transfer.c counts those in flight */
	bool unblocks_work;
	struct connection_limit limit;
	struct rate_limiter limiter;
	struct retry_quota quota;
	CURLSH *tls_sessions; /* that a new connection resumes; NULL: none are kept */
	char name[];
};

enum { ENDPOINT_BUCKETS = 64 };

/* All zeroes is an empty one. */
struct endpoint_queues {
	struct endpoint_queue *first, *turn;              /* `turn`: the first to be considered next */
	struct endpoint_queue *buckets[ENDPOINT_BUCKETS]; /* by the hash of the endpoint's name */
	size_t waiting;
	int64_t allowed_at; /* monotonic milliseconds, when the first rate-limited queue may send; -1: none */
};

/* What the worker can take on now. */
struct worker_capacity {
	size_t free;  /* transfers */
	int64_t cost; /* microseconds of computing for one */
	int64_t now;  /* monotonic microseconds */
};

/* Assigns the exchange to its endpoint's queue, created on first use. False: out of memory. */
bool endpoint_queues_assign(struct endpoint_queues *queues, struct exchange *exchange);
/* The exchange has been assigned. */
void endpoint_queues_push(struct endpoint_queues *queues, struct exchange *exchange);
/* The next exchange that may start; NULL: none may. Lowers `allowed_at` to when a rate-limited one may. */
struct exchange *endpoint_queues_next(struct endpoint_queues *queues, const struct worker_capacity *capacity);
/* Any waiting exchange, whether it may start or not; NULL: none waits. */
struct exchange *endpoint_queues_take(struct endpoint_queues *queues);
/* Nothing waits or is in flight. */
void endpoint_queues_deinit(struct endpoint_queues *queues);

#endif
