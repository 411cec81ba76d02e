/*
 * IAM policies as the estate evaluates them, by the rules and examples of the IAM User Guide.
 */
#include <stdio.h>
#include <unistd.h>

#include "bench/estate/session_policies.h"
#include "tests/unit.h"

#define ROLE "arn:aws:iam::111111111111:role/audit/NeptuneScanHub"
#define MEMBER "arn:aws:iam::222222222222:role/NeptuneScanAudit"

static char problem[400];

static struct policy *load(enum policy_attachment attachment, const char *statements)
{
	char path[] = "policy-XXXXXX", text[2000];
	int file = mkstemp(path), length;
	struct policy *policy;

	/* Apostrophes stand for quotes. */
	length = snprintf(text, sizeof text, "{'Version':'2012-10-17','Statement':%s}", statements);
	for (int i = 0; i < length; i++)
		text[i] = text[i] == '\'' ? '"' : text[i];
	assert_true(file >= 0 && write(file, text, (size_t)length) == length);
	close(file);
	policy = policy_load(path, attachment, problem, sizeof problem);
	unlink(path);
	return policy;
}

static struct policy_request asking(const char *action, const char *resource)
{
	return (struct policy_request){
		.action = action,
		.resource = resource,
		.kind = "AWS",
		.principals = {ROLE, "arn:aws:iam::111111111111:root", "111111111111", NULL}};
}

static enum permission evaluate(enum policy_attachment attachment, const char *statements,
				const struct policy_request *request)
{
	struct policy *policy = load(attachment, statements);
	enum permission permission;

	if (!policy)
		fail_msg("%s: %s", statements, problem);
	permission = policy_evaluate(policy, request);
	policy_free(policy);
	return permission;
}

static void test_actions(void **state)
{
	static const char statements[] = "[{'Effect':'Allow','Action':['rds:describe*','kms:DescribeKe?'],"
					 "'Resource':'*'},{'Effect':'Deny','Action':"
					 "'rds:DescribeDBInstances','Resource':'*'}]";
	static const struct {
		const char *action;
		enum permission permission;
	} cases[] = {{"rds:DescribeDBClusters", PERMISSION_ALLOWED},
		     {"rds:DescribeDBInstances", PERMISSION_DENIED},
		     {"kms:DescribeKey", PERMISSION_ALLOWED},
		     {"kms:DescribeKeys", PERMISSION_NOT_MENTIONED},
		     {"kms:ListAliases", PERMISSION_NOT_MENTIONED}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct policy_request request = asking(cases[i].action, "*");

		assert_int_equal(evaluate(ATTACHED_TO_PRINCIPAL, statements, &request), cases[i].permission);
	}
}

static void test_not_action_and_resources(void **state)
{
	struct policy_request request = asking("sts:AssumeRole", MEMBER);

	(void)state;
	assert_int_equal(evaluate(ATTACHED_TO_PRINCIPAL,
				  "{'Effect':'Deny','NotAction':['sts:*','iam:*'],'Resource':'*'}", &request),
			 PERMISSION_NOT_MENTIONED);
	assert_int_equal(evaluate(ATTACHED_TO_PRINCIPAL, "{'Effect':'Deny','NotAction':'iam:*','Resource':'*'}",
				  &request),
			 PERMISSION_DENIED);
	assert_int_equal(evaluate(ATTACHED_TO_PRINCIPAL,
				  "{'Effect':'Allow','Action':'sts:AssumeRole','Resource':"
				  "'arn:aws:iam::*:role/NeptuneScanAudit'}",
				  &request),
			 PERMISSION_ALLOWED);
	assert_int_equal(evaluate(ATTACHED_TO_PRINCIPAL,
				  "{'Effect':'Allow','Action':'sts:AssumeRole','Resource':"
				  "'arn:aws:iam::*:role/neptunescanaudit'}",
				  &request),
			 PERMISSION_NOT_MENTIONED); /* resources are case-sensitive */
	assert_int_equal(evaluate(ATTACHED_TO_PRINCIPAL,
				  "{'Effect':'Allow','Action':'sts:*','NotResource':'arn:aws:iam::222*'}",
				  &request),
			 PERMISSION_NOT_MENTIONED);
}

static void test_principals(void **state)
{
	static const struct {
		const char *principal;
		enum permission permission;
	} cases[] = {{"'*'", PERMISSION_ALLOWED},
		     {"{'AWS':'*'}", PERMISSION_ALLOWED},
		     {"{'AWS':'arn:aws:iam::111111111111:root'}", PERMISSION_ALLOWED},
		     {"{'AWS':'111111111111'}", PERMISSION_ALLOWED},
		     {"{'AWS':['arn:aws:iam::333333333333:root','" ROLE "']}", PERMISSION_ALLOWED},
		     {"{'AWS':'arn:aws:iam::111111111111:role/NeptuneScanHub'}", PERMISSION_NOT_MENTIONED},
		     /* What remains of a role that was deleted: its unique id. */
		     {"{'AWS':'AROADBQP57FF2AEXAMPLE'}", PERMISSION_NOT_MENTIONED},
		     {"{'Service':'ec2.amazonaws.com'}", PERMISSION_NOT_MENTIONED}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct policy_request request = asking("sts:AssumeRole", MEMBER);
		char statement[300];

		snprintf(statement, sizeof statement,
			 "{'Effect':'Allow','Principal':%s,'Action':'sts:AssumeRole'}", cases[i].principal);
		assert_int_equal(evaluate(ATTACHED_TO_ROLE, statement, &request), cases[i].permission);
	}
}

