/*
 * diagnostics.h - a list of problems in the user's input, so that all are reported at once.
 */
#ifndef BASE_DIAGNOSTICS_H
#define BASE_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

struct diagnostic {
	struct diagnostic *next;
	const char *text;
};

/* All zeroes: an empty list. */
struct diagnostics {
	struct arena arena;
	struct diagnostic *first, *last;
	size_t count;
};

__attribute__((format(printf, 2, 3))) void diagnostics_add(struct diagnostics *diagnostics, const char *format,
							   ...);
/* Prints one line for each: "BEFORE: TEXT". */
void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream, const char *before);
/* True: each ends with a line of its own, "  Fix: ...". */
bool diagnostics_have_fixes(const struct diagnostics *diagnostics);
void diagnostics_deinit(struct diagnostics *diagnostics);

#endif
