/*
 * suggestion.h - "did you mean ...?"
 */
#ifndef BASE_SUGGESTION_H
#define BASE_SUGGESTION_H

#include <stddef.h>

/* Keeps the best candidate seen so far; `name` is NULL while nothing is near enough to be a typing slip. */
struct suggestion {
	const char *wanted;
	const char *name;
	size_t distance;
};

struct suggestion suggestion_for(const char *wanted);
void suggestion_consider(struct suggestion *nearest, const char *candidate);

enum { SUGGESTION_SIZE = 160 };

/* `; did you mean "NAME"?`, to go on with what is wrong; nothing where there is no such name. Returns `text`.
 */
const char *suggestion_write(const struct suggestion *nearest, char text[static SUGGESTION_SIZE]);

#endif
