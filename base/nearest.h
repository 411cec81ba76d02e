/*
 * nearest.h - "did you mean ...?"
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* Keeps the best candidate seen so far; `name` is NULL while nothing is near enough to be a typing slip. */
struct nearest {
	const char *wanted;
	const char *name;
	size_t distance;
};

struct nearest nearest_to(const char *wanted);
void nearest_consider(struct nearest *nearest, const char *candidate);

enum { NEAREST_SUGGESTION = 160 };

/* `; did you mean "NAME"?`, to go on with what is wrong; nothing where there is no such name. Returns `text`.
 */
const char *nearest_suggest(const struct nearest *nearest, char text[static NEAREST_SUGGESTION]);

#endif
