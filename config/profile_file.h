/*
 * profile_file.h - one of AWS's shared files, ~/.aws/credentials or ~/.aws/config, as sections and settings.
 *
 * Not read by inih: its lines end at 200 bytes, a session token does not, and the format is not plain INI. The
 * rules are those by which the AWS CLI reads the files (botocore 1.43 configloader, which is Python's
 * configparser): a line that is indented more than the one before it continues its value; lines below a key
 * without a value are settings of that key; a section or a key that stands twice makes the file invalid. Where
 * AWS's tools differ among each other in what a file says, it is refused: docs/credentials.md lists every such
 * case.
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
	PROFILE_OTHER,       /* named by its whole heading */
};

struct profile_section {
	enum profile_section_kind kind;
	bool is_bare; /* [default], beside which a [profile default] may stand */
	struct span name;
	int line;
};

struct profile_entry {
	const struct profile_file *file;
	size_t section;    /* its index */
	struct span below; /* the key that it is indented below; absent: of the section itself */
	struct span key;
	struct span value;
	int line;
	bool continued; /* the value goes on in further lines: it holds their line ends */
	bool has_block; /* no value, but settings of its own below it */
};

struct profile_file {
	const char *path;
	enum {
		PROFILE_FILE_ABSENT,
		PROFILE_FILE_READ,
		/* It may be there, and nothing of it is known. */
		PROFILE_FILE_UNREADABLE,
		/* Nothing of it counts, as nothing of it counts for the AWS CLI. */
		PROFILE_FILE_INVALID,
	} state;
	bool is_behind_a_locked_folder; /* unreadable, and nothing tells whether it is there at all */
	const char *problem;            /* of the last two: "FILE:LINE: ..."; NULL: no memory */
	struct profile_section *sections;
	struct profile_entry *entries; /* those of a section stand together */
	size_t section_count, section_capacity, entry_count, entry_capacity;
	/* [profile default] counts, and [default] beside it does not; their lines, or zeroes. */
	int prefixed_default, bare_default;
	struct buffer text; /* what all spans point into, but for names */
	struct arena arena;
};

/* `path` is copied. Close it in either case. False: no memory. */
bool profile_file_open(struct profile_file *file, const char *path, bool of_keys);
/* Wipes the text. */
void profile_file_close(struct profile_file *file);

#endif
