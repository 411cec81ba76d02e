#include "scanner/commands/policy_documents.h"

#include <stdlib.h>
#include <string.h>

#include "base/arn.h"
#include "base/buffer.h"
#include "base/text.h"
#include "config/object_url.h"
#include "config/partition.h"
#include "scanner/aws/operation.h"
#include "scanner/queries/permission.h"

#define TAG_SESSION "sts:TagSession" /* no request of its own: AssumeRole needs it if tags are passed on */
#define WITH_TAGS "WithTags"
#define READS_THE_ORGANIZATION "NeptuneScanReadsTheOrganization"

enum { MAX_ID = 100, MAX_ARN = 2048 + 1, MAX_CONDITION = 1024 };

const char *const policy_services[] = {POLICY_SERVICE_EC2, POLICY_SERVICE_ECS, POLICY_SERVICE_EKS, NULL};

/* ---- parts ---- */

/* Takes the references. Without conditions the statement has no "Condition". */
static json_t *statement(const char *id, json_t *actions, json_t *resource, json_t *conditions)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o*}", "Sid", id, "Effect", "Allow", "Action", actions,
			 "Resource", resource, "Condition", conditions);
}

/* A statement of a trust policy, which has a principal and no resource. Takes the references. */
static json_t *trust(const char *id, json_t *principal, json_t *actions, json_t *conditions)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o*}", "Sid", id, "Effect", "Allow", "Principal", principal,
			 "Action", actions, "Condition", conditions);
}

static json_t *document(json_t *statements)
{
	return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}

static json_t *everything(void)
{
	return json_string("*");
}

/* A list of one text is the text, as AWS writes it. Takes the reference. */
static json_t *unwrap_single(json_t *list)
{
	json_t *only;

	if (json_array_size(list) != 1)
		return list;
	only = json_incref(json_array_get(list, 0));
	json_decref(list);
	return only;
}

static json_t *assume(void)
{
	return json_pack("[s]", operations[STS_ASSUME_ROLE].permission);
}

static json_t *tag_session(void)
{
	return json_pack("[s]", TAG_SESSION);
}

static json_t *assume_and_tag(void)
{
	return json_pack("[s, s]", operations[STS_ASSUME_ROLE].permission, TAG_SESSION);
}

/* The actions of the selected controls in each account, sorted, without duplicates. */
static json_t *scan_actions(const struct policy_input *input)
{
	const char *names[MAX_SCAN_PERMISSIONS];
	size_t count = scan_permissions(input->needs, false, names);
	json_t *actions = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(actions, json_string(names[i]));
	return actions;
}

static json_t *organization_actions(void)
{
	static const enum operation_id reads[] = {
		ORGANIZATIONS_DESCRIBE_ORGANIZATION, ORGANIZATIONS_LIST_ACCOUNTS,
		ORGANIZATIONS_LIST_ACCOUNTS_FOR_PARENT, ORGANIZATIONS_LIST_ORGANIZATIONAL_UNITS_FOR_PARENT,
		ORGANIZATIONS_LIST_ROOTS};
	json_t *actions = json_array();

	for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
		json_array_append_new(actions, json_string(operations[reads[i]].permission));
	return actions;
}

/* ---- permissions ---- */

static void append_role(json_t *resources, const struct policy_input *input, const char *role)
{
	char arn[MAX_ARN];

	text_join(arn, sizeof arn, "arn:", partition_of_home(input->config->region)->id, ":iam::*:role/",
		  role[0] == '/' ? role + 1 : role, NULL);
	json_array_append_new(resources, json_string(arn));
}

/* Another role than the caller reads the organization; with named accounts it is not read. */
static bool reads_organization_by_role(const struct config *config)
{
	return config->accounts.count == 0 && config->organization_role && config->organization_role[0];
}

