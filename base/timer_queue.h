/*
 * timer_queue.h - what is due later: a binary heap by time.
 *
 * Times are in whatever unit and clock the owner uses, the same for all of one queue. The queue borrows what it
 * holds: it frees none of it. Adding and taking cost O(log n). One thread uses it.
 */
#ifndef BASE_TIMER_QUEUE_H
#define BASE_TIMER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t due;
	void *item;
};

/* All zeroes is an empty one. */
struct timer_queue {
	struct timer *heap;
	size_t count, capacity;
};

/* For timer_queue_take: whatever is due first, at any time. */
#define TIMER_QUEUE_ANY INT64_MAX

/* False: out of memory, and the queue is unchanged. */
bool timer_queue_add(struct timer_queue *queue, int64_t due, void *item);
/* Removes and returns the item that is due first; NULL: none is due at `now`. */
void *timer_queue_take(struct timer_queue *queue, int64_t now);
/* When the first item is due; -1: the queue is empty. */
int64_t timer_queue_due(const struct timer_queue *queue);
void timer_queue_deinit(struct timer_queue *queue);

#endif
