#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/credentials/sources.h"

/* In the order of the AWS SDKs. Add yours here. */
#define SOURCES(ONE)                                                                                           \
	ONE(credentials_environment)                                                                           \
	ONE(credentials_assume_role)                                                                           \
	ONE(credentials_web_identity)                                                                          \
	ONE(credentials_identity_center)                                                                       \
	ONE(credentials_profile)                                                                               \
	ONE(credentials_process)                                                                               \
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

/* The first that has keys or is broken; `tried` tells of those that had none. */
static enum credentials_result walk(struct credentials_context *context, bool of_profile_only,
				    const struct credentials_source **found, struct session **session,
				    char *tried, size_t size, struct error *error)
{
	for (size_t i = 0; i < CHAIN_LENGTH; i++) {
		struct error why = {0};
		enum credentials_result result;

		if (of_profile_only && chain[i]->kind != SOURCE_OF_PROFILE)
			continue;
		result = chain[i]->find(context, session, &why);
		if (result == CREDENTIALS_ABSENT) {
			note_absence(tried, size, chain[i], &why);
			continue;
		}
		*found = chain[i];
		*error = why;
		return result;
	}
	return CREDENTIALS_ABSENT;
}

enum credentials_result credentials_of_profile(struct credentials_context *context, struct session **session,
					       struct error *error)
{
	const struct credentials_source *found;
	char tried[800] = "";
	enum credentials_result result = walk(context, true, &found, session, tried, sizeof tried, error);

	if (result == CREDENTIALS_ABSENT)
		error_set(error, ERROR_CREDENTIALS, "the profile %s has no credentials; tried:%s",
			  context->profile, tried);
	return result;
}

/* What is wrong with the files themselves is said before any profile is looked for. */
static bool check_profiles(const struct credentials_context *context, struct error *error)
{
	const struct profiles *profiles = context->profiles;
	char suggestion[PROFILES_SUGGESTION];

	if (!credentials_profile_first(context) && credentials_variable("AWS_ACCESS_KEY_ID"))
		return true; /* nobody will look into them */
	if (profiles->broken_path)
		return error_set(
			error, ERROR_CREDENTIALS,
			"%s:%d: neither a [section] nor \"key = value\"; the AWS tools refuse the file, too",
			profiles->broken_path, profiles->broken_line);
	if (context->config->profile && !profiles_have(profiles, context->profile))
		return error_set(error, ERROR_CREDENTIALS, "there is no profile %s in %s or %s%s",
				 context->profile, profiles->keys_path, profiles->settings_path,
				 profiles_suggest(profiles, context->profile, suggestion));
	return true;
}

static bool find(struct credentials_context *context, struct credentials *credentials, struct error *error)
{
	struct error why = {0};
	char tried[900] = "";

	if (!check_profiles(context, error))
		return false;
	switch (credentials->source ? credentials->source->find(context, &credentials->session, &why)
				    : walk(context, false, &credentials->source, &credentials->session, tried,
					   sizeof tried, &why)) {
	case CREDENTIALS_FOUND:
		return true;
	case CREDENTIALS_BROKEN:
		return error_set(error, ERROR_CREDENTIALS, "credentials from %s: %.800s",
				 credentials->source->name, why.text);
	case CREDENTIALS_ABSENT:
		break;
	}
	if (credentials->source)
		return error_set(error, ERROR_CREDENTIALS, "credentials from %s are gone: %.800s",
				 credentials->source->name, why.text);
	return error_set(error, ERROR_CREDENTIALS, "no AWS credentials found; tried:%s", tried);
}

/* From role to role: the hub, from which all accounts are entered. */
static bool follow_chain(struct credentials_context *context, struct credentials *credentials,
			 struct error *error)
{
	const struct text_list *roles = &context->config->role_chain;

	for (size_t i = 0; i < roles->count; i++) {
		const struct role_wish wish = {roles->items[i],
					       context->config->session_name ? context->config->session_name
									     : "neptune-scan",
					       NULL, STS_LONGEST};
		struct session *next = NULL;
		struct error why;

		if (credentials_assume(context, credentials->session, &wish, NULL, &next, &why) !=
		    CREDENTIALS_FOUND)
			return error_set(error, ERROR_CREDENTIALS,
					 "role.chain, with credentials from %s: %.800s",
					 i == 0 ? credentials->source->name : roles->items[i - 1], why.text);
		session_close(credentials->session);
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
			 context->config->role_chain.count, context->config->role_chain.count == 1 ? "" : "s");
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
	};
	bool good;

	*credentials = (struct credentials){.source = source};
	good = profiles_open(&profiles, environment) ? find(&context, credentials, error)
						     : error_out_of_memory(error);
	good = good && follow_chain(&context, credentials, error);
	if (good) {
		describe(&context, credentials);
	} else {
		session_close(credentials->session);
		credentials->session = NULL;
	}
	profiles_close(&profiles);
	arena_free(&arena);
	return good;
}
