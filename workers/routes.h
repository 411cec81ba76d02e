/*
 * routes.h - the queues of exchanges to each endpoint, and whose turn it is.
 *
 * A route is first come, first served. Routes take turns, so that a slow one holds up nobody but itself. The
 * next exchange of a route may start when there is a connection for it (connection_limit.h), the endpoint may
 * be asked now (rate_limiter.h), and enough stays free for the other routes.
 */
#ifndef WORKERS_ROUTES_H
#define WORKERS_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/connection_limit.h"
#include "workers/exchange.h"
#include "workers/rate_limiter.h"
#include "workers/retry.h"

struct route {
	struct route *next, *next_alike;
	struct exchange *first, **last;
	size_t waiting, in_flight; /* whoever starts and ends an exchange counts those in flight */
	bool unblocks_work;
	struct connection_limit limit;
	struct rate_limiter limiter;
	struct retry_quota quota;
	CURLSH *tickets; /* TLS sessions, that a new connection goes on with; NULL: none are kept */
	char name[];
};

enum { ROUTES_ALIKE = 64 };

/* All zeroes is an empty one. */
struct routes {
	struct route *first, *turn;        /* `turn`: who is asked first, next time */
	struct route *alike[ROUTES_ALIKE]; /* the same by the hash of their names */
	size_t waiting;
	int64_t throttled; /* monotonic milliseconds, when a throttled route may go on; -1: none */
};

/* What the worker can do now. */
struct routes_leave {
	size_t free;  /* exchanges that it could begin */
	int64_t cost; /* microseconds of computing for one */
	int64_t now;  /* monotonic microseconds */
};

/* Gives the exchange its route, which is made by the first that names it. False: no memory. */
bool routes_assign(struct routes *routes, struct exchange *exchange);
/* Of an exchange that has its route. */
void routes_queue(struct routes *routes, struct exchange *exchange);
/* The next that may start; NULL: none may. `throttled`, unless it is sooner, becomes when one may that waits
 * for it. */
struct exchange *routes_next(struct routes *routes, const struct routes_leave *leave);
/* One that waits, whether it may start or not; NULL: none waits. */
struct exchange *routes_take(struct routes *routes);
/* Nothing waits or is in flight. */
void routes_free(struct routes *routes);

#endif
