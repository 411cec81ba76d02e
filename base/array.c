#include "base/array.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

void *array_grow(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t larger = *capacity ? *capacity * 2 : FIRST_CAPACITY;
	void *grown;

	if (count < *capacity)
		return array;
	grown = realloc(array, larger * size);
	if (grown)
		*capacity = larger;
	return grown;
}
