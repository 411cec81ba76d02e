#include "base/ini_lines.h"

#include <errno.h>
#include <string.h>

#include "base/files.h"
#include "base/utf8.h"

bool ini_lines_open(struct ini_lines *lines, const char *path, struct diagnostics *diagnostics)
{
	const char *problem;

	*lines = (struct ini_lines){
		.diagnostics = diagnostics, .path = path, .stream = files_open_regular(path, &problem)};
	if (!lines->stream)
		diagnostics_add(diagnostics, "%s: cannot read it: %s", path, problem);
	return lines->stream;
}

void ini_lines_close(struct ini_lines *lines)
{
	if (lines->stream)
		fclose(lines->stream);
	lines->stream = NULL;
}

/* A comment may be cut without loss, alone on its line or behind a value. */
static bool ends_in_comment(const char *line)
{
	const char *first = line + strspn(line, " \t");

	if (*first == ';' || *first == '#')
		return true;
	for (const char *c = first; *c; c++)
		if (*c == ';' && c > line && (c[-1] == ' ' || c[-1] == '\t'))
			return true;
	return false;
}

/* Like fgets, but reads, counts and drops the part of a line that does not fit. */
static size_t read_line(FILE *stream, char *line, size_t size)
{
	size_t length = 0;
	int c = 0;

	while (c != '\n' && (c = getc(stream)) != EOF) {
		if (length < size - 1)
			line[length] = (char)c;
		length++;
	}
	line[length < size ? length : size - 1] = '\0';
	return length;
}

static bool is_utf8(const char *text, size_t length)
{
	uint32_t code;
	size_t bytes = 1;

	for (; length > 0 && bytes > 0; text += bytes, length -= bytes)
		bytes = utf8_read(text, length, &code);
	return bytes > 0;
}

/* The problem of a line of `length` bytes, of which `kept` are in the buffer; NULL: none. */
static const char *problem_of(const char *line, size_t length, size_t kept)
{
	if (memchr(line, '\0', kept))
		return "a NUL byte; expected text in UTF-8";
	if (length > kept)
		return ends_in_comment(line)
			       ? NULL
			       : "line longer than 199 bytes\n  Fix: continue in the next line, indented";
	return is_utf8(line, kept) ? NULL : "a byte that is not UTF-8\n  Fix: save the file as UTF-8";
}

char *ini_lines_next(char *line, int size, void *user)
{
	struct ini_lines *lines = user;
	size_t length = read_line(lines->stream, line, (size_t)size);
	size_t kept = length < (size_t)size ? length : (size_t)size - 1;
	const char *problem = problem_of(line, length, kept);

	if (length == 0)
		return NULL;
	lines->line++;
	lines->continued = line[0] == ' ' || line[0] == '\t';
	if (!problem)
		return line;
	diagnostics_add(lines->diagnostics, "%s:%d: %s", lines->path, lines->line, problem);
	line[0] = '\0';
	return line;
}

bool ini_lines_ended(const struct ini_lines *lines, int result)
{
	if (ferror(lines->stream))
		diagnostics_add(lines->diagnostics, "%s: cannot read it to its end: %s", lines->path,
				strerror(errno));
	else if (result > 0)
		diagnostics_add(lines->diagnostics,
				"%s:%d: not an INI line; expected [section], key = value, or a comment",
				lines->path, result);
	else if (result == 0 && lines->line == 0)
		diagnostics_add(lines->diagnostics, "%s: the file is empty", lines->path);
	else
		return result == 0;
	return false;
}
