/*
 * connection_budget.h - how many connections all workers of a pool may keep open.
 *
 * It begins with what the process may open (capacity.h). When a connection cannot be opened although others
 * work, something between here and AWS grants no more: the process or the system has no descriptor or port
 * left, a proxy refuses further clients, or a NAT has no mapping left. Then the budget falls to the number of
 * connections that are open, and by one with each further failure, but by no more than one half of them
 * in LOWER_AFTER_US. It is raised again by a thirty-second in each RAISE_AFTER_US without a failure. The
 * exchange that met the failure is not to blame: it is sent again (response.is_crowded_out in exchange.h).
 *
 * Shared by the workers of a pool: all functions are called from any thread. Times are microseconds of a
 * monotonic clock.
 */
#ifndef WORKERS_CONNECTION_BUDGET_H
#define WORKERS_CONNECTION_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection_budget {
	size_t workers, max, exchanges; /* exchanges: in flight over all workers, at most */
	atomic_size_t open;             /* sockets of all workers */
	atomic_size_t allowed;          /* of these */
	atomic_size_t least;            /* that it may fall to now */
	atomic_uint lowered;            /* how often it was, a series of failures counted once */
	atomic_int_fast64_t at_us;      /* of the last change or failure; 0: none */
	atomic_int_fast64_t proxied_us;
};

void connection_budget_init(struct connection_budget *budget, size_t max, size_t workers, size_t exchanges);
/* Of a worker with so many of the exchanges; at least 1. */
size_t connection_budget_share(const struct connection_budget *budget, size_t exchanges);
void connection_budget_opened(struct connection_budget *budget);
void connection_budget_closed(struct connection_budget *budget);
/* When a connection through a proxy was last seen to work; 0: never. */
int64_t connection_budget_proxied_us(const struct connection_budget *budget);
void connection_budget_note_proxy(struct connection_budget *budget, int64_t now_us);
/* A connection could not be opened although others work. */
void connection_budget_lower(struct connection_budget *budget, int64_t now_us);
/* To be called in every round of the loop. */
void connection_budget_tick(struct connection_budget *budget, int64_t now_us);

#endif
