/*
 * worker.h - one thread of the pool and its event loop. Private to pool.c; pool.h declares what a task may
 * call.
 */
#ifndef WORKERS_WORKER_H
#define WORKERS_WORKER_H

#include "workers/connection_budget.h"
#include "workers/pool.h"

/* In this order; a worker never goes back. */
enum worker_stop { WORKER_RUNS, WORKER_CANCELS_WAITING, WORKER_CANCELS_ALL, WORKER_ENDS };

/* Of one worker. */
struct worker_share {
	size_t max, start; /* exchanges in flight (concurrency.h) */
	struct connection_budget *budget;
};

/* Starts the thread. NULL: the error is set. */
struct worker *worker_open(const struct pool_options *options, const struct worker_share *share,
			   struct error *error);
void worker_push(struct worker *worker, struct task *task);
/* True: the caller has to call worker_wake. */
bool worker_push_quiet(struct worker *worker, struct task *task);
void worker_wake(struct worker *worker);
void worker_cancel(struct worker *worker, enum worker_stop stop);
struct pool_statistics worker_statistics(const struct worker *worker);
/* Exchanges that may be in flight at present. */
size_t worker_limit(const struct worker *worker);
/* Joins the thread and frees the worker; worker_cancel(WORKER_ENDS) has to precede. */
void worker_close(struct worker *worker);

#endif
