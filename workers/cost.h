/*
 * cost.h - an estimate of the time that an exchange costs a worker.
 *
 * The time between waking up and the next wait, divided by the exchanges that ended meanwhile. On a busy
 * machine it includes the time that other processes had the CPU, which is intended. The estimate is the minimum
 * over groups of exchanges, because handshakes, cold caches and other load add to single groups and pass.
 *
 * Times are microseconds of a monotonic clock.
 */
#ifndef WORKERS_COST_H
#define WORKERS_COST_H

#include <stdint.h>

/* All zeroes: the worker has not started. */
struct cost {
	int64_t woken_us;
	int64_t busy_us;              /* the time between waking up and waiting, in all */
	int64_t worked_us, exchanges; /* of the current group */
	int64_t min_us;               /* of one exchange, over all full groups; 0: none is full yet */
};

/* The worker wakes up, or is about to wait. */
void cost_wake(struct cost *cost, int64_t now_us);
void cost_sleep(struct cost *cost, int64_t now_us);
/* An exchange has ended. */
void cost_count(struct cost *cost);
/* 0: not known yet. */
int64_t cost_of_exchange(const struct cost *cost);

#endif
