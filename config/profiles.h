/*
 * profiles.h - the profiles of AWS's shared files: ~/.aws/credentials and ~/.aws/config, or where
 * AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE say.
 *
 * The files name profiles differently, and a profile points at other sections. All texts are spans into the
 * files, which are wiped when this is closed. Source: the AWS SDKs and Tools Reference Guide, "Shared config
 * and credentials files", and botocore 1.43 configloader.
 */
#ifndef CONFIG_PROFILES_H
#define CONFIG_PROFILES_H

#include <stdbool.h>

#include "config/profile_file.h"

struct profiles {
	struct profile_file keys, settings;
	/* The unreadable file is the default one: the home folder may be another user's, without such a file.
	 */
	bool keys_by_default, settings_by_default;
};

/*
 * A file that is not there is an empty one; so is one whose variable is set to nothing, as for the AWS CLI.
 * Close it in either case. False: no memory.
 */
bool profiles_open(struct profiles *profiles, const char *(*environment)(const char *name));
void profiles_close(struct profiles *profiles);

/* Why a file does not count as the AWS CLI reads it; NULL: both do. */
const char *profiles_invalid(const struct profiles *profiles);
/*
 * Which file cannot be read, and why; NULL: none. `wanted`: something in them was asked for. Without that, a
 * default path behind a folder that cannot be searched is no problem: many a container has such a home.
 */
const char *profiles_unreadable(const struct profiles *profiles, bool wanted);

/* In any of the two files. */
bool profiles_have(const struct profiles *profiles, const char *name);
/* A key in one kind of section, empty or not; NULL: it is not there. */
const struct profile_entry *profiles_entry(const struct profiles *profiles, enum profile_section_kind kind,
					   const char *name, const char *key);
/* Of a profile, wherever it stands; the credentials file wins. */
const struct profile_entry *profiles_setting(const struct profiles *profiles, const char *name,
					     const char *key);
/* "sts.endpoint_url" of the services section that the profile names; any other key: as profiles_setting. */
const struct profile_entry *profiles_service_setting(const struct profiles *profiles, const char *name,
						     const char *key);

enum { PROFILES_SUGGESTION = 700 };

/*
 * `; did you mean "NAME"?`, where the name stands in a form that does not count in that file, or nothing.
 * Returns `text`.
 */
const char *profiles_suggest(const struct profiles *profiles, const char *name,
			     char text[static PROFILES_SUGGESTION]);

#endif
