/*
 * lanes.h - how many connections an endpoint deserves.
 *
 * A connection carries one exchange at a time, so a queue of N behind an endpoint that answers in T takes
 * N * T / lanes. A lane costs a handshake: computing on both sides, and two or three times T until it can be
 * used. The rule: as many lanes as let the queue drain within a fixed patience and half of T. Near endpoints
 * get along with a few whatever the queue; far ones get nearly one for each exchange that waits.
 *
 * T is the shortest answer that was seen on a connection that was used before, from the moment when the request
 * goes out: the distance, without handshakes and without the time that answers wait for a busy machine at
 * either end. Before there is any answer, how long the first is waited for tells that it is far.
 *
 * What takes long because this machine computes is not far, and more lanes would make it compute more. So there
 * is a grace; an endpoint counts as near when less is left of T than that once the worker's load is taken off;
 * a near one gets a second lane only after a few answers, of which the shortest was not held up by the first
 * storm of handshakes; and its queue need not drain sooner than the worker can do all that waits.
 *
 * The queue of an endpoint with a limit waits for that, not for lanes: a near one gets no more than keep its
 * pace, which is pace * what an answer takes at present, waits for busy machines among it.
 *
 * Times in microseconds of a clock that never jumps.
 */
#ifndef WORKERS_LANES_H
#define WORKERS_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeroes is an endpoint that was never asked. */
struct lanes {
	bool is_connected, is_answered;
	unsigned answers; /* on connections that were used before; no more than matter */
	int64_t since;    /* when it was first connected to, then when first asked; 0: never */
	int64_t distance; /* T; 0: not known yet */
	int64_t recent;   /* the average of the last few answers */
};

/* How long the worker will compute for all that it has in flight to any endpoint, and for all that waits. */
struct lanes_load {
	int64_t in_flight, waiting;
};

/* `queue`: exchanges that wait or are in flight. At least 1. */
size_t lanes_wanted(const struct lanes *lanes, size_t queue, int64_t now, struct lanes_load load);
/* No more than that for an endpoint that is asked `pace` times a second at most; SIZE_MAX: as many as are
 * wanted. */
size_t lanes_at_most(const struct lanes *lanes, double pace);
/* An exchange starts, perhaps by connecting. */
void lanes_connect(struct lanes *lanes, int64_t now);
/* Its request goes out. */
void lanes_ask(struct lanes *lanes, int64_t now);
/* The answer came so long after that. Successes only: refusals may come from nearby. */
void lanes_learn(struct lanes *lanes, int64_t elapsed, bool new_connection);

#endif
