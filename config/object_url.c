#include "config/object_url.h"

#include <string.h>

enum { MIN_BUCKET = 3, MAX_BUCKET = 63, MAX_KEY = 1024 };

bool object_url_is(const char *path)
{
	return path && strncmp(path, OBJECT_URL_SCHEME, strlen(OBJECT_URL_SCHEME)) == 0;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The name becomes a part of a host name. */
static bool is_bucket(struct span name)
{
	bool good = name.length >= MIN_BUCKET && name.length <= MAX_BUCKET && is_letter_or_digit(name.at[0]) &&
		    is_letter_or_digit(name.at[name.length - 1]);

	for (size_t i = 0; good && i < name.length; i++)
		good = is_letter_or_digit(name.at[i]) || name.at[i] == '-' ||
		       (name.at[i] == '.' && name.at[i - 1] != '.');
	return good;
}

static bool has_control_character(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == '\x7f')
			return true;
	return false;
}

const char *object_url_parse(const char *path, struct object_url *parsed)
{
	struct span rest = span_of(path + strlen(OBJECT_URL_SCHEME));

	span_split(&rest, '/', &parsed->bucket);
	parsed->key = rest;
	if (!is_bucket(parsed->bucket))
		return "a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens";
	if (!rest.at || rest.length == 0)
		return "the key of an object must follow the bucket: s3://BUCKET/KEY";
	if (rest.length > MAX_KEY)
		return "a key has at most 1024 bytes";
	if (rest.at[rest.length - 1] == '/')
		return "the key must not end in a slash";
	return has_control_character(rest) ? "the key contains a control character" : NULL;
}
