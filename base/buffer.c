#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct buffer *buffer, size_t more)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 256;
	char *grown;

	if (!buffer->failed && more < buffer->capacity - buffer->length)
		return true;
	if (buffer->failed || more > SIZE_MAX / 4 || buffer->length > SIZE_MAX / 4) {
		buffer->failed = true;
		return false;
	}
	while (capacity < buffer->length + more + 1)
		capacity *= 2;
	grown = realloc(buffer->at, capacity);
	if (!grown) {
		buffer->failed = true;
		return false;
	}
	buffer->at = grown;
	buffer->capacity = capacity;
	return true;
}

char *buffer_extend_slowly(struct buffer *buffer, size_t length)
{
	return make_room(buffer, length) ? buffer_extend(buffer, length) : NULL;
}

void buffer_texts(struct buffer *buffer, ...)
{
	const char *text;
	va_list texts;

	va_start(texts, buffer);
	while ((text = va_arg(texts, const char *)))
		buffer_text(buffer, text);
	va_end(texts);
}

static int print(struct buffer *buffer, size_t room, const char *format, va_list arguments)
{
	return vsnprintf(room > 0 ? buffer->at + buffer->length : NULL, room, format, arguments);
}

/* Prints into the free space first, and once more when that was too small. */
void buffer_print(struct buffer *buffer, const char *format, ...)
{
	size_t room = buffer->failed ? 0 : buffer->capacity - buffer->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = print(buffer, room, format, arguments);
	va_end(arguments);
	if (length < 0 || !make_room(buffer, (size_t)length)) {
		if (room > 0)
			buffer->at[buffer->length] = '\0';
		buffer->failed = true;
		return;
	}
	if ((size_t)length >= room) {
		va_start(arguments, format);
		print(buffer, (size_t)length + 1, format, arguments);
		va_end(arguments);
	}
	buffer->length += (size_t)length;
}

struct span buffer_span(const struct buffer *buffer)
{
	return (struct span){buffer->at ? buffer->at : "", buffer->length};
}

void buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	buffer->failed = false;
	if (buffer->at)
		buffer->at[0] = '\0';
}

void buffer_wipe(struct buffer *buffer)
{
	if (buffer->at)
		explicit_bzero(buffer->at, buffer->capacity);
	buffer_deinit(buffer);
}

void buffer_deinit(struct buffer *buffer)
{
	free(buffer->at);
	*buffer = (struct buffer){0};
}
