#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/estate/operations.h"
#include "bench/estate/sessions.h"

enum { MIN_SECONDS = 900, MAX_SECONDS = 43200, CHAINED_SECONDS = 3600 };

void sts_get_caller_identity(struct request *request)
{
	static const char *const ids[] = {"AIDAESTATE", "AROAESTATEHOST:i-0e57a7e", "AROAESTATE:estate"};
	char arn[200], account[WORLD_ID];

	world_account_id(&request->estate->world, request->account, account);
	request_caller_arn(request, arn, sizeof arn);
	open_result(request);
	append_element(&request->answer, "Arn", arn);
	append_element(&request->answer, "UserId", ids[request->caller]);
	append_element(&request->answer, "Account", account);
	close_result(request);
}

static bool read_seconds(struct request *request, int64_t *seconds)
{
	char text[24];

	*seconds = request->estate->session_seconds;
	if (!request_parameter(request, "DurationSeconds", text, sizeof text))
		return true;
	*seconds = strtoll(text, NULL, 10);
	if (*seconds < MIN_SECONDS || *seconds > MAX_SECONDS)
		return refuse(request, REFUSAL_INVALID,
			      "Value '%s' at 'durationSeconds' failed to satisfy constraint: Member must have "
			      "value between 900 and 43200",
			      text);
	if (request->caller == CALLER_HOST && *seconds > CHAINED_SECONDS)
		return refuse(
			request, REFUSAL_INVALID,
			"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
			"by role chaining.");
	if (*seconds > CHAINED_SECONDS)
		return refuse(
			request, REFUSAL_INVALID,
			"The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
	/* --session-seconds shortens sessions, for tests of refreshing. */
	if (*seconds > request->estate->session_seconds)
		*seconds = request->estate->session_seconds;
	return true;
}

/* The account in arn:aws:iam::ACCOUNT:role/NAME. */
static size_t account_of(const struct world *world, const char *role, char id[WORLD_ID])
{
	struct span rest = span_of(role), part = {"", 0};

	for (int i = 0; i < 5; i++)
		span_split(&rest, ':', &part);
	snprintf(id, WORLD_ID, SPAN_FORMAT, SPAN_ARGUMENTS(part));
	return world_account_by_id(world, id);
}

static bool read_role(struct request *request, char *role, size_t size, char *session, size_t session_size)
{
	if (!request_parameter(request, "RoleArn", role, size) || strlen(role) < 20)
		return refuse(request, REFUSAL_INVALID, "RoleArn: wants 20 to 2048 characters");
	if (!request_parameter(request, "RoleSessionName", session, session_size) || strlen(session) < 2)
		return refuse(request, REFUSAL_INVALID, "RoleSessionName: wants 2 to 64 characters");
	return true;
}

static void give_out(struct request *request, enum session_kind kind, size_t account, int64_t seconds,
		     const char *role, const char *name)
{
	struct session session = {kind, account, request->now + seconds, "", "", ""};
	struct buffer *answer = &request->answer;
	char expires[CLOCK_ISO_SIZE], account_id[WORLD_ID];

	if (!session_make(&request->estate->world, &session)) {
		refuse(request, REFUSAL_INTERNAL, "no keys");
		return;
	}
	world_account_id(&request->estate->world, account, account_id);
	clock_format_iso(session.expires, expires);
	open_result(request);
	buffer_print(answer,
		     "<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey>"
		     "<SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials>"
		     "<AssumedRoleUser><AssumedRoleId>AROAESTATE:%s</AssumedRoleId>"
		     "<Arn>arn:aws:sts::%s:assumed-role/%s/%s</Arn></AssumedRoleUser>"
		     "<PackedPolicySize>6</PackedPolicySize>",
		     session.access_key_id, session.secret_access_key, session.token, expires, name, account_id,
		     role, name);
	close_result(request);
}

/* True: a hub role in the management account, which its user and the hub itself may assume. */
static bool is_hub(const struct request *request, const char *role, size_t account, const char *account_id)
{
	char expected[100];

	snprintf(expected, sizeof expected, "arn:aws:iam::%s:role/host", account_id);
	return account == 0 && request->caller != CALLER_ROLE && strcmp(role, expected) == 0;
}

/* The role exists in every account; its trust policy names the management account's user and host. */
void sts_assume_role(struct request *request)
{
	const struct estate *estate = request->estate;
	char role[300], name[80], expected[200], account_id[WORLD_ID];
	int64_t seconds;
	size_t account;

	if (!read_role(request, role, sizeof role, name, sizeof name) || !read_seconds(request, &seconds))
		return;
	account = account_of(&estate->world, role, account_id);
	if (account != SIZE_MAX && is_hub(request, role, account, account_id)) {
		give_out(request, SESSION_HOST, account, seconds, "host", name);
		return;
	}
	snprintf(expected, sizeof expected, "arn:aws:iam::%s:role/%s", account_id, estate->role);
	if (account == SIZE_MAX || request->caller == CALLER_ROLE || strcmp(role, expected) != 0 ||
	    world_account_kind(&estate->world, account) != ACCOUNT_ORDINARY)
		refuse_permission(request, role, "");
	else
		give_out(request, SESSION_MEMBER, account, seconds, estate->role, name);
}

/* Not signed: the token identifies the caller. Returns the host's credentials in the management account. */
void sts_assume_role_with_web_identity(struct request *request)
{
	char role[300], name[80], token[4096], account_id[WORLD_ID];
	int64_t seconds;

	if (!read_role(request, role, sizeof role, name, sizeof name) || !read_seconds(request, &seconds))
		return;
	if (!request_parameter(request, "WebIdentityToken", token, sizeof token) ||
	    strncmp(token, ESTATE_WEB_IDENTITY, sizeof ESTATE_WEB_IDENTITY - 1) != 0)
		refuse_with(request, 400, "InvalidIdentityToken",
			    "No OpenIDConnect provider found in your account for this token");
	else if (account_of(&request->estate->world, role, account_id) != 0)
		refuse_with(request, 403, "AccessDenied",
			    "Not authorized to perform sts:AssumeRoleWithWebIdentity");
	else
		give_out(request, SESSION_HOST, 0, seconds, "host", name);
}
