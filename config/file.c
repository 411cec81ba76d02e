#include "config/file.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/ini_lines.h"
#include "base/suggestion.h"
#include "config/options.h"
#include "config/value.h"

struct reading {
	struct ini_lines lines;
	struct config *config;
	struct diagnostics *diagnostics;
	int settings;
	bool *given;               /* by option: a key that is set twice is a problem */
	const struct option *last; /* of the previous line, whose list may continue */
	char last_report[64];
};

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
	struct suggestion nearest = suggestion_for(known_section ? key : section);
	char suggestion[SUGGESTION_SIZE];

	for (size_t i = 0; i < option_count; i++) {
		if (!options[i].section)
			continue;
		if (!known_section)
			suggestion_consider(&nearest, options[i].section);
		else if (strcmp(options[i].section, section) == 0)
			suggestion_consider(&nearest, options[i].key);
	}
	if (known_section)
		diagnostics_add(reading->diagnostics, "%s:%d: unknown key \"%s\" in [%s]%s",
				reading->lines.path, reading->lines.line, key, section,
				suggestion_write(&nearest, suggestion));
	else if (!*section)
		diagnostics_add(reading->diagnostics, "%s:%d: key \"%s\" occurs before the first [section]",
				reading->lines.path, reading->lines.line, key);
	else
		diagnostics_add(reading->diagnostics, "%s:%d: unknown section [%s]%s%s%s", reading->lines.path,
				reading->lines.line, section, nearest.name ? ". Did you mean [" : "",
				nearest.name ? nearest.name : "", nearest.name ? "]?" : "");
}

/* [report.FORMAT] path = FILE means --report FORMAT=FILE. */
static void add_report(struct reading *reading, const char *format, const char *key, const char *value,
		       const char *origin)
{
	const struct option *option = option_by_key("output", "report");
	char request[512];

	if (strcmp(key, "path") != 0) {
		diagnostics_add(reading->diagnostics, "%s: unknown key \"%s\" in [report.%s]; must be \"path\"",
				origin, key, format);
		return;
	}
	snprintf(request, sizeof request, "%s=%s", format, *value ? value : "-");
	value_set(reading->config, option, request, origin, reading->last_report[0] != '\0',
		  reading->diagnostics);
	snprintf(reading->last_report, sizeof reading->last_report, "%s", format);
}

static int read_setting(void *user, const char *section, const char *key, const char *value)
{
	struct reading *reading = user;
	const struct option *option = option_by_key(section, key);
	char origin[512];
	bool more;

	reading->settings++;
	snprintf(origin, sizeof origin, "%s:%d", reading->lines.path, reading->lines.line);
	if (strncmp(section, "report.", 7) == 0 && section[7]) {
		add_report(reading, section + 7, key, value, origin);
		return 1;
	}
	if (!option) {
		report_unknown(reading, section, key);
		return 1;
	}
	/* inih passes an indented line as the same key again. */
	more = reading->lines.continued && option == reading->last;
	if (reading->given[option - options] && !more) {
		diagnostics_add(reading->diagnostics, "%s: %s.%s occurs a second time here", origin, section,
				key);
		return 1;
	}
	if (more && !option_is_list(option)) {
		diagnostics_add(reading->diagnostics, "%s: %s.%s takes one line; this one is indented", origin,
				section, key);
		return 1;
	}
	reading->given[option - options] = true;
	reading->last = option;
	value_set(reading->config, option, value, origin, more, reading->diagnostics);
	return 1;
}

void file_read(struct config *config, const char *path, struct diagnostics *diagnostics)
{
	struct reading reading = {.config = config, .diagnostics = diagnostics};

	reading.given = arena_take(&config->arena, option_count * sizeof *reading.given);
	if (!reading.given)
		diagnostics_add(diagnostics, "%s: out of memory", path);
	else if (ini_lines_open(&reading.lines, path, diagnostics) &&
		 ini_lines_ended(&reading.lines,
				 ini_parse_stream(ini_lines_next, &reading.lines, read_setting, &reading)) &&
		 reading.settings == 0)
		diagnostics_add(diagnostics, "%s: no setting in it", path);
	ini_lines_close(&reading.lines);
}
