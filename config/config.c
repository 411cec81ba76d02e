#include "config/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/arn.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/suggestion.h"
#include "base/text.h"
#include "config/address.h"
#include "config/file.h"
#include "config/flag.h"
#include "config/job_array.h"
#include "config/no_proxy.h"
#include "config/object_url.h"
#include "config/options.h"
#include "config/partition.h"
#include "config/profiles.h"
#include "config/shard.h"
#include "config/value.h"

static const char by_default[] = "default";

static void set_defaults(struct config *config, struct diagnostics *diagnostics)
{
	/* One more than run at a time: each has fewer connections, among which libcurl searches one by one. */
	long workers = sysconf(_SC_NPROCESSORS_ONLN) + 1;

	config->origins = arena_take(&config->arena, option_count * sizeof *config->origins);
	if (!config->origins)
		diagnostics_add(diagnostics, "out of memory");
	for (size_t i = 0; i < option_count; i++)
		if (options[i].default_value)
			value_set(config, &options[i], options[i].default_value, by_default, false,
				  diagnostics);
	config->workers = workers < 1 ? 1 : workers > 256 ? 256 : workers;
}

/* True: the setting still has its default, or no value. */
static bool is_open(const struct config *config, const struct option *option)
{
	const char *origin = config->origins ? config->origins[option - options] : NULL;

	return !origin || strcmp(origin, by_default) == 0;
}

static bool is_yes(const char *value)
{
	return value && strcasecmp(value, "true") == 0;
}

/* The first variable of an option that is set and not empty applies. */
static void read_environment(struct config *config, const struct config_sources *sources,
			     struct diagnostics *diagnostics)
{
	bool no_urls =
		sources->environment && is_yes(sources->environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"));

	for (size_t i = 0; i < option_count && sources->environment; i++) {
		for (size_t j = 0; j < 3 && options[i].environment[j]; j++) {
			const char *value = sources->environment(options[i].environment[j]);

			if (!value || !*value || (no_urls && options[i].type == OPTION_URL))
				continue;
			value_set(config, &options[i], value, options[i].environment[j], false, diagnostics);
			break;
		}
	}
}

/* ---- the profile of AWS's shared files: for settings without another source ---- */

/* An address for all services from another source overrides the profile's address for one of them. */
static bool may_come_from_profile(const struct config *config, const struct option *option, bool has_url)
{
	if (!option->profile || !is_open(config, option))
		return false;
	if (option->type != OPTION_URL)
		return true;
	return !config->ignore_endpoint_urls && (!has_url || !strchr(option->profile, '.'));
}

static void set_from_profile(struct config *config, const struct profiles *profiles,
			     const struct option *option, const char *name, struct diagnostics *diagnostics)
{
	const struct profile_entry *entry = profiles_service_setting(profiles, name, option->profile);
	char *text, *origin;

	if (entry && (entry->continued || entry->has_block)) {
		diagnostics_add(diagnostics, "%s:%d: %s takes one line; the lines below it are indented",
				entry->file->path, entry->line, option->profile);
		return;
	}
	if (!entry || entry->value.length == 0)
		return;
	text = arena_copy_span(&config->arena, entry->value);
	origin = arena_format(&config->arena, "profile %s", name);
	if (!text || !origin)
		diagnostics_add(diagnostics, "out of memory");
	else
		value_set(config, option, text, origin, false, diagnostics);
}

/*
 * credentials_find reports the same problem as an error when credentials of the files are needed; here only
 * their settings are ignored.
 */
static void warn_of_files(struct config *config, const struct profiles *profiles, const char *name)
{
	const struct profile_file *file = &profiles->settings;
	const char *unreadable = profiles_unreadable(profiles, config->profile != NULL);

	if (unreadable)
		diagnostics_add(&config->warnings, "%s; what it sets does not count", unreadable);
	if (file->prefixed_default && strcmp(name, "default") == 0)
		diagnostics_add(
			&config->warnings,
			"%s: [profile default] in line %d counts, and nothing of [default] in line %d, as for "
			"the "
			"AWS SDKs; for the AWS CLI the later one counts\n  Fix: remove one",
			file->path, file->prefixed_default, file->bare_default);
}

static void add_input_file(struct config *config, const char *path)
{
	struct input_file *file = path && *path ? arena_take(&config->arena, sizeof *file) : NULL;

	if (!file)
		return;
	*file = (struct input_file){config->input_files, arena_copy(&config->arena, path)};
	if (file->path)
		config->input_files = file;
}

static void read_profile(struct config *config, const struct config_sources *sources,
			 struct diagnostics *diagnostics)
{
	const char *name = config->profile ? config->profile : "default";
	const struct option *ignore = option_by_key("aws", "ignore_configured_endpoint_urls");
	struct profiles profiles;
	bool has_url = config->endpoint_url != NULL;

