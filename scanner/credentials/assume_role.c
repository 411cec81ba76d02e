/*
 * A profile with role_arn: assumes the role with the credentials of another profile or of the machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggestion.h"
#include "scanner/credentials/sources.h"

enum { MIN_SECONDS = 900, MAX_SECONDS = 43200, MAX_CHAIN = 16 };

static const struct {
	const char *name;
	const struct credentials_source *source;
} machines[] = {
	{"Environment", &credentials_environment},
	{"Ec2InstanceMetadata", &credentials_instance_metadata},
	{"EcsContainer", &credentials_container},
};

static enum credentials_result from_machine(struct credentials_context *context, const char *name,
					    struct session **session, struct error *error)
{
	struct suggestion nearest = suggestion_for(name);
	char suggestion[SUGGESTION_SIZE];

	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		struct credentials_context of_machine = *context;
		struct error why = {0};
		enum credentials_result result;

		suggestion_consider(&nearest, machines[i].name);
		if (strcmp(name, machines[i].name) != 0)
			continue;
		of_machine.named_by = context;
		result = machines[i].source->find(&of_machine, session, &why);
		if (result != CREDENTIALS_FOUND)
			error_set(error, ERROR_CREDENTIALS, "profile %s: credential_source %s: %s",
				  context->profile, name, why.text);
		return result == CREDENTIALS_FOUND ? result : CREDENTIALS_BROKEN;
	}
	error_set(error, ERROR_CREDENTIALS,
		  "profile %s: credential_source is \"%s\", allowed are Environment, Ec2InstanceMetadata, "
		  "EcsContainer%s",
		  context->profile, name, suggestion_write(&nearest, suggestion));
	return CREDENTIALS_BROKEN;
}

/* "a -> b -> a", oldest first. */
static void write_way(const struct credentials_context *context, char *text, size_t size)
{
	size_t length;

	if (context->named_by)
		write_way(context->named_by, text, size);
	length = strlen(text);
	snprintf(text + length, size - length, "%s%s", length ? " -> " : "", context->profile);
}

static bool is_loop(const struct credentials_context *context, const char *name)
{
	int length = 0;

	for (; context; context = context->named_by, length++)
		if (strcmp(context->profile, name) == 0)
			return true;
	return length > MAX_CHAIN;
}

/*
 * True: the profile has keys of its own. Then its role is not assumed, and the chain of profiles ends with
 * it.
 */
static bool has_keys(const struct credentials_context *context)
{
	return credentials_setting(context, "aws_access_key_id") ||
	       credentials_setting(context, "aws_secret_access_key");
}

static enum credentials_result from_profile(struct credentials_context *context, const char *name,
					    struct session **session, struct error *error)
{
	struct credentials_context next = *context;
	char suggestion[PROFILES_SUGGESTION], way[400] = "";
	enum credentials_result result;
	bool with_role;

	next.profile = name;
	next.named_by = context;
	next.where[0] = '\0';
	if (!profiles_have(context->profiles, name)) {
		error_set(error, ERROR_CREDENTIALS, "profile %s: its source_profile %s does not exist%s",
			  context->profile, name, profiles_suggest(context->profiles, name, suggestion));
		return CREDENTIALS_BROKEN;
	}
	if (!credentials_check_profile(&next, error))
		return CREDENTIALS_BROKEN;
	with_role = !has_keys(&next);
	if (with_role && is_loop(context, name)) {
		write_way(&next, way, sizeof way);
		error_set(error, ERROR_CREDENTIALS,
			  "the source_profile settings form a circle: %s\n  Fix: put keys into the last one",
			  way);
		return CREDENTIALS_BROKEN;
	}
	result = context->search_profile(&next, with_role, session, error);
	return result == CREDENTIALS_FOUND ? result : CREDENTIALS_BROKEN;
}

static bool read_seconds(const struct credentials_context *context, int64_t *seconds, struct error *error)
{
	const char *text = credentials_setting(context, "duration_seconds");
	char *end;

	*seconds = STS_MAX_SESSION_S;
	if (!text)
		return true;
	*seconds = strtoll(text, &end, 10);
	if (*end || *seconds < MIN_SECONDS || *seconds > MAX_SECONDS)
		return error_set(error, ERROR_CREDENTIALS,
				 "profile %s: duration_seconds is \"%s\", allowed are %d to %d",
				 context->profile, text, MIN_SECONDS, MAX_SECONDS);
	return true;
}

static bool check(const struct credentials_context *context, const char *source, const char *machine,
		  struct error *error)
{
	const char *device = credentials_setting(context, "mfa_serial");

	if (device)
		return error_set(
			error, ERROR_CREDENTIALS,
			"profile %s requires a code of the MFA device %s, which a nightly job cannot enter\n"
			"  Fix: use a profile without mfa_serial, or export a session with `aws configure "
			"export-credentials --profile %s --format env`",
			context->profile, device, context->profile);
	if (!source == !machine)
		return error_set(error, ERROR_CREDENTIALS,
				 "profile %s has role_arn and %s: it needs exactly one of source_profile and "
				 "credential_source",
				 context->profile, source ? "both" : "neither");
	return true;
}

static enum credentials_result assume(struct credentials_context *context, const char *arn,
				      const struct session *source, struct session **session,
				      struct error *error)
{
	const char *name = credentials_setting(context, "role_session_name");
	struct role_request role = {.arn = arn,
				    .session_name = name ? name : "neptune-scan",
				    .external_id = credentials_setting(context, "external_id")};
	struct error why = {0};

	if (!read_seconds(context, &role.seconds, error))
		return CREDENTIALS_BROKEN;
	if (credentials_assume(context, source, &role, NULL, session, &why) == CREDENTIALS_FOUND)
		return CREDENTIALS_FOUND;
	error_set(error, ERROR_CREDENTIALS, "profile %s: %s", context->profile, why.text);
	return CREDENTIALS_BROKEN;
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	const char *arn = credentials_setting(context, "role_arn");
	const char *profile = credentials_setting(context, "source_profile");
	const char *machine = credentials_setting(context, "credential_source");
	struct session *source = NULL;
	enum credentials_result result;

	if (!arn || credentials_setting(context, "web_identity_token_file")) {
		error_set(error, ERROR_CREDENTIALS, "no role_arn with a source in the profile %s",
			  context->profile);
		return CREDENTIALS_ABSENT;
	}
	if (!check(context, profile, machine, error))
		return CREDENTIALS_BROKEN;
	result = profile ? from_profile(context, profile, &source, error)
			 : from_machine(context, machine, &source, error);
	if (result != CREDENTIALS_FOUND)
		return CREDENTIALS_BROKEN;
	result = assume(context, arn, source, session, error);
	session_free(source);
	snprintf(context->where, sizeof context->where, "%s by %s %s", context->profile,
		 profile ? "profile" : "source", profile ? profile : machine);
	return result;
}

const struct credentials_source credentials_assume_role = {"role of a profile", SOURCE_OF_PROFILE, find};
