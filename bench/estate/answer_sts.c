#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/estate/request.h"

enum { SESSION_SECONDS = 3600 };

static void caller_arn(const struct request *request, const char *session, char *arn, size_t size)
{
	char account[WORLD_ID];

	world_account_id(&request->estate->world, request->account, account);
	if (request->by_role)
		snprintf(arn, size, "arn:aws:sts::%s:assumed-role/%s/%s", account, request->estate->role,
			 session);
	else
		snprintf(arn, size, "arn:aws:iam::%s:user/auditor", account);
}

static void get_caller_identity(struct request *request)
{
	char arn[200], account[WORLD_ID];

	world_account_id(&request->estate->world, request->account, account);
	caller_arn(request, "estate", arn, sizeof arn);
	buffer_print(&request->answer,
		     "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
		     "<GetCallerIdentityResult><Arn>%s</Arn><UserId>AIDAESTATE</UserId><Account>%s</Account>"
		     "</GetCallerIdentityResult>",
		     arn, account);
	append_metadata(request);
	buffer_text(&request->answer, "</GetCallerIdentityResponse>");
}

static void refuse_role(struct request *request, const char *role)
{
	char arn[200];

	caller_arn(request, "estate", arn, sizeof arn);
	refuse(request, 403, "AccessDenied",
	       "User: %s is not authorized to perform: sts:AssumeRole on resource: %.300s", arn, role);
}

/* The role exists in every account, and its trust policy names the management account's user. */
static void assume_role(struct request *request)
{
	const struct estate *estate = request->estate;
	char role[300], session[80], expected[200], id[32], secret[48], token[128], expires[CLOCK_ISO_SIZE];
	char account_id[WORLD_ID];
	struct span rest, part = {"", 0};
	size_t account;

	if (!form_value(request, "RoleArn", role, sizeof role) ||
	    !form_value(request, "RoleSessionName", session, sizeof session) || strlen(session) < 2) {
		refuse(request, 400, "ValidationError", "RoleArn and RoleSessionName are required");
		return;
	}
	rest = span_of(role);
	for (int i = 0; i < 5; i++)
		span_split(&rest, ':', &part);
	snprintf(account_id, sizeof account_id, SPAN_FORMAT, SPAN_ARGUMENTS(part));
	account = world_account_by_id(&estate->world, account_id);
	snprintf(expected, sizeof expected, "arn:aws:iam::%s:role/%s", account_id, estate->role);
	if (account == SIZE_MAX || request->by_role || strcmp(role, expected) != 0 ||
	    world_account_kind(&estate->world, account) != ACCOUNT_ORDINARY) {
		refuse_role(request, role);
		return;
	}
	keys_of_role(estate, account, id, secret, token);
	clock_format_iso(clock_wall_seconds() + SESSION_SECONDS, expires);
	buffer_print(
		&request->answer,
		"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
		"<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey>"
		"<SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials>"
		"<AssumedRoleUser><AssumedRoleId>AROAESTATE:%s</AssumedRoleId>"
		"<Arn>arn:aws:sts::%s:assumed-role/%s/%s</Arn></AssumedRoleUser>"
		"<PackedPolicySize>6</PackedPolicySize></AssumeRoleResult>",
		id, secret, token, expires, session, account_id, estate->role, session);
	append_metadata(request);
	buffer_text(&request->answer, "</AssumeRoleResponse>");
}

void answer_sts(struct request *request)
{
	if (strcmp(request->operation, "GetCallerIdentity") == 0)
		get_caller_identity(request);
	else if (strcmp(request->operation, "AssumeRole") == 0)
		assume_role(request);
	else
		refuse(request, 400, "InvalidAction", "Could not find operation %s for version 2011-06-15",
		       request->operation);
}
