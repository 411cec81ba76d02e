/*
 * profiles.h - the shared files of the AWS tools: ~/.aws/credentials and ~/.aws/config, or where
 * AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE say.
 *
 * Read here and not by inih, whose lines end at 200 bytes and a session token does not; and the format is not
 * plain INI: indented lines below a key without a value are keys of their own, the files name profiles
 * differently, and a profile points at other sections. All texts are spans into the files, which are wiped when
 * this is closed. Source: the AWS SDKs and Tools Reference Guide, "Shared config and credentials files", and
 * botocore 1.43 configloader.
 */
#ifndef CONFIG_PROFILES_H
#define CONFIG_PROFILES_H

#include <stdbool.h>

#include "base/buffer.h"

enum profile_section {
	PROFILE_KEYS,        /* [NAME] of the credentials file */
	PROFILE_SETTINGS,    /* [default] and [profile NAME] of the config file */
	PROFILE_SSO_SESSION, /* [sso-session NAME] */
	PROFILE_SERVICES,    /* [services NAME] */
	PROFILE_OTHER,
};

struct profile_line;

struct profiles {
	struct buffer keys, settings; /* the files */
	char keys_path[512], settings_path[512];
	struct profile_line *lines;
	size_t count, capacity;
	/* The first line that makes no sense; 0: none. */
	const char *broken_path;
	int broken_line;
	bool failed; /* no memory */
	const char *(*environment)(const char *name);
};

/* A file that is not there is an empty one. Close it in either case. False: no memory. */
bool profiles_open(struct profiles *profiles, const char *(*environment)(const char *name));
void profiles_close(struct profiles *profiles);

/* In any of the two files. */
bool profiles_have(const struct profiles *profiles, const char *name);
/* The value of a key in one kind of section; absent when it is not there. */
struct span profiles_value(const struct profiles *profiles, enum profile_section section, const char *name,
			   const char *key);
/* Of a profile, wherever it stands; the credentials file wins. */
struct span profiles_setting(const struct profiles *profiles, const char *name, const char *key);
/* "sts.endpoint_url" of the services section that the profile names; any other key: as profiles_setting. */
struct span profiles_service_setting(const struct profiles *profiles, const char *name, const char *key);

enum { PROFILES_SUGGESTION = 160 };

/* `; did you mean "NAME"?`, or nothing. Returns `text`. */
const char *profiles_suggest(const struct profiles *profiles, const char *name,
			     char text[static PROFILES_SUGGESTION]);

#endif