	if (!sources->environment)
		return;
	if (!profiles_open(&profiles, sources->environment)) {
		diagnostics_add(diagnostics, "out of memory");
	} else if (!profiles_invalid(&profiles)) {
		warn_of_files(config, &profiles, name);
		if (may_come_from_profile(config, ignore, false))
			set_from_profile(config, &profiles, ignore, name, diagnostics);
		for (size_t i = 0; i < option_count; i++)
			if (may_come_from_profile(config, &options[i], has_url))
				set_from_profile(config, &profiles, &options[i], name, diagnostics);
	}
	add_input_file(config, profiles.keys.path);
	add_input_file(config, profiles.settings.path);
	profiles_close(&profiles);
}

/* ---- flags ---- */

static void report_unknown_flag(const struct config_sources *sources, struct span name,
				struct diagnostics *diagnostics)
{
	char wanted[65];
	struct suggestion nearest;

	snprintf(wanted, sizeof wanted, SPAN_FORMAT, SPAN_ARGUMENTS(name));
	nearest = suggestion_for(wanted);
	suggestion_consider(&nearest, "config");
	suggestion_consider(&nearest, "help");
	for (const char *const *own = sources->own_flags; own && *own; own++)
		suggestion_consider(&nearest, *own + 2);
	for (size_t i = 0; i < option_count; i++)
		if (options[i].flag)
			suggestion_consider(&nearest, options[i].flag);
	diagnostics_add(diagnostics, "unknown flag --" SPAN_FORMAT "%s%s%s", SPAN_ARGUMENTS(name),
			nearest.name ? ". Did you mean --" : "", nearest.name ? nearest.name : "",
			nearest.name ? "?" : "");
}

static bool split_flag(const struct config_sources *sources, int index, struct flag *flag,
		       struct diagnostics *diagnostics)
{
	const char *argument = sources->arguments[index];
	char shown[ADDRESS_SIZE];

	if (flag_split(sources->arguments, sources->argument_count, index, flag))
		return true;
	diagnostics_add(diagnostics, "%s: unexpected word\n  Fix: give settings as --flag value",
			address_show(argument ? argument : "", shown, sizeof shown));
	return false;
}

static void read_flags(struct config *config, const struct config_sources *sources,
		       struct diagnostics *diagnostics)
{
	bool reports_given = false;

	for (int i = 0; i < sources->argument_count; i++) {
		const struct option *option;
		char origin[80];
		struct flag flag;

		if (!split_flag(sources, i, &flag, diagnostics))
			continue;
		option = option_by_flag(flag.name);
		if (!option && !span_equals(flag.name, "config")) {
			report_unknown_flag(sources, flag.name, diagnostics);
			if (flag.separate && strncmp(flag.value, "--", 2) != 0)
				i++; /* most likely the value of an unknown flag */
			continue;
		}
		snprintf(origin, sizeof origin, "--" SPAN_FORMAT, SPAN_ARGUMENTS(flag.name));
		if (option && option->type == OPTION_SWITCH && flag.separate)
			flag.value = NULL, flag.separate = false;
		if (option && option->type == OPTION_SWITCH && !flag.value)
			flag.value = "true";
		if (!flag.value) {
			diagnostics_add(diagnostics, "%s: a value is missing", origin);
			continue;
		}
		i += flag.separate;
		if (!option)
			continue; /* --config has been read already */
		value_set(config, option, flag.value, origin, option->type == OPTION_REPORTS && reports_given,
			  diagnostics);
		reports_given = reports_given || option->type == OPTION_REPORTS;
	}
}

size_t config_files(int argument_count, const char *const *arguments, struct arena *arena, const char ***files)
{
	size_t count = 0, capacity = 1;

	for (int i = 0; i < argument_count; i++)
		capacity += arguments[i] ? strlen(arguments[i]) : 0;
	*files = arena_take(arena, capacity * sizeof **files);
	for (int i = 0; *files && i < argument_count; i++) {
		struct flag flag;
		struct span rest, file;

		if (!flag_split(arguments, argument_count, i, &flag) || !span_equals(flag.name, "config"))
			continue;
		rest = span_of(flag.value);
		while (span_split(&rest, ',', &file))
			if (file.length > 0)
				(*files)[count++] = arena_copy_span(arena, span_trim(file));
	}
	return count;
}

void config_check_follower(const struct config *config, const char *file, const char *first,
			   struct diagnostics *diagnostics)
{
	static const char *const sections[] = {"controls", "exceptions", "store", "s3", "output", NULL};
	static const char *const keys[] = {"array", "deadline", "exit", "fail_on", "shard", NULL};
	size_t length = strlen(file);

