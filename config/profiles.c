#include "config/profiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

enum { LARGEST_FILE = 1048576 };

struct profile_line {
	enum profile_section section;
	struct span name;  /* of the section */
	struct span below; /* the key that it is indented below; absent: of the section itself */
	struct span key;   /* absent: the section's own line */
	struct span value;
};

/* ---- reading ---- */

static void set_path(const struct profiles *profiles, char *path, size_t size, const char *variable,
		     const char *below_home)
{
	const char *set = profiles->environment(variable), *home = profiles->environment("HOME");

	if (set && strncmp(set, "~/", 2) == 0)
		snprintf(path, size, "%s/%s", home ? home : "", set + 2);
	else if (set && *set)
		snprintf(path, size, "%s", set);
	else
		snprintf(path, size, "%s/%s", home ? home : "", below_home);
}

/* Straight into the buffer's own memory: no copy of a key stays elsewhere. */
static void read_whole(const char *path, struct buffer *text)
{
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t count;

	if (!file)
		return;
	setvbuf(file, NULL, _IONBF, 0);
	while (text->length < LARGEST_FILE && (count = fread(chunk, 1, sizeof chunk, file)) > 0)
		buffer_append(text, chunk, count);
	explicit_bzero(chunk, sizeof chunk);
	fclose(file);
}

static void add(struct profiles *profiles, const struct profile_line *line)
{
	if (profiles->count == profiles->capacity) {
		size_t capacity = profiles->capacity ? profiles->capacity * 2 : 32;
		struct profile_line *grown = realloc(profiles->lines, capacity * sizeof *grown);

		if (!grown) {
			profiles->failed = true;
			return;
		}
		profiles->lines = grown;
		profiles->capacity = capacity;
	}
	profiles->lines[profiles->count++] = *line;
}

static struct span unquote(struct span name)
{
	if (name.length >= 2 && (name.at[0] == '"' || name.at[0] == '\'') &&
	    name.at[name.length - 1] == name.at[0])
		return (struct span){name.at + 1, name.length - 2};
	return name;
}

/* "[default]", "[profile NAME]", "[sso-session NAME]", "[services NAME]"; in the credentials file "[NAME]". */
static bool read_heading(struct span text, bool of_keys, struct profile_line *line)
{
	static const struct {
		const char *word;
		enum profile_section section;
	} kinds[] = {{"profile", PROFILE_SETTINGS},
		     {"sso-session", PROFILE_SSO_SESSION},
		     {"services", PROFILE_SERVICES}};
	const char *end = memchr(text.at, ']', text.length);
	struct span name;

	if (!end)
		return false;
	name = span_trim((struct span){text.at + 1, (size_t)(end - text.at - 1)});
	*line = (struct profile_line){.section = of_keys ? PROFILE_KEYS : PROFILE_OTHER, .name = unquote(name)};
	if (of_keys)
		return true;
	if (span_equals(name, "default"))
		line->section = PROFILE_SETTINGS;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		size_t length = strlen(kinds[i].word);

		if (!span_starts_with(name, kinds[i].word) || name.length <= length ||
		    (name.at[length] != ' ' && name.at[length] != '\t'))
			continue;
		line->section = kinds[i].section;
		line->name = unquote(span_trim((struct span){name.at + length, name.length - length}));
	}
	return true;
}

/* "key = value", also "key: value"; the first of the two signs counts. */
static bool split_setting(struct span text, struct span *key, struct span *value)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.at[i] != '=' && text.at[i] != ':')
			continue;
		*key = span_trim((struct span){text.at, i});
		*value = span_trim((struct span){text.at + i + 1, text.length - i - 1});
		return key->length > 0;
	}
	return false;
}

static void read_lines(struct profiles *profiles, const struct buffer *text, const char *path, bool of_keys)
{
	struct span rest = buffer_span(text), raw;
	struct profile_line line = {.section = PROFILE_OTHER};
	struct span above = {NULL, 0}; /* the key that indented lines belong to */
	bool in_section = false, above_is_empty = false;

	for (int number = 1; span_split(&rest, '\n', &raw); number++) {
		bool indented = raw.length > 0 && (raw.at[0] == ' ' || raw.at[0] == '\t');
		struct span trimmed = span_trim(raw);

		if (trimmed.length == 0 || trimmed.at[0] == '#' || trimmed.at[0] == ';')
			continue;
		if (indented && above.at) {
			line.below = above;
			if (above_is_empty && split_setting(trimmed, &line.key, &line.value))
				add(profiles, &line);
			continue; /* below a key with a value: that value goes on, which none of ours does */
		}
		line.below = (struct span){NULL, 0};
		if (trimmed.at[0] == '[' && read_heading(trimmed, of_keys, &line)) {
			in_section = true;
			above = (struct span){NULL, 0};
			add(profiles, &line);
		} else if (in_section && split_setting(trimmed, &line.key, &line.value)) {
			above = line.key;
			above_is_empty = line.value.length == 0;
			add(profiles, &line);
		} else if (!profiles->broken_path) {
			profiles->broken_path = path;
			profiles->broken_line = number;
		}
	}
}

