/*
 * Credentials of a machine: IMDSv2 of an instance, and the endpoint of a container. Both return keys of a
 * host in the management account, which may assume the role and call Organizations.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/estate/operations.h"
#include "bench/estate/sessions.h"

static const char metadata_token[] = "ESTATE-METADATA-TOKEN==", role_name[] = "neptune-scan-host";
static const char credentials_path[] = "/latest/meta-data/iam/security-credentials/";

static void answer_text(struct request *request, unsigned status, const char *text)
{
	request->status = status;
	request->content_type = "text/plain";
	buffer_text(&request->answer, text);
}

static void answer_credentials(struct request *request, bool of_instance)
{
	const struct estate *estate = request->estate;
	struct session session = {SESSION_HOST, 0, request->now + estate->session_seconds, "", "", ""};
	char expires[CLOCK_ISO_SIZE];
	json_t *answer;

	if (!session_make(&estate->world, &session)) {
		answer_text(request, 500, "no keys");
		return;
	}
	clock_format_iso(session.expires, expires);
	answer = json_pack("{s:s,s:s,s:s,s:s}", "AccessKeyId", session.access_key_id, "SecretAccessKey",
			   session.secret_access_key, "Token", session.token, "Expiration", expires);
	if (of_instance)
		json_object_update_new(answer, json_pack("{s:s,s:s}", "Code", "Success", "Type", "AWS-HMAC"));
	snprintf(request->service, sizeof request->service, "account"); /* determines the type of the body */
	answer_json(request, answer);
}

static bool has_token(const struct request *request)
{
	const char *token = request->header(request, "x-aws-ec2-metadata-token");

	return token && strcmp(token, metadata_token) == 0;
}

bool answer_metadata(struct request *request)
{
	if (span_equals(request->path, "/latest/api/token")) {
		bool good = strcmp(request->method, "PUT") == 0 &&
			    request->header(request, "x-aws-ec2-metadata-token-ttl-seconds");

		answer_text(request, good ? 200 : 400, good ? metadata_token : "");
	} else if (span_starts_with(request->path, "/latest/") && !has_token(request)) {
		answer_text(request, 401, "");
	} else if (span_equals(request->path, credentials_path)) {
		answer_text(request, 200, role_name);
	} else if (span_starts_with(request->path, credentials_path)) {
		answer_credentials(request, true);
	} else if (span_starts_with(request->path, "/latest/")) {
		answer_text(request, 404, "");
	} else if (span_equals(request->path, "/v2/credentials/estate")) {
		answer_credentials(request, false);
	} else {
		return false;
	}
	return true;
}
