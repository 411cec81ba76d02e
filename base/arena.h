/*
 * arena.h - a memory arena: many small allocations that are freed together.
 *
 * A failed allocation returns NULL and sets `failed`, so a parser may allocate many small pieces and check
 * for an error once at the end. An arena of all zeroes is empty and ready. Not thread-safe.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	bool failed;
};

/* Zeroed memory, aligned for any type; NULL: out of memory. */
void *arena_take(struct arena *arena, size_t size);
/* Copies are terminated by a NUL that the length does not count. An absent span or NULL gives NULL. */
char *arena_copy_span(struct arena *arena, struct span span);
char *arena_copy(struct arena *arena, const char *text);
__attribute__((format(printf, 2, 3))) char *arena_format(struct arena *arena, const char *format, ...);
/* Forgets all allocations and keeps the newest block for the next ones. */
void arena_reset(struct arena *arena);
/* Frees all memory. The arena is empty and may be used again. */
void arena_deinit(struct arena *arena);
/* Moves all allocations of `from` into `into`. Pointers stay valid, and `from` is empty afterwards. */
void arena_adopt(struct arena *into, struct arena *from);

#endif
