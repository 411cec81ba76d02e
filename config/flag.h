/*
 * flag.h - splits a flag of the command line from its value: `--name VALUE` or `--name=VALUE`. Settings and the
 * own flags of commands are both read by it.
 */
#ifndef CONFIG_FLAG_H
#define CONFIG_FLAG_H

#include <stdbool.h>

#include "base/span.h"

struct flag {
	struct span name;  /* without the dashes; a part of the argument */
	const char *value; /* NULL: nothing follows */
	bool separate;     /* the value is the next argument, if the flag takes one */
};

/* The argument at `index`. False: it is no flag. An argument may be NULL. */
bool flag_split(const char *const *arguments, int count, int index, struct flag *flag);

#endif
