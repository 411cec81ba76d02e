/*
 * span.h - a piece of text with its length, owned by somebody else.
 *
 * Used at every boundary with foreign bytes. A span whose `at` is NULL is absent, which is not the
 * same as empty: AWS leaving an element out and AWS sending an empty one are two answers.
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

/* Of a literal, also in tables. */
#define SPAN(literal)                                                                                          \
	{                                                                                                      \
		literal, sizeof(literal) - 1                                                                   \
	}

#define SPAN_FORMAT "%.*s"
#define SPAN_ARGUMENTS(span) (int)(span).length, (span).at ? (span).at : ""

struct span span_of(const char *text);
bool span_same(struct span a, struct span b);
/* Byte by byte, as strcmp. */
int span_compare(struct span a, struct span b);
/* In place, so that the length of a literal is known when it is compiled. */
static inline bool span_equals(struct span span, const char *text)
{
	size_t length = strlen(text);

	return span.at && length == span.length && memcmp(span.at, text, length) == 0;
}
bool span_equals_ignoring_case(struct span span, const char *text);
bool span_starts_with(struct span span, const char *prefix);
/* Without the white space at both ends. */
struct span span_trim(struct span span);
/* Takes everything up to `separator` off the front of `*rest`; false when nothing is left. */
bool span_split(struct span *rest, char separator, struct span *part);

#endif
