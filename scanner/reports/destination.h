/*
 * destination.h - where a report goes: standard output, or a file that appears whole or not at all.
 *
 * A file is opened before the scan starts, so that a path that cannot be written is found out in time;
 * what is written goes to a temporary file beside it, which takes its name when it is complete. A symbolic link
 * is followed: the file that it leads to is replaced. A file that is replaced leaves its mode and owner to the
 * new one; where there was none, the umask decides.
 *
 * The temporary file of "report.json" is ".report.json.neptune-scan.XXXXXX", locked as long as its program
 * lives. One without a lock was left by a program that was killed, and is removed.
 */
#ifndef SCANNER_REPORTS_DESTINATION_H
#define SCANNER_REPORTS_DESTINATION_H

#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"

struct destination {
	FILE *stream;
	char *path; /* NULL: standard output */
	char *temporary;
	mode_t mode; /* of a new file */
};

/* `path` NULL: standard output. False: the error says why. */
bool destination_open(struct destination *destination, const char *path, struct error *error);
/* Every `placeholder` in the path becomes `text`; where memory runs out it stays. */
void destination_replace(struct destination *destination, const char *placeholder, const char *text);
/* Flushes, checks that every byte was taken, and gives the file its name. */
bool destination_commit(struct destination *destination, struct error *error);
/* Leaves nothing behind; harmless after a commit. */
void destination_close(struct destination *destination);

#endif