/* The scan role, that for the account that the scan runs in if it is another, and that for the organization. */
static json_t *scan_roles(const struct policy_input *input)
{
	const char *role = input->config->role_name, *management = input->config->management_role;
	json_t *resources = json_array();

	append_role(resources, input, role);
	if (management && management[0] && strcmp(management, role) != 0)
		append_role(resources, input, management);
	if (reads_organization_by_role(input->config))
		json_array_append_new(resources, json_string(input->config->organization_role));
	return unwrap_single(resources);
}

/* Named accounts may belong to several organizations, or to none. */
static json_t *within_organization(const struct policy_input *input)
{
	const char *organization = input->organization;

	if (!organization && input->config->accounts.count > 0)
		return NULL;
	return json_pack("{s:{s:s}}", "StringEquals", "aws:ResourceOrgID",
			 organization ? organization : "${aws:PrincipalOrgID}");
}

static bool scans_own_account_as_caller(const struct config *config)
{
	return !config->management_role || !config->management_role[0];
}

json_t *policy_of_member(const struct policy_input *input)
{
	return document(
		json_pack("[o]", statement("NeptuneScanReads", scan_actions(input), everything(), NULL)));
}

/*
 * Takes the references. The tags of a session that a chain passes on are allowed apart: AWS documents no
 * condition keys of AssumeRole for sts:TagSession, and alone it allows nothing.
 */
static void append_assume(json_t *statements, const char *id, json_t *roles, json_t *conditions)
{
	char with_tags[MAX_ID]; /* ids are unique in a policy */

	text_join(with_tags, sizeof with_tags, id, WITH_TAGS, NULL);
	json_array_append_new(statements, statement(id, assume(), json_incref(roles), conditions));
	json_array_append_new(statements, statement(with_tags, tag_session(), roles, NULL));
}

/* ---- objects of S3 ---- */

/* The permissions of all operations of S3, in the order of the table, without duplicates. */
static json_t *object_actions(void)
{
	json_t *actions = json_array();
	const char *last = "";

	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		if (operations[i].service != &service_s3 || strcmp(operations[i].permission, last) == 0)
			continue;
		last = operations[i].permission;
		json_array_append_new(actions, json_string(last));
	}
	return actions;
}

/* "arn:aws:s3:::BUCKET/KEY", where each placeholder of the key stands for any text. */
static json_t *object_arn(const char *partition, const char *path)
{
	struct span rest = span_of(path + strlen(OBJECT_URL_SCHEME)), part;
	struct buffer arn = {0};
	json_t *text;

	buffer_texts(&arn, "arn:", partition, ":s3:::", NULL);
	while (span_split(&rest, '{', &part)) {
		buffer_append(&arn, part.at, part.length);
		if (!rest.at)
			break;
		buffer_text(&arn, "*");
		span_split(&rest, '}', &part);
	}
	text = arn.failed ? NULL : json_string(arn.at);
	buffer_deinit(&arn);
	return text;
}

static json_t *bucket_arn(const char *partition, const char *path)
{
	struct object_url url;

	return object_url_parse(path, &url)
		       ? NULL
		       : json_sprintf("arn:%s:s3:::" SPAN_FORMAT, partition, SPAN_ARGUMENTS(url.bucket));
}

static bool has_text(const json_t *list, const json_t *text)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), text))
			return true;
	return false;
}

/* The ARNs of all objects of the settings, or of their buckets, each once. */
static json_t *object_arns(const struct config *config, json_t *(*arn)(const char *partition, const char *path))
{
	const char *partition = partition_of_home(config->region)->id, *path;
	json_t *arns = json_array();
	size_t position = 0;

	while ((path = config_next_object(config, &position))) {
		json_t *text = arn(partition, path);

		if (!has_text(arns, text))
			json_array_append(arns, text);
		json_decref(text);
	}
	return arns;
}