	for (size_t i = 0; config->origins && i < option_count; i++) {
		const char *origin = config->origins[i];
		bool is_common = false;

		for (size_t j = 0; sections[j]; j++)
			is_common = is_common || strcmp(options[i].section, sections[j]) == 0;
		for (size_t j = 0; keys[j]; j++)
			is_common = is_common || (strcmp(options[i].section, "scan") == 0 &&
						  strcmp(options[i].key, keys[j]) == 0);
		if (is_common && origin && strncmp(origin, file, length) == 0 && origin[length] == ':')
			diagnostics_add(
				diagnostics,
				"%s: %s.%s is of the whole run, not of one organization\n  Fix: move it "
				"to %s",
				origin, options[i].section, options[i].key, first);
	}
}

void config_take_input_files(struct config *config, const struct config *other)
{
	for (const struct input_file *file = other->input_files; file; file = file->next)
		add_input_file(config, file->path);
}

void config_take_storage(struct config *config, const struct config *first, struct diagnostics *diagnostics)
{
	config->s3_region = arena_copy(&config->arena, first->s3_region);
	config->s3_bucket_owner = arena_copy(&config->arena, first->s3_bucket_owner);
	config->s3_kms_key = arena_copy(&config->arena, first->s3_kms_key);
	if (config->arena.failed)
		diagnostics_add(diagnostics, "out of memory");
}

static void read_file(struct config *config, const struct config_sources *sources,
		      struct diagnostics *diagnostics)
{
	struct arena arena = {0};
	const char **files, *path = sources->file;
	size_t count = config_files(sources->argument_count, sources->arguments, &arena, &files);

	if (!path && count > 0)
		path = arena_copy(&config->arena, files[0]);
	arena_deinit(&arena);
	for (size_t i = 0; !path && i < 3 && sources->default_files[i]; i++)
		if (access(sources->default_files[i], F_OK) == 0)
			path = sources->default_files[i];
	if (!path)
		return;
	add_input_file(config, path);
	file_read(config, path, diagnostics);
}

static bool has_only(const char *text, const char *more)
{
	for (const char *c = text; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
		      strchr(more, *c)))
			return false;
	return true;
}

/* Source: AWS STS API Reference, "AssumeRole", ExternalId. */
static bool is_external_id(const char *text)
{
	size_t length = strlen(text);

	return length >= 2 && length <= 1224 && has_only(text, "_+=,.@:/-");
}

const char *config_read_external_id(struct config *config, const char *path, const char *setting,
				    struct diagnostics *diagnostics)
{
	char text[2048];
	const char *problem, *copy;
	FILE *file = files_open_regular(path, &problem);
	struct span id;

	if (!file) {
		diagnostics_add(diagnostics, "%s: cannot read \"%s\": %s", setting, path, problem);
		return NULL;
	}
	id = span_trim((struct span){text, fread(text, 1, sizeof text, file)});
	fclose(file);
	copy = arena_copy_span(&config->arena, id);
	explicit_bzero(text, sizeof text);
	if (copy && is_external_id(copy))
		return copy;
	if (!copy)
		diagnostics_add(diagnostics, "%s: out of memory", setting);
	else
		diagnostics_add(diagnostics, "%s: \"%s\" must hold 2 to 1224 letters, digits and _+=,.@:/-",
				setting, path);
	return NULL;
}

static void read_external_id(struct config *config, struct diagnostics *diagnostics)
{
	if (!config->external_id_file)
		return;
	if (config->external_id) {
		diagnostics_add(diagnostics,
				"role.external_id and role.external_id_file are both set\n  Fix: keep one");
		return;
	}
	config->external_id =
		config_read_external_id(config, config->external_id_file, "role.external_id_file", diagnostics);
	if (config->external_id && config->origins)
		config->origins[option_by_key("role", "external_id") - options] = "role.external_id_file";
}

