/* Keys that stand in a shared profile as they are. For keys the credentials file wins over the config file. */
#include <stdio.h>

#include "scanner/credentials/sources.h"

static enum credentials_result keys_of(struct credentials_context *context, enum profile_section section,
				       const char *path, struct session **session, struct error *error)
{
	const struct profiles *profiles = context->profiles;
	struct span id = profiles_value(profiles, section, context->profile, "aws_access_key_id");
	struct span secret = profiles_value(profiles, section, context->profile, "aws_secret_access_key");

	if (!id.at && !secret.at)
		return CREDENTIALS_ABSENT;
	if (!id.at || !secret.at) {
		error_set(error, ERROR_CREDENTIALS, "profile %s in %s has half a key pair: %s is missing",
			  context->profile, path, id.at ? "aws_secret_access_key" : "aws_access_key_id");
		return CREDENTIALS_BROKEN;
	}
	credentials_warn_of_readers(context, path);
	snprintf(context->where, sizeof context->where, "%s in %.180s", context->profile, path);
	return credentials_keep(id, secret,
				profiles_value(profiles, section, context->profile, "aws_session_token"), 0,
				session, error);
}

enum credentials_result credentials_static_keys(struct credentials_context *context, struct session **session,
						struct error *error)
{
	enum credentials_result result =
		keys_of(context, PROFILE_KEYS, context->profiles->keys_path, session, error);

	if (result == CREDENTIALS_ABSENT)
		result = keys_of(context, PROFILE_SETTINGS, context->profiles->settings_path, session, error);
	return result;
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	const struct profiles *profiles = context->profiles;
	enum credentials_result result = credentials_static_keys(context, session, error);

	if (result != CREDENTIALS_ABSENT)
		return result;
	if (credentials_setting(context, "login_session")) {
		error_set(error, ERROR_CREDENTIALS,
			  "profile %s uses `aws login`, which is not supported; export its keys with `aws "
			  "configure export-credentials --profile %s --format env`",
			  context->profile, context->profile);
		return CREDENTIALS_BROKEN;
	}
	if (profiles_have(profiles, context->profile))
		error_set(error, ERROR_CREDENTIALS, "no keys in the profile %s", context->profile);
	else
		error_set(error, ERROR_CREDENTIALS, "no profile \"%s\" in %s or %s", context->profile,
			  profiles->keys_path, profiles->settings_path);
	return CREDENTIALS_ABSENT;
}

const struct credentials_source credentials_profile = {"shared profile", SOURCE_OF_PROFILE, find};
