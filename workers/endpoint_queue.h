/*
 * endpoint_queue.h - a worker's queue of exchanges for each endpoint, and the choice of the one that starts
 * next.
 *
 * Exchanges of high priority precede the others of their queue, which is first in, first out. Queues take
 * turns, so that a slow endpoint does not delay the others. The first exchange of a queue may start when the
 * queue may use one more connection (connection_limit.h), the endpoint's rate allows a request now
 * (rate_limiter.h), and enough transfers stay free for the other queues.
 *
 * The callers own the exchanges. Used by the worker's thread only.
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
	size_t waiting, in_flight; /* transfer.c maintains in_flight */
	bool unblocks_work;
	int64_t works_us;   /* when a connection was last seen to work; monotonic; 0: never */
	int64_t refused_us; /* of the first one since then that could not be opened; 0: none */
	struct connection_limit limit;
	struct rate_limiter limiter;
	struct retry_quota quota;
	CURLSH *tls_sessions; /* new connections resume them; NULL: out of memory, each does a full handshake */
	CURLU *address;       /* the first URL, parsed by transfer.c; NULL: out of memory */
	char *url;            /* the same as text; NULL: none yet */
	char name[];
};

enum { ENDPOINT_BUCKETS = 64 };

/* All zeroes: empty. */
struct endpoint_queues {
	struct endpoint_queue *first, *turn;              /* endpoint_queues_next begins at `turn` */
	struct endpoint_queue *buckets[ENDPOINT_BUCKETS]; /* by the hash of the endpoint's name */
	size_t waiting;
	int64_t allowed_at_ms; /* monotonic: when the first rate-limited queue may send; -1: none waits */
	bool is_short; /* a queue may use one more connection, and there are not enough free transfers */
};

/* The state of the worker. */
struct worker_capacity {
	size_t free;     /* transfers */
	int64_t cost_us; /* CPU time of one exchange (cost.h) */
	int64_t now_us;  /* monotonic */
};

/* Sets the exchange's queue, which is created on first use of its endpoint. False: out of memory. */
bool endpoint_queues_assign(struct endpoint_queues *queues, struct exchange *exchange);
/* Appends an exchange that has been assigned, or prepends it when it has high priority. */
void endpoint_queues_push(struct endpoint_queues *queues, struct exchange *exchange);
/*
 * Removes and returns the next exchange that may start; NULL: none may. While transfers are free, lowers
 * `allowed_at_ms` to the time when a rate-limited one may; sets `is_short`.
 */
struct exchange *endpoint_queues_next(struct endpoint_queues *queues, const struct worker_capacity *capacity);
/* Removes and returns any waiting exchange, whether it may start or not; NULL: none waits. */
struct exchange *endpoint_queues_take(struct endpoint_queues *queues);
/* Requires that no exchange waits or is in flight. */
void endpoint_queues_deinit(struct endpoint_queues *queues);

#endif
