/*
 * words.h - splits a text into words, as a POSIX shell does before it expands anything.
 *
 * Blanks and line ends separate words; quotes keep them together. A backslash escapes the next character:
 * between double quotes only a double quote or a backslash, between single quotes never. These are the rules
 * of Python's shlex.split, with which the AWS CLI reads credential_process and profile names.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include "base/arena.h"

/*
 * Copies in the arena, followed by a NULL. NULL: an open quote, a backslash at the end, a NUL in the text, or
 * out of memory (arena->failed).
 */
char **words_split(struct arena *arena, struct span text, size_t *count);

#endif
