/*
 * delays.h - exchanges that wait for their time: a binary heap by `due`.
 */
#ifndef WORKERS_DELAYS_H
#define WORKERS_DELAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/exchange.h"

/* All zeroes is an empty one. */
struct delays {
	struct exchange **heap;
	size_t count, capacity;
};

/* False: no memory, and nothing has changed. */
bool delays_put(struct delays *delays, struct exchange *exchange);
/* The one that is due first, whatever the time; NULL: there is none. */
struct exchange *delays_take(struct delays *delays);
/* When the first is due, in its own unit; -1: there is none. */
int64_t delays_due(const struct delays *delays);
/* The exchanges belong to their callers. */
void delays_free(struct delays *delays);

#endif
