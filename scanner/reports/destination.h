/*
 * destination.h - where a report goes: standard output, or a file that appears whole or not at all.
 *
 * A file is opened before the scan starts, so that a path that cannot be written is found out in time;
 * what is written goes to a temporary file beside it, which takes its name when it is complete.
 */
#ifndef SCANNER_REPORTS_DESTINATION_H
#define SCANNER_REPORTS_DESTINATION_H

#include <stdio.h>

#include "base/error.h"

struct destination {
	FILE *stream;
	char *path; /* NULL: standard output */
	char *temporary;
};

/* `path` NULL: standard output. */
bool destination_open(struct destination *destination, const char *path, struct error *error);
/* Every `placeholder` in the path becomes `text`; where memory runs out it stays. */
void destination_replace(struct destination *destination, const char *placeholder, const char *text);
/* Flushes, checks that every byte was taken, and gives the file its name. */
bool destination_commit(struct destination *destination, struct error *error);
/* Leaves nothing behind; harmless after a commit. */
void destination_close(struct destination *destination);

#endif
