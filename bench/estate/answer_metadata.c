/*
 * Credentials of a machine: IMDSv2 of an instance, and the endpoint of a container. Both return keys of the
 * hub, where its trust policy admits the service that would have assumed it.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/estate/access.h"
#include "bench/estate/operations.h"
#include "bench/estate/sessions.h"

static const char metadata_token[] = "ESTATE-METADATA-TOKEN==", instance_role[] = "neptune-scan-host";
static const char credentials_path[] = "/latest/meta-data/iam/security-credentials/";

static void answer_text(struct request *request, unsigned status, const char *text)
{
	request->status = status;
	request->content_type = "text/plain";
	buffer_text(&request->answer, text);
}

/* The words of the metadata service, and of the agents of ECS and EKS. */
static void refuse_credentials(struct request *request, enum workload workload)
{
	bool of_instance = workload == WORKLOAD_INSTANCE;

	request->status = of_instance ? 200 : 403;
	answer_json(request,
		    json_pack("{s:s,s:s}", of_instance ? "Code" : "code",
			      of_instance ? "AssumeRoleUnauthorizedAccess" : "AccessDeniedException",
			      of_instance ? "Message" : "message", "The service cannot assume the role."));
}

static void answer_credentials(struct request *request, enum workload workload)
{
	const struct estate *estate = request->estate;
	struct session session = {.kind = workload == WORKLOAD_POD ? SESSION_POD : SESSION_HOST,
				  .account = estate->hub_account,
				  .expires = request->now + estate->session_seconds};
	char expires[CLOCK_ISO_SIZE];
	json_t *answer;

	snprintf(request->service, sizeof request->service, "account"); /* determines the type of the body */
	if (!access_serves(request, workload)) {
		refuse_credentials(request, workload);
		return;
	}
	if (!session_make(&estate->world, &session)) {
		answer_text(request, 500, "no keys");
		return;
	}
	clock_format_iso(session.expires, expires);
	answer = json_pack("{s:s,s:s,s:s,s:s}", "AccessKeyId", session.access_key_id, "SecretAccessKey",
			   session.secret_access_key, "Token", session.token, "Expiration", expires);
	if (workload == WORKLOAD_INSTANCE)
		json_object_update_new(answer, json_pack("{s:s,s:s}", "Code", "Success", "Type", "AWS-HMAC"));
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
		answer_text(request, 200, instance_role);
	} else if (span_starts_with(request->path, credentials_path)) {
		answer_credentials(request, WORKLOAD_INSTANCE);
	} else if (span_starts_with(request->path, "/latest/")) {
		answer_text(request, 404, "");
	} else if (span_equals(request->path, "/v2/credentials/estate")) {
		answer_credentials(request, WORKLOAD_TASK);
	} else if (span_equals(request->path, "/v1/credentials")) {
		answer_credentials(request, WORKLOAD_POD);
	} else {
		return false;
	}
	return true;
}
