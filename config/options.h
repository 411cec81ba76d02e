/*
 * options.h - the table of settings.
 *
 * Each row is a setting: its INI section and key, flag, environment variables, type, allowed values, default
 * and help text. The INI reader, the command line, the environment, --help and the test of the annotated
 * example iterate over this table; a new setting is one row and one member of struct config.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum option_type {
	OPTION_TEXT,     /* const char * */
	OPTION_SECRET,   /* const char *, never shown */
	OPTION_PROXY,    /* const char *, an address that may contain a password; never shown */
	OPTION_SWITCH,   /* bool; the flag takes no value */
	OPTION_NUMBER,   /* int64_t, from minimum to maximum, or 0 for `zero_name` */
	OPTION_DURATION, /* int64_t milliseconds, from minimum to maximum; written 250ms, 30s, 10m, 2h */
	OPTION_CHOICE,   /* const char *, one of `choices` */
	OPTION_LIST,     /* struct text_list, separated by commas; items may contain blanks */
	OPTION_UNITS,    /* like OPTION_LIST, of paths or ids of organizational units */
	OPTION_ACCOUNTS, /* struct text_list of 12-digit account ids, separated by commas or blanks */
	OPTION_REGION,   /* const char *, a region's name */
	OPTION_REGIONS,  /* struct text_list of region names, or one of `choices` alone */
	OPTION_REPORTS,  /* struct report_requests; each further flag adds one */
	OPTION_URL,      /* const char *, http:// or https://, as config/address.h normalizes it */
	OPTION_ROLE,     /* const char *, the ARN of a role */
	OPTION_ROLES,    /* struct text_list of role ARNs, separated by commas or blanks */
	OPTION_SHARD,    /* struct shard, INDEX/COUNT up to maximum, array, or array/COUNT */
};

struct option {
	const char *section; /* INI; NULL: a file cannot set it */
	const char *key;
	const char *flag; /* without dashes; NULL: no flag */
	const char *environment[3];
	const char
		*profile; /* key of a profile in AWS's shared files; "SERVICE.KEY": of its services section */
	enum option_type type;
	const char *value_name;    /* in --help: NAME, FILE ... */
	const char *default_value; /* parsed like any other value; NULL: none */
	const char *const *choices;
	int64_t minimum, maximum;
	const char *zero_name; /* for numbers: the word that is stored as 0; NULL: none */
	bool is_common;        /* among the few flags of the short help */
	bool may_be_empty;     /* for text: an empty value differs from an unset one */
	size_t member;         /* offset in struct config */
	const char *help;
};

extern const struct option options[];
extern const size_t option_count;

/* NULL: no such setting. */
const struct option *option_by_key(const char *section, const char *key);
const struct option *option_by_flag(struct span flag); /* without dashes */

/* The first setting that a message names, as --flag or else as section.key; NULL: none. */
const struct option *option_in_text(const char *text, bool *is_flag);

/* A type in words for messages: "a duration such as 250ms, 30s, 10m or 2h". */
const char *option_type_describe(const struct option *option);

/* True: no output may show the value. */
bool option_is_secret(const struct option *option);

/* True: in a file, the value may continue on further lines. */
bool option_is_list(const struct option *option);

#endif