/* By S3 alone, for what is written and read with the key of the settings. */
static json_t *key_statement(const struct config *config)
{
	const struct partition *partition = partition_of_home(config->region);
	const char *region = config->s3_region ? config->s3_region : config->region, *key = config->s3_kms_key;

	return statement("NeptuneScanEncryptsWhatItKeeps",
			 json_pack("[s, s]", "kms:Decrypt", "kms:GenerateDataKey"),
			 json_string(strncmp(key, "arn:", 4) == 0 ? key : "*"),
			 json_pack("{s:{s:o}}", "StringEquals", "kms:ViaService",
				   json_sprintf("s3.%s.%s", region, partition->dns_suffix)));
}

/* Without s3:ListBucket, S3 answers "access denied" where an object does not exist. */
static void append_objects(json_t *statements, const struct config *config)
{
	if (!config_writes_objects(config))
		return;
	json_array_append_new(statements, statement("NeptuneScanKeepsItsFiles", object_actions(),
						    object_arns(config, object_arn), NULL));
	json_array_append_new(statements,
			      statement("NeptuneScanSeesWhatIsAbsent", json_pack("[s]", "s3:ListBucket"),
					object_arns(config, bucket_arn), NULL));
	if (config->s3_kms_key)
		json_array_append_new(statements, key_statement(config));
}

json_t *policy_of_caller(const struct policy_input *input)
{
	json_t *statements = json_array();

	append_assume(statements, "NeptuneScanAssumesItsRole", scan_roles(input), within_organization(input));
	if (input->config->accounts.count == 0 && !reads_organization_by_role(input->config))
		json_array_append_new(statements, statement(READS_THE_ORGANIZATION, organization_actions(),
							    everything(), NULL));
	if (scans_own_account_as_caller(input->config))
		json_array_append_new(statements, statement("NeptuneScanReadsItsOwnAccount",
							    scan_actions(input), everything(), NULL));
	append_objects(statements, input->config);
	return document(statements);
}

json_t *policy_of_chain(const struct policy_input *input)
{
	json_t *statements = json_array();

	append_assume(statements, "NeptuneScanAssumesTheHub", json_string(input->config->role_chain.items[0]),
		      within_organization(input));
	return document(statements);
}

/* ---- the organization's resource policy ---- */

/* A text, or each text of a list. */
static const json_t *text_at(const json_t *value, size_t i)
{
	return json_is_array(value) ? json_array_get(value, i) : i == 0 ? value : NULL;
}

/* {"AWS": the account}, by its ARN or its id, and no one else. */
static bool is_account_alone(const json_t *principal, const char *account)
{
	const json_t *by_aws = json_object_get(principal, "AWS"), *only = text_at(by_aws, 0);
	struct arn arn;

	if (json_object_size(principal) != 1 || !json_is_string(only) || text_at(by_aws, 1))
		return false;
	if (strcmp(json_string_value(only), account) == 0)
		return true;
	return arn_split(span_of(json_string_value(only)), &arn) && span_equals(arn.service, "iam") &&
	       span_equals(arn.account, account) && span_equals(arn.resource, "root");
}

static bool are_organization_actions(const json_t *actions)
{
	json_t *known = organization_actions();
	const json_t *action;
	size_t count = 0;

	while ((action = text_at(actions, count)) && has_text(known, action))
		count++;
	json_decref(known);
	return count > 0 && !action;
}

static bool has_value(const json_t *statement, const char *key, const char *text)
{
	const char *value = json_string_value(text_at(json_object_get(statement, key), 0));

	return value && strcmp(value, text) == 0;
}

/* One that policy_of_delegation() made for this account, and that was not changed to mean something else. */
static bool is_delegation_to(const json_t *statement, const char *account)
{
	const char *id = json_string_value(json_object_get(statement, "Sid"));

	return id && strncmp(id, READS_THE_ORGANIZATION, strlen(READS_THE_ORGANIZATION)) == 0 &&
	       json_object_size(statement) == 5 && has_value(statement, "Effect", "Allow") &&
	       has_value(statement, "Resource", "*") &&
	       is_account_alone(json_object_get(statement, "Principal"), account) &&
	       are_organization_actions(json_object_get(statement, "Action"));
}

