/*
 * terminal_text.h - untrusted text on a terminal: its displayed width, and safe output.
 *
 * Widths are columns; East Asian characters take two. Control characters, marks that change the writing
 * direction and invalid bytes become a question mark each.
 */
#ifndef SCANNER_REPORTS_TERMINAL_TEXT_H
#define SCANNER_REPORTS_TERMINAL_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Writes at most `width` columns; a truncated text ends in "~". Returns the columns written. */
size_t terminal_text_cut(FILE *stream, const char *text, size_t width);
/* The same, padded with blanks to `width`. */
void terminal_text_pad(FILE *stream, const char *text, size_t width);
/* Writes the whole text. */
void terminal_text_write(FILE *stream, const char *text);
size_t terminal_text_width(const char *text);

#endif
