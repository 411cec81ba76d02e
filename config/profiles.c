#include "config/profiles.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/suggestion.h"
#include "base/text.h"
#include "config/home_path.h"

/* ---- the files ---- */

static bool open_file(struct profile_file *file, bool of_keys, const char *variable, const char *otherwise,
		      bool *by_default, const char *(*environment)(const char *name))
{
	const char *path = environment(variable);
	struct buffer expanded = {0};
	bool good;

	*by_default = !path;
	home_path_expand(&expanded, path ? path : otherwise, environment);
	good = !expanded.failed && profile_file_open(file, expanded.at ? expanded.at : "", of_keys);
	buffer_deinit(&expanded);
	return good;
}

bool profiles_open(struct profiles *profiles, const char *(*environment)(const char *name))
{
	*profiles = (struct profiles){0};
	return open_file(&profiles->keys, true, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials",
			 &profiles->keys_by_default, environment) &&
	       open_file(&profiles->settings, false, "AWS_CONFIG_FILE", "~/.aws/config",
			 &profiles->settings_by_default, environment);
}

void profiles_close(struct profiles *profiles)
{
	profile_file_close(&profiles->keys);
	profile_file_close(&profiles->settings);
	*profiles = (struct profiles){0};
}

const char *profiles_invalid(const struct profiles *profiles)
{
	const struct profile_file *files[] = {&profiles->keys, &profiles->settings};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (files[i]->state == PROFILE_FILE_INVALID)
			return files[i]->problem;
	return NULL;
}

static bool is_unreadable(const struct profile_file *file, bool by_default, bool wanted)
{
	return file->state == PROFILE_FILE_UNREADABLE &&
	       (wanted || !by_default || !file->is_behind_a_locked_folder);
}

const char *profiles_unreadable(const struct profiles *profiles, bool wanted)
{
	if (is_unreadable(&profiles->keys, profiles->keys_by_default, wanted))
		return profiles->keys.problem;
	if (is_unreadable(&profiles->settings, profiles->settings_by_default, wanted))
		return profiles->settings.problem;
	return NULL;
}

/* ---- lookup ---- */

static const struct profile_section *find_section(const struct profile_file *file,
						  enum profile_section_kind kind, struct span name)
{
	for (size_t i = 0; i < file->section_count; i++)
		if (file->sections[i].kind == kind && span_same(file->sections[i].name, name))
			return &file->sections[i];
	return NULL;
}

/* Entries of a section are adjacent: a binary search for the first one. */
static size_t first_entry(const struct profile_file *file, size_t section)
{
	size_t low = 0, high = file->entry_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->entries[middle].section < section)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_below(const struct profile_entry *entry, struct span below)
{
	if (!below.at || !entry->below.at)
		return !below.at && !entry->below.at;
	return entry->below.length == below.length && strncasecmp(entry->below.at, below.at, below.length) == 0;
}

/*
 * The last value applies where a key of a block is set twice; keys of a block are case-sensitive, others are
 * not.
 */
static const struct profile_entry *find(const struct profile_file *file, enum profile_section_kind kind,
					struct span name, struct span below, const char *key)
{
	const struct profile_section *section = find_section(file, kind, name);
	const struct profile_entry *found = NULL;
	size_t index = section ? (size_t)(section - file->sections) : 0;

	for (size_t i = section ? first_entry(file, index) : file->entry_count;
	     i < file->entry_count && file->entries[i].section == index; i++) {
		const struct profile_entry *entry = &file->entries[i];

		if (is_below(entry, below) &&
		    (below.at ? span_equals(entry->key, key) : span_equals_ignoring_case(entry->key, key)))
			found = entry;
	}
	return found;
}

bool profiles_have(const struct profiles *profiles, const char *name)
{
	return find_section(&profiles->keys, PROFILE_KEYS, span_of(name)) ||
	       find_section(&profiles->settings, PROFILE_SETTINGS, span_of(name));
}

const struct profile_entry *profiles_entry(const struct profiles *profiles, enum profile_section_kind kind,
					   const char *name, const char *key)
{
	return find(kind == PROFILE_KEYS ? &profiles->keys : &profiles->settings, kind, span_of(name),
		    (struct span){NULL, 0}, key);
}

const struct profile_entry *profiles_setting(const struct profiles *profiles, const char *name, const char *key)
{
	const struct profile_entry *entry = profiles_entry(profiles, PROFILE_KEYS, name, key);

	return entry ? entry : profiles_entry(profiles, PROFILE_SETTINGS, name, key);
}

const struct profile_entry *profiles_service_setting(const struct profiles *profiles, const char *name,
						     const char *key)
{
	const char *dot = strchr(key, '.');
	const struct profile_entry *services;

	if (!dot)
		return profiles_setting(profiles, name, key);
	services = profiles_setting(profiles, name, "services");
	if (!services)
		return NULL;
	return find(&profiles->settings, PROFILE_SERVICES, services->value,
		    (struct span){key, (size_t)(dot - key)}, dot + 1);
}

/* ---- suggestions ---- */

/* [NAME] in the config file, [profile NAME] in the credentials file: each is the form of the other file. */
static bool suggest_other_form(const struct profiles *profiles, const char *name, char *text, size_t size)
{
	char prefixed[300];
	const struct profile_section *section;
	const struct profile_file *file = &profiles->settings;
	const char *right = prefixed, *wrong = name;

	text_print(prefixed, sizeof prefixed, "profile %s", name);
	section = find_section(file, PROFILE_OTHER, span_of(name));
	if (!section) {
		file = &profiles->keys;
		section = find_section(file, PROFILE_KEYS, span_of(prefixed));
		right = name;
		wrong = prefixed;
	}
	if (section)
		text_print(text, size, "; %s:%d has [%s], but in that file its name is [%s]",
			   text_brief(file->path, 200).text, section->line, text_brief(wrong, 100).text,
			   text_brief(right, 100).text);
	return section != NULL;
}

static void consider_sections(struct suggestion *nearest, const struct profile_file *file,
			      enum profile_section_kind kind, char best[static 64])
{
	for (size_t i = 0; i < file->section_count; i++) {
		char candidate[64];
		const char *before = nearest->name;

		if (file->sections[i].kind != kind)
			continue;
		snprintf(candidate, sizeof candidate, SPAN_FORMAT, SPAN_ARGUMENTS(file->sections[i].name));
		suggestion_consider(nearest, candidate);
		if (nearest->name == before)
			continue;
		memcpy(best, candidate, sizeof candidate);
		nearest->name = best;
	}
}

const char *profiles_suggest(const struct profiles *profiles, const char *name,
			     char text[static PROFILES_SUGGESTION])
{
	struct suggestion nearest = suggestion_for(name);
	char best[64] = "";

	if (suggest_other_form(profiles, name, text, PROFILES_SUGGESTION))
		return text;
	consider_sections(&nearest, &profiles->keys, PROFILE_KEYS, best);
	consider_sections(&nearest, &profiles->settings, PROFILE_SETTINGS, best);
	return suggestion_write(&nearest, text);
}
