/*
 * config.h - loads the settings.
 *
 * Settings come from five sources, and each overrides the ones before: defaults, the profile in AWS's shared
 * files (for settings that AWS has a name for), the INI file, the environment, the command line. After
 * loading, settings do not change, and nothing else reads the environment, except the credential sources,
 * which read AWS's own variables.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>

#include "base/diagnostics.h"
#include "config/settings.h"
#include "config/shard.h"

/* The sources. Tests pass their own environment and file. */
struct config_sources {
	int argument_count; /* flags only, without the names of program and command */
	const char *const *arguments;
	const char *(*environment)(const char *name); /* getenv, or a substitute; NULL: no environment */
	const char *file;                             /* the INI file; NULL: the one that --config names */
	const char *default_files[3];                 /* tried in order; they may be absent */
	const char *const *own_flags; /* flags of the command itself, with their dashes, for suggestions;
					 NULL-terminated; NULL: none */
};

/*
 * Fills `config` and adds every problem to `diagnostics`. True: no problem. The config must be freed in
 * either case.
 */
bool config_load(struct config *config, const struct config_sources *sources, struct diagnostics *diagnostics);
/*
 * Loads from this process's environment and from `file`; NULL: from --config, else ./neptune-scan.ini, else
 * /etc/neptune-scan.ini.
 */
bool config_load_usual(struct config *config, const char *file, int argument_count,
		       const char *const *arguments, const char *const *own_flags,
		       struct diagnostics *diagnostics);

/*
 * The files that --config names, repeated or separated by commas: a run may have one for each organization.
 * The arena owns the texts. Returns their number; 0: none.
 */
size_t config_files(int argument_count, const char *const *arguments, struct arena *arena, const char ***files);

/*
 * The external id in a file, without the white space around it; the config owns the text. NULL: a problem was
 * added that names `setting`, or out of memory.
 */
const char *config_read_external_id(struct config *config, const char *path, const char *setting,
				    struct diagnostics *diagnostics);

/* Settings of the whole run may stand in the first file only; anywhere else they are a problem. */
void config_check_follower(const struct config *config, const char *file, const char *first,
			   struct diagnostics *diagnostics);
/* Adds the input files of another organization's config to this one, because they belong to the whole run. */
void config_take_input_files(struct config *config, const struct config *other);
/* Takes how objects of S3 are kept from the first file. Adds a problem when memory is lacking. */
void config_take_storage(struct config *config, const struct config *first, struct diagnostics *diagnostics);
/*
 * Determines the part of the accounts that this program scans, and fills it into the paths. `earlier`: what the
 * run store holds. Adds a problem when the part cannot be determined. For commands that scan, before anything
 * else reads the shard or the paths.
 */
void config_settle_shard(struct config *config, const struct earlier_shard *earlier,
			 struct diagnostics *diagnostics);
/* The path with the array's name in place of {array}; as it is if there is no name. The config owns it. */
const char *config_fill_path(struct config *config, const char *path);
/* Adds a problem for each path of a file to write that has a placeholder without a value. */
void config_check_paths(const struct config *config, struct diagnostics *diagnostics);
void config_deinit(struct config *config);

#endif
