/*
 * markdown_text.h - foreign text in Markdown: what Markdown, or HTML in it, would take for its own is escaped.
 */
#ifndef SCANNER_REPORTS_MARKDOWN_TEXT_H
#define SCANNER_REPORTS_MARKDOWN_TEXT_H

#include <stdio.h>

/* On one line; NULL writes nothing; what XML may not hold becomes "?". */
void markdown_text_write(FILE *stream, const char *text);

#endif
