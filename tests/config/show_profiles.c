/*
 * show_profiles CONFIG KEYS ...: prints pairs of shared files as this program reads them, each as a line of
 * JSON: profiles, sso_sessions and services like botocore's Session.full_config, and the problem. For
 * tests/system/test_shared_files.py.
 */
#include <jansson.h>
#include <string.h>

#include "config/profiles.h"

static const char *config_path, *keys_path;

static const char *environment(const char *name)
{
	if (strcmp(name, "AWS_CONFIG_FILE") == 0)
		return config_path;
	return strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0 ? keys_path : NULL;
}

static json_t *member(json_t *object, struct span name)
{
	json_t *found = json_object_getn(object, name.at, name.length);

	if (!found) {
		found = json_object();
		json_object_setn_new(object, name.at, name.length, found);
	}
	return found;
}

/* Keys in lower case, except those of a block. */
static json_t *value_of(const struct profile_entry *entry)
{
	return entry->has_block ? json_object() : json_stringn(entry->value.at, entry->value.length);
}

static void add_entry(json_t *section, const struct profile_entry *entry)
{
	struct span key = entry->below.at ? entry->below : entry->key;
	char lower[256] = "";
	json_t *block;

	for (size_t i = 0; i < key.length && i + 1 < sizeof lower; i++)
		lower[i] = (char)(key.at[i] >= 'A' && key.at[i] <= 'Z' ? key.at[i] | 0x20 : key.at[i]);
	if (!entry->below.at) {
		json_object_set_new(section, lower, value_of(entry));
		return;
	}
	block = json_object_get(section, lower);
	json_object_setn_new(block, entry->key.at, entry->key.length,
			     json_stringn(entry->value.at, entry->value.length));
}

static void add_file(json_t *maps[PROFILE_OTHER], const struct profile_file *file)
{
	for (size_t i = 0; i < file->section_count; i++)
		if (file->sections[i].kind != PROFILE_OTHER)
			member(maps[file->sections[i].kind], file->sections[i].name);
	for (size_t i = 0; i < file->entry_count; i++) {
		const struct profile_section *section = &file->sections[file->entries[i].section];

		if (section->kind != PROFILE_OTHER)
			add_entry(member(maps[section->kind], section->name), &file->entries[i]);
	}
}

static bool show(void)
{
	json_t *profiles = json_object(), *sessions = json_object(), *services = json_object(), *all;
	json_t *maps[PROFILE_OTHER] = {profiles, profiles, sessions, services};
	struct profiles files;
	const char *problem;

	if (!profiles_open(&files, environment))
		return false;
	problem = profiles_invalid(&files);
	if (!problem)
		problem = profiles_unreadable(&files, true);
	add_file(maps, &files.settings);
	add_file(maps, &files.keys); /* the credentials file takes precedence */
	all = json_pack("{s:o,s:o,s:o,s:s?}", "profiles", profiles, "sso_sessions", sessions, "services",
			services, "problem", problem);
	json_dumpf(all, stdout, JSON_SORT_KEYS);
	putchar('\n');
	json_decref(all);
	profiles_close(&files);
	return true;
}

int main(int count, char **arguments)
{
	bool good = true;

	for (int i = 1; good && i + 1 < count; i += 2) {
		config_path = arguments[i];
		keys_path = arguments[i + 1];
		good = show();
	}
	return good ? 0 : 1;
}
