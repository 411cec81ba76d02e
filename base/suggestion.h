/*
 * suggestion.h - finds the name for "Did you mean ...?".
 */
#ifndef BASE_SUGGESTION_H
#define BASE_SUGGESTION_H

#include <stddef.h>

/* The best candidate so far; `name` is NULL while none is close enough to be a typing error. */
struct suggestion {
	const char *wanted;
	const char *name;
	size_t distance; /* in halves of a letter */
};

struct suggestion suggestion_for(const char *wanted);
void suggestion_consider(struct suggestion *nearest, const char *candidate);

enum { SUGGESTION_SIZE = 160 };

/* Writes `. Did you mean "NAME"?`, or an empty text without a candidate. Returns `text`. */
const char *suggestion_write(const struct suggestion *nearest, char text[static SUGGESTION_SIZE]);

#endif
