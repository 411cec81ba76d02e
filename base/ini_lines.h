/*
 * ini_lines.h - an INI file, line after line, for inih's ini_parse_stream.
 *
 * inih does not say in which line a setting stands, and cuts long lines in two; this counts, and refuses.
 */
#ifndef BASE_INI_LINES_H
#define BASE_INI_LINES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/diagnostics.h"

struct ini_lines {
	struct diagnostics *diagnostics;
	const char *path;
	FILE *stream;
	int line;       /* that was read last */
	bool continued; /* it is indented */
};

/* False: it cannot be read; that is a problem already. Close the stream in either case. */
bool ini_lines_open(struct ini_lines *lines, const char *path, struct diagnostics *diagnostics);
void ini_lines_close(struct ini_lines *lines);
/* For ini_parse_stream; `user` is a struct ini_lines. */
char *ini_lines_next(char *line, int size, void *user);
/* What ini_parse_stream gave back: true when it came to the file's end; else that is a problem. */
bool ini_lines_ended(const struct ini_lines *lines, int result);

#endif
