/*
 * Static keys in a shared profile. Keys of the credentials file precede credential_process, those of the
 * config file follow it, as in botocore.
 */
#include <stdio.h>

#include "base/text.h"
#include "scanner/credentials/sources.h"

static struct span value(const struct credentials_context *context, enum profile_section_kind kind,
			 const char *key)
{
	const struct profile_entry *entry = profiles_entry(context->profiles, kind, context->profile, key);

	return entry ? entry->value : (struct span){NULL, 0};
}

static enum credentials_result keys_of(struct credentials_context *context, enum profile_section_kind kind,
				       const struct profile_file *file, struct session **session,
				       struct error *error)
{
	static const struct key_names names = {.access_key_id = "aws_access_key_id",
					       .secret_access_key = "aws_secret_access_key",
					       .token = "aws_session_token"},
				      older_names = {.access_key_id = "aws_access_key_id",
						     .secret_access_key = "aws_secret_access_key",
						     .token = "aws_security_token"};
	bool older = value(context, kind, older_names.token).length > 0;
	const struct session_keys keys = {
		value(context, kind, names.access_key_id),
		value(context, kind, names.secret_access_key),
		value(context, kind, older ? older_names.token : names.token),
		older ? &older_names : &names,
		file->path,
	};

	if (!keys.access_key_id.at && !keys.secret_access_key.at)
		return CREDENTIALS_ABSENT;
	if (!keys.access_key_id.at || !keys.secret_access_key.at) {
		error_set(error, ERROR_CREDENTIALS, "profile %s in %s has half a key pair: %s is missing",
			  context->profile, file->path,
			  keys.access_key_id.at ? names.secret_access_key : names.access_key_id);
		return CREDENTIALS_BROKEN;
	}
	credentials_warn_of_readers(context, file->path);
	text_print(context->where, sizeof context->where, "%s in %s", context->profile, file->path);
	return credentials_make_session(&keys, 0, session, error);
}

/* ---- keys of the credentials file ---- */

static void report_absence(const struct credentials_context *context, struct error *error)
{
	const struct profiles *profiles = context->profiles;
	const char *unreadable = profiles_unreadable(profiles, true);

	if (profiles_have(profiles, context->profile))
		error_set(error, ERROR_CREDENTIALS, "no keys in the profile %s", context->profile);
	else if (unreadable)
		error_set(error, ERROR_CREDENTIALS, "%s", unreadable);
	else
		error_set(error, ERROR_CREDENTIALS, "no profile \"%s\" in %s or %s", context->profile,
			  profiles->keys.path, profiles->settings.path);
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	enum credentials_result result =
		keys_of(context, PROFILE_KEYS, &context->profiles->keys, session, error);

	if (result != CREDENTIALS_ABSENT)
		return result;
	if (credentials_setting(context, "login_session")) {
		error_set(
			error, ERROR_CREDENTIALS,
			"profile %s uses `aws login`, which is not supported\n  Fix: export its keys with `aws "
			"configure export-credentials --profile %s --format env`",
			context->profile, context->profile);
		return CREDENTIALS_BROKEN;
	}
	report_absence(context, error);
	return CREDENTIALS_ABSENT;
}

const struct credentials_source credentials_profile = {"shared profile", SOURCE_OF_PROFILE, find};

/* ---- keys of the config file ---- */

static enum credentials_result find_in_settings(struct credentials_context *context, struct session **session,
						struct error *error)
{
	enum credentials_result result =
		keys_of(context, PROFILE_SETTINGS, &context->profiles->settings, session, error);

	if (result == CREDENTIALS_ABSENT)
		error_set(error, ERROR_CREDENTIALS, "no keys of the profile %s in %s", context->profile,
			  context->profiles->settings.path);
	return result;
}

const struct credentials_source credentials_config_file = {"shared config file", SOURCE_OF_PROFILE,
							   find_in_settings};
