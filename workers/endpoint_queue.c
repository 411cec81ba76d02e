#include "workers/endpoint_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

enum { MIN_FREE_SHARE = 3 };

static struct endpoint_queue *make_queue(const struct exchange *exchange)
{
	struct endpoint_queue *queue = calloc(1, sizeof *queue + strlen(exchange->endpoint) + 1);

	if (!queue)
		return NULL;
	strcpy(queue->name, exchange->endpoint);
	queue->last = &queue->first;
	queue->unblocks_work = exchange->unblocks_work;
	queue->tls_sessions = curl_share_init();
	if (queue->tls_sessions)
		curl_share_setopt(queue->tls_sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	queue->address = curl_url();
	retry_quota_fill(&queue->quota);
	rate_limiter_init(&queue->limiter, exchange->rate_limit, clock_monotonic_milliseconds());
	return queue;
}

bool endpoint_queues_assign(struct endpoint_queues *queues, struct exchange *exchange)
{
	struct endpoint_queue *
		*buckets = &queues->buckets[hash_text(HASH_OF_NOTHING, exchange->endpoint) % ENDPOINT_BUCKETS],
	       *queue;

	exchange->queue = NULL;
	for (queue = *buckets; queue && strcmp(queue->name, exchange->endpoint) != 0;
	     queue = queue->next_in_bucket)
		;
	if (!queue) {
		queue = make_queue(exchange);
		if (!queue)
			return false;
		queue->next = queues->first;
		queues->first = queue;
		queue->next_in_bucket = *buckets;
		*buckets = queue;
	}
	exchange->queue = queue;
	return true;
}

void endpoint_queues_push(struct endpoint_queues *queues, struct exchange *exchange)
{
	struct endpoint_queue *queue = exchange->queue;
	struct exchange **before = exchange->high_priority ? &queue->first : queue->last;

	exchange->next = *before;
	*before = exchange;
	if (!exchange->next)
		queue->last = &exchange->next;
	queue->waiting++;
	queues->waiting++;
}

static struct exchange *dequeue(struct endpoint_queues *queues, struct endpoint_queue *queue)
{
	struct exchange *exchange = queue->first;

	queue->first = exchange->next;
	if (!queue->first)
		queue->last = &queue->first;
	queue->waiting--;
	queues->waiting--;
	return exchange;
}

/*
 * The more transfers a queue occupies, the more must stay free for the others: otherwise an endpoint that does
 * not respond would occupy all of them in time.
 */
static bool leaves_share(const struct endpoint_queue *queue, size_t free)
{
	return free * MIN_FREE_SHARE > queue->in_flight;
}

static size_t connections_of(const struct endpoint_queues *queues, const struct endpoint_queue *queue,
			     const struct worker_capacity *capacity)
{
	const struct connection_demand demand = {.length = queue->waiting + queue->in_flight,
						 .unblocks_work = queue->unblocks_work,
						 .backlog_us = (int64_t)queues->waiting * capacity->cost_us};
	size_t for_rate = connection_limit_for_rate(&queue->limit, queue->limiter.limit);

	return for_rate ? for_rate : connection_limit_wanted(&queue->limit, &demand, capacity->now_us);
}

static bool may_start(struct endpoint_queues *queues, struct endpoint_queue *queue,
		      const struct worker_capacity *capacity)
{
	int64_t now_ms = capacity->now_us / 1000, wait_ms;

	if (queue->waiting == 0 || queue->in_flight >= connections_of(queues, queue, capacity))
		return false;
	if (!leaves_share(queue, capacity->free)) {
		queues->is_short = true;
		return false;
	}
	wait_ms = rate_limiter_take(&queue->limiter, now_ms);
	if (wait_ms > 0 && (queues->allowed_at_ms < 0 || now_ms + wait_ms < queues->allowed_at_ms))
		queues->allowed_at_ms = now_ms + wait_ms;
	return wait_ms == 0;
}

struct exchange *endpoint_queues_next(struct endpoint_queues *queues, const struct worker_capacity *capacity)
{
	struct endpoint_queue *start = queues->turn ? queues->turn : queues->first;
	struct endpoint_queue *queue = start;

	/* Without a free transfer none may start; it only remains to be seen whether one waits for that. */
	while (queue && !(capacity->free == 0 && queues->is_short)) {
		struct endpoint_queue *following = queue->next ? queue->next : queues->first;

		if (may_start(queues, queue, capacity)) {
			queues->turn = following;
			return dequeue(queues, queue);
		}
		queue = following == start ? NULL : following;
	}
	return NULL;
}

struct exchange *endpoint_queues_take(struct endpoint_queues *queues)
{
	for (struct endpoint_queue *queue = queues->first; queue; queue = queue->next)
		if (queue->waiting > 0)
			return dequeue(queues, queue);
	return NULL;
}

void endpoint_queues_deinit(struct endpoint_queues *queues)
{
	while (queues->first) {
		struct endpoint_queue *queue = queues->first;

		queues->first = queue->next;
		curl_share_cleanup(queue->tls_sessions);
		curl_url_cleanup(queue->address);
		free(queue->url);
		free(queue);
	}
	*queues = (struct endpoint_queues){0};
}
