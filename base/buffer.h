/*
 * buffer.h - text that grows.
 *
 * A failed or refused append leaves `failed` set and the text as it was; whoever fills a buffer asks
 * once at the end. The text always ends in a NUL that the length does not count. All zeroes is empty
 * and ready.
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

/* One text after the other, up to a NULL: for what is made so often that a format would be felt. */
__attribute__((sentinel)) void buffer_texts(struct buffer *buffer, ...);
/* The same as buffer_extend, where there is no room. */
char *buffer_extend_slowly(struct buffer *buffer, size_t length);

/* Makes the text longer by so many bytes, for the caller to write; NULL: no memory. */
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
/* Empties it, keeps the memory. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);
/* The same, and nothing of the text stays in memory. */
void buffer_wipe(struct buffer *buffer);

#endif
