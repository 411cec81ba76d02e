/*
 * array.h - arrays whose capacity doubles when they are full.
 *
 * Both functions return the array with room for at least one element more than the `count` elements it holds.
 * `size` is that of an element in bytes; a new array is NULL with a capacity of 0. NULL: out of memory, and the
 * array and its capacity are unchanged. New elements are not initialized.
 */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

#include "base/arena.h"

/* The caller frees the array. */
void *array_grow(void *array, size_t count, size_t *capacity, size_t size);
/* The arena owns the array; memory of the smaller ones stays in use until the arena is freed. */
void *array_grow_in_arena(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size);

#endif
