#include "bench/estate/access.h"

#include <stdio.h>
#include <string.h>

enum { ARN = 700, EXTERNAL_ID = 1300, REASON = 200 };

/* Of the cluster, the task and the identity provider that run the scanner. */
#define CLUSTER "cluster/audit"
#define TASK "task/audit/neptune-scan"
#define PROVIDER "oidc.eks.us-east-1.amazonaws.com/id/ESTATE"

/* A request as policies see it, with the texts that it points to. */
struct evaluation {
	struct policy_request request;
	char action[2 * ESTATE_NAME + 2], resource[ARN], role[ARN], session[ARN], root[80], account[WORLD_ID];
	char resource_account[WORLD_ID], organization[WORLD_ORGANIZATION], external_id[EXTERNAL_ID];
	char session_name[80];
};

enum policy_attachment access_attachment(enum document document)
{
	static const enum policy_attachment attachments[DOCUMENTS] = {
		[DOCUMENT_TRUST] = ATTACHED_TO_ROLE,
		[DOCUMENT_HUB_TRUST] = ATTACHED_TO_ROLE,
		[DOCUMENT_ENDPOINT] = ATTACHED_TO_RESOURCE,
		[DOCUMENT_DELEGATION] = ATTACHED_TO_RESOURCE,
		[DOCUMENT_KEY_POLICY] = ATTACHED_TO_RESOURCE};

	return attachments[document];
}

/* ---- the request ---- */

/* The twelve digits in an ARN; empty: none, or of an account that is not in the organization. */
static void account_of_arn(const struct world *world, const char *arn, char account[WORLD_ID])
{
	for (int i = 0; arn && i < 4; i++) {
		arn = strchr(arn, ':');
		arn = arn ? arn + 1 : NULL;
	}
	snprintf(account, WORLD_ID, "%.12s", arn ? arn : "");
	if (world_account_by_id(world, account) == SIZE_MAX)
		account[0] = '\0';
}

/* Of a session, policies see the ARN of its role. */
static void name_caller(const struct request *request, struct evaluation *evaluation)
{
	const struct estate *estate = request->estate;

	world_account_id(&estate->world, request->account, evaluation->account);
	request_caller_arn(request, evaluation->session, sizeof evaluation->session);
	if (request->caller == CALLER_USER)
		snprintf(evaluation->role, sizeof evaluation->role, "%s", evaluation->session);
	else
		snprintf(evaluation->role, sizeof evaluation->role, "arn:aws:iam::%s:role/%s",
			 evaluation->account, request->caller == CALLER_ROLE ? estate->role : estate->hub);
	snprintf(evaluation->root, sizeof evaluation->root, "arn:aws:iam::%s:root", evaluation->account);
	evaluation->request.kind = "AWS";
	evaluation->request.principals[0] = evaluation->role;
	evaluation->request.principals[1] = evaluation->session;
	evaluation->request.principals[2] = evaluation->root;
	evaluation->request.principals[3] = evaluation->account;
}

static void name_resource(const struct request *request, struct evaluation *evaluation)
{
	if (!request_parameter(request, "RoleArn", evaluation->resource, sizeof evaluation->resource))
		snprintf(evaluation->resource, sizeof evaluation->resource, "arn:aws:%s:%s:%s:*",
			 request->service, request->region, evaluation->account);
	account_of_arn(&request->estate->world, evaluation->resource, evaluation->resource_account);
}

/* What the session of a pod was tagged with, and passes on to the sessions of the roles that it assumes. */
static void add_tags(struct policy_request *request, bool are_requested)
{
	static const struct {
		const char *principal, *request, *value;
	} tags[] = {
		{"aws:PrincipalTag/eks-cluster-name", "aws:RequestTag/eks-cluster-name", "audit"},
		{"aws:PrincipalTag/kubernetes-namespace", "aws:RequestTag/kubernetes-namespace",
		 "neptune-scan"},
		{"aws:PrincipalTag/kubernetes-service-account", "aws:RequestTag/kubernetes-service-account",
		 "neptune-scan"},
	};

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		policy_request_add(request, are_requested ? tags[i].request : tags[i].principal, tags[i].value);
		policy_request_add(request, "sts:TransitiveTagKeys", strchr(tags[i].request, '/') + 1);
	}
}

