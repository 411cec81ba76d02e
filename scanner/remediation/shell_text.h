/*
 * shell_text.h - foreign text in the files of a plan: in a script nothing in it is more than letters, and a
 * reader sees all that is there. Characters that are not shown (base/utf8.h), such as those that change the
 * order of what stands beside them, could make a script read as another one.
 */
#ifndef SCANNER_REMEDIATION_SHELL_TEXT_H
#define SCANNER_REMEDIATION_SHELL_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * The variable gets the very bytes of the value; NULL is the empty text. As NAME='VALUE', with ' as '\''; where
 * a character is not shown, by way of printf, with the bytes of that character by number.
 */
void shell_text_assign(FILE *stream, const char *name, const char *value);
/*
 * On a line of a list that scripts read, where nothing can be escaped: "?" for what is not shown. AWS has no
 * name with one, so that such an entry fits nothing.
 */
void shell_text_put(FILE *stream, const char *text, size_t size);

#endif
