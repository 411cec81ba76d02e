#include "workers/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "workers/connection_budget.h"
#include "workers/worker.h"

enum { MIN_WORKERS_OF_URGENT = 3, URGENT_SHARE = 8 };

struct slot {
	struct worker *worker;
	bool needs_wake; /* a quiet send found its mailbox empty */
};

struct pool {
	struct connection_budget budget;
	size_t count;
	struct slot slots[];
};

static void close_workers(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		worker_cancel(pool->slots[i].worker, WORKER_ENDS);
	for (size_t i = 0; i < pool->count; i++)
		worker_close(pool->slots[i].worker);
	free(pool);
}

static bool has_urgent_worker(size_t workers)
{
	return workers >= MIN_WORKERS_OF_URGENT;
}

/* Of exchanges in flight. The remainder goes to the first workers that share. */
static size_t share_of(size_t all, size_t workers, size_t index)
{
	size_t urgent = has_urgent_worker(workers) ? 1 + all / URGENT_SHARE : 0,
	       sharing = workers - (urgent > 0);

	if (all == 0 || (urgent > 0 && index == 0))
		return all == 0 ? 0 : urgent;
	index -= urgent > 0;
	all = all - urgent > sharing ? all - urgent : sharing;
	return all / sharing + (index < all % sharing);
}

static struct slot *slot_of(struct pool *pool, size_t affinity)
{
	if (!has_urgent_worker(pool->count))
		return &pool->slots[affinity % pool->count];
	return &pool->slots[affinity == POOL_URGENT ? 0 : 1 + affinity % (pool->count - 1)];
}

struct pool *pool_open(const struct pool_options *options, struct error *error)
{
	size_t workers = options->workers < options->concurrency ? options->workers : options->concurrency;
	struct pool *pool = calloc(1, sizeof *pool + workers * sizeof pool->slots[0]);

	if (!pool) {
		error_out_of_memory(error);
		return NULL;
	}
	connection_budget_init(&pool->budget,
			       options->connections ? options->connections : 2 * options->concurrency, workers,
			       options->concurrency);
	for (size_t i = 0; i < workers; i++) {
		const struct worker_share share = {
			.max = share_of(options->concurrency, workers, i),
			.start = share_of(options->start, workers, i),
			.budget = &pool->budget,
		};

		pool->slots[i].worker = worker_open(options, &share, error);
		if (!pool->slots[i].worker) {
			close_workers(pool);
			return NULL;
		}
		pool->count++;
	}
	return pool;
}

void pool_send(struct pool *pool, size_t affinity, struct task *task)
{
	worker_push(slot_of(pool, affinity)->worker, task);
}

void pool_send_quiet(struct pool *pool, size_t affinity, struct task *task)
{
	struct slot *slot = slot_of(pool, affinity);

	slot->needs_wake |= worker_push_quiet(slot->worker, task);
}

void pool_wake(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++) {
		if (pool->slots[i].needs_wake)
			worker_wake(pool->slots[i].worker);
		pool->slots[i].needs_wake = false;
	}
}

void pool_cancel_waiting(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		worker_cancel(pool->slots[i].worker, WORKER_CANCELS_WAITING);
}

void pool_cancel_all(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		worker_cancel(pool->slots[i].worker, WORKER_CANCELS_ALL);
}

void pool_close(struct pool *pool)
{
	if (pool)
		close_workers(pool);
}

struct pool_statistics pool_statistics(const struct pool *pool)
{
	struct pool_statistics total = {0};

	for (size_t i = 0; i < pool->count; i++) {
		struct pool_statistics one = worker_statistics(pool->slots[i].worker);

		total.sent += one.sent;
		total.connections += one.connections;
		total.bytes_received += one.bytes_received;
		total.limit += one.limit;
		total.peak += one.peak;
		total.lowered += one.lowered;
	}
	total.lowered += atomic_load(&pool->budget.lowered);
	total.connections_allowed = atomic_load(&pool->budget.allowed);
	return total;
}

size_t pool_concurrency(const struct pool *pool)
{
	size_t limit = 0;

	for (size_t i = 0; i < pool->count; i++)
		limit += worker_limit(pool->slots[i].worker);
	return limit;
}
