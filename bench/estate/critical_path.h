/*
 * critical_path.h - a lower bound for the time of a scan.
 *
 * It follows the order that any scanner must keep: the caller's identity, the organization, the pages of its
 * accounts, and for each account the role, its regions, and in every region the pages of its clusters, and at
 * the same time those of its snapshots if the scanner asked for snapshots. Each
 * response takes its latency, and STS issues sessions at its rate limit, which holds for each of the regional
 * endpoints that the scanner uses. There are enough connections, and computing takes no time.
 */
#ifndef ESTATE_CRITICAL_PATH_H
#define ESTATE_CRITICAL_PATH_H

#include "bench/estate/request.h"

/* What the scanner asked for. */
struct asked {
	size_t sts_endpoints; /* through which it entered sessions, all as near as the first; 0 stands for one
			       */
	bool snapshots;
};

/* In seconds. 0: the estate has neither latencies nor limits. */
double critical_path_seconds(const struct estate *estate, const struct asked *asked);

#endif
