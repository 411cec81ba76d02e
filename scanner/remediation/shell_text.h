/*
 * shell_text.h - untrusted text in the files of a plan. In a script it is data only, and the reader sees all
 * of it: invisible characters (base/utf8.h), such as those that change the writing direction, could make a
 * script look like another one.
 */
#ifndef SCANNER_REMEDIATION_SHELL_TEXT_H
#define SCANNER_REMEDIATION_SHELL_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * Assigns the exact bytes to a variable; NULL becomes an empty text. As NAME='VALUE', with ' as '\''; with
 * invisible characters by printf, which gets their bytes as numbers.
 */
void shell_text_assign(FILE *stream, const char *name, const char *value);
/*
 * For a line of a list that scripts read, which has no escapes: "?" replaces invisible characters. AWS names
 * have none, so such an entry matches nothing.
 */
void shell_text_put(FILE *stream, const char *text, size_t size);

#endif
