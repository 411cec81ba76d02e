/*
 * markdown_terminal.h - Markdown of the program's own, for people at a terminal.
 */
#ifndef SCANNER_COMMANDS_MARKDOWN_TERMINAL_H
#define SCANNER_COMMANDS_MARKDOWN_TERMINAL_H

#include <stdio.h>

#include "base/span.h"

/*
 * Wrapped between words, without marks. Headings of level 1 stand at the left, those of level 2 and all text
 * further in. Fenced code and the addresses of links are not wrapped, so that they can be copied. False: out of
 * memory.
 */
bool markdown_terminal_write(struct span text, size_t columns, FILE *stream);

#endif
