/*
 * words.h - a text as words, as a POSIX shell splits it before it expands anything.
 *
 * Blanks and line ends part words; quotes keep them together. A backslash takes the next character as it is:
 * between double quotes only before a double quote or a backslash, between single quotes never. These are the
 * rules of Python's shlex.split, by which the AWS CLI reads credential_process and the names of profiles.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include "base/arena.h"

/*
 * Copies in the arena, with a NULL behind the last. NULL: a quote is open, the text ends in a backslash, it
 * holds a NUL, or there is no memory (arena->failed).
 */
char **words_split(struct arena *arena, struct span text, size_t *count);

#endif
