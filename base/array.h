/*
 * array.h - arrays that double when they are full.
 */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/*
 * The array with room for at least one element more than the `count` it holds; the caller frees it. `size` is
 * that of an element in bytes. NULL: no memory, and the array and its capacity stay as they were.
 */
void *array_grow(void *array, size_t count, size_t *capacity, size_t size);

#endif
