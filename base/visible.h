/*
 * visible.h - untrusted text in lines for a terminal: names, paths, arguments and responses.
 *
 * Characters that a terminal would interpret or hide, and invalid UTF-8, are written as their numbers, so
 * that no text can drive the terminal. A line that begins inside the text is indented, so only the program's
 * own lines begin at the margin.
 */
#ifndef BASE_VISIBLE_H
#define BASE_VISIBLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"

void visible_append(struct buffer *line, const char *text);
/*
 * Prints one line in a single write; the format does not end in a line end. False: out of memory, which it
 * reports on standard error.
 */
__attribute__((format(printf, 2, 3))) bool visible_print(FILE *stream, const char *format, ...);

#endif
