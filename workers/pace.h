/*
 * pace.h - what an exchange costs a worker.
 *
 * Computing of all kinds, from waking up to the next wait, shared out to the exchanges that ended meanwhile:
 * on a busy machine more than its CPU, and rightly so. The least of all stretches of exchanges is kept, since
 * handshakes, a full cache or a neighbour's minute come on top and pass. Microseconds of a clock that never
 * jumps.
 */
#ifndef WORKERS_PACE_H
#define WORKERS_PACE_H

#include <stdint.h>

/* All zeroes is a worker that has not begun. */
struct pace {
	int64_t woken;
	int64_t worked, exchanges; /* in the stretch that is not full yet */
	int64_t least;             /* of an exchange; 0: no stretch was full yet */
};

void pace_wake(struct pace *pace, int64_t now);
void pace_sleep(struct pace *pace, int64_t now);
void pace_count(struct pace *pace); /* an exchange has ended */
/* Of one exchange. 0: not known yet. */
int64_t pace_cost(const struct pace *pace);

#endif
