/*
 * files.h - files that a user names.
 *
 * Only regular files are read: a pipe would block for ever, a device has no end.
 */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include <stdbool.h>
#include <stdio.h>

/* NULL: `problem` says why, as the end of a sentence ("it is a directory"). Does not block. */
FILE *files_open_regular(const char *path, const char **problem);

/* What else than a regular file the path leads to, as above; NULL: to one, or to nothing. */
const char *files_what_is_irregular(const char *path);

/*
 * Do the two paths name the same file, by another spelling or through links? Neither needs to exist; the
 * folders do, else the spelling decides.
 */
bool files_are_same(const char *a, const char *b);

/* Does the path lead to what the descriptor is open on? */
bool files_is_open_as(const char *path, int descriptor);

#endif
