/*
 * arena.h - memory that is given back all at once.
 *
 * An allocation that fails returns NULL and leaves `failed` set, so that a parser may take many small
 * pieces and ask once at the end. An arena that is all zeroes is empty and ready.
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

/* Zeroed memory, aligned for any type; NULL when there is none. */
void *arena_take(struct arena *arena, size_t size);
/* Copies end in a NUL that the length does not count. An absent span or NULL gives NULL. */
char *arena_copy_span(struct arena *arena, struct span span);
char *arena_copy(struct arena *arena, const char *text);
__attribute__((format(printf, 2, 3))) char *arena_format(struct arena *arena, const char *format, ...);
/* Forgets everything that was taken, keeps the newest block for what comes next. */
void arena_reset(struct arena *arena);
/* Gives all memory back. The arena may be used again. */
void arena_free(struct arena *arena);
/* Moves everything that `from` holds into `into`; pointers stay valid, `from` is empty afterwards. */
void arena_adopt(struct arena *into, struct arena *from);

#endif
