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

#include "base/span.h"

struct buffer {
	char *at;
	size_t length;
	size_t capacity;
	bool failed;
};

void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
/* One text after the other, up to a NULL: for what is made so often that a format would be felt. */
__attribute__((sentinel)) void buffer_texts(struct buffer *buffer, ...);
/* Makes the text longer by so many bytes, for the caller to write; NULL: no memory. */
char *buffer_extend(struct buffer *buffer, size_t length);
__attribute__((format(printf, 2, 3))) void buffer_print(struct buffer *buffer, const char *format, ...);
struct span buffer_span(const struct buffer *buffer);
/* Empties it, keeps the memory. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);
/* The same, and nothing of the text stays in memory. */
void buffer_wipe(struct buffer *buffer);

#endif
