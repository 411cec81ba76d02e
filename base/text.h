/*
 * text.h - foreign text in arrays.
 *
 * An array always ends in a NUL. What does not fit is cut between two characters of UTF-8, never inside one:
 * half a character would make the rest unreadable for the reader of the report. `%.Ns` of a format cuts at
 * bytes, so foreign text is shortened by text_brief instead. Text that comes in from a source which does not
 * promise UTF-8 (a header, a message of the system, a store) is repaired there, once, by text_repair.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* How many of its first `max_bytes` bytes are whole characters: all of them, if it is no longer. */
size_t text_cut(struct span text, size_t max_bytes);
/* False: it was cut. */
bool text_copy(char *into, size_t size, struct span text);
/* One text after the other, up to a NULL. */
__attribute__((sentinel)) bool text_join(char *into, size_t size, ...);
/* As snprintf. False: it was cut. */
__attribute__((format(printf, 3, 4))) bool text_print(char *into, size_t size, const char *format, ...);
__attribute__((format(printf, 3, 0))) bool text_print_list(char *into, size_t size, const char *format,
							   va_list arguments);

/* Each byte that is no UTF-8 becomes a question mark. Returns the text. */
char *text_repair(char *text);
/* The same of a text that may hold NULs. */
void text_repair_bytes(char *text, size_t length);

enum { TEXT_BRIEF_SIZE = 768 };

/* The beginning of a text, for one use in an expression: `text_brief(name, 60).text`. NULL is "". */
struct text_brief {
	char text[TEXT_BRIEF_SIZE];
};

/* At most `max_bytes` bytes, and less than TEXT_BRIEF_SIZE; what is cut ends in "...". */
struct text_brief text_brief(const char *text, size_t max_bytes);

/* So many digits, and nothing else. */
bool text_is_digits(const char *text, size_t count);
/* For qsort, of an array of `const char *`. */
int text_compare(const void *a, const void *b);

#endif
