/*
 * text.h - texts in arrays, for what is written so often that a format would be felt.
 *
 * They end in a NUL; what does not fit is cut. And how texts are sorted.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* False: it was cut. */
bool text_copy(char *into, size_t size, struct span text);
/* One text after the other, up to a NULL. */
__attribute__((sentinel)) bool text_join(char *into, size_t size, ...);
/* For qsort, of an array of `const char *`. */
int text_compare(const void *a, const void *b);

#endif
