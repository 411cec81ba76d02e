#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

size_t text_cut(struct span text, size_t max_bytes)
{
	size_t length = max_bytes;

	if (text.length <= max_bytes)
		return text.length;
	while (length > 0 && max_bytes - length < UTF8_MAX_BYTES &&
	       ((unsigned char)text.at[length] & 0xc0) == 0x80)
		length--;
	return length;
}

bool text_copy(char *into, size_t size, struct span text)
{
	size_t length = text_cut(text, size - 1);

	if (length > 0)
		memcpy(into, text.at, length);
	into[length] = '\0';
	return length == text.length;
}

/* Removes the incomplete character at the end of a text that was truncated at a byte. */
static void drop_half_character(char *text)
{
	size_t begins = strlen(text), tail = 0;
	uint32_t code;

	for (; begins > 0 && tail < UTF8_MAX_BYTES && ((unsigned char)text[begins - 1] & 0xc0) == 0x80; tail++)
		begins--;
	if (begins > 0 && (unsigned char)text[begins - 1] >= 0xc0 &&
	    utf8_read(text + begins - 1, UTF8_MAX_BYTES, &code) == 0)
		text[begins - 1] = '\0';
}

bool text_print_list(char *into, size_t size, const char *format, va_list arguments)
{
	int length = vsnprintf(into, size, format, arguments);

	if (length >= 0 && (size_t)length < size)
		return true;
	if (length < 0)
		into[0] = '\0';
	else
		drop_half_character(into);
	return false;
}

bool text_print(char *into, size_t size, const char *format, ...)
{
	va_list arguments;
	bool whole;

	va_start(arguments, format);
	whole = text_print_list(into, size, format, arguments);
	va_end(arguments);
	return whole;
}

/* The number of leading ASCII bytes, eight at a time: nearly all untrusted text is ASCII. */
static size_t skip_ascii(const char *text, size_t length)
{
	uint64_t bytes;
	size_t at = 0;

	for (; length - at >= sizeof bytes; at += sizeof bytes) {
		memcpy(&bytes, text + at, sizeof bytes);
		if (bytes & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < length && !((unsigned char)text[at] & 0x80))
		at++;
	return at;
}

void text_repair_bytes(char *text, size_t length)
{
	size_t at = skip_ascii(text, length);

	while (at < length) {
		uint32_t code;
		size_t character = utf8_read(text + at, length - at, &code);

		if (character == 0)
			text[at] = '?';
		at += character ? character : 1;
		at += skip_ascii(text + at, length - at);
	}
}

char *text_repair(char *text)
{
	if (text)
		text_repair_bytes(text, strlen(text));
	return text;
}

struct text_brief text_brief(const char *text, size_t max_bytes)
{
	static const char mark[] = "...";
	struct text_brief brief;
	struct span whole = span_of(text ? text : "");
	size_t length;

	max_bytes = max_bytes < sizeof brief.text ? max_bytes : sizeof brief.text - 1;
	if (whole.length <= max_bytes) {
		text_copy(brief.text, sizeof brief.text, whole);
		return brief;
	}
	length = text_cut(whole, max_bytes > sizeof mark ? max_bytes - (sizeof mark - 1) : 0);
	memcpy(brief.text, whole.at, length);
	memcpy(brief.text + length, mark, sizeof mark);
	return brief;
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

struct text_count text_count(size_t count)
{
	struct text_count counted;
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof digits, "%zu", count), at = 0;

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0 && length > 4)
			counted.text[at++] = ',';
		counted.text[at++] = digits[i];
	}
	counted.text[at] = '\0';
	return counted;
}

const char *text_plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* Goes beyond a pair of words that both texts have here. */
static bool skip_words(const char **a, const char **b, const struct span words[static 2])
{
	if (words[0].length == 0 || words[1].length == 0 || strncmp(*a, words[0].at, words[0].length) != 0 ||
	    strncmp(*b, words[1].at, words[1].length) != 0)
		return false;
	*a += words[0].length;
	*b += words[1].length;
	return true;
}

bool text_is_same_but_for(const char *a, const char *b, const struct span (*words)[2], size_t count)
{
	while (*a && *b) {
		size_t i = 0;

		while (i < count && !skip_words(&a, &b, words[i]))
			i++;
		if (i == count && *a++ != *b++)
			return false;
	}
	return *a == *b;
}

bool text_is_digits(const char *text, size_t count)
{
	return strlen(text) == count && strspn(text, "0123456789") == count;
}
