/*
 * connection_limit.h - how many connections to an endpoint are worth their handshakes.
 *
 * A connection carries one exchange at a time, so a queue of N behind an endpoint with the round trip T drains
 * in N * T / connections. A connection costs a handshake: CPU on both sides, and two or three round trips until
 * it can be used. The rule: as many connections as let the queue drain within a fixed time (PATIENCE) and half
 * of T. Near endpoints need a few whatever the queue; distant ones nearly one for each exchange that waits.
 *
 * T is the shortest response that was measured on a connection that had been used before, from the moment when
 * the request is sent (min_rtt): the network, without handshakes and without the time that responses wait for a
 * busy machine at either end. Before the first response, the time that it has been awaited stands in for it.
 *
 * A response that is late because this machine is busy says nothing of the network, and more connections would
 * make the machine busier. So an endpoint counts as near until a response surely took longer than FAR: it had
 * not arrived when the worker last polled. A near endpoint gets a second connection only after ENOUGH
 * responses, of which the shortest was not delayed by the first handshakes; and its queue need not drain sooner
 * than the worker can process its whole backlog. A queue that unblocks more work has a fifth of the time,
 * whatever the backlog.
 *
 * The queue of an endpoint with a known rate waits for the rate, not for connections: a near one gets as many
 * as sustain that rate, which is the rate times the time for which an exchange occupies a connection at
 * present.
 *
 * Times in microseconds of a clock that never jumps.
 */
#ifndef WORKERS_CONNECTION_LIMIT_H
#define WORKERS_CONNECTION_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeroes is an endpoint to which nothing was sent. */
struct connection_limit {
	bool is_connected, is_answered;
	unsigned samples;   /* on connections that were used before; no more than ENOUGH */
	int64_t since;      /* when it was first connected to, then when first sent to; 0: never */
	int64_t min_rtt;    /* T; 0: not measured yet */
	int64_t proven_rtt; /* the longest that a response surely took */
	int64_t occupied;   /* a connection by an exchange: the average of the last few */
};

/* One response. */
struct rtt_sample {
	int64_t at_least; /* the request was unanswered so long when the worker last polled; below zero: it did
			     not */
	int64_t at_most;  /* until now */
	int64_t occupied; /* since the exchange got its connection */
	bool new_connection;
};

/* What waits for an endpoint. */
struct connection_demand {
	size_t length;      /* exchanges that wait or are in flight */
	bool unblocks_work; /* more work begins with their responses */
	int64_t backlog;    /* CPU time that the worker needs for all that waits, for every endpoint */
};

/* At least 1. */
size_t connection_limit_wanted(const struct connection_limit *limit, const struct connection_demand *demand,
			       int64_t now);
/* Those that sustain `rate` requests a second. 0: as many as are wanted. */
size_t connection_limit_for_rate(const struct connection_limit *limit, double rate);
/* An exchange starts, perhaps by connecting. */
void connection_limit_on_connect(struct connection_limit *limit, int64_t now);
void connection_limit_on_send(struct connection_limit *limit, int64_t now);
/* Successes only: refusals may come from a proxy nearby. */
void connection_limit_on_response(struct connection_limit *limit, const struct rtt_sample *sample);

#endif