static void add_keys(const struct request *request, struct evaluation *evaluation)
{
	struct policy_request *asked = &evaluation->request;
	const char *resource_account = evaluation->resource_account;

	world_organization_id(&request->estate->world, evaluation->organization);
	policy_request_add(asked, "aws:PrincipalArn", evaluation->role);
	policy_request_add(asked, "aws:PrincipalAccount", evaluation->account);
	policy_request_add(asked, "aws:PrincipalOrgID", evaluation->organization);
	policy_request_add(asked, "aws:PrincipalIsAWSService", "false");
	policy_request_add(asked, "aws:ResourceAccount", *resource_account ? resource_account : NULL);
	policy_request_add(asked, "aws:ResourceOrgID", *resource_account ? evaluation->organization : NULL);
	policy_request_add(asked, "aws:RequestedRegion",
			   strcmp(request->service, "organizations") == 0 ? "us-east-1" : request->region);
	if (request_parameter(request, "ExternalId", evaluation->external_id, sizeof evaluation->external_id))
		policy_request_add(asked, "sts:ExternalId", evaluation->external_id);
	if (request_parameter(request, "RoleSessionName", evaluation->session_name,
			      sizeof evaluation->session_name))
		policy_request_add(asked, "sts:RoleSessionName", evaluation->session_name);
	if (request->is_tagged)
		add_tags(asked, false);
}

static void begin(const struct request *request, struct evaluation *evaluation)
{
	*evaluation = (struct evaluation){0};
	name_caller(request, evaluation);
	name_resource(request, evaluation);
	add_keys(request, evaluation);
	snprintf(evaluation->action, sizeof evaluation->action, "%s:%s", request->service, request->operation);
	evaluation->request.action = evaluation->action;
	evaluation->request.resource = evaluation->resource;
}

/* ---- the documents ---- */

static bool applies(const struct request *request, enum document document)
{
	switch (document) {
	case DOCUMENT_SCP: /* not to the management account */
		return request->account != 0;
	case DOCUMENT_MEMBER:
	case DOCUMENT_BOUNDARY:
		return request->caller == CALLER_ROLE;
	case DOCUMENT_USER:
		return request->caller == CALLER_USER;
	case DOCUMENT_HUB:
		return request->caller == CALLER_HOST;
	case DOCUMENT_KEY_POLICY:
		return strcmp(request->service, "kms") == 0 && strcmp(request->operation, "ListAliases") != 0;
	default:
		return true;
	}
}

/* In the order in which AWS names what does not allow. */
static const struct layer {
	const char *article, *name;
	enum document document;
	bool refuses_silence; /* what it does not mention */
} layers[] = {
	{"a", "service control policy", DOCUMENT_SCP, false},
	{"a", "VPC endpoint policy", DOCUMENT_ENDPOINT, true},
	{"a", "resource-based policy", DOCUMENT_KEY_POLICY, true},
	{"a", "permissions boundary", DOCUMENT_BOUNDARY, true},
	{"a", "session policy", DOCUMENT_SESSION, true},
	{"an", "identity-based policy", DOCUMENT_MEMBER, true},
	{"an", "identity-based policy", DOCUMENT_HUB, true},
	{"an", "identity-based policy", DOCUMENT_USER, true},
};

enum { LAYERS = sizeof layers / sizeof layers[0] };

/* NULL: nothing of this kind refuses. */
static const struct policy *policy_of(const struct request *request, const struct layer *layer)
{
	if (layer->document == DOCUMENT_SESSION)
		return request->session_policy;
	return applies(request, layer->document) ? request->estate->documents[layer->document] : NULL;
}

static enum permission permission_of(const struct request *request, const struct layer *layer,
				     const struct policy_request *asked)
{
	const struct policy *policy = policy_of(request, layer);
	enum permission permission = policy ? policy_evaluate(policy, asked) : PERMISSION_ALLOWED;

	if (permission == PERMISSION_NOT_MENTIONED && !layer->refuses_silence &&
	    !policy_allows_anything(policy))
		return PERMISSION_ALLOWED;
	return permission;
}

static bool check_action(struct request *request, const struct evaluation *evaluation)
{
	const struct policy_request *asked = &evaluation->request;
	char because[REASON];

	for (size_t i = 0; i < LAYERS; i++) {
		if (permission_of(request, &layers[i], asked) != PERMISSION_DENIED)
			continue;
		snprintf(because, sizeof because, "with an explicit deny in %s %s", layers[i].article,
			 layers[i].name);
		return refuse_action(request, asked->action, evaluation->resource, because);
	}
	for (size_t i = 0; i < LAYERS; i++) {
		if (permission_of(request, &layers[i], asked) == PERMISSION_ALLOWED)
			continue;
		snprintf(because, sizeof because, "because no %s allows the %s action", layers[i].name,
			 asked->action);
		return refuse_action(request, asked->action, evaluation->resource, because);
	}
	return true;
}

