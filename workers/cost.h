/*
 * cost.h - an estimate of what an exchange costs a worker.
 *
 * CPU time of all kinds, from waking up to the next wait, divided among the exchanges that ended meanwhile: on
 * a busy machine also the time that others had the CPU, which is intended. The least of all stretches of
 * exchanges is kept, since handshakes, a full cache or a neighbour's load come on top and pass. Microseconds of
 * a clock that never jumps.
 */
#ifndef WORKERS_COST_H
#define WORKERS_COST_H

#include <stdint.h>

/* All zeroes is a worker that has not begun. */
struct cost {
	int64_t woken;
	int64_t worked, exchanges; /* in the stretch that is not full yet */
	int64_t min;               /* of an exchange, over all full stretches; 0: none was full yet */
};

void cost_wake(struct cost *cost, int64_t now);
void cost_sleep(struct cost *cost, int64_t now);
void cost_count(struct cost *cost); /* an exchange has ended */
/* Of one exchange. 0: not known yet. */
int64_t cost_of_exchange(const struct cost *cost);

#endif