/* Rejects values that STS would refuse for every account (wire facts: STS AssumeRole). */
static void check_role(const struct config *config, struct diagnostics *diagnostics)
{
	if (!config->role_name || strlen(config->role_name) > 512 || !has_only(config->role_name, "_+=,.@-/"))
		diagnostics_add(diagnostics, "role.name \"%s\": must be letters, digits and _+=,.@-/",
				config->role_name ? config->role_name : "");
	if (config->management_role &&
	    (strlen(config->management_role) > 512 || !has_only(config->management_role, "_+=,.@-/")))
		diagnostics_add(diagnostics, "role.management \"%s\": must be letters, digits and _+=,.@-/",
				config->management_role);
	if (config->session_name && (strlen(config->session_name) < 2 || strlen(config->session_name) > 64 ||
				     !has_only(config->session_name, "_+=,.@-")))
		diagnostics_add(diagnostics,
				"role.session_name \"%s\": must be 2 to 64 letters, digits and _+=,.@-",
				config->session_name);
	if (config->external_id && !is_external_id(config->external_id))
		diagnostics_add(diagnostics,
				"role.external_id: (hidden) must be 2 to 1224 letters, digits and _+=,.@:/-");
}

/* True: every named region is excluded, so no account needs to be entered to know it. */
static bool excludes_all_named(const struct config *config)
{
	if (config_asks_for_enabled_regions(config) || config->regions.count == 0)
		return false;
	for (size_t i = 0; i < config->regions.count; i++)
		if (!text_list_contains(config->exclude_regions, config->regions.items[i]))
			return false;
	return true;
}

static const char *origin_of(const struct config *config, const char *section, const char *key)
{
	return config->origins ? config->origins[option_by_key(section, key) - options] : "";
}

/*
 * OUs select accounts of the whole organization; accounts that are named are scanned wherever they are in the
 * tree.
 */
static void check_units(const struct config *config, struct diagnostics *diagnostics)
{
	static const char *const keys[] = {"ous", "exclude_ous"};
	const struct text_list *const units[] = {&config->ous, &config->exclude_ous};

	for (size_t i = 0; i < 2; i++)
		if (config->accounts.count > 0 && units[i]->count > 0)
			diagnostics_add(
				diagnostics,
				"organization.accounts (from %s) and organization.%s (from %s) are both set, "
				"and accounts that are named are not looked up in the units\n  Fix: keep one, "
				"and set "
				"the other to nothing",
				origin_of(config, "organization", "accounts"), keys[i],
				origin_of(config, "organization", keys[i]));
}

/* The file is the whole organization's. */
static void check_accounts_file(const struct config *config, struct diagnostics *diagnostics)
{
	if (config->accounts_file && config->accounts.count > 0)
		diagnostics_add(
			diagnostics,
			"organization.accounts (from %s) and organization.accounts_file (from %s) are "
			"both set, "
			"and the organization is not listed for accounts that are named\n  Fix: keep one",
			origin_of(config, "organization", "accounts"),
			origin_of(config, "organization", "accounts_file"));
}

/* Regions of another partition refuse the credentials. */
static void check_region_list(const struct config *config, const char *name, const struct text_list *regions,
			      struct diagnostics *diagnostics)
{
	const struct partition *home = partition_of_home(config->region);

	for (size_t i = 0; i < regions->count; i++) {
		const struct partition *own = partition_of_region(span_of(regions->items[i]));

		if (own && own != home)
			diagnostics_add(diagnostics, "%s: %s is not in the partition %s of aws.region %s", name,
					regions->items[i], home->id, config->region);
	}
}

static void check_regions(const struct config *config, struct diagnostics *diagnostics)
{
	if (excludes_all_named(config))
		diagnostics_add(
			diagnostics,
			"regions.include (--regions) names no region that regions.exclude "
			"(--exclude-regions) leaves, so nothing would be scanned\n  Fix: change one of them");
	if (config->regions.count == 0 && diagnostics->count == 0)
		diagnostics_add(diagnostics, "regions.include: names no region");
	if (config_asks_for_enabled_regions(config) && config->regions.count > 1)
		diagnostics_add(diagnostics, "regions.include: \"enabled\" stands alone, without region names");
	check_region_list(config, "regions.include", &config->regions, diagnostics);
	check_region_list(config, "aws.sts_regions", &config->sts_regions, diagnostics);
}