static bool has_id(const json_t *statements, const char *id)
{
	for (size_t i = 0; i < json_array_size(statements); i++) {
		const char *other = json_string_value(json_object_get(json_array_get(statements, i), "Sid"));

		if (other && strcmp(other, id) == 0)
			return true;
	}
	return false;
}

/* Ids are letters and digits, unique in a policy. */
static void choose_id(const json_t *statements, const char *account, char id[static MAX_ID])
{
	text_print(id, MAX_ID, "%s", READS_THE_ORGANIZATION);
	for (size_t n = 1; has_id(statements, id); n++)
		if (n == 1)
			text_print(id, MAX_ID, "%s%s", READS_THE_ORGANIZATION, account);
		else
			text_print(id, MAX_ID, "%s%sNo%zu", READS_THE_ORGANIZATION, account, n);
}

static void append_delegation(json_t *statements, const struct policy_input *input)
{
	char root[MAX_ARN], id[MAX_ID];

	choose_id(statements, input->account, id);
	text_join(root, sizeof root, "arn:", partition_of_home(input->config->region)->id,
		  ":iam::", input->account, ":root", NULL);
	json_array_append_new(statements, json_pack("{s:s, s:s, s:{s:s}, s:o, s:s}", "Sid", id, "Effect",
						    "Allow", "Principal", "AWS", root, "Action",
						    organization_actions(), "Resource", "*"));
}

/* What the policy in force has besides its statements stays: its id, and its version, which this needs not. */
json_t *policy_of_delegation(const struct policy_input *input)
{
	json_t *statements = json_array(), *policy, *other;
	size_t i;

	json_array_foreach(json_object_get(input->merged, "Statement"), i, other)
	{
		if (!is_delegation_to(other, input->account))
			json_array_append(statements, other);
	}
	if (!input->removes)
		append_delegation(statements, input);
	if (!input->merged)
		return document(statements);
	policy = json_copy(input->merged);
	json_object_set_new(policy, "Statement", statements);
	return policy;
}

/* ---- trust ---- */

static void set_condition(json_t *conditions, const char *test, const char *key, json_t *value)
{
	json_t *keys = json_object_get(conditions, test);

	if (!keys) {
		keys = json_object();
		json_object_set_new(conditions, test, keys);
	}
	json_object_set_new(keys, key, value);
}

/*
 * A trust policy that names a role keeps the role's unique id, and fails for a role of the same name that
 * replaces it. So the account is the principal, and the condition compares the ARN.
 */
static json_t *account_of(const char *principal)
{
	struct arn arn;
	char root[MAX_ARN];

	arn_split(span_of(principal), &arn);
	text_print(root, sizeof root, "arn:" SPAN_FORMAT ":iam::" SPAN_FORMAT ":root",
		   SPAN_ARGUMENTS(arn.partition), SPAN_ARGUMENTS(arn.account));
	return json_pack("{s:s}", "AWS", root);
}

bool policy_principal_is_account(const char *principal)
{
	struct arn arn;

	return arn_split(span_of(principal), &arn) && span_equals(arn.resource, "root");
}

static json_t *conditions_of_principal(const struct policy_input *input)
{
	json_t *conditions = json_object();

	if (!policy_principal_is_account(input->principal))
		set_condition(conditions, "ArnEquals", "aws:PrincipalArn", json_string(input->principal));
	if (input->organization)
		set_condition(conditions, "StringEquals", "aws:PrincipalOrgID",
			      json_string(input->organization));
	return conditions;
}

json_t *policy_of_trust(const struct policy_input *input)
{
	json_t *conditions = conditions_of_principal(input), *ids = json_array();

	if (input->config->external_id)
		json_array_append_new(ids, json_string(input->config->external_id));
	if (input->next_external_id)
		json_array_append_new(ids, json_string(input->next_external_id));
	if (json_array_size(ids) > 0)
		set_condition(conditions, "StringEquals", "sts:ExternalId", unwrap_single(ids));
	else
		json_decref(ids);
	return document(json_pack(
		"[o, o]", trust("NeptuneScanAssumesIt", account_of(input->principal), assume(), conditions),
		trust("NeptuneScanAssumesIt" WITH_TAGS, account_of(input->principal), tag_session(),
		      conditions_of_principal(input))));
}

