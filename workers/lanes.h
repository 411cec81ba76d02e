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
 * What takes long because this machine computes is not far, and more lanes would make it compute more. So an
 * endpoint counts as near until an answer surely took longer than the grace: it was not there yet when the
 * worker last looked. A near one gets a second lane only after a few answers, of which the shortest was not
 * held up by the first storm of handshakes; and its queue need not drain sooner than the worker can do all that
 * waits. A queue with whose answers more work begins is allowed a fifth of the patience, whatever else waits.
 *
 * The queue of an endpoint with a limit waits for that, not for lanes: a near one gets those that keep its
 * pace, which is pace * what an exchange occupies a lane at present, with all its waiting for busy machines.
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
	int64_t proven;   /* the longest that an answer surely took */
	int64_t occupied; /* a lane by an exchange: the average of the last few */
};

/* How long an answer took. */
struct lanes_answer {
	int64_t at_least; /* the request was out so long without it; below zero: nobody looked */
	int64_t at_most;  /* and now it is */
	int64_t occupied; /* since the exchange had its lane */
	bool new_connection;
};

/* What an endpoint is asked. */
struct lanes_queue {
	size_t length;      /* exchanges that wait or are in flight */
	bool unblocks_work; /* more work begins with their answers */
	int64_t backlog;    /* how long the worker will compute for all that waits, for whatever endpoint */
};

/* At least 1. */
size_t lanes_wanted(const struct lanes *lanes, const struct lanes_queue *queue, int64_t now);
/* Those for an endpoint that is asked `pace` times a second at most. 0: as many as are wanted. */
size_t lanes_for_pace(const struct lanes *lanes, double pace);
/* An exchange starts, perhaps by connecting. */
void lanes_connect(struct lanes *lanes, int64_t now);
/* Its request goes out. */
void lanes_ask(struct lanes *lanes, int64_t now);
/* Successes only: refusals may come from nearby. */
void lanes_learn(struct lanes *lanes, const struct lanes_answer *answer);

#endif
