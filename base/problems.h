/*
 * problems.h - everything that is wrong with what the user asked for, not just the first thing.
 */
#ifndef BASE_PROBLEMS_H
#define BASE_PROBLEMS_H

#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

struct problem {
	struct problem *next;
	const char *text;
};

/* All zeroes is an empty list. */
struct problems {
	struct arena arena;
	struct problem *first, *last;
	size_t count;
};

__attribute__((format(printf, 2, 3))) void problems_add(struct problems *problems, const char *format, ...);
/* A line each: "BEFORE: TEXT". */
void problems_print(const struct problems *problems, FILE *stream, const char *before);
void problems_free(struct problems *problems);

#endif
