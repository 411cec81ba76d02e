#include "base/clock.h"
#include "scanner/credentials/sources.h"

static struct span variable(const char *name)
{
	return span_of(credentials_variable(name));
}

/* `*expires` 0: not set. */
static bool read_expiration(int64_t *expires, struct error *error)
{
	const char *text = credentials_variable("AWS_CREDENTIAL_EXPIRATION");

	*expires = 0;
	if (!text)
		return true;
	if (!clock_parse_iso(span_of(text), expires))
		return error_set(error, ERROR_CREDENTIALS,
				 "AWS_CREDENTIAL_EXPIRATION is \"%s\", not a time such as 2026-11-24T02:00:00Z",
				 text);
	if (*expires <= clock_wall_seconds())
		return error_set(error, ERROR_CREDENTIALS,
				 "the credentials have expired (AWS_CREDENTIAL_EXPIRATION is %s)\n  Fix: "
				 "export new ones",
				 text);
	return true;
}

/*
 * A profile that a flag or file names takes precedence over the environment's keys; AWS_PROFILE does not. The
 * older AWS_SECURITY_TOKEN takes precedence over AWS_SESSION_TOKEN, as in botocore 1.43 EnvProvider.
 */
static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	struct key_names names = {
		.access_key_id = "AWS_ACCESS_KEY_ID",
		.secret_access_key = "AWS_SECRET_ACCESS_KEY",
		.token =
			credentials_variable("AWS_SECURITY_TOKEN") ? "AWS_SECURITY_TOKEN" : "AWS_SESSION_TOKEN",
	};
	struct session_keys keys = {
		variable(names.access_key_id),
		variable(names.secret_access_key),
		variable(names.token),
		&names,
		NULL,
	};
	int64_t expires;

	if (!context->named_by && credentials_profile_first(context)) {
		error_set(error, ERROR_CREDENTIALS, "skipped, because the profile %s is set", context->profile);
		return CREDENTIALS_ABSENT;
	}
	if (!keys.access_key_id.at) {
		error_set(error, ERROR_CREDENTIALS, "AWS_ACCESS_KEY_ID is not set");
		return CREDENTIALS_ABSENT;
	}
	if (!keys.secret_access_key.at) {
		error_set(error, ERROR_CREDENTIALS,
			  "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not\n  Fix: set both, or "
			  "neither");
		return CREDENTIALS_BROKEN;
	}
	if (!read_expiration(&expires, error))
		return CREDENTIALS_BROKEN;
	return credentials_make_session(&keys, expires, session, error);
}

const struct credentials_source credentials_environment = {"environment variables", SOURCE_OF_PROCESS, find};
