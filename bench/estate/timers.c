#include "bench/estate/timers.h"

#include <stdlib.h>

static void swap(struct timer *a, struct timer *b)
{
	struct timer kept = *a;

	*a = *b;
	*b = kept;
}

bool timers_add(struct timers *timers, int64_t due, void *what)
{
	size_t i = timers->count;

	if (timers->count == timers->capacity) {
		size_t capacity = timers->capacity ? timers->capacity * 2 : 64;
		struct timer *heap = realloc(timers->heap, capacity * sizeof *heap);

		if (!heap)
			return false;
		timers->heap = heap;
		timers->capacity = capacity;
	}
	timers->heap[timers->count++] = (struct timer){due, what};
	for (; i > 0 && timers->heap[(i - 1) / 2].due > timers->heap[i].due; i = (i - 1) / 2)
		swap(&timers->heap[i], &timers->heap[(i - 1) / 2]);
	return true;
}

void *timers_take(struct timers *timers, int64_t now)
{
	struct timer *heap = timers->heap;
	void *what;

	if (timers->count == 0 || heap[0].due > now)
		return NULL;
	what = heap[0].what;
	heap[0] = heap[--timers->count];
	for (size_t i = 0;;) {
		size_t least = i, left = 2 * i + 1, right = left + 1;

		if (left < timers->count && heap[left].due < heap[least].due)
			least = left;
		if (right < timers->count && heap[right].due < heap[least].due)
			least = right;
		if (least == i)
			return what;
		swap(&heap[i], &heap[least]);
		i = least;
	}
}

int64_t timers_wait(const struct timers *timers, int64_t now)
{
	if (timers->count == 0)
		return -1;
	return timers->heap[0].due > now ? timers->heap[0].due - now : 0;
}

void timers_free(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){NULL, 0, 0};
}
