#include "scanner/aws/sts.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/arn.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/token.h"
#include "scanner/aws/secrets.h"

static void on_begin(void *user)
{
	struct sts_reading *reading = user;

	sts_reading_deinit(reading);
	reading->identity = (struct identity){0};
}

/* GetCallerIdentity returns the account twice, by itself and in the ARN. */
static const char *problem_of(void *user)
{
	const struct sts_reading *reading = user;

	if (reading->problem || !reading->account)
		return reading->problem;
	return strcmp(reading->account, reading->identity.account) == 0
		       ? NULL
		       : "Account is another one than that of Arn";
}

static void set_account_of_arn(struct identity *identity)
{
	struct arn arn;

	identity->account[0] = '\0';
	if (arn_split(span_of(identity->arn), &arn) && arn.account.length < sizeof identity->account)
		text_copy(identity->account, sizeof identity->account, arn.account);
}

/* Duplicate elements with different texts could mix the keys of two sessions. */
static void read_once(struct sts_reading *reading, char **read, const struct xml_path *path, struct span text)
{
	const char *problem = xml_contradiction(*read, path, text, &reading->arena);

	if (problem)
		reading->problem = problem;
	else if (!*read)
		*read = arena_copy_span(&reading->arena, text);
}

static void on_close(void *user, const struct xml_path *path, struct span text)
{
	struct sts_reading *reading = user;
	struct span name = xml_name(path, 0);

	if (span_equals(name, "AccessKeyId")) {
		read_once(reading, &reading->access_key_id, path, text);
	} else if (span_equals(name, "SecretAccessKey")) {
		read_once(reading, &reading->secret_access_key, path, text);
	} else if (span_equals(name, "SessionToken")) {
		read_once(reading, &reading->token, path, text);
	} else if (span_equals(name, "Expiration")) {
		read_once(reading, &reading->expiration, path, text);
		if (!clock_parse_iso(text, &reading->expires))
			reading->expires = 0;
	} else if (span_equals(name, "Account")) {
		read_once(reading, &reading->account, path, span_trim(text));
	} else if (span_equals(name, "Arn")) {
		if (reading->identity.arn[0] && !span_equals(text, reading->identity.arn))
			reading->problem = "Arn occurs twice, with different values";
		text_copy(reading->identity.arn, sizeof reading->identity.arn, text);
		secrets_mask_text(reading->identity.arn); /* shown to users, unlike the rest of a new session */
		set_account_of_arn(&reading->identity);
	}
}

void sts_reading_init(struct sts_reading *reading)
{
	*reading = (struct sts_reading){
		.handler = {.begin = on_begin, .close = on_close, .user = reading, .problem = problem_of}};
}

void sts_request_caller_identity(struct call *call, const char *region)
{
	call_begin(call, STS_GET_CALLER_IDENTITY, region);
}

void sts_role_arn(char arn[static ARN_SIZE], const char *partition, const char *account, const char *role)
{
	snprintf(arn, ARN_SIZE, "arn:%s:iam::%s:role/%s", partition, account, role[0] == '/' ? role + 1 : role);
}

static void begin_request(struct call *call, enum operation_id operation, const char *region,
			  const struct role_request *role)
{
	char seconds[24];

	snprintf(seconds, sizeof seconds, "%lld", (long long)role->seconds);
	call_begin(call, operation, region);
	call_parameter(call, "RoleArn", role->arn);
	call_parameter(call, "RoleSessionName", role->session_name);
	call_parameter(call, "DurationSeconds", seconds);
	if (role->external_id)
		call_secret_parameter(call, "ExternalId", role->external_id);
	if (role->policy)
		call_parameter(call, "Policy", role->policy);
}

void sts_request_assume_role(struct call *call, const char *region, const struct role_request *role)
{
	begin_request(call, STS_ASSUME_ROLE, region, role);
}

bool sts_refuses_policy(const struct answer *answer)
{
	static const char *const codes[] = {"PackedPolicyTooLarge", "PackedPolicyTooLargeException",
					    "MalformedPolicyDocument", "MalformedPolicyDocumentException"};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(answer->code, codes[i]) == 0)
			return true;
	return false;
}

void sts_request_assume_role_with_web_identity(struct call *call, const char *region,
					       const struct role_request *role, const char *token)
{
	begin_request(call, STS_ASSUME_ROLE_WITH_WEB_IDENTITY, region, role);
	call_secret_parameter(call, "WebIdentityToken", token);
}

/* A key with such a character would change the header. */
static bool is_usable(const char *key)
{
	return key && *key && !token_flaw(span_of(key));
}

struct session *sts_take_session(struct sts_reading *reading, int64_t clock_ahead)
{
	struct session *session = NULL;

	if (is_usable(reading->access_key_id) && is_usable(reading->secret_access_key) &&
	    is_usable(reading->token))
		session = session_new(span_of(reading->access_key_id), span_of(reading->secret_access_key),
				      span_of(reading->token),
				      reading->expires ? reading->expires - clock_ahead : 0);
	sts_reading_deinit(reading);
	return session;
}

static void wipe(char *text)
{
	if (text)
		OPENSSL_cleanse(text, strlen(text));
}

void sts_reading_deinit(struct sts_reading *reading)
{
	wipe(reading->access_key_id);
	wipe(reading->secret_access_key);
	wipe(reading->token);
	reading->access_key_id = reading->secret_access_key = reading->token = NULL;
	reading->expiration = reading->account = NULL;
	reading->expires = 0;
	reading->problem = NULL;
	arena_deinit(&reading->arena);
}
