#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * With ARENA_APART each piece is an allocation of exactly its size, so that valgrind and sanitizers find
 * overflows and use after free, and a test can make each allocation fail.
 */
#ifdef ARENA_APART
enum { FIRST_BLOCK = 1, MAX_STEP = 1 };
#else
enum { FIRST_BLOCK = 1024, MAX_STEP = 65536 };
#endif
enum { ALIGNMENT = 16 };

struct arena_block {
	struct arena_block *older;
	size_t size;
	size_t used;    /* a multiple of ALIGNMENT; past `size` when the last piece ends near it */
	size_t padding; /* aligns `bytes` */
	unsigned char bytes[];
};

_Static_assert(offsetof(struct arena_block, bytes) % ALIGNMENT == 0, "blocks must start aligned");

static struct arena_block *add_block(struct arena *arena, size_t at_least)
{
	size_t size = FIRST_BLOCK;
	struct arena_block *block;

	if (arena->blocks && arena->blocks->size < MAX_STEP)
		size = arena->blocks->size * 2;
	else if (arena->blocks)
		size = MAX_STEP;
	if (size < at_least)
		size = at_least;
	block = size > SIZE_MAX / 2 ? NULL : malloc(sizeof *block + size);
	if (!block) {
		arena->failed = true;
		return NULL;
	}
	block->older = arena->blocks;
	block->size = size;
	block->used = 0;
	arena->blocks = block;
	return block;
}

void *arena_take(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *taken;

	if (size > SIZE_MAX / 4) {
		arena->failed = true;
		return NULL;
	}
	if (!block || block->used > block->size || block->size - block->used < size) {
		block = add_block(arena, size);
		if (!block)
			return NULL;
	}
	taken = block->bytes + block->used;
	block->used += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return memset(taken, 0, size);
}

char *arena_copy_span(struct arena *arena, struct span span)
{
	char *copy;

	if (!span.at)
		return NULL;
	copy = arena_take(arena, span.length + 1);
	if (copy)
		memcpy(copy, span.at, span.length);
	return copy;
}

char *arena_copy(struct arena *arena, const char *text)
{
	return arena_copy_span(arena, span_of(text));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return NULL;
	text = arena_take(arena, (size_t)length + 1);
	if (!text)
		return NULL;
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

void arena_reset(struct arena *arena)
{
	struct arena_block *kept = arena->blocks;

	arena->failed = false;
	if (!kept)
		return;
	arena->blocks = kept->older;
	arena_deinit(arena);
	kept->older = NULL;
	kept->used = 0;
	arena->blocks = kept;
}

void arena_deinit(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->older;
		free(block);
	}
	arena->failed = false;
}

void arena_adopt(struct arena *into, struct arena *from)
{
	struct arena_block *oldest = from->blocks;

	if (!oldest)
		return;
	while (oldest->older)
		oldest = oldest->older;
	/* Inserts behind the block in use, so that its free space stays available. */
	if (into->blocks) {
		oldest->older = into->blocks->older;
		into->blocks->older = from->blocks;
	} else {
		into->blocks = from->blocks;
	}
	from->blocks = NULL;
	from->failed = false;
}
