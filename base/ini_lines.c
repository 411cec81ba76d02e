#include "base/ini_lines.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST_LINE = 199 /* inih's line buffer is INI_MAX_LINE = 200 bytes */ };

bool ini_lines_open(struct ini_lines *lines, const char *path, struct problems *problems)
{
	struct stat status;

	*lines = (struct ini_lines){.problems = problems, .path = path, .stream = fopen(path, "re")};
	if (!lines->stream || fstat(fileno(lines->stream), &status) != 0) {
		problems_add(problems, "%s: cannot read it: %s", path, strerror(errno));
		return false;
	}
	if (S_ISDIR(status.st_mode)) {
		problems_add(problems, "%s: cannot read it: it is a directory", path);
		return false;
	}
	return true;
}

void ini_lines_close(struct ini_lines *lines)
{
	if (lines->stream)
		fclose(lines->stream);
	lines->stream = NULL;
}

char *ini_lines_next(char *line, int size, void *user)
{
	struct ini_lines *lines = user;
	size_t length;

	if (!fgets(line, size, lines->stream))
		return NULL;
	lines->line++;
	lines->continued = line[0] == ' ' || line[0] == '\t';
	length = strlen(line);
	if (length > 0 && line[length - 1] != '\n' && !feof(lines->stream)) {
		int c;

		problems_add(lines->problems,
			     "%s:%d: line longer than %d bytes; go on in the next line, indented", lines->path,
			     lines->line, LONGEST_LINE);
		while ((c = getc(lines->stream)) != EOF && c != '\n')
			;
		line[0] = '\0';
	}
	return line;
}

bool ini_lines_ended(const struct ini_lines *lines, int result)
{
	if (ferror(lines->stream))
		problems_add(lines->problems, "%s: cannot read it to its end: %s", lines->path,
			     strerror(errno));
	else if (result > 0)
		problems_add(lines->problems,
			     "%s:%d: not an INI line; expected [section], key = value, or a comment",
			     lines->path, result);
	else if (result == 0 && lines->line == 0)
		problems_add(lines->problems, "%s: the file is empty", lines->path);
	else
		return result == 0;
	return false;
}