static bool is_session_with_tags(const struct request *request)
{
	return request->is_tagged && strcmp(request->operation, "AssumeRole") == 0;
}

bool access_permits(struct request *request)
{
	struct evaluation evaluation;

	begin(request, &evaluation);
	if (!check_action(request, &evaluation))
		return false;
	evaluation.request.action = "sts:TagSession";
	return !is_session_with_tags(request) || check_action(request, &evaluation);
}

/* ---- trust ---- */

static bool check_trust(struct request *request, const struct policy *policy,
			const struct evaluation *evaluation, const char *role)
{
	enum permission permission = policy_evaluate(policy, &evaluation->request);
	bool is_same_account = strcmp(evaluation->account, evaluation->resource_account) == 0;
	char because[REASON] = "";

	if (permission == PERMISSION_ALLOWED)
		return true;
	if (is_same_account && permission == PERMISSION_DENIED)
		snprintf(because, sizeof because, "with an explicit deny in the role trust policy");
	else if (is_same_account)
		snprintf(because, sizeof because, "because no role trust policy allows the %s action",
			 evaluation->request.action);
	return refuse_action(request, evaluation->request.action, role, because);
}

bool access_is_trusted(struct request *request, enum document trust, const char *role)
{
	const struct policy *policy = request->estate->documents[trust];
	struct evaluation evaluation;

	if (!policy)
		return true;
	begin(request, &evaluation);
	if (!check_trust(request, policy, &evaluation, role))
		return false;
	evaluation.request.action = "sts:TagSession";
	return !is_session_with_tags(request) || check_trust(request, policy, &evaluation, role);
}

static bool is_trusted_service(const struct policy *policy, struct policy_request *asked, const char *action)
{
	asked->action = action;
	return policy_evaluate(policy, asked) == PERMISSION_ALLOWED;
}

bool access_serves(const struct request *request, enum workload workload)
{
	static const char *const services[] = {[WORKLOAD_INSTANCE] = "ec2.amazonaws.com",
					       [WORKLOAD_TASK] = "ecs-tasks.amazonaws.com",
					       [WORKLOAD_POD] = "pods.eks.amazonaws.com"};
	const struct estate *estate = request->estate;
	const struct policy *policy = estate->documents[DOCUMENT_HUB_TRUST];
	struct policy_request asked = {.kind = workload == WORKLOAD_WEB_IDENTITY ? "Federated" : "Service",
				       .resource = "*"};
	char account[WORLD_ID], arn[ARN];

	if (!policy)
		return true;
	world_account_id(&estate->world, estate->hub_account, account);
	if (workload == WORKLOAD_WEB_IDENTITY) {
		snprintf(arn, sizeof arn, "arn:aws:iam::%s:oidc-provider/" PROVIDER, account);
		asked.principals[0] = arn;
		policy_request_add(&asked, PROVIDER ":aud", "sts.amazonaws.com");
		policy_request_add(&asked, PROVIDER ":sub", "system:serviceaccount:neptune-scan:neptune-scan");
		return is_trusted_service(policy, &asked, "sts:AssumeRoleWithWebIdentity");
	}
	asked.principals[0] = services[workload];
	snprintf(arn, sizeof arn, "arn:aws:%s:us-east-1:%s:%s", workload == WORKLOAD_TASK ? "ecs" : "eks",
		 account, workload == WORKLOAD_TASK ? TASK : CLUSTER);
	if (workload != WORKLOAD_INSTANCE) {
		policy_request_add(&asked, "aws:SourceAccount", account);
		policy_request_add(&asked, "aws:SourceArn", arn);
	}
	if (workload == WORKLOAD_POD) {
		policy_request_add(&asked, "aws:RequestTag/eks-cluster-arn", arn);
		add_tags(&asked, true);
	}
	return is_trusted_service(policy, &asked, "sts:AssumeRole") &&
	       (workload != WORKLOAD_POD || is_trusted_service(policy, &asked, "sts:TagSession"));
}

/* ---- the organization ---- */

bool access_reads_organization(const struct request *request)
{
	const struct estate *estate = request->estate;
	const struct policy *policy = estate->documents[DOCUMENT_DELEGATION];
	struct evaluation evaluation;

	/* Without a policy, the scan role has the permissions of the template's, which has none of these. */
	if (request->caller == CALLER_ROLE && !estate->documents[DOCUMENT_MEMBER])
		return false;
	if (request->account == 0 || (estate->is_delegated && request->account == estate->hub_account))
		return true;
	begin(request, &evaluation);
	return policy && policy_evaluate(policy, &evaluation.request) == PERMISSION_ALLOWED;
}