/* The settings contradict each other; botocore's rules refuse them as well. */
static void check_endpoints(const struct config *config, struct diagnostics *diagnostics)
{
	const char *variant = config->use_fips        ? "aws.use_fips_endpoint"
			      : config->use_dualstack ? "aws.use_dualstack_endpoint"
						      : NULL;

	for (size_t i = 0; i < option_count && variant; i++) {
		const char *url = options[i].type == OPTION_URL
					  ? *(const char *const *)((const char *)config + options[i].member)
					  : NULL;

		if (url)
			diagnostics_add(
				diagnostics,
				"%s.%s (from %s) and %s are both set: an address of your own has no such "
				"variant\n  Fix: keep one",
				options[i].section, options[i].key, config->origins ? config->origins[i] : "",
				variant);
	}
}

static void check_object(const char *origin, const char *path, struct diagnostics *diagnostics)
{
	struct object_url url;
	const char *problem = object_url_is(path) ? object_url_parse(path, &url) : NULL;

	if (problem)
		diagnostics_add(diagnostics, "%s: \"%s\": %s", origin, path, problem);
}

static void check_objects(const struct config *config, struct diagnostics *diagnostics)
{
	check_object(origin_of(config, "store", "path"), config->store_path, diagnostics);
	for (size_t i = 0; i < config->reports.count; i++)
		check_object(config->reports.items[i].origin, config->reports.items[i].path, diagnostics);
	check_object(origin_of(config, "organization", "accounts_file"), config->accounts_file, diagnostics);
	if (object_url_is(config->accounts_file) && strcmp(config->accounts_file, config->store_path) == 0)
		diagnostics_add(diagnostics,
				"%s: \"%s\" is the run store as well (store.path)\n  Fix: name another object",
				origin_of(config, "organization", "accounts_file"), config->accounts_file);
	if (config->s3_bucket_owner && !is_account_id(config->s3_bucket_owner))
		diagnostics_add(diagnostics,
				"%s: s3.bucket_owner is \"%s\", allowed is an account id of twelve digits",
				origin_of(config, "s3", "bucket_owner"), config->s3_bucket_owner);
}

static void check_partition(const struct config *config, const char *setting, const char *role,
			    struct diagnostics *diagnostics)
{
	const struct partition *home = partition_of_home(config->region);
	struct arn arn;

	arn_split(span_of(role), &arn);
	if (!span_equals(arn.partition, home->id))
		diagnostics_add(diagnostics, "%s: %s is not in the partition %s of aws.region %s", setting,
				role, home->id, config->region);
}

/* All roles that are named by an ARN are in one partition. */
static void check_roles(const struct config *config, struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < config->role_chain.count; i++)
		check_partition(config, "role.chain", config->role_chain.items[i], diagnostics);
	if (config->organization_role)
		check_partition(config, "organization.role", config->organization_role, diagnostics);
}

/* ---- parts of a scan ---- */

enum { MAX_ARRAY_NAME = 128 };

static const char *fill_in(struct config *config, const char *path, const char *placeholder, const char *value)
{
	const char *at = strstr(path, placeholder);
	struct buffer filled = {0};

	if (!at || !value)
		return path;
	for (; at; path = at + strlen(placeholder), at = strstr(path, placeholder)) {
		buffer_append(&filled, path, (size_t)(at - path));
		buffer_text(&filled, value);
	}
	buffer_text(&filled, path);
	path = filled.failed ? NULL : arena_copy(&config->arena, filled.at);
	buffer_deinit(&filled);
	return path ? path : "";
}

/* The day on which the program started, in UTC: all parts of a night and the job that merges them have it. */
static void fill_in_date(struct config *config)
{
	char day[CLOCK_DAY_SIZE];

	clock_format_day(clock_wall_seconds(), day);
	if (config->array)
		config->array = fill_in(config, config->array, "{date}", day);
}

/* The engine's own name of the array is used where a part of the accounts is scanned. */
static void read_job_array(struct config *config, const struct config_sources *sources)
{
	const struct option *shard = option_by_key("scan", "shard"), *array = option_by_key("scan", "array");

	config->job_array = (struct job_array){.number = -1};
	if (!sources->environment)
		return;
	config->job_array = job_array_find(sources->environment);
	if (!config->job_array.variable)
		return;
	if (is_open(config, shard)) {
		diagnostics_add(
			&config->warnings,
			"%s is set, and scan.shard is not: all accounts are scanned. Set --shard array for "
			"the part of this job, or --shard 1/1 for all without this line",
			config->job_array.variable);
	} else if (!shard_is_whole(&config->shard) && !config->array && config->job_array.name.length > 0) {
		config->array = arena_copy_span(&config->arena, config->job_array.name);
		if (config->origins)
			config->origins[array - options] = config->job_array.variable;
	}
}

