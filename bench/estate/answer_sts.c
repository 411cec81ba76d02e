#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/estate/access.h"
#include "bench/estate/operations.h"
#include "bench/estate/session_policies.h"
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

/* False: refused. Without one, `hash` is 0. */
static bool read_session_policy(struct request *request, uint64_t *hash)
{
	char text[MAX_SESSION_POLICY + 1], problem[200] = "no memory";

	*hash = 0;
	if (!request_has_parameter(request, "Policy"))
		return true;
	if (!request_parameter(request, "Policy", text, sizeof text))
		return refuse(request, REFUSAL_INVALID,
			      "1 validation error detected: Value at 'policy' failed to satisfy constraint: "
			      "Member must have length less than or equal to %d",
			      MAX_SESSION_POLICY);
	switch (session_policies_add(request->estate->session_policies, text, hash, problem, sizeof problem)) {
	case SESSION_POLICY_KEPT:
		return true;
	case SESSION_POLICY_TOO_MANY:
		return refuse(request, REFUSAL_INTERNAL, "more than %d different session policies",
			      MAX_SESSION_POLICIES);
	default:
		return refuse_with(request, 400, "MalformedPolicyDocument", "%s", problem);
	}
}

static void give_out(struct request *request, enum session_kind kind, size_t account, int64_t seconds,
		     const char *role, const char *name)
{
	struct session session = {.kind = kind, .account = account, .expires = request->now + seconds};
	struct buffer *answer = &request->answer;
	char expires[CLOCK_ISO_SIZE], account_id[WORLD_ID];

	if (!read_session_policy(request, &session.policy))
		return;
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
		     role_name(role), name);
	close_result(request);
}

/* A role of the organization, by its ARN. */
static bool is_role(const char *arn, const char *account_id, const char *role)
{
	char expected[200];

	snprintf(expected, sizeof expected, "arn:aws:iam::%s:role/%s", account_id, role);
	return strcmp(arn, expected) == 0;
}

/* The hub is there for the user and for itself, where no trust policy says otherwise. */
static bool is_hub(const struct request *request, const char *arn, size_t account, const char *account_id)
{
	const struct estate *estate = request->estate;

	return account == estate->hub_account && request->caller != CALLER_ROLE &&
	       is_role(arn, account_id, estate->hub);
}

/* The scan role is in every account, for the user and the hub, where no trust policy says otherwise. */
static bool is_member(const struct request *request, const char *arn, size_t account, const char *account_id)
{
	const struct estate *estate = request->estate;

	return account != SIZE_MAX && request->caller != CALLER_ROLE &&
	       world_account_kind(&estate->world, account) == ACCOUNT_ORDINARY &&
	       is_role(arn, account_id, estate->role);
}

/* STS does not say whether there is no such role, or its trust policy does not admit the caller. */
void sts_assume_role(struct request *request)
{
	const struct estate *estate = request->estate;
	char role[300], name[80], account_id[WORLD_ID];
	int64_t seconds;
	size_t account;

	if (!read_role(request, role, sizeof role, name, sizeof name) || !read_seconds(request, &seconds))
		return;
	account = account_of(&estate->world, role, account_id);
	if (is_hub(request, role, account, account_id)) {
		if (access_is_trusted(request, DOCUMENT_HUB_TRUST, role))
			give_out(request, request->is_tagged ? SESSION_POD : SESSION_HOST, account, seconds,
				 estate->hub, name);
	} else if (!is_member(request, role, account, account_id)) {
		refuse_permission(request, role, "");
	} else if (access_is_trusted(request, DOCUMENT_TRUST, role)) {
		give_out(request, SESSION_MEMBER, account, seconds, estate->role, name);
	}
}

/* Not signed: the token identifies the caller. Returns credentials of the hub. */
void sts_assume_role_with_web_identity(struct request *request)
{
	const struct estate *estate = request->estate;
	char role[300], name[80], token[4096], account_id[WORLD_ID];
	int64_t seconds;

	if (!read_role(request, role, sizeof role, name, sizeof name) || !read_seconds(request, &seconds))
		return;
	if (!request_parameter(request, "WebIdentityToken", token, sizeof token) ||
	    strncmp(token, ESTATE_WEB_IDENTITY, sizeof ESTATE_WEB_IDENTITY - 1) != 0)
		refuse_with(request, 400, "InvalidIdentityToken",
			    "No OpenIDConnect provider found in your account for this token");
	else if (account_of(&estate->world, role, account_id) != estate->hub_account ||
		 !access_serves(request, WORKLOAD_WEB_IDENTITY))
		refuse_with(request, 403, "AccessDenied",
			    "Not authorized to perform sts:AssumeRoleWithWebIdentity");
	else
		give_out(request, SESSION_HOST, estate->hub_account, seconds, estate->hub, name);
}
