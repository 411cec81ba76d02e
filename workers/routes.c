#include "workers/routes.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

enum { MIN_ROOM = 3 };

static struct route *make_route(const struct exchange *exchange)
{
	struct route *route = calloc(1, sizeof *route + strlen(exchange->route) + 1);

	if (!route)
		return NULL;
	strcpy(route->name, exchange->route);
	route->last = &route->first;
	route->unblocks_work = exchange->unblocks_work;
	route->tickets = curl_share_init();
	if (route->tickets)
		curl_share_setopt(route->tickets, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	retry_quota_fill(&route->quota);
	rate_limiter_open(&route->limiter, exchange->rate_limit, clock_monotonic_milliseconds());
	return route;
}

bool routes_assign(struct routes *routes, struct exchange *exchange)
{
	struct route **alike = &routes->alike[hash_text(HASH_OF_NOTHING, exchange->route) % ROUTES_ALIKE],
		     *route;

	exchange->at = NULL;
	for (route = *alike; route && strcmp(route->name, exchange->route) != 0; route = route->next_alike)
		;
	if (!route) {
		route = make_route(exchange);
		if (!route)
			return false;
		route->next = routes->first;
		routes->first = route;
		route->next_alike = *alike;
		*alike = route;
	}
	exchange->at = route;
	return true;
}

void routes_queue(struct routes *routes, struct exchange *exchange)
{
	struct route *route = exchange->at;
	struct exchange **before = exchange->high_priority ? &route->first : route->last;

	exchange->next = *before;
	*before = exchange;
	if (!exchange->next)
		route->last = &exchange->next;
	route->waiting++;
	routes->waiting++;
}

static struct exchange *dequeue(struct routes *routes, struct route *route)
{
	struct exchange *exchange = route->first;

	route->first = exchange->next;
	if (!route->first)
		route->last = &route->first;
	route->waiting--;
	routes->waiting--;
	return exchange;
}

/*
 * The more a route holds, the more must be left for the others: one that does not answer would in time hold
 * all that is free, and its exchanges shall wait alone.
 */
static bool leaves_room(const struct route *route, size_t free)
{
	return free * MIN_ROOM > route->in_flight;
}

static size_t connections_of(const struct routes *routes, const struct route *route,
			     const struct routes_leave *leave)
{
	const struct connection_demand queue = {.length = route->waiting + route->in_flight,
						.unblocks_work = route->unblocks_work,
						.backlog = (int64_t)routes->waiting * leave->cost};
	size_t paced = connection_limit_for_rate(&route->limit, route->limiter.limit);

	return paced ? paced : connection_limit_wanted(&route->limit, &queue, leave->now);
}

/* Is there work, a connection for it, and leave? */
static bool may_start(struct routes *routes, struct route *route, const struct routes_leave *leave)
{
	int64_t now = leave->now / 1000, wait;

	if (route->waiting == 0 || !leaves_room(route, leave->free) ||
	    route->in_flight >= connections_of(routes, route, leave))
		return false;
	wait = rate_limiter_take(&route->limiter, now);
	if (wait > 0 && (routes->throttled < 0 || now + wait < routes->throttled))
		routes->throttled = now + wait;
	return wait == 0;
}

struct exchange *routes_next(struct routes *routes, const struct routes_leave *leave)
{
	struct route *start = routes->turn ? routes->turn : routes->first;
	struct route *route = start;

	while (route) {
		struct route *following = route->next ? route->next : routes->first;

		if (may_start(routes, route, leave)) {
			routes->turn = following;
			return dequeue(routes, route);
		}
		route = following == start ? NULL : following;
	}
	return NULL;
}

struct exchange *routes_take(struct routes *routes)
{
	for (struct route *route = routes->first; route; route = route->next)
		if (route->waiting > 0)
			return dequeue(routes, route);
	return NULL;
}

void routes_free(struct routes *routes)
{
	while (routes->first) {
		struct route *route = routes->first;

		routes->first = route->next;
		curl_share_cleanup(route->tickets);
		free(route);
	}
	*routes = (struct routes){0};
}
