/*
 * statistics.h - the counters of GET /estate/stats, and the request log.
 */
#ifndef ESTATE_STATISTICS_H
#define ESTATE_STATISTICS_H

#include <stdio.h>

#include "bench/estate/operations.h"

struct statistics {
	uint64_t connections, handshakes /* of TLS */, resumed /* of these, by tickets */;
	uint64_t requests, refused, throttled;
	uint64_t writes; /* writing operations; all were refused */
	uint64_t in_flight, most_in_flight;
	bool sts[WORLD_MAX_REGIONS]; /* regions whose STS was asked for sessions, and not by mistake */
	uint64_t by_operation[OPERATIONS], by_fault[FAULT_KINDS];
};

/* NULL: out of memory. */
json_t *statistics_json(const struct statistics *statistics, const struct estate *estate);

/* One line for each request, separated by tabs, below a heading. */
void log_open(FILE *log);
void log_request(FILE *log, double seconds, uint64_t connection, const struct request *request);

#endif
