/*
 * latency.h - the network latency of responses.
 *
 * Round trips are those of a client in us-east-1. The delay of each response is a function of the seed and
 * the request, so that the shortest possible scan can be computed (critical_path.h).
 */
#ifndef ESTATE_LATENCY_H
#define ESTATE_LATENCY_H

#include "bench/estate/world.h"

enum latency { LATENCY_NONE, LATENCY_LAN, LATENCY_AWS, LATENCY_SLOW /* two seconds, everywhere */ };

/* The round trip to a region in microseconds. `what` distinguishes requests (latency_key). */
uint64_t latency_of(const struct world *world, enum latency latency, size_t region, uint64_t what);
uint64_t latency_key(const char *operation, size_t account, size_t page);

/* Round trips of the handshakes on a new connection: TCP, and TLS 1.3. */
unsigned latency_handshakes(bool tls);

#endif
