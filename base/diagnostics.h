/*
 * diagnostics.h - everything that is wrong with what the user asked for, not just the first thing.
 */
#ifndef BASE_DIAGNOSTICS_H
#define BASE_DIAGNOSTICS_H

#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

struct diagnostic {
	struct diagnostic *next;
	const char *text;
};

/* All zeroes is an empty list. */
struct diagnostics {
	struct arena arena;
	struct diagnostic *first, *last;
	size_t count;
};

__attribute__((format(printf, 2, 3))) void diagnostics_add(struct diagnostics *diagnostics, const char *format,
							   ...);
/* A line each: "BEFORE: TEXT". */
void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream, const char *before);
void diagnostics_free(struct diagnostics *diagnostics);

#endif
