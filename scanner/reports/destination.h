/*
 * destination.h - the destination of a report: standard output, or a file that is replaced atomically.
 *
 * The file is opened before the scan starts, so that a path that cannot be written is reported early. The
 * report is written to a temporary file beside it, which is renamed when it is complete. A symbolic link is
 * followed, and its target replaced. A replaced file passes its mode and owner on; for a new file the umask
 * applies.
 *
 * A folder whose name has a placeholder ("{date}") is created when the report is complete. Until then the
 * temporary file lies in the folder above it, which must exist.
 *
 * A report that becomes an object (s3://BUCKET/KEY) is written to a file of the caller, which uploads it after
 * the commit; `path` is then the object's name.
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
	bool is_object; /* `path` is no file */
	mode_t mode;    /* of a new file */
};

/* `path` NULL: standard output. False: the error is set. */
bool destination_open(struct destination *destination, const char *path, struct error *error);
/* Writes the report of the object `name` to the new file `file`, readable by its owner only. */
bool destination_open_object(struct destination *destination, const char *name, const char *file,
			     struct error *error);
/* Replaces every `placeholder` in the path by `text`. Without memory the path is unchanged. */
void destination_replace(struct destination *destination, const char *placeholder, const char *text);
/* Flushes, checks that everything was written, and renames the file. */
bool destination_commit(struct destination *destination, struct error *error);
/* Deletes the temporary file; without effect after a commit. */
void destination_close(struct destination *destination);

#endif
