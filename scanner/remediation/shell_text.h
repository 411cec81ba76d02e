/*
 * shell_text.h - foreign text in a shell script: nothing in it is more than letters.
 */
#ifndef SCANNER_REMEDIATION_SHELL_TEXT_H
#define SCANNER_REMEDIATION_SHELL_TEXT_H

#include <stdio.h>

/* In single quotes, with those in it written as '\''. NULL is the empty text. */
void shell_text_write(FILE *stream, const char *text);
/* NAME='VALUE' and an end of line. */
void shell_text_assign(FILE *stream, const char *name, const char *value);

#endif
