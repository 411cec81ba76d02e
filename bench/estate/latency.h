/*
 * latency.h - how long an answer takes on the way.
 *
 * Round trips are those of a program that runs in us-east-1. Each answer's own delay is a function of the
 * seed and of what was asked, so that the shortest possible scan can be computed (critical_path.h).
 */
#ifndef ESTATE_LATENCY_H
#define ESTATE_LATENCY_H

#include "bench/estate/world.h"

enum latency { LATENCY_NONE, LATENCY_LAN, LATENCY_AWS };

/* Microseconds of one round trip to a region. `what` tells one question from another (latency_key). */
uint64_t latency_of(const struct world *world, enum latency latency, size_t region, uint64_t what);
uint64_t latency_key(const char *operation, size_t account, size_t page);

/* The round trips before the first request on a connection: TCP's handshake, and TLS 1.3's. */
unsigned latency_handshakes(bool tls);

#endif
