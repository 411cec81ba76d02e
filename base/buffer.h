/*
 * buffer.h - a growing text.
 *
 * A failed append leaves the text unchanged and sets `failed`, so the caller checks for an error once at the
 * end. The text is terminated by a NUL that `length` does not count. All zeroes: empty and ready. Not
 * thread-safe.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/span.h"

struct buffer {
	char *at;
	size_t length;
	size_t capacity;
	bool failed;
};

/* Appends several texts, up to a NULL. Faster than a format, for hot paths. */
__attribute__((sentinel)) void buffer_texts(struct buffer *buffer, ...);
/* The part of buffer_extend that allocates. */
char *buffer_extend_slowly(struct buffer *buffer, size_t length);

/* Extends the text by `length` bytes, which the caller writes. NULL: out of memory. */
static inline char *buffer_extend(struct buffer *buffer, size_t length)
{
	char *end;

	if (!buffer->at || buffer->failed || length >= buffer->capacity - buffer->length)
		return buffer_extend_slowly(buffer, length);
	end = buffer->at + buffer->length;
	buffer->length += length;
	buffer->at[buffer->length] = '\0';
	return end;
}

static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	char *end = buffer_extend(buffer, length);

	if (end && length > 0)
		memcpy(end, bytes, length);
}

static inline void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) void buffer_print(struct buffer *buffer, const char *format, ...);
struct span buffer_span(const struct buffer *buffer);
/* Empties the text and keeps the memory. */
void buffer_clear(struct buffer *buffer);
void buffer_deinit(struct buffer *buffer);
/* Overwrites the text before it frees the memory. */
void buffer_wipe(struct buffer *buffer);

#endif
