/*
 * span.h - a borrowed piece of text with its length.
 *
 * Used wherever untrusted bytes are read. A span whose `at` is NULL is absent, which differs from empty: a
 * response without an element and one with an empty element mean different things.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *at;
	size_t length;
};

/* A span of a string literal, also for static tables. */
#define SPAN(literal)                                                                                          \
	{                                                                                                      \
		literal, sizeof(literal) - 1                                                                   \
	}

#define SPAN_FORMAT "%.*s"
#define SPAN_ARGUMENTS(span) (int)(span).length, (span).at ? (span).at : ""

struct span span_of(const char *text);
bool span_same(struct span a, struct span b);
/* Compares bytes, like strcmp. */
int span_compare(struct span a, struct span b);
/* Inline, so that the compiler computes the length of a literal. */
static inline bool span_equals(struct span span, const char *text)
{
	size_t length = strlen(text);

	return span.at && length == span.length && memcmp(span.at, text, length) == 0;
}
bool span_equals_ignoring_case(struct span span, const char *text);
bool span_starts_with(struct span span, const char *prefix);
/* Without leading and trailing white space. */
struct span span_trim(struct span span);
/* Removes the text up to `separator` from the front of `*rest`. False: nothing is left. */
bool span_split(struct span *rest, char separator, struct span *part);

#endif
