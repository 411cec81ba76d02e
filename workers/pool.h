/*
 * pool.h - a pool of threads that each drive many HTTP exchanges at once.
 *
 * Workers share almost nothing: each owns its libcurl multi handle, its connections, its DNS and TLS session
 * caches, its timers, and every task that was sent to it. Tasks arrive by the worker's mailbox; a task usually
 * reports its result by a mailbox of the caller.
 * Workers block all signals.
 *
 * A task is sent with an affinity: tasks with the same one run on the same worker, so that all accounts share
 * the connections to a region. Of three workers or more, the first has POOL_URGENT for itself, and an eighth of
 * `concurrency`: a page of accounts, or a session, does not wait for the responses of a thousand connections
 * that became ready at the same time. Inside a worker, exchanges queue by endpoint. The number of connections
 * to an endpoint follows its round-trip time, because a new TLS connection costs as much CPU as twenty requests
 * on an open one: a near endpoint gets few, a distant one as many as keep its queue from growing
 * (connection_limit.h). All endpoints of a worker together never exceed its share of `concurrency`, or of what
 * it finds out below that (concurrency.h); and all workers together have no more connections open than the
 * process, the proxy or the network grants (connection_budget.h), which is the one thing that they share.
 */
#ifndef WORKERS_POOL_H
#define WORKERS_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "workers/exchange.h"
#include "workers/mailbox.h"
#include "workers/retry.h"

struct pool;
struct worker;

struct task {
	struct message message;
	void (*run)(struct task *task, struct worker *worker);
};

struct pool_options {
	size_t workers;
	size_t concurrency; /* exchanges in flight, over all workers */
	size_t start;       /* begins with so many, and adapts; 0: with `concurrency`, which stays */
	size_t connections; /* open at a time, idle ones too, over all workers; 0: twice `concurrency` */
	int64_t timeout_ms; /* of the whole exchange */
	int64_t connect_timeout_ms;
	int64_t idle_timeout_ms;   /* without a byte; rounded up to seconds */
	size_t max_response_bytes; /* of a body */
	const char *ca_bundle;     /* NULL: the system's */
	/*
	 * `proxy` NULL: as the environment sets it (HTTPS_PROXY and the like). `no_proxy`: hosts that are
	 * requested directly; NULL: only the loopback and link-local addresses that never use a proxy.
	 */
	const char *proxy, *no_proxy;
	const char *user_agent;
	/* Per-thread data of the caller (worker_context): called on each worker's thread. Both may be NULL. */
	void *(*context_new)(void);
	void (*context_free)(void *context);
};

struct pool_statistics {
	uint64_t sent;        /* exchanges; each attempt counts */
	uint64_t connections; /* opened */
	uint64_t bytes_received;
	size_t limit;     /* exchanges that may be in flight at present */
	size_t peak;      /* that were in flight: the sum of the most of each worker */
	unsigned lowered; /* how often a worker lowered its limit, or all lowered that of connections */
	size_t connections_allowed; /* at present */
};

/* The affinity of tasks whose responses start more work. */
enum { POOL_URGENT = 0 };

struct pool *pool_open(const struct pool_options *options, struct error *error);
/* Safe to call from any thread. The task must live until it has reported its result. */
void pool_send(struct pool *pool, size_t affinity, struct task *task);
/*
 * For many tasks at a time: does not wake the workers, so pool_wake has to follow. Both are called from one
 * thread only.
 */
void pool_send_quiet(struct pool *pool, size_t affinity, struct task *task);
void pool_wake(struct pool *pool);
/* Ends exchanges that wait, and those that are sent from now on, as EXCHANGE_CANCELLED. */
void pool_cancel_waiting(struct pool *pool);
/* Ends those in flight as well. */
void pool_cancel_all(struct pool *pool);
/* Joins the threads and frees everything. Requires that no task is running. NULL is allowed. */
void pool_close(struct pool *pool);
struct pool_statistics pool_statistics(const struct pool *pool);
/* Exchanges that may be in flight at present. */
size_t pool_concurrency(const struct pool *pool);

/*
 * For a task, on its worker's thread only. Neither function calls the exchange's `done` before it returns: the
 * event loop reports an exchange that cannot be sent.
 */
void worker_send(struct worker *worker, struct exchange *exchange);
void worker_send_after(struct worker *worker, struct exchange *exchange, int64_t delay_ms);
/* What context_new returned on this thread. */
void *worker_context(struct worker *worker);
/* In [0, 1). */
double worker_random(struct worker *worker);
/* The retry quota of the exchange's endpoint. */
struct retry_quota *worker_quota(struct worker *worker, struct exchange *exchange);
/* The server accepted the exchange's request, or throttled it: for the limits of its endpoint and the worker.
 */
void worker_note_rate(struct worker *worker, struct exchange *exchange, bool throttled);

#endif