/* It becomes a part of file names. */
static void check_array(const struct config *config, struct diagnostics *diagnostics)
{
	const char *array = config->array;

	if (array && (strlen(array) > MAX_ARRAY_NAME || array[0] == '.' || !has_only(array, "._-")))
		diagnostics_add(diagnostics,
				"scan.array \"%s\": must be at most %d letters, digits and ._-, and not begin "
				"with a dot",
				text_brief(array, 200).text, MAX_ARRAY_NAME);
}

const char *config_fill_path(struct config *config, const char *path)
{
	return fill_in(config, path, "{array}", config->array);
}

static void fill_in_paths(struct config *config)
{
	char shard[SHARD_NAME_SIZE];

	shard_name(&config->shard, shard);
	config->store_path = config_fill_path(config, config->store_path);
	if (config->accounts_file)
		config->accounts_file = config_fill_path(config, config->accounts_file);
	config->store_path =
		fill_in(config, config->store_path, "{shard}", config->shard.index > 0 ? shard : NULL);
}

/* After fill_in_paths: what is left has no value. */
static void check_placeholders(const char *origin, const char *path, bool has_shard, bool has_array,
			       struct diagnostics *diagnostics)
{
	if (!has_shard && strstr(path, "{shard}"))
		diagnostics_add(
			diagnostics,
			"%s: \"%s\" has {shard}, and no part is scanned\n  Fix: set scan.shard (--shard)",
			origin, path);
	if (!has_array && strstr(path, "{array}"))
		diagnostics_add(
			diagnostics,
			"%s: \"%s\" has {array}, and the array has no name\n  Fix: set scan.array (--array)",
			origin, path);
}

void config_check_paths(const struct config *config, struct diagnostics *diagnostics)
{
	check_placeholders("store.path", config->store_path, false, false, diagnostics);
	if (config->accounts_file)
		check_placeholders("organization.accounts_file", config->accounts_file, true, false,
				   diagnostics);
	for (size_t i = 0; i < config->reports.count; i++)
		if (config->reports.items[i].path)
			check_placeholders(config->reports.items[i].origin, config->reports.items[i].path, true,
					   config->array != NULL, diagnostics);
}

void config_settle_shard(struct config *config, const struct earlier_shard *earlier,
			 struct diagnostics *diagnostics)
{
	const struct option *option = option_by_key("scan", "shard");
	struct buffer problem = {0};

	if (diagnostics->count > 0)
		return;
	if (!shard_resolve(&config->shard, &config->job_array, config->array, earlier, &problem))
		diagnostics_add(diagnostics, "%s: %s", origin_of(config, "scan", "shard"),
				problem.failed ? "out of memory" : problem.at);
	else if (config->shard.count > option->maximum)
		diagnostics_add(diagnostics,
				"%s: scan.shard: part %" PRId64 " of %" PRId64 ", allowed are at most %" PRId64,
				config->job_array.variable, config->shard.index, config->shard.count,
				option->maximum);
	buffer_deinit(&problem);
	fill_in_paths(config);
}

/* ---- the network ---- */

/* The variables that libcurl reads when no proxy is set (curl(1), "Environment"). */
static const char *const proxy_variables[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					      "ALL_PROXY"};

/* With an invalid one, each request of libcurl would fail, with the password in its message. */
static bool check_proxy_variables(const struct config_sources *sources, struct diagnostics *diagnostics)
{
	static const struct option proxy = {.type = OPTION_PROXY};
	bool is_set = false;

	for (size_t i = 0; i < sizeof proxy_variables / sizeof proxy_variables[0]; i++) {
		const char *value = sources->environment(proxy_variables[i]);
		struct address address;
		const char *wrong = value && *value ? address_parse(&address, ADDRESS_PROXY, value) : NULL;

		is_set = is_set || (value && *value);
		if (wrong)
			diagnostics_add(diagnostics, "%s \"(hidden)\": must be %s: %s", proxy_variables[i],
					option_type_describe(&proxy), wrong);
	}
	return is_set;
}

