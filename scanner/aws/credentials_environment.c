#include <stdlib.h>
#include <string.h>

#include "scanner/aws/credentials.h"

static struct span variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? span_of(value) : (struct span){NULL, 0};
}

/* A profile that was asked for by flag or file comes before the environment's keys; AWS_PROFILE does not. */
static bool profile_comes_first(const struct config *config)
{
	const char *environment = getenv("AWS_PROFILE");

	return config->profile && (!environment || strcmp(environment, config->profile) != 0);
}

static enum credentials_result find(const struct config *config, struct session **session, struct error *error)
{
	struct span id = variable("AWS_ACCESS_KEY_ID"), secret = variable("AWS_SECRET_ACCESS_KEY");

	if (profile_comes_first(config)) {
		error_set(error, ERROR_CREDENTIALS, "passed over, because the profile %s was asked for",
			  config->profile);
		return CREDENTIALS_ABSENT;
	}
	if (!id.at) {
		error_set(error, ERROR_CREDENTIALS, "AWS_ACCESS_KEY_ID is not set");
		return CREDENTIALS_ABSENT;
	}
	if (!secret.at) {
		error_set(error, ERROR_CREDENTIALS,
			  "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
		return CREDENTIALS_BROKEN;
	}
	*session = session_open(id, secret, variable("AWS_SESSION_TOKEN"), 0);
	if (*session)
		return CREDENTIALS_FOUND;
	error_out_of_memory(error);
	return CREDENTIALS_BROKEN;
}

const struct credentials_source credentials_environment = {"environment variables", find};
