/*
 * profiles.h - the profiles of AWS's shared files: ~/.aws/credentials and ~/.aws/config, or the files that
 * AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name.
 *
 * The two files name profiles differently, and a profile refers to other sections. All texts are spans into
 * the files, which profiles_close wipes. Source: the AWS SDKs and Tools Reference Guide, "Shared config and
 * credentials files", and botocore 1.43 configloader.
 */
#ifndef CONFIG_PROFILES_H
#define CONFIG_PROFILES_H

#include <stdbool.h>

#include "config/profile_file.h"

struct profiles {
	struct profile_file keys, settings;
	/*
	 * The unreadable file is the default one: the home folder may belong to another user and not contain
	 * it.
	 */
	bool keys_by_default, settings_by_default;
};

/*
 * A missing file counts as empty, and so does one whose variable is empty, as in the AWS CLI. The caller
 * closes the profiles in either case. False: out of memory.
 */
bool profiles_open(struct profiles *profiles, const char *(*environment)(const char *name));
void profiles_close(struct profiles *profiles);

/* Why the AWS CLI would reject a file; NULL: both are valid. */
const char *profiles_invalid(const struct profiles *profiles);
/*
 * Which file cannot be read, and why; NULL: none. `wanted`: the user refers to something in the files.
 * Without that, a default path behind a folder that cannot be searched is no problem: many containers have
 * such a home.
 */
const char *profiles_unreadable(const struct profiles *profiles, bool wanted);

/* In either file. */
bool profiles_have(const struct profiles *profiles, const char *name);
/* The key in a section of this kind, with or without a value; NULL: not set. */
const struct profile_entry *profiles_entry(const struct profiles *profiles, enum profile_section_kind kind,
					   const char *name, const char *key);
/* The setting of a profile in either file; the credentials file takes precedence. */
const struct profile_entry *profiles_setting(const struct profiles *profiles, const char *name,
					     const char *key);
/*
 * "sts.endpoint_url": from the services section that the profile refers to. Other keys: as profiles_setting.
 */
const struct profile_entry *profiles_service_setting(const struct profiles *profiles, const char *name,
						     const char *key);

enum { PROFILES_SUGGESTION = 700 };

/*
 * Writes `. Did you mean "NAME"?` when the other file has a profile of that name in a form that does not
 * count there, or an empty text. Returns `text`.
 */
const char *profiles_suggest(const struct profiles *profiles, const char *name,
			     char text[static PROFILES_SUGGESTION]);

#endif
