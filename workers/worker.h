/*
 * worker.h - one thread of the pool, and its event loop. Only pool.c needs this page; what a task may
 * do with its worker stands in pool.h.
 */
#ifndef WORKERS_WORKER_H
#define WORKERS_WORKER_H

#include "workers/pool.h"

enum worker_stop { WORKER_RUNS, WORKER_CANCELS_WAITING, WORKER_CANCELS_ALL, WORKER_ENDS };

/* Starts the thread. `capacity`: exchanges in flight at most. */
struct worker *worker_open(const struct pool_options *options, size_t capacity, struct error *error);
void worker_push(struct worker *worker, struct task *task);
/* True: worker_wake has to follow. */
bool worker_push_quiet(struct worker *worker, struct task *task);
void worker_wake(struct worker *worker);
void worker_cancel(struct worker *worker, enum worker_stop stop);
struct pool_statistics worker_statistics(const struct worker *worker);
/* Joins the thread, which has been told that it ends. */
void worker_close(struct worker *worker);

#endif
