#include "scanner/credentials/sources.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arn.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/token.h"
#include "config/partition.h"

enum { MAX_FILE = 65536 };

const char *credentials_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *credentials_setting(const struct credentials_context *context, const char *key)
{
	const struct profile_entry *entry = profiles_setting(context->profiles, context->profile, key);

	return entry && entry->value.length > 0 ? arena_copy_span(context->arena, entry->value) : NULL;
}

bool credentials_profile_first(const struct credentials_context *context)
{
	return context->named_by || (context->config->profile && !context->config->profile_from_environment);
}

/* ---- files ---- */

void credentials_warn_of_readers(const struct credentials_context *context, const char *path)
{
	struct stat about;

	if (stat(path, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & (S_IRGRP | S_IROTH)))
		log_line(context->log, LOG_WARNING, "credentials.readable",
			 "%s can be read by other users (mode %03o): chmod 600 it", path,
			 (unsigned)about.st_mode & 0777);
}

bool credentials_read_file(const struct credentials_context *context, const char *what, const char *path,
			   struct buffer *text, struct error *error)
{
	const char *problem;
	FILE *file = files_open_regular(path, &problem);
	char chunk[4096];
	size_t count;
	bool failed;

	if (!file)
		return error_set(error, ERROR_CREDENTIALS, "%s: cannot read %s: %s", what, path, problem);
	setvbuf(file, NULL, _IONBF, 0);
	while (text->length < MAX_FILE && (count = fread(chunk, 1, sizeof chunk, file)) > 0)
		buffer_append(text, chunk, count);
	failed = ferror(file);
	if (failed)
		error_set(error, ERROR_CREDENTIALS, "%s: cannot read %s: %s", what, path, strerror(errno));
	OPENSSL_cleanse(chunk, sizeof chunk);
	fclose(file);
	if (failed)
		return false;
	if (text->failed)
		return error_out_of_memory(error);
	if (span_trim(buffer_span(text)).length == 0)
		return error_set(error, ERROR_CREDENTIALS, "%s: %s is empty", what, path);
	if (text->length >= MAX_FILE)
		return error_set(error, ERROR_CREDENTIALS, "%s: %s is longer than %d bytes", what, path,
				 MAX_FILE);
	credentials_warn_of_readers(context, path);
	return true;
}

/* ---- sessions ---- */

bool credentials_check_token(const char *from, const char *name, struct span text, struct error *error)
{
	const char *flaw = token_flaw(text);

	return !flaw || error_set(error, ERROR_CREDENTIALS,
				  "%s%s%s holds %s, which no key and no token contains\n  Fix: remove it",
				  from ? from : "", from ? ": " : "", name, flaw);
}

enum credentials_result credentials_make_session(const struct session_keys *keys, int64_t expires,
						 struct session **session, struct error *error)
{
	const struct key_names *names = keys->names;

	if (!credentials_check_token(keys->from, names->access_key_id, keys->access_key_id, error) ||
	    !credentials_check_token(keys->from, names->secret_access_key, keys->secret_access_key, error) ||
	    !credentials_check_token(keys->from, names->token, keys->token, error))
		return CREDENTIALS_BROKEN;
	*session = session_new(keys->access_key_id, keys->secret_access_key,
			       keys->token.length > 0 ? keys->token : (struct span){NULL, 0}, expires);
	if (*session)
		return CREDENTIALS_FOUND;
	error_out_of_memory(error);
	return CREDENTIALS_BROKEN;
}

/* 0: none. False: the value is invalid. */
static bool read_expiration(const json_t *value, int64_t *seconds)
{
	*seconds = 0;
	if (!value || json_is_null(value))
		return true;
	if (json_is_integer(value)) {
		*seconds = json_integer_value(value) / 1000;
		return *seconds > 0;
	}
	return json_is_string(value) && clock_parse_iso(span_of(json_string_value(value)), seconds);
}

enum credentials_result credentials_read_json(const json_t *object, const struct key_names *names,
					      const char *from, int64_t ahead, struct session **session,
					      struct error *error)
{
	const struct session_keys keys = {
		span_of(json_string_value(json_object_get(object, names->access_key_id))),
		span_of(json_string_value(json_object_get(object, names->secret_access_key))),
		span_of(json_string_value(json_object_get(object, names->token))),
		names,
		from,
	};
	const char *missing = keys.access_key_id.length == 0                 ? names->access_key_id
			      : keys.secret_access_key.length == 0           ? names->secret_access_key
			      : names->needs_token && keys.token.length == 0 ? names->token
									     : NULL;
	char when[CLOCK_ISO_SIZE];
	int64_t expires;

