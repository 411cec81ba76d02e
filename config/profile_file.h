/*
 * profile_file.h - parses one of AWS's shared files, ~/.aws/credentials or ~/.aws/config, into sections and
 * settings.
 *
 * inih cannot read these files: it limits lines to 200 bytes, session tokens are longer, and the format is
 * not plain INI. The rules are those of the AWS CLI (botocore 1.43 configloader, which is Python's
 * configparser): a line that is indented more than the one before continues its value; lines below a key
 * without a value are settings of that key; a duplicate section or key makes the file invalid. Where AWS's
 * tools disagree about the meaning of a file, it is refused: docs/credentials.md lists every such case.
 */
#ifndef CONFIG_PROFILE_FILE_H
#define CONFIG_PROFILE_FILE_H

#include "base/arena.h"
#include "base/buffer.h"

enum profile_section_kind {
	PROFILE_KEYS,        /* [NAME] of the credentials file */
	PROFILE_SETTINGS,    /* [default] and [profile NAME] of the config file */
	PROFILE_SSO_SESSION, /* [sso-session NAME] */
	PROFILE_SERVICES,    /* [services NAME] */
	PROFILE_OTHER,       /* identified by its whole heading */
};

struct profile_section {
	enum profile_section_kind kind;
	bool is_bare; /* [default], which [profile default] overrides */
	struct span name;
	int line;
};

struct profile_entry {
	const struct profile_file *file;
	size_t section;    /* index of its section */
	struct span below; /* the key whose block it belongs to; absent: it belongs to the section itself */
	struct span key;
	struct span value;
	int line;
	bool continued; /* the value spans several lines and contains their line ends */
	bool has_block; /* no value, but settings of its own below it */
};

struct profile_file {
	const char *path;
	enum {
		PROFILE_FILE_ABSENT,
		PROFILE_FILE_READ,
		/* The file may exist, and its contents are not known. */
		PROFILE_FILE_UNREADABLE,
		/* Nothing in the file is used; the AWS CLI does not use it either. */
		PROFILE_FILE_INVALID,
	} state;
	bool is_behind_a_locked_folder; /* unreadable, and not even its existence is known */
	const char *problem; /* of unreadable and invalid files: "FILE:LINE: ..."; NULL: out of memory */
	struct profile_section *sections;
	struct profile_entry *entries; /* grouped by section */
	size_t section_count, section_capacity, entry_count, entry_capacity;
	/* [profile default] is used, and [default] beside it is not; their lines, or zeroes. */
	int prefixed_default, bare_default;
	struct buffer text; /* all spans point into it, except names */
	struct arena arena;
};

/* Copies `path`. The caller closes the file in either case. False: out of memory. */
bool profile_file_open(struct profile_file *file, const char *path, bool of_keys);
/* Wipes the text, which holds credentials. */
void profile_file_close(struct profile_file *file);

#endif
