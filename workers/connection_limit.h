/*
 * connection_limit.h - how many connections to an endpoint are worth their handshakes.
 *
 * HTTP/1.1 carries one exchange at a time on a connection, so a queue of N exchanges with the round trip T
 * drains in N * T / connections. A new connection costs a handshake: CPU on both sides, and two or three round
 * trips until it can be used. The limit is the number of connections that drains the queue within a fixed time
 * (DRAIN_TIME_US) and half of T. A near endpoint needs few, however long the queue; a distant one nearly one
 * for each waiting exchange.
 *
 * T (min_rtt_us) is the shortest time from sending a request to its response, on a connection that had been
 * used before. It measures the network: it contains no handshake, and the minimum contains no wait for a busy
 * machine at either end. Before the first response, the time for which a response has been outstanding replaces
 * it.
 *
 * A response that is late because this machine is busy does not measure the network, and more connections would
 * make the machine busier. Therefore an endpoint counts as near until a response provably took longer than
 * HIGH_RTT_US: it had not arrived when the worker last polled. A near endpoint gets a second connection only
 * after MIN_SAMPLES responses, so that the first handshakes have not delayed the minimum; and its queue need
 * not drain sooner than the worker can process its whole backlog. A queue that unblocks more work has a fifth
 * of DRAIN_TIME_US, whatever the backlog.
 *
 * An endpoint with a known rate limit waits for the rate, not for connections. When it is near, it gets as many
 * as sustain that rate: the rate times the time for which an exchange occupies a connection at present.
 *
 * Times are microseconds of a monotonic clock.
 */
#ifndef WORKERS_CONNECTION_LIMIT_H
#define WORKERS_CONNECTION_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeroes: nothing was sent to the endpoint yet. */
struct connection_limit {
	bool is_connected, is_answered;
	unsigned samples;      /* on connections that were used before; at most MIN_SAMPLES are counted */
	int64_t since_us;      /* of the first connect, then of the first request that was sent; 0: never */
	int64_t min_rtt_us;    /* 0: not measured yet */
	int64_t proven_rtt_us; /* the longest time that a response provably took */
	int64_t occupied_us;   /* by an exchange on a connection: the average of the last MIN_SAMPLES */
};

/* The times of one response. */
struct rtt_sample {
	int64_t at_least_us; /* the age of the request at the worker's last poll; below zero: sent later */
	int64_t at_most_us;  /* its age now */
	int64_t occupied_us; /* since the exchange got its transfer */
	bool new_connection;
};

/* The exchanges for an endpoint. */
struct connection_demand {
	size_t length;      /* waiting or in flight */
	bool unblocks_work; /* their responses start more work */
	int64_t backlog_us; /* CPU time that the worker needs for the waiting exchanges of all endpoints */
};

/* At least 1. */
size_t connection_limit_wanted(const struct connection_limit *limit, const struct connection_demand *demand,
			       int64_t now_us);
/* The connections that sustain `rate` requests a second. 0: connection_limit_wanted decides. */
size_t connection_limit_for_rate(const struct connection_limit *limit, double rate);
/* An exchange starts, and may open a connection first. */
void connection_limit_on_connect(struct connection_limit *limit, int64_t now_us);
/* The request of an exchange is sent. */
void connection_limit_on_send(struct connection_limit *limit, int64_t now_us);
/* To be called for successes only: an error may come from a nearby proxy. */
void connection_limit_on_response(struct connection_limit *limit, const struct rtt_sample *sample);

#endif
