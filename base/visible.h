/*
 * visible.h - foreign text in lines for a terminal: names, paths, arguments and what AWS answers.
 *
 * What a terminal would not show (control characters, marks that change the writing direction) and what is no
 * UTF-8 is written by its number, so that no text can drive the terminal. A line that begins in the text is
 * indented: only this program begins one at the margin.
 */
#ifndef BASE_VISIBLE_H
#define BASE_VISIBLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"

void visible_append(struct buffer *line, const char *text);
/*
 * One line, of which the text has no end, in one write. False: there was no memory for it, which standard error
 * is told.
 */
__attribute__((format(printf, 2, 3))) bool visible_print(FILE *stream, const char *format, ...);

#endif
