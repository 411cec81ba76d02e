#include "base/array.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

static size_t larger_than(size_t capacity)
{
	return capacity ? capacity * 2 : FIRST_CAPACITY;
}

void *array_grow(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t larger = larger_than(*capacity);
	void *grown;

	if (count < *capacity)
		return array;
	grown = realloc(array, larger * size);
	if (grown)
		*capacity = larger;
	return grown;
}

void *array_grow_in_arena(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size)
{
	size_t larger = larger_than(*capacity);
	void *grown;

	if (count < *capacity)
		return array;
	grown = arena_take(arena, larger * size);
	if (!grown)
		return NULL;
	if (count > 0)
		memcpy(grown, array, count * size);
	*capacity = larger;
	return grown;
}
