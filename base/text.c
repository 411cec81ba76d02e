#include "base/text.h"

#include <stdarg.h>
#include <string.h>

bool text_copy(char *into, size_t size, struct span text)
{
	size_t length = text.length < size ? text.length : size - 1;

	if (length > 0)
		memcpy(into, text.at, length);
	into[length] = '\0';
	return length == text.length;
}

bool text_join(char *into, size_t size, ...)
{
	bool whole = true;
	const char *text;
	va_list texts;

	into[0] = '\0';
	va_start(texts, size);
	while (whole && (text = va_arg(texts, const char *))) {
		size_t written;

		whole = text_copy(into, size, span_of(text));
		written = strlen(into);
		into += written;
		size -= written;
	}
	va_end(texts);
	return whole;
}

int text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}
