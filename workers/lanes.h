/*
 * lanes.h - how many connections an endpoint deserves.
 *
 * A connection carries one exchange at a time, so a queue of N behind an endpoint that answers in T takes
 * N * T / lanes. A lane costs a handshake: computing on both sides, and two or three times T until it can be
 * used. The rule: as many lanes as let the queue drain within a fixed patience and half of T. Near endpoints
 * get along with a few whatever the queue; far ones get nearly one for each exchange that waits.
 *
 * T is the shortest answer that was seen: the distance, without the time that answers wait for a busy machine
 * at either end. The first answer on a new connection waits for two handshakes as well, so it counts for a
 * third; so does, before there is any, how long the first exchange has been on its way. Neither says anything
 * within a grace: in a storm of handshakes every endpoint looks a little far, and taking it for far asks for
 * more handshakes. Times in microseconds of a clock that never jumps.
 */
#ifndef WORKERS_LANES_H
#define WORKERS_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeroes is an endpoint that was never asked. */
struct lanes {
	bool is_asked;
	int64_t asked;    /* when, for the first time */
	int64_t distance; /* T; 0: not known yet, so it is near */
};

/* `queue`: exchanges that wait or are in flight. At least 1. */
size_t lanes_wanted(const struct lanes *lanes, size_t queue, int64_t now);
/* An exchange starts. */
void lanes_ask(struct lanes *lanes, int64_t now);
/* An exchange took so long. Successes only: refusals may come from nearby. */
void lanes_learn(struct lanes *lanes, int64_t elapsed, bool new_connection);

#endif