bool profiles_open(struct profiles *profiles, const char *(*environment)(const char *name))
{
	*profiles = (struct profiles){.environment = environment};
	set_path(profiles, profiles->keys_path, sizeof profiles->keys_path, "AWS_SHARED_CREDENTIALS_FILE",
		 ".aws/credentials");
	set_path(profiles, profiles->settings_path, sizeof profiles->settings_path, "AWS_CONFIG_FILE",
		 ".aws/config");
	read_whole(profiles->keys_path, &profiles->keys);
	read_whole(profiles->settings_path, &profiles->settings);
	read_lines(profiles, &profiles->keys, profiles->keys_path, true);
	read_lines(profiles, &profiles->settings, profiles->settings_path, false);
	return !profiles->failed && !profiles->keys.failed && !profiles->settings.failed;
}

void profiles_close(struct profiles *profiles)
{
	buffer_wipe(&profiles->keys);
	buffer_wipe(&profiles->settings);
	free(profiles->lines);
	*profiles = (struct profiles){0};
}

/* ---- asking ---- */

static bool is_profile(const struct profile_line *line)
{
	return line->section == PROFILE_KEYS || line->section == PROFILE_SETTINGS;
}

bool profiles_have(const struct profiles *profiles, const char *name)
{
	for (size_t i = 0; i < profiles->count; i++)
		if (is_profile(&profiles->lines[i]) && span_equals(profiles->lines[i].name, name))
			return true;
	return false;
}

/* The last one counts where a key stands twice, as in botocore. */
static struct span find(const struct profiles *profiles, enum profile_section section, struct span name,
			struct span below, const char *key)
{
	struct span found = {NULL, 0};

	for (size_t i = 0; i < profiles->count; i++) {
		const struct profile_line *line = &profiles->lines[i];

		if (line->section == section && span_same(line->name, name) &&
		    (below.at ? span_same(line->below, below) : !line->below.at) &&
		    span_equals_ignoring_case(line->key, key))
			found = line->value;
	}
	return found.length > 0 ? found : (struct span){NULL, 0};
}

struct span profiles_value(const struct profiles *profiles, enum profile_section section, const char *name,
			   const char *key)
{
	return find(profiles, section, span_of(name), (struct span){NULL, 0}, key);
}

struct span profiles_setting(const struct profiles *profiles, const char *name, const char *key)
{
	struct span value = profiles_value(profiles, PROFILE_KEYS, name, key);

	return value.at ? value : profiles_value(profiles, PROFILE_SETTINGS, name, key);
}

struct span profiles_service_setting(const struct profiles *profiles, const char *name, const char *key)
{
	const char *dot = strchr(key, '.');
	struct span services;

	if (!dot)
		return profiles_setting(profiles, name, key);
	services = profiles_setting(profiles, name, "services");
	if (!services.at)
		return services;
	return find(profiles, PROFILE_SERVICES, services, (struct span){key, (size_t)(dot - key)}, dot + 1);
}

const char *profiles_suggest(const struct profiles *profiles, const char *name,
			     char text[static PROFILES_SUGGESTION])
{
	struct nearest nearest = nearest_to(name);
	char best[64] = "";

	for (size_t i = 0; i < profiles->count; i++) {
		char candidate[64];
		const char *before = nearest.name;

		if (profiles->lines[i].key.at || !is_profile(&profiles->lines[i]))
			continue;
		snprintf(candidate, sizeof candidate, SPAN_FORMAT, SPAN_ARGUMENTS(profiles->lines[i].name));
		nearest_consider(&nearest, candidate);
		if (nearest.name == before)
			continue;
		memcpy(best, candidate, sizeof best);
		nearest.name = best;
	}
	return nearest_suggest(&nearest, text);
}
