/*
 * A web identity token: of a Kubernetes service account (IRSA), or of a CI system. The file is read each
 * time, because its owner replaces it.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scanner/credentials/sources.h"

enum { MAX_TOKEN = 20000 };

/* Each setting from the environment first, as in botocore, unless a profile was named explicitly. */
static const char *setting(const struct credentials_context *context, const char *variable, const char *key)
{
	const char *value = credentials_profile_first(context) ? NULL : credentials_variable(variable);

	return value ? value : credentials_setting(context, key);
}

/* STS ignores a line end after the token, but counts it in the length. */
static void trim_end(struct buffer *token)
{
	while (token->length > 0 && strchr(" \t\r\n", token->at[token->length - 1]))
		token->at[--token->length] = '\0';
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	const char *path = setting(context, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
	const char *arn = setting(context, "AWS_ROLE_ARN", "role_arn");
	const char *name = setting(context, "AWS_ROLE_SESSION_NAME", "role_session_name");
	const struct role_request role = {
		.arn = arn, .session_name = name ? name : "neptune-scan", .seconds = STS_MAX_SESSION_S};
	struct buffer token = {0};
	enum credentials_result result = CREDENTIALS_BROKEN;

	if (!path) {
		error_set(error, ERROR_CREDENTIALS,
			  "AWS_WEB_IDENTITY_TOKEN_FILE is not set, nor is "
			  "web_identity_token_file in the profile %s",
			  context->profile);
		return CREDENTIALS_ABSENT;
	}
	if (!arn) {
		error_set(error, ERROR_CREDENTIALS,
			  "there is a web identity token file (%s), but no role\n  Fix: set AWS_ROLE_ARN, or "
			  "role_arn "
			  "in "
			  "the profile",
			  path);
		return CREDENTIALS_BROKEN;
	}
	if (credentials_read_file(context, "web identity token", path, &token, error)) {
		trim_end(&token);
		if (token.length > MAX_TOKEN)
			error_set(error, ERROR_CREDENTIALS,
				  "web identity token: %s has more than %d characters", path, MAX_TOKEN);
		else
			result = credentials_assume(context, NULL, &role, token.at, session, error);
	}
	buffer_wipe(&token);
	text_print(context->where, sizeof context->where, "%s", path);
	return result;
}

const struct credentials_source credentials_web_identity = {"web identity", SOURCE_OF_PROFILE, find};
