/*
 * options.h - the one table of settings.
 *
 * A row is a setting: its INI section and key, its flag, its environment variables, its type, what is
 * allowed, its default and its help text. The INI reader, the command line, the environment, --help,
 * and the test of the annotated example all walk this table; a new setting is one more row, and one
 * more member of struct config.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum option_type {
	OPTION_TEXT,     /* const char * */
	OPTION_SECRET,   /* const char *, never printed */
	OPTION_PROXY,    /* const char *, an address that may hold a password; never printed */
	OPTION_SWITCH,   /* bool; the flag takes no value */
	OPTION_NUMBER,   /* int64_t, from minimum to maximum */
	OPTION_DURATION, /* int64_t milliseconds, from minimum to maximum; written 250ms, 30s, 10m, 2h */
	OPTION_CHOICE,   /* const char *, one of `choices` */
	OPTION_LIST,     /* struct text_list, separated by commas; items may hold blanks */
	OPTION_UNITS,    /* the same, of paths or ids of organizational units */
	OPTION_ACCOUNTS, /* struct text_list of 12-digit account ids, separated by commas or blanks */
	OPTION_REGION,   /* const char *, a region's name */
	OPTION_REGIONS,  /* struct text_list of region names, or one of `choices` alone */
	OPTION_REPORTS,  /* struct report_requests; a flag given again adds one more */
	OPTION_URL,      /* const char *, http:// or https://, as config/address.h writes it */
	OPTION_ROLES,    /* struct text_list of role ARNs, separated by commas or blanks */
	OPTION_SHARD,    /* struct shard, INDEX/COUNT up to maximum, or array/COUNT */
};

struct option {
	const char *section; /* INI; NULL where a file cannot set it */
	const char *key;
	const char *flag; /* without the dashes; NULL where there is none */
	const char *environment[3];
	const char
		*profile; /* key of a profile in AWS's shared files; "SERVICE.KEY": of its services section */
	enum option_type type;
	const char *value_name;    /* in --help: NAME, FILE ... */
	const char *default_value; /* parsed like any other value; NULL: none */
	const char *const *choices;
	int64_t minimum, maximum;
	bool may_be_empty; /* of a text: empty says something else than leaving the setting out */
	size_t member;     /* offset in struct config */
	const char *help;
};

extern const struct option options[];
extern const size_t option_count;

/* Each NULL: there is no such setting. */
const struct option *option_by_key(const char *section, const char *key);
const struct option *option_by_flag(struct span flag); /* without its dashes */

/* A type in words, for messages: "a duration such as 250ms, 30s, 10m or 2h". */
const char *option_type_describe(const struct option *option);

/* Is its value kept out of every output? */
bool option_is_secret(const struct option *option);

/* May the value of this option go on in the next line of a file? */
bool option_is_list(const struct option *option);

#endif
