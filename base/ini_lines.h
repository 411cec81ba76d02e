/*
 * ini_lines.h - reads an INI file line by line for inih's ini_parse_stream.
 *
 * inih does not report the line of a setting and splits long lines; this reader counts lines and refuses long
 * ones.
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
	int line;       /* the number of the line that was read last */
	bool continued; /* that line is indented */
};

/* False: the file cannot be read, and a diagnostic is added. The caller closes the stream in either case. */
bool ini_lines_open(struct ini_lines *lines, const char *path, struct diagnostics *diagnostics);
void ini_lines_close(struct ini_lines *lines);
/* A reader for ini_parse_stream; `user` is a struct ini_lines. */
char *ini_lines_next(char *line, int size, void *user);
/*
 * `result` is the return value of ini_parse_stream. False: parsing stopped early, and a diagnostic is added.
 */
bool ini_lines_ended(const struct ini_lines *lines, int result);

#endif
