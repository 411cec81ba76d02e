#include "config/home_path.h"

#include <ctype.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

enum { MAX_USER_ENTRY = 16384 /* bytes of a line of /etc/passwd, for getpwnam_r */ };

/* ---- $NAME and ${NAME} ---- */

static bool is_of_a_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The length of the variable at the start of `text`; 0: none. */
static size_t variable_at(const char *text, struct span *name)
{
	if (text[0] != '$')
		return 0;
	if (text[1] == '{') {
		const char *end = strchr(text, '}');

		*name = (struct span){text + 2, end ? (size_t)(end - text - 2) : 0};
		return end ? name->length + 3 : 0;
	}
	*name = (struct span){text + 1, 0};
	while (is_of_a_name(name->at[name->length]))
		name->length++;
	return name->length > 0 ? name->length + 1 : 0;
}

static const char *value_of(struct span name, const char *(*environment)(const char *name))
{
	struct buffer text = {0};
	const char *value;

	buffer_append(&text, name.at, name.length);
	value = text.failed ? NULL : environment(text.at);
	buffer_deinit(&text);
	return value;
}

static void expand_variables(struct buffer *into, const char *path,
			     const char *(*environment)(const char *name))
{
	while (*path) {
		struct span name;
		size_t length = variable_at(path, &name);
		const char *value = length > 0 ? value_of(name, environment) : NULL;

		if (value)
			buffer_text(into, value);
		else
			buffer_append(into, path, length > 0 ? length : 1);
		path += length > 0 ? length : 1;
	}
}

/* ---- ~ and ~USER ---- */

static void append_home_of(struct buffer *into, const char *user)
{
	char room[MAX_USER_ENTRY];
	struct passwd entry, *found = NULL;

	if (*user)
		getpwnam_r(user, &entry, room, sizeof room, &found);
	else
		getpwuid_r(getuid(), &entry, room, sizeof room, &found);
	if (found)
		buffer_text(into, found->pw_dir);
	else
		buffer_texts(into, "~", user, NULL);
}

static void append_home(struct buffer *into, const char *user, const char *(*environment)(const char *name))
{
	const char *home = *user ? NULL : environment("HOME");
	size_t before = into->length;

	if (home)
		buffer_text(into, home);
	else
		append_home_of(into, user);
	while (into->length > before && into->at[into->length - 1] == '/')
		into->at[--into->length] = '\0'; /* the rest of the path begins with a slash */
}

void home_path_expand(struct buffer *into, const char *path, const char *(*environment)(const char *name))
{
	struct buffer expanded = {0};

	expand_variables(&expanded, path, environment);
	if (expanded.failed) {
		into->failed = true;
	} else if (expanded.length > 0 && expanded.at[0] == '~') {
		char *slash = strchrnul(expanded.at, '/');
		char first = *slash;

		*slash = '\0';
		append_home(into, expanded.at + 1, environment);
		*slash = first;
		buffer_text(into, slash);
	} else {
		buffer_append(into, expanded.at, expanded.length);
	}
	buffer_deinit(&expanded);
}