/* In China, EC2's principal has the partition's suffix; those of ECS and EKS do not. */
static json_t *service_principal(const struct policy_input *input)
{
	const struct partition *partition = partition_of_home(input->config->region);

	return json_pack("{s:s}", "Service",
			 strcmp(input->service, POLICY_SERVICE_EC2) == 0 && strcmp(partition->id, "aws-cn") == 0
				 ? POLICY_SERVICE_EC2 ".cn"
				 : input->service);
}

static json_t *arn_in_account(const struct policy_input *input, const char *service, const char *resource)
{
	char arn[MAX_ARN];

	text_join(arn, sizeof arn, "arn:", partition_of_home(input->config->region)->id, ":", service,
		  ":*:", input->account, ":", resource, NULL);
	return json_string(arn);
}

static json_t *trust_of_ecs(const struct policy_input *input)
{
	json_t *conditions = json_object();

	set_condition(conditions, "StringEquals", "aws:SourceAccount", json_string(input->account));
	set_condition(conditions, "ArnLike", "aws:SourceArn", arn_in_account(input, "ecs", "*"));
	return trust("NeptuneScanTask", service_principal(input), assume(), conditions);
}

/* EKS tags each session with the cluster, the namespace and the service account. */
static json_t *trust_of_pod(const struct policy_input *input)
{
	json_t *conditions = json_object();

	set_condition(conditions, "StringEquals", "aws:RequestTag/kubernetes-namespace",
		      json_string(input->namespace));
	set_condition(conditions, "StringEquals", "aws:RequestTag/kubernetes-service-account",
		      json_string(input->service_account));
	set_condition(conditions, "StringLike", "aws:RequestTag/eks-cluster-arn",
		      input->cluster ? json_string(input->cluster) : arn_in_account(input, "eks", "cluster/*"));
	return trust("NeptuneScanPod", service_principal(input), assume_and_tag(), conditions);
}

static json_t *trust_of_service(const struct policy_input *input)
{
	if (strcmp(input->service, POLICY_SERVICE_ECS) == 0)
		return trust_of_ecs(input);
	if (strcmp(input->service, POLICY_SERVICE_EKS) == 0)
		return trust_of_pod(input);
	return trust("NeptuneScanInstance", service_principal(input), assume(), NULL);
}

static json_t *trust_of_service_account(const struct policy_input *input)
{
	const char *issuer = strstr(input->oidc_provider, "oidc-provider/") + strlen("oidc-provider/");
	char key[MAX_CONDITION], subject[MAX_CONDITION];
	json_t *conditions = json_object();

	text_join(key, sizeof key, issuer, ":aud", NULL);
	set_condition(conditions, "StringEquals", key, json_string("sts.amazonaws.com"));
	text_join(key, sizeof key, issuer, ":sub", NULL);
	text_join(subject, sizeof subject, "system:serviceaccount:", input->namespace, ":",
		  input->service_account, NULL);
	set_condition(conditions, "StringEquals", key, json_string(subject));
	return trust("NeptuneScanServiceAccount", json_pack("{s:s}", "Federated", input->oidc_provider),
		     json_pack("[s]", "sts:AssumeRoleWithWebIdentity"), conditions);
}

json_t *policy_of_hub_trust(const struct policy_input *input)
{
	json_t *statements = json_array();

	if (input->service)
		json_array_append_new(statements, trust_of_service(input));
	if (input->oidc_provider)
		json_array_append_new(statements, trust_of_service_account(input));
	if (input->principal)
		json_array_append_new(statements, trust("NeptuneScanPrincipal", account_of(input->principal),
							assume_and_tag(), conditions_of_principal(input)));
	return document(statements);
}