	if (missing) {
		error_set(error, ERROR_CREDENTIALS, "%s: %s is missing from the response", from, missing);
		return CREDENTIALS_BROKEN;
	}
	if (!read_expiration(json_object_get(object, names->expiration), &expires)) {
		error_set(error, ERROR_CREDENTIALS,
			  "%s: %s is neither a time such as 2026-11-24T02:00:00Z nor "
			  "milliseconds",
			  from, names->expiration);
		return CREDENTIALS_BROKEN;
	}
	if (expires && expires - ahead <= clock_wall_seconds()) {
		clock_format_iso(expires, when);
		error_set(error, ERROR_CREDENTIALS, "%s: the credentials expired at %s", from, when);
		return CREDENTIALS_BROKEN;
	}
	return credentials_make_session(&keys, expires ? expires - ahead : 0, session, error);
}

enum credentials_result credentials_read_page(const json_t *object, const struct sync_page *page,
					      struct session **session, struct error *error)
{
	static const struct key_names names = {"AccessKeyId", "SecretAccessKey", "Token", "Expiration", true};

	return credentials_read_json(object, &names, page->url,
				     page->date ? page->date - clock_wall_seconds() : 0, session, error);
}

/* ---- roles ---- */

/* A role in another partition than the region's can never be assumed. */
static bool fits_partition(const struct credentials_context *context, const char *arn, struct error *error)
{
	const struct partition *home = partition_of_home(context->config->region);
	struct arn parts;

	if (!arn_split(span_of(arn), &parts))
		return error_set(error, ERROR_CREDENTIALS,
				 "role_arn %s is not an ARN such as arn:aws:iam::111111111111:role/NAME", arn);
	if (span_equals(parts.partition, home->id))
		return true;
	return error_set(error, ERROR_CREDENTIALS,
			 "%s is a role of the partition " SPAN_FORMAT
			 ", but aws.region %s is in %s\n  Fix: set the region to one of the role's partition",
			 arn, SPAN_ARGUMENTS(parts.partition), context->config->region, home->id);
}

static const char *advice_for(const struct answer *answer)
{
	if (answer->class == ANSWER_ACCESS_DENIED)
		return "create the role, or correct its trust policy or external id (AWS does not say which is "
		       "wrong): neptune-scan iam-policy hub-trust";
	return answer_advice(answer);
}

static void build_request(struct sync_call *sync_call, struct sts_reading *reading, const char *region,
			  const struct role_request *role, const char *token)
{
	sts_reading_init(reading);
	sync_call->handler = &reading->handler;
	if (token)
		sts_request_assume_role_with_web_identity(&sync_call->call, region, role, token);
	else
		sts_request_assume_role(&sync_call->call, region, role);
}

static enum credentials_result assume(struct credentials_context *context, struct sync_call *sync_call,
				      struct sts_reading *reading, const struct role_request *role,
				      const char *token, struct session **session, struct error *error)
{
	struct role_request shorter = *role;
	char what[560];
	bool good;

	build_request(sync_call, reading, context->config->region, role, token);
	good = sync_client_call(sync_call->client, sync_call);
	if (!good && sync_call->answer.about_duration && role->seconds > STS_MAX_SESSION_S) {
		log_line(context->log, LOG_WARNING, "credentials.shortened",
			 "%s: AWS refuses a session of %lld s (a role assumed by an assumed role has at most "
			 "%d); "
			 "requesting that",
			 role->arn, (long long)role->seconds, STS_MAX_SESSION_S);
		shorter.seconds = STS_MAX_SESSION_S;
		build_request(sync_call, reading, context->config->region, &shorter, token);
		good = sync_client_call(sync_call->client, sync_call);
	}
	if (!good) {
		const char *advice = advice_for(&sync_call->answer);

		answer_describe(&sync_call->answer, what, sizeof what);
		error_set(error, ERROR_CREDENTIALS, "cannot assume %s: %s%s%s", role->arn, what,
			  advice ? "\n  Fix: " : "", advice ? advice : "");
		return CREDENTIALS_BROKEN;
	}
	*session = sts_take_session(reading, call_clock_ahead(&sync_call->call, &sync_call->answer));
	if (*session)
		return CREDENTIALS_FOUND;
	error_set(error, ERROR_CREDENTIALS, "%s: STS returned no usable credentials", role->arn);
	return CREDENTIALS_BROKEN;
}

enum credentials_result credentials_assume(struct credentials_context *context, const struct session *source,
					   const struct role_request *role, const char *token,
					   struct session **session, struct error *error)
{
	struct sync_call sync_call;
	struct sts_reading reading;
	struct sync_client *client;
	enum credentials_result result;

	if (!fits_partition(context, role->arn, error))
		return CREDENTIALS_BROKEN;
	client = sync_client_open(context->config, context->log, 0, 1, error);
	if (!client)
		return CREDENTIALS_BROKEN;
	sync_call_init(&sync_call, client, source);
	result = assume(context, &sync_call, &reading, role, token, session, error);
	sts_reading_deinit(&reading);
	sync_call_deinit(&sync_call);
	sync_client_close(client);
	return result;
}
