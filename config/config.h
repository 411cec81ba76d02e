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

#include "base/diagnostics.h"
#include "config/settings.h"

/* Where settings come from. Tests pass their own environment and file. */
struct config_sources {
	int argument_count; /* flags only: neither the program's name nor the command */
	const char *const *arguments;
	const char *(*environment)(const char *name); /* getenv, or a stand-in; NULL: none */
	const char *file;                             /* instead of what --config says; NULL: that */
	const char *default_files[3];                 /* tried in order, may be absent */
	const char *const
		*own_flags; /* of the command, with their dashes, to suggest; NULL-terminated; NULL: none */
};

/*
 * Fills `config` and adds everything that is wrong to `diagnostics`; true when nothing was added. The
 * config must be freed in either case.
 */
bool config_load(struct config *config, const struct config_sources *sources, struct diagnostics *diagnostics);
/*
 * The same from this process's environment, and from `file`; NULL: what --config says, else ./neptune-scan.ini,
 * else /etc/neptune-scan.ini.
 */
bool config_load_usual(struct config *config, const char *file, int argument_count,
		       const char *const *arguments, const char *const *own_flags,
		       struct diagnostics *diagnostics);

/*
 * The files that --config names, given again and again or separated by commas: a run may have several, one for
 * each organization. Texts live in the arena. Their number; 0: none is named.
 */
size_t config_files(int argument_count, const char *const *arguments, struct arena *arena, const char ***files);

/* What is the run's, and not one organization's, may stand in the first file alone: else that is a problem. */
void config_check_follower(const struct config *config, const char *file, const char *first,
			   struct diagnostics *diagnostics);
/* What was read for another organization of the run is the run's, too. */
void config_take_input_files(struct config *config, const struct config *other);
/* Is it known which part of the accounts is ours? For those that scan. */
void config_check_shard(const struct config *config, struct diagnostics *diagnostics);
void config_free(struct config *config);

#endif
