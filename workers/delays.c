#include "workers/delays.h"

#include <stdlib.h>

#include "base/array.h"

static void swap(struct exchange **heap, size_t a, size_t b)
{
	struct exchange *kept = heap[a];

	heap[a] = heap[b];
	heap[b] = kept;
}

bool delays_put(struct delays *delays, struct exchange *exchange)
{
	struct exchange **heap =
		array_grow(delays->heap, delays->count, &delays->capacity, sizeof *delays->heap);
	size_t i = delays->count;

	if (!heap)
		return false;
	delays->heap = heap;
	heap[i] = exchange;
	delays->count++;
	while (i > 0 && heap[i]->due < heap[(i - 1) / 2]->due) {
		swap(heap, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
	return true;
}

struct exchange *delays_take(struct delays *delays)
{
	struct exchange **heap = delays->heap, *first;
	size_t i = 0, count;

	if (delays->count == 0)
		return NULL;
	first = heap[0];
	count = --delays->count;
	heap[0] = heap[count];
	for (;;) {
		size_t least = i, left = 2 * i + 1, right = left + 1;

		if (left < count && heap[left]->due < heap[least]->due)
			least = left;
		if (right < count && heap[right]->due < heap[least]->due)
			least = right;
		if (least == i)
			return first;
		swap(heap, i, least);
		i = least;
	}
}

int64_t delays_due(const struct delays *delays)
{
	return delays->count > 0 ? delays->heap[0]->due : -1;
}

void delays_free(struct delays *delays)
{
	free(delays->heap);
	*delays = (struct delays){0};
}
