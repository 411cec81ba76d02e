/*
 * markdown_text.h - escapes untrusted text for Markdown, and for HTML in it.
 */
#ifndef SCANNER_REPORTS_MARKDOWN_TEXT_H
#define SCANNER_REPORTS_MARKDOWN_TEXT_H

#include <stdio.h>

/* Writes the text on one line; NULL writes nothing; characters that XML forbids become "?". */
void markdown_text_write(FILE *stream, const char *text);

#endif
