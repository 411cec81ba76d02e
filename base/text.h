/*
 * text.h - untrusted text in fixed arrays.
 *
 * An array always ends in a NUL. Text that does not fit is truncated between two UTF-8 characters, because
 * half a character would make a report unreadable. The format `%.Ns` truncates at a byte, so use text_brief
 * instead. Text from a source that does not guarantee UTF-8 (a header, a system message, a store) is repaired
 * once, where it enters, by text_repair.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* The length of the longest prefix of at most `max_bytes` bytes that ends at a character. */
size_t text_cut(struct span text, size_t max_bytes);
/* False: truncated. */
bool text_copy(char *into, size_t size, struct span text);
/* Concatenates texts, up to a NULL. False: truncated. */
__attribute__((sentinel)) bool text_join(char *into, size_t size, ...);
/* Like snprintf. False: truncated. */
__attribute__((format(printf, 3, 4))) bool text_print(char *into, size_t size, const char *format, ...);
__attribute__((format(printf, 3, 0))) bool text_print_list(char *into, size_t size, const char *format,
							   va_list arguments);

/* Replaces each byte that is not UTF-8 by a question mark. Returns the text. */
char *text_repair(char *text);
/* For a text that may contain NULs. */
void text_repair_bytes(char *text, size_t length);

enum { TEXT_BRIEF_SIZE = 768 };

/* The beginning of a text, for use in one expression: `text_brief(name, 60).text`. NULL becomes "". */
struct text_brief {
	char text[TEXT_BRIEF_SIZE];
};

/* At most `max_bytes` bytes, and less than TEXT_BRIEF_SIZE; a truncated text ends in "...". */
struct text_brief text_brief(const char *text, size_t max_bytes);

struct text_count {
	char text[28];
};

/* A count for people, for one use in an expression; from 10,000 with separators: `text_count(cells).text`. */
struct text_count text_count(size_t count);

/* "s", unless there is one: for `"%zu cell%s", cells, text_plural(cells)`. */
const char *text_plural(size_t count);

/*
 * True: the texts are the same but for words: wherever `a` has words[i][0], `b` has words[i][1], or what else
 * both have there. AWS writes the account and the region into its messages. A word of no length is none.
 */
bool text_is_same_but_for(const char *a, const char *b, const struct span (*words)[2], size_t count);

/* True: exactly `count` digits. */
bool text_is_digits(const char *text, size_t count);
/* Compares items of an array of `const char *`, for qsort. */
int text_compare(const void *a, const void *b);

#endif
