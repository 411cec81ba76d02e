/*
 * terminal_text.h - foreign text on a terminal: measured as it is shown, and harmless.
 *
 * Widths are columns (East Asian characters take two). Control characters, marks that change the
 * writing direction and bytes that are no UTF-8 become a query mark each.
 */
#ifndef SCANNER_REPORTS_TERMINAL_TEXT_H
#define SCANNER_REPORTS_TERMINAL_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Writes at most `width` columns, with "~" at the end of what is cut. Returns the columns written. */
size_t terminal_text_cut(FILE *stream, const char *text, size_t width);
/* The same, filled up with blanks to `width`. */
void terminal_text_pad(FILE *stream, const char *text, size_t width);
/* All of it. */
void terminal_text_write(FILE *stream, const char *text);
size_t terminal_text_width(const char *text);

#endif