/* aws:PrincipalArn is ROLE, aws:RequestedRegion eu-west-1, aws:TagKeys a and b; sts:ExternalId is absent. */
static void test_conditions(void **state)
{
	static const struct {
		const char *condition;
		bool holds;
	} cases[] = {
		{"{'StringEquals':{'aws:RequestedRegion':['us-east-1','eu-west-1']}}", true},
		{"{'StringEquals':{'AWS:requestedREGION':'eu-west-1'}}", true}, /* keys have no case */
		{"{'StringEquals':{'aws:RequestedRegion':'EU-WEST-1'}}", false},
		{"{'StringEqualsIgnoreCase':{'aws:RequestedRegion':'EU-WEST-1'}}", true},
		{"{'StringEquals':{'aws:RequestedRegion':'eu-*'}}", false},
		{"{'StringLike':{'aws:RequestedRegion':'eu-*'}}", true},
		{"{'StringNotEquals':{'aws:RequestedRegion':['us-east-1','eu-west-1']}}", false},
		{"{'StringNotEquals':{'aws:RequestedRegion':['us-east-1','us-west-2']}}", true},
		{"{'StringNotLike':{'aws:RequestedRegion':'us-*'}}", true},
		{"{'StringEquals':{'sts:ExternalId':'x'}}", false},
		{"{'StringEqualsIfExists':{'sts:ExternalId':'x'}}", true},
		{"{'StringNotEquals':{'sts:ExternalId':'x'}}", true},
		{"{'Null':{'sts:ExternalId':'true'}}", true},
		{"{'Null':{'sts:ExternalId':false}}", false},
		{"{'Null':{'aws:PrincipalArn':'false'}}", true},
		{"{'ArnEquals':{'aws:PrincipalArn':'" ROLE "'}}", true},
		{"{'ArnEquals':{'aws:PrincipalArn':'arn:aws:iam::111111111111:role/*/NeptuneScanHub'}}", true},
		{"{'ArnLike':{'aws:PrincipalArn':'arn:aws:iam::*:role/AWSControlTowerExecution'}}", false},
		{"{'ArnNotLike':{'aws:PrincipalArn':'arn:aws:iam::*:role/AWSControlTowerExecution'}}", true},
		{"{'ArnLike':{'aws:PrincipalArn':'arn:*:role/audit/NeptuneScanHub'}}", false},
		{"{'Bool':{'aws:PrincipalIsAWSService':'false'}}", true},
		{"{'Bool':{'aws:PrincipalIsAWSService':true}}", false},
		{"{'ForAllValues:StringEquals':{'aws:TagKeys':['a','b','c']}}", true},
		{"{'ForAllValues:StringEquals':{'aws:TagKeys':['a','c']}}", false},
		{"{'ForAnyValue:StringEquals':{'aws:TagKeys':['a','c']}}", true},
		{"{'ForAnyValue:StringEquals':{'aws:TagKeys':'c'}}", false},
		{"{'ForAllValues:StringEquals':{'sts:TransitiveTagKeys':'c'}}", true},
		{"{'ForAnyValue:StringEquals':{'sts:TransitiveTagKeys':'c'}}", false},
		{"{'StringEquals':{'aws:PrincipalArn':'${aws:principalarn}'}}", true},
		{"{'StringEquals':{'aws:RequestedRegion':'${aws:PrincipalArn}'}}", false},
		{"{'StringEquals':{'aws:RequestedRegion':'${sts:ExternalId}'}}", false}, /* it is absent */
		/* Every operator and every key must hold. */
		{"{'StringEquals':{'aws:RequestedRegion':'eu-west-1','sts:ExternalId':'x'}}", false},
		{"{'StringEquals':{'aws:RequestedRegion':'eu-west-1'},'Bool':{'aws:PrincipalIsAWSService':'"
		 "true'}}",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct policy_request request = asking("sts:AssumeRole", MEMBER);
		char statement[400];

		policy_request_add(&request, "aws:PrincipalArn", ROLE);
		policy_request_add(&request, "aws:RequestedRegion", "eu-west-1");
		policy_request_add(&request, "aws:PrincipalIsAWSService", "false");
		policy_request_add(&request, "aws:TagKeys", "a");
		policy_request_add(&request, "aws:TagKeys", "b");
		policy_request_add(&request, "sts:ExternalId", NULL);
		snprintf(statement, sizeof statement,
			 "{'Effect':'Allow','Action':'*','Resource':'*','Condition':%s}", cases[i].condition);
		if ((evaluate(ATTACHED_TO_PRINCIPAL, statement, &request) == PERMISSION_ALLOWED) !=
		    cases[i].holds)
			fail_msg("%s", cases[i].condition);
	}
}

static void test_what_only_denies(void **state)
{
	struct policy *fence = load(ATTACHED_TO_PRINCIPAL, "{'Effect':'Deny','Action':'*','Resource':'*'}");
	struct policy *list = load(ATTACHED_TO_PRINCIPAL, "{'Effect':'Allow','Action':'*','Resource':'*'}");

	(void)state;
	assert_false(policy_allows_anything(fence));
	assert_true(policy_allows_anything(list));
	policy_free(fence);
	policy_free(list);
}

/* What is not understood is refused, because ignoring it would allow too much. */
static void test_refused_documents(void **state)
{
	static const struct {
		enum policy_attachment attachment;
		const char *statements, *word;
	} cases[] = {
		{ATTACHED_TO_PRINCIPAL, "{'Effect':'Permit','Action':'*','Resource':'*'}", "Effect"},
		{ATTACHED_TO_PRINCIPAL, "{'Effect':'Allow','Resource':'*'}", "Action"},
		{ATTACHED_TO_PRINCIPAL, "{'Effect':'Allow','Action':'*','NotAction':'*','Resource':'*'}",
		 "Action"},
		{ATTACHED_TO_PRINCIPAL, "{'Effect':'Allow','Action':'*'}", "Resource"},
		{ATTACHED_TO_PRINCIPAL, "{'Effect':'Allow','Action':'*','Resource':'${aws:username}'}",
		 "Resource"},
		{ATTACHED_TO_PRINCIPAL, "{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}",
		 "Principal"},
		{ATTACHED_TO_RESOURCE, "{'Effect':'Allow','Action':'*','Resource':'*'}", "Principal"},
		{ATTACHED_TO_RESOURCE,
		 "{'Effect':'Allow','Principal':{'CanonicalUser':'x'},'Action':'*','Resource':'*'}",
		 "Principal"},
		{ATTACHED_TO_ROLE, "{'Effect':'Allow','NotPrincipal':'*','Action':'*'}", "not known here"},
		{ATTACHED_TO_ROLE, "{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}",
		 "no Resource"},
		{ATTACHED_TO_ROLE,
		 "{'Effect':'Allow','Principal':'*','Action':'*','Condition':{'IpAddress':{'aws:SourceIp':'::'}"
		 "}}",
		 "operator"},
		{ATTACHED_TO_ROLE,
		 "{'Effect':'Allow','Principal':'*','Action':'*','Condition':{'StringEquals':{'a':[]}}}",
		 "texts"},
		{ATTACHED_TO_ROLE,
		 "{'Effect':'Allow','Principal':'*','Action':'*','Condition':{'StringLike':{'a':'x-${b}'}}}",
		 "texts"},
		{ATTACHED_TO_ROLE, "'x'", "Effect"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (load(cases[i].attachment, cases[i].statements))
			fail_msg("%s", cases[i].statements);
		if (!strstr(problem, cases[i].word))
			fail_msg("%s: %s", cases[i].statements, problem);
	}
	assert_null(policy_load("no/such/file", ATTACHED_TO_ROLE, problem, sizeof problem));
}

static void test_sessions(void **state)
{
	static const char text[] =
		"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"rds:*\",\"Resource\":\"*\"}}";
	struct policy_request rds = asking("rds:DescribeDBClusters", "*"), kms = asking("kms:DescribeKey", "*");
	struct session_policies policies = {0};
	uint64_t hash, again, other;
	char different[400];

	(void)state;
	assert_int_equal(session_policies_add(&policies, text, &hash, problem, sizeof problem),
			 SESSION_POLICY_KEPT);
	assert_int_equal(session_policies_add(&policies, text, &again, problem, sizeof problem),
			 SESSION_POLICY_KEPT);
	assert_true(hash != 0 && again == hash && policies.count == 1);
	assert_int_equal(policy_evaluate(session_policies_find(&policies, hash), &rds), PERMISSION_ALLOWED);
	assert_int_equal(policy_evaluate(session_policies_find(&policies, hash), &kms),
			 PERMISSION_NOT_MENTIONED);
	assert_null(session_policies_find(&policies, hash + 1));
	assert_int_equal(session_policies_add(&policies, "{", &other, problem, sizeof problem),
			 SESSION_POLICY_MALFORMED);
	for (int i = 1; i < MAX_SESSION_POLICIES; i++) {
		snprintf(different, sizeof different, "%s%*s", text, i, "");
		assert_int_equal(session_policies_add(&policies, different, &other, problem, sizeof problem),
				 SESSION_POLICY_KEPT);
	}
	assert_int_equal(session_policies_add(&policies, "{}", &other, problem, sizeof problem),
			 SESSION_POLICY_TOO_MANY);
	assert_int_equal(session_policies_add(&policies, text, &other, problem, sizeof problem),
			 SESSION_POLICY_KEPT);
	session_policies_deinit(&policies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),          cmocka_unit_test(test_not_action_and_resources),
		cmocka_unit_test(test_principals),       cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_what_only_denies), cmocka_unit_test(test_refused_documents),
		cmocka_unit_test(test_sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
