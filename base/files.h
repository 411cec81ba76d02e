/*
 * files.h - files that the user names.
 *
 * Only regular files are read: opening a pipe may block forever, and a device has no end.
 */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include <stdbool.h>
#include <stdio.h>

/* NULL: failed; `problem` is the reason, as the end of a sentence ("it is a directory"). Does not block. */
FILE *files_open_regular(const char *path, const char **problem);

/*
 * The reason, as above, why the path does not lead to a regular file; NULL: it does, or it leads to nothing.
 */
const char *files_what_is_irregular(const char *path);

/*
 * True: both paths name the same file, compared through links. The files need not exist, but their folders
 * must; without them the spelling is compared.
 */
bool files_are_same(const char *a, const char *b);

/*
 * The length of the folder that must exist, for a path with placeholders ("{date}"): folders whose names have
 * one are made with the file.
 */
size_t files_fixed_folder(const char *path);
/* Makes the folders of the path that lie below its first `fixed` bytes. False: errno says why. */
bool files_make_folders(const char *path, size_t fixed);

/*
 * Writes the file whole or not at all: a temporary file beside it is written, synced and renamed. The mode is
 * the usual one of a new file. False: errno says why, and the file is as it was.
 */
bool files_replace(const char *path, const char *text, size_t length);

/* True: the path leads to the file that the descriptor is open on. */
bool files_is_open_as(const char *path, int descriptor);

#endif
