#include "config/file.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "config/options.h"
#include "config/value.h"

enum { LONGEST_LINE = 199 /* inih's line buffer is INI_MAX_LINE = 200 bytes */ };

struct reading {
	struct config *config;
	struct problems *problems;
	FILE *stream;
	const char *path;
	int line;
	int settings;
	bool *given;               /* one per option: a key that stands there twice is a mistake */
	const struct option *last; /* of the line before: a list may go on */
	bool continued;            /* this line is indented */
	char last_report[64];
};

/* inih asks for line after line; counting them here gives each message its line. */
static char *read_line(char *line, int size, void *user)
{
	struct reading *reading = user;
	size_t length;

	if (!fgets(line, size, reading->stream))
		return NULL;
	reading->line++;
	reading->continued = line[0] == ' ' || line[0] == '\t';
	length = strlen(line);
	if (length > 0 && line[length - 1] != '\n' && !feof(reading->stream)) {
		int c;

		problems_add(reading->problems,
			     "%s:%d: line longer than %d bytes; go on in the next line, indented",
			     reading->path, reading->line, LONGEST_LINE);
		while ((c = getc(reading->stream)) != EOF && c != '\n')
			;
		line[0] = '\0';
	}
	return line;
}

static const struct option *find(const char *section, const char *key)
{
	for (size_t i = 0; i < option_count; i++)
		if (options[i].section && strcmp(options[i].section, section) == 0 &&
		    strcmp(options[i].key, key) == 0)
			return &options[i];
	return NULL;
}

static bool is_section(const char *section)
{
	for (size_t i = 0; i < option_count; i++)
		if (options[i].section && strcmp(options[i].section, section) == 0)
			return true;
	return strncmp(section, "report.", 7) == 0 && section[7];
}

static void report_unknown(struct reading *reading, const char *section, const char *key)
{
	bool known_section = is_section(section);
	struct nearest nearest = nearest_to(known_section ? key : section);

	for (size_t i = 0; i < option_count; i++) {
		if (!options[i].section)
			continue;
		if (!known_section)
			nearest_consider(&nearest, options[i].section);
		else if (strcmp(options[i].section, section) == 0)
			nearest_consider(&nearest, options[i].key);
	}
	if (known_section)
		problems_add(reading->problems, "%s:%d: unknown key \"%s\" in [%s]%s%s%s", reading->path,
			     reading->line, key, section, nearest.name ? "; did you mean \"" : "",
			     nearest.name ? nearest.name : "", nearest.name ? "\"?" : "");
	else if (!*section)
		problems_add(reading->problems, "%s:%d: key \"%s\" stands before the first [section]",
			     reading->path, reading->line, key);
	else
		problems_add(reading->problems, "%s:%d: unknown section [%s]%s%s%s", reading->path,
			     reading->line, section, nearest.name ? "; did you mean [" : "",
			     nearest.name ? nearest.name : "", nearest.name ? "]?" : "");
}

/* [report.FORMAT] path = FILE is one --report FORMAT=FILE. */
static void add_report(struct reading *reading, const char *format, const char *key, const char *value,
		       const char *origin)
{
	const struct option *option = find("output", "report");
	char request[512];

	if (strcmp(key, "path") != 0) {
		problems_add(reading->problems, "%s: unknown key \"%s\" in [report.%s]; allowed is \"path\"",
			     origin, key, format);
		return;
	}
	snprintf(request, sizeof request, "%s=%s", format, *value ? value : "-");
	value_set(reading->config, option, request, origin, reading->last_report[0] != '\0', reading->problems);
	snprintf(reading->last_report, sizeof reading->last_report, "%s", format);
}

static int read_setting(void *user, const char *section, const char *key, const char *value)
{
	struct reading *reading = user;
	const struct option *option = find(section, key);
	char origin[512];
	bool more;

	reading->settings++;
	snprintf(origin, sizeof origin, "%s:%d", reading->path, reading->line);
	if (strncmp(section, "report.", 7) == 0 && section[7]) {
		add_report(reading, section + 7, key, value, origin);
		return 1;
	}
	if (!option) {
		report_unknown(reading, section, key);
		return 1;
	}
	/* inih hands an indented line over as the same key again. */
	more = reading->continued && option == reading->last;
	if (reading->given[option - options] && !more) {
		problems_add(reading->problems, "%s: %s.%s stands here a second time", origin, section, key);
		return 1;
	}
	if (more && !option_is_list(option)) {
		problems_add(reading->problems, "%s: %s.%s takes one line; this one is indented", origin,
			     section, key);
		return 1;
	}
	reading->given[option - options] = true;
	reading->last = option;
	value_set(reading->config, option, value, origin, more, reading->problems);
	return 1;
}

void file_read(struct config *config, const char *path, struct problems *problems)
{
	struct reading reading = {.config = config, .problems = problems, .path = path};
	struct stat status;
	int result;

	reading.stream = fopen(path, "re");
	reading.given = arena_take(&config->arena, option_count * sizeof *reading.given);
	if (!reading.stream || !reading.given || fstat(fileno(reading.stream), &status) != 0) {
		problems_add(problems, "%s: cannot read it: %s", path, strerror(errno));
	} else if (S_ISDIR(status.st_mode)) {
		problems_add(problems, "%s: cannot read it: it is a directory", path);
	} else {
		result = ini_parse_stream(read_line, &reading, read_setting, &reading);
		if (ferror(reading.stream))
			problems_add(problems, "%s: cannot read it to its end: %s", path, strerror(errno));
		else if (result > 0)
			problems_add(problems,
				     "%s:%d: not an INI line; expected [section], key = value, or a comment",
				     path, result);
		else if (reading.line == 0)
			problems_add(problems, "%s: the file is empty", path);
		else if (reading.settings == 0 && result == 0)
			problems_add(problems, "%s: no setting in it", path);
	}
	if (reading.stream)
		fclose(reading.stream);
}
