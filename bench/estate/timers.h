/*
 * timers.h - what must happen later: a heap of moments.
 */
#ifndef ESTATE_TIMERS_H
#define ESTATE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t due; /* microseconds */
	void *what;
};

struct timers {
	struct timer *heap;
	size_t count, capacity;
};

/* False: no memory. */
bool timers_add(struct timers *timers, int64_t due, void *what);
/* Takes off the next one that is due; NULL: none is. */
void *timers_take(struct timers *timers, int64_t now);
/* Microseconds until the next; -1: there is none. */
int64_t timers_wait(const struct timers *timers, int64_t now);
void timers_free(struct timers *timers);

#endif
