#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/credentials/sources.h"

#include "base/text.h"

/* In the order of the AWS SDKs. New sources are added here. */
#define SOURCES(ONE)                                                                                           \
	ONE(credentials_environment)                                                                           \
	ONE(credentials_assume_role)                                                                           \
	ONE(credentials_web_identity)                                                                          \
	ONE(credentials_identity_center)                                                                       \
	ONE(credentials_profile)                                                                               \
	ONE(credentials_process)                                                                               \
	ONE(credentials_config_file)                                                                           \
	ONE(credentials_container)                                                                             \
	ONE(credentials_instance_metadata)

#define DECLARE(name) extern const struct credentials_source name;
#define LIST(name) &(name),

SOURCES(DECLARE)
static const struct credentials_source *const chain[] = {SOURCES(LIST)};

enum { CHAIN_LENGTH = sizeof chain / sizeof chain[0] };

static void note_absence(char *tried, size_t size, const struct credentials_source *source,
			 const struct error *why)
{
	size_t length = strlen(tried);

	snprintf(tried + length, size - length, "\n  %s: %s", source->name, why->text);
}

/* The state of a search. */
struct walk {
	bool of_profile_only, without_role;
	const struct credentials_source *found;
	char tried[900]; /* the sources without credentials */
};

static bool is_asked(const struct walk *walk, const struct credentials_source *source)
{
	return !(walk->of_profile_only && source->kind != SOURCE_OF_PROFILE) &&
	       !(walk->without_role && source == &credentials_assume_role);
}

/* The first source that has credentials, or is broken. */
static enum credentials_result find_first(struct walk *walk, struct credentials_context *context,
					  struct session **session, struct error *error)
{
	for (size_t i = 0; i < CHAIN_LENGTH; i++) {
		struct error why = {0};
		enum credentials_result result;

		if (!is_asked(walk, chain[i]))
			continue;
		result = chain[i]->find(context, session, &why);
		if (result == CREDENTIALS_ABSENT) {
			note_absence(walk->tried, sizeof walk->tried, chain[i], &why);
			continue;
		}
		walk->found = chain[i];
		*error = why;
		return result;
	}
	return CREDENTIALS_ABSENT;
}

static enum credentials_result search_profile(struct credentials_context *context, bool with_role,
					      struct session **session, struct error *error)
{
	struct walk walk = {.of_profile_only = true, .without_role = !with_role};
	enum credentials_result result = find_first(&walk, context, session, error);

	if (result == CREDENTIALS_ABSENT)
		error_set(error, ERROR_CREDENTIALS,
			  "the profile %s has no credentials; tried:%s\n"
			  "  Fix: give the profile keys, a role or a login (docs/credentials.md)",
			  context->profile, walk.tried);
	return result;
}

/*
 * Reports problems of the files before any profile is looked up. An invalid file is an error also when the
 * environment has keys, as in the AWS CLI; an unreadable one only when the files are needed.
 */
static bool check_profiles(const struct credentials_context *context, struct error *error)
{
	const struct profiles *profiles = context->profiles;
	const char *wrong = profiles_invalid(profiles);
	char suggestion[PROFILES_SUGGESTION];

	if (!wrong && !credentials_profile_first(context) && credentials_variable("AWS_ACCESS_KEY_ID"))
		return true;
	if (!wrong)
		wrong = profiles_unreadable(profiles, context->config->profile != NULL);
	if (wrong)
		return error_set(error, ERROR_CREDENTIALS, "%s", wrong);
	if (context->config->profile && !profiles_have(profiles, context->profile))
		return error_set(error, ERROR_CREDENTIALS, "profile %s does not exist in %s or %s%s",
				 context->profile, profiles->keys.path, profiles->settings.path,
				 profiles_suggest(profiles, context->profile, suggestion));
	return credentials_check_profile(context, error);
}

static bool find(struct credentials_context *context, struct credentials *credentials, struct error *error)
{
	struct error why = {0};
	struct walk walk = {.found = credentials->source};
	enum credentials_result result;

	if (!check_profiles(context, error))
		return false;
	result = credentials->source ? credentials->source->find(context, &credentials->session, &why)
				     : find_first(&walk, context, &credentials->session, &why);
	credentials->source = walk.found;
	switch (result) {
	case CREDENTIALS_FOUND:
		return true;
	case CREDENTIALS_BROKEN:
		return error_set(error, ERROR_CREDENTIALS, "credentials from %s: %s", credentials->source->name,
				 why.text);
	case CREDENTIALS_ABSENT:
		break;
	}
	if (credentials->source)
		return error_set(error, ERROR_CREDENTIALS, "credentials from %s are no longer available: %s",
				 credentials->source->name, why.text);
	return error_set(
		error, ERROR_CREDENTIALS,
		"no AWS credentials found; tried:%s\n"
		"  Fix: name a profile with --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
		"scan on a machine that has a role (docs/credentials.md)",
		walk.tried);
}

/* Assumes one role after the other; the last one is the hub that enters all accounts. */
static bool follow_chain(struct credentials_context *context, struct credentials *credentials,
			 struct error *error)
{
	const struct text_list *roles = &context->config->role_chain;

	for (size_t i = 0; i < roles->count; i++) {
		const struct role_request role = {
			.arn = roles->items[i],
			.session_name =
				context->config->session_name ? context->config->session_name : "neptune-scan",
			.seconds = STS_MAX_SESSION_S,
		};
		struct session *next = NULL;
		struct error why;

		if (credentials_assume(context, credentials->session, &role, NULL, &next, &why) !=
		    CREDENTIALS_FOUND)
			return error_set(error, ERROR_CREDENTIALS, "role.chain, with credentials from %s: %s",
					 i == 0 ? credentials->source->name : roles->items[i - 1], why.text);
		session_free(credentials->session);
		credentials->session = next;
	}
	return true;
}

static void describe(const struct credentials_context *context, struct credentials *credentials)
{
	size_t length;

	snprintf(credentials->where, sizeof credentials->where, "%s%s%s%s", credentials->source->name,
		 context->where[0] ? " (" : "", context->where, context->where[0] ? ")" : "");
	length = strlen(credentials->where);
	if (context->config->role_chain.count > 0)
		snprintf(credentials->where + length, sizeof credentials->where - length, ", then %zu role%s",
			 context->config->role_chain.count, text_plural(context->config->role_chain.count));
}

static const char *environment(const char *name)
{
	return getenv(name);
}

bool credentials_find(const struct config *config, const struct log *log,
		      const struct credentials_source *source, struct credentials *credentials,
		      struct error *error)
{
	struct profiles profiles;
	struct arena arena = {0};
	struct credentials_context context = {
		.config = config,
		.log = log,
		.profiles = &profiles,
		.profile = config->profile ? config->profile : "default",
		.arena = &arena,
		.search_profile = search_profile,
	};
	bool good;

	*credentials = (struct credentials){.source = source};
	good = profiles_open(&profiles, environment) ? find(&context, credentials, error)
						     : error_out_of_memory(error);
	good = good && follow_chain(&context, credentials, error);
	if (good) {
		describe(&context, credentials);
	} else {
		session_free(credentials->session);
		credentials->session = NULL;
	}
	profiles_close(&profiles);
	arena_deinit(&arena);
	return good;
}
