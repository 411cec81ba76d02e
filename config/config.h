/*
 * config.h - what the user asked for.
 *
 * Settings come from five places, each winning over the one before: defaults, the profile in the shared AWS
 * files (where AWS has a name for the setting), the INI file, the environment, the command line. Once loaded,
 * nothing changes and nothing later reads the environment (except the credential sources, whose environment is
 * AWS's own).
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>

#include "base/problems.h"
#include "config/settings.h"

/* Where settings come from. Tests pass their own environment and file. */
struct config_sources {
	int argument_count; /* flags only: neither the program's name nor the command */
	const char *const *arguments;
	const char *(*environment)(const char *name); /* getenv, or a stand-in; NULL: none */
	const char *default_files[3];                 /* tried in order, may be absent */
};

/*
 * Fills `config` and adds everything that is wrong to `problems`; true when nothing was added. The
 * config must be freed in either case.
 */
bool config_load(struct config *config, const struct config_sources *sources, struct problems *problems);
/* The same from this process's environment, and from ./neptune-scan.ini, else /etc/neptune-scan.ini. */
bool config_load_usual(struct config *config, int argument_count, const char *const *arguments,
		       struct problems *problems);
void config_free(struct config *config);

#endif
