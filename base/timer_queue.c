#include "base/timer_queue.h"

#include <stdlib.h>

#include "base/array.h"

static void swap(struct timer *a, struct timer *b)
{
	struct timer copy = *a;

	*a = *b;
	*b = copy;
}

bool timer_queue_add(struct timer_queue *queue, int64_t due, void *item)
{
	struct timer *heap = array_grow(queue->heap, queue->count, &queue->capacity, sizeof *queue->heap);
	size_t i = queue->count;

	if (!heap)
		return false;
	queue->heap = heap;
	heap[i] = (struct timer){due, item};
	queue->count++;
	for (; i > 0 && heap[i].due < heap[(i - 1) / 2].due; i = (i - 1) / 2)
		swap(&heap[i], &heap[(i - 1) / 2]);
	return true;
}

void *timer_queue_take(struct timer_queue *queue, int64_t now)
{
	struct timer *heap = queue->heap;
	size_t i = 0, count;
	void *item;

	if (queue->count == 0 || heap[0].due > now)
		return NULL;
	item = heap[0].item;
	count = --queue->count;
	heap[0] = heap[count];
	for (;;) {
		size_t earliest = i, left = 2 * i + 1, right = left + 1;

		if (left < count && heap[left].due < heap[earliest].due)
			earliest = left;
		if (right < count && heap[right].due < heap[earliest].due)
			earliest = right;
		if (earliest == i)
			return item;
		swap(&heap[i], &heap[earliest]);
		i = earliest;
	}
}

int64_t timer_queue_due(const struct timer_queue *queue)
{
	return queue->count > 0 ? queue->heap[0].due : -1;
}

void timer_queue_deinit(struct timer_queue *queue)
{
	free(queue->heap);
	*queue = (struct timer_queue){0};
}