static void check_proxies(struct config *config, const struct config_sources *sources,
			  struct diagnostics *diagnostics)
{
	const struct option *no_proxy = option_by_key("network", "no_proxy");
	bool is_set = config->proxy || (sources->environment && check_proxy_variables(sources, diagnostics));
	struct buffer ignored = {0};

	if (is_set && config->no_proxy)
		no_proxy_find_ignored(config->no_proxy, &ignored);
	if (ignored.length > 0)
		diagnostics_add(
			&config->warnings,
			"%s: no host fits %s in the list of hosts without a proxy: write example.com for a "
			"name "
			"and all below it, 10.0.0.0/8 for IPv4 addresses, IPv6 addresses without brackets and "
			"block, no ports and no *",
			config->origins ? config->origins[no_proxy - options] : "network.no_proxy", ignored.at);
	buffer_deinit(&ignored);
}

/* AWS documents only the first; the AWS CLI prefers the second. */
static void warn_of_two_profiles(struct config *config, const struct config_sources *sources)
{
	const char *ours = config->profile_from_environment ? sources->environment("AWS_PROFILE") : NULL;
	const char *old = ours ? sources->environment("AWS_DEFAULT_PROFILE") : NULL;

	if (ours && *ours && old && *old && strcmp(ours, old) != 0)
		diagnostics_add(
			&config->warnings,
			"AWS_PROFILE is %s and counts, and AWS_DEFAULT_PROFILE, which is %s and counts for the "
			"AWS "
			"CLI, does not: unset one",
			ours, old);
}

/* ---- loading ---- */

bool config_load(struct config *config, const struct config_sources *sources, struct diagnostics *diagnostics)
{
	size_t before = diagnostics->count;
	const struct option *profile = option_by_key("aws", "profile");

	*config = (struct config){0};
	set_defaults(config, diagnostics);
	read_file(config, sources, diagnostics);
	read_environment(config, sources, diagnostics);
	read_flags(config, sources, diagnostics);
	fill_in_date(config);
	read_job_array(config, sources);
	config->profile_from_environment =
		!is_open(config, profile) && strncmp(config->origins[profile - options], "AWS_", 4) == 0;
	warn_of_two_profiles(config, sources);
	read_profile(config, sources, diagnostics);
	check_proxies(config, sources, diagnostics);
	read_external_id(config, diagnostics);
	add_input_file(config, config->external_id_file);
	add_input_file(config, config->exceptions);
	add_input_file(config, config->ca_bundle);
	add_input_file(config, config->accounts_file);
	check_array(config, diagnostics);
	config->store_folder = files_fixed_folder(config->store_path);
	config->accounts_folder = config->accounts_file ? files_fixed_folder(config->accounts_file) : 0;
	fill_in_paths(config);
	check_role(config, diagnostics);
	check_roles(config, diagnostics);
	check_units(config, diagnostics);
	check_accounts_file(config, diagnostics);
	check_regions(config, diagnostics);
	check_endpoints(config, diagnostics);
	check_objects(config, diagnostics);
	if (config->arena.failed)
		diagnostics_add(diagnostics, "out of memory");
	if (config->quiet && config->verbose)
		diagnostics_add(diagnostics, "output.quiet and output.verbose are both set\n  Fix: keep one");
	if (config->ca_bundle && access(config->ca_bundle, R_OK) != 0)
		diagnostics_add(diagnostics, "aws.ca_bundle: cannot read \"%s\"", config->ca_bundle);
	return diagnostics->count == before;
}

static const char *read_process_environment(const char *name)
{
	return getenv(name);
}

bool config_load_usual(struct config *config, const char *file, int argument_count,
		       const char *const *arguments, const char *const *own_flags,
		       struct diagnostics *diagnostics)
{
	const struct config_sources sources = {
		.argument_count = argument_count,
		.arguments = arguments,
		.environment = read_process_environment,
		.file = file,
		.default_files = {"neptune-scan.ini", "/etc/neptune-scan.ini"},
		.own_flags = own_flags,
	};

	return config_load(config, &sources, diagnostics);
}

static void wipe(const char *secret)
{
	if (secret)
		explicit_bzero((char *)(uintptr_t)secret, strlen(secret));
}

void config_deinit(struct config *config)
{
	wipe(config->external_id);
	wipe(config->proxy);
	diagnostics_deinit(&config->warnings);
	arena_deinit(&config->arena);
	*config = (struct config){0};
}
