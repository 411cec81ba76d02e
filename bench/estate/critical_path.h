/*
 * critical_path.h - the shortest time in which anybody could scan this estate.
 *
 * It knows the order in which things must be asked: who am I, the organization, its accounts page by page,
 * and for each account the role, its regions, and in every region the pages of its clusters. Each answer takes
 * its latency; STS gives out no more roles than its limit allows. Connections are there for as many requests as
 * can be under way, and computing takes no time. A lower bound, to hold a measured time against.
 */
#ifndef ESTATE_CRITICAL_PATH_H
#define ESTATE_CRITICAL_PATH_H

#include "bench/estate/request.h"

/* In seconds. 0: there are neither latencies nor limits. */
double critical_path_seconds(const struct estate *estate);

#endif
