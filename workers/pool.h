/*
 * pool.h - threads that each drive many HTTP exchanges at once.
 *
 * Share nothing: a worker owns its libcurl multi handle, its connections, its DNS and TLS session
 * caches, its timers, and every task that was sent to it. Tasks go in by the worker's mailbox; what a
 * task does with its results is its own affair (it will usually put them in a mailbox, too).
 *
 * A task is sent with a number that says where it belongs; equal numbers reach the same worker, so all
 * accounts share the connections to a region. Inside a worker, exchanges queue by endpoint. How many
 * connections an endpoint has depends on its round-trip time: a new TLS connection costs as much computing as
 * twenty requests on an open one, so an endpoint that answers at once gets few, and a distant one as many as
 * keep its queue from growing (connection_limit.h). All endpoints of a worker together never exceed its share
 * of `concurrency`.
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
	struct message message; /* the task travels by mailbox */
	void (*run)(struct task *task, struct worker *worker);
};

struct pool_options {
	size_t workers;
	size_t concurrency;         /* exchanges in flight in all */
	int64_t timeout_ms;         /* milliseconds, for the whole exchange */
	int64_t connect_timeout_ms; /* milliseconds */
	int64_t idle_timeout_ms;    /* milliseconds without a byte; rounded up to seconds */
	size_t max_answer_bytes;    /* bytes */
	const char *ca_bundle;      /* NULL: the system's */
	/*
	 * NULL: as the environment says (HTTPS_PROXY and its kin). `no_proxy`: hosts asked without one, NULL:
	 * none but those that never are asked through a proxy, of loopback and link-local addresses.
	 */
	const char *proxy, *no_proxy;
	const char *user_agent;
	/* Something of the caller's for each worker's thread alone; both may be NULL. */
	void *(*context_new)(void);
	void (*context_free)(void *context);
};

/* Counted by each worker, added up by pool_statistics. */
struct pool_statistics {
	uint64_t sent;        /* exchanges, each attempt counted */
	uint64_t connections; /* opened */
	uint64_t bytes_received;
};

struct pool *pool_open(const struct pool_options *options, struct error *error);
/* From any thread. Tasks with the same `place` run on the same worker. */
void pool_send(struct pool *pool, size_t place, struct task *task);
/*
 * The same for many at a time: the workers are not woken before pool_wake, which has to follow. Both are called
 * from one thread only.
 */
void pool_send_quiet(struct pool *pool, size_t place, struct task *task);
void pool_wake(struct pool *pool);
/* Stop asking: what waits is done as EXCHANGE_CANCELLED, also what is sent from now on. */
void pool_cancel_waiting(struct pool *pool);
/* ... and what is in flight, too. */
void pool_cancel_all(struct pool *pool);
/* Call it when no task is under way any more; joins the threads, frees everything. */
void pool_close(struct pool *pool);
struct pool_statistics pool_statistics(const struct pool *pool);

/*
 * For a task, on its worker's thread only. Neither calls the exchange's `done` before it returns: what cannot
 * be sent is reported by the loop.
 */
void worker_send(struct worker *worker, struct exchange *exchange);
void worker_send_after(struct worker *worker, struct exchange *exchange, int64_t milliseconds);
void *worker_context(struct worker *worker);
/* In [0, 1). */
double worker_random(struct worker *worker);
/* The retry quota of the exchange's endpoint. */
struct retry_quota *worker_quota(struct worker *worker, struct exchange *exchange);
/* Whether the server accepted the rate; for endpoints with a rate_limit. */
void worker_note_rate(struct exchange *exchange, bool throttled);

#endif
