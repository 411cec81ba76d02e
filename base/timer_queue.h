/*
 * timer_queue.h - a priority queue of timers: a binary heap by due time.
 *
 * The owner chooses unit and clock, one for the whole queue. The queue borrows its items. Adding and taking
 * cost O(log n). Not thread-safe.
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

/* All zeroes: empty. */
struct timer_queue {
	struct timer *heap;
	size_t count, capacity;
};

/* For timer_queue_take: takes the first item, whenever it is due. */
#define TIMER_QUEUE_ANY INT64_MAX

/* False: out of memory, and the queue is unchanged. */
bool timer_queue_add(struct timer_queue *queue, int64_t due, void *item);
/* Removes and returns the item that is due first; NULL: none is due at `now`. */
void *timer_queue_take(struct timer_queue *queue, int64_t now);
/* When the first item is due; -1: the queue is empty. */
int64_t timer_queue_due(const struct timer_queue *queue);
void timer_queue_deinit(struct timer_queue *queue);

#endif
