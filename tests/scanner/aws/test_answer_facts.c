/*
 * The collected responses beside a developer's checkout: 80 handwritten ones with their class in index.json,
 * 67 recorded from a server that speaks AWS's protocols. Without them the program skips.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "tests/scanner/aws/answers.h"

/* The samples that are not successes, by their names. */
static const struct {
	const char *file, *class;
} not_ok[] = {
	{"account-ListRegions.http", "proxy-or-unparsable"}, /* not supported by that server: a 404 page */
	{"auth-ec2-AuthFailure.http", "region-disabled-or-bad-credentials"},
	{"auth-kms-InvalidClientTokenId.http", "region-disabled-or-bad-credentials"},
	{"auth-kms-ListKeys-SignatureDoesNotMatch.http", "bad-signature"},
	{"auth-org-ListAccounts-from-member-AccessDenied.http", "access-denied/unspecified"},
	{"auth-rds-CreateDBCluster-AccessDenied.http", "access-denied/unspecified"},
	{"auth-rds-missing-security-token.http", "region-disabled-or-bad-credentials"},
	{"auth-rds-wrong-security-token.http", "region-disabled-or-bad-credentials"},
	{"auth-sts-AssumeRole-AccessDenied.http", "access-denied/unspecified"},
	{"auth-sts-InvalidClientTokenId.http", "region-disabled-or-bad-credentials"},
	{"auth-sts-SignatureDoesNotMatch.http", "bad-signature"},
	{"kms-DescribeKey-crossaccount.http", "not-found"},
	{"kms-DescribeKey-notfound.http", "not-found"},
	{"neptune-graph-GetGraph.http", "transient"}, /* a 500 page */
	{"neptune-graph-ListGraphs.http", "transient"},
	{"org-DescribeOrganization-from-account-outside-org.http", "not-in-organization"},
	{"org-ListAccountsForParent-error-ParentNotFound.http", "not-found"},
	{"org-ListTagsForResource-error-TargetNotFound.http", "not-found"},
	{"rds-CreateDBCluster-docdb.http", "bad-request"},
	{"rds-CreateDBCluster-neptune-iamauth.http", "bad-request"},
	{"rds-DescribeDBClusterAutomatedBackups.http", "transient"},
	{"rds-DescribeDBClusters-bad-filter.http", "bad-request"},
	{"rds-DescribeDBClusters-notfound.http", "not-found"},
};

static const struct service *service_by_name(const char *name)
{
	static const struct {
		const char *name;
		const struct service *service;
	} services[] = {
		{"neptune-graph", &service_graphs},
		{"account", &service_graphs},
		{"neptune", &service_neptune},
		{"rds", &service_neptune},
		{"sts", &service_sts},
		{"ec2", &service_ec2},
		{"kms", &service_kms},
		{"org", &service_organizations},
	};

	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (strncmp(name, services[i].name, strlen(services[i].name)) == 0)
			return services[i].service;
	return NULL;
}

/* The operation of the table, or a generic one. */
static struct operation operation_of(const char *service, const char *name)
{
	for (size_t i = 0; i < OPERATION_COUNT; i++)
		if (strcmp(operations[i].name, name) == 0 && operations[i].service == service_by_name(service))
			return operations[i];
	return (struct operation){.service = service_by_name(service), .name = name, .permission = name};
}

static void classify(const char *text, const struct operation *operation, char *class, size_t size)
{
	struct xml_parser *parser = xml_parser_new();
	struct response response;
	struct answer answer;
	int64_t now;

	response_from_text(&response, text);
	if (!clock_parse_http(response_header(&response, "date"), &now))
		now = 0;
	answer_read(&answer, operation, &response, now, parser, NULL);
	snprintf(class, size, "%s", answer_class_name(&answer));
	if (answer.class == ANSWER_ACCESS_DENIED && answer.policy == POLICY_UNSPECIFIED)
		snprintf(class, size, "%s/unspecified", answer_class_name(&answer));
	else if (answer.class == ANSWER_ACCESS_DENIED)
		snprintf(class, size, "%s/%s-%s", answer_class_name(&answer), answer_policy_name(&answer),
			 answer.explicitly ? "explicit" : "implicit");
	else if (answer.about_duration)
		snprintf(class, size, "%s/duration", answer_class_name(&answer));
	answer_deinit(&answer);
	response_deinit(&response);
	xml_parser_free(parser);
}

static void test_made_by_hand(void **state)
{
	json_t *index = json_load_file(AWS_FACTS "/synthetic/index.json", 0, NULL);
	const json_t *facts = json_object_get(index, "cases"), *fact;
	size_t i, wrong = 0;

	(void)state;
	json_array_foreach(facts, i, fact)
	{
		const char *file = json_string_value(json_object_get(fact, "file"));
		const char *expected = json_string_value(json_object_get(fact, "expected_class"));
		struct operation operation =
			operation_of(json_string_value(json_object_get(fact, "service")),
				     json_string_value(json_object_get(fact, "operation")));
		char path[1024], found[96], *text;

		snprintf(path, sizeof path, AWS_FACTS "/synthetic/%s", file);
		text = read_file(path);
		assert_non_null(text);
		classify(text, &operation, found, sizeof found);
		if (strcmp(found, expected) != 0) {
			print_message("%s is %s, expected %s\n", file, found, expected);
			wrong++;
		}
		free(text);
	}
	print_message("%zu answers made by hand, %zu wrong\n", i, wrong);
	assert_int_equal(i, 80);
	assert_int_equal(wrong, 0);
	json_decref(index);
}

static const char *expected_of(const char *file)
{
	for (size_t i = 0; i < sizeof not_ok / sizeof not_ok[0]; i++)
		if (strcmp(file, not_ok[i].file) == 0)
			return not_ok[i].class;
	return "ok";
}

/* From "Action=NAME" in the body, else from the last part of the target, else from the file's name. */
static void name_operation(const char *text, const char *file, char *name, size_t size)
{
	const char *action = strstr(text, "Action="), *target = strcasestr(text, "x-amz-target: ");
	size_t length;

	if (target && (!action || target < action))
		action = strpbrk(target + 14, ".") + 1;
	else if (action)
		action += 7;
	else
		action = strrchr(file, '-') + 1;
	length = strcspn(action, "&\r\n. ");
	snprintf(name, size, "%.*s", (int)length, action);
}

static void test_taken_from_a_server(void **state)
{
	DIR *folder = opendir(AWS_FACTS "/samples");
	const struct dirent *entry;
	size_t count = 0, wrong = 0;

	(void)state;
	while ((entry = readdir(folder))) {
		const char *file = entry->d_name, *service = strncmp(file, "auth-", 5) == 0 ? file + 5 : file;
		char path[1024], found[96], name[64], *text, *response;
		struct operation operation;

		if (!strstr(file, ".http"))
			continue;
		snprintf(path, sizeof path, AWS_FACTS "/samples/%s", file);
		text = read_file(path);
		assert_non_null(text);
		response = strstr(text, "#### response ####");
		assert_non_null(response);
		name_operation(text, file, name, sizeof name);
		operation = operation_of(service, name);
		classify(strstr(response, "HTTP/1"), &operation, found, sizeof found);
		if (strcmp(found, expected_of(file)) != 0) {
			print_message("%s (%s) is %s, expected %s\n", file, name, found, expected_of(file));
			wrong++;
		}
		count++;
		free(text);
	}
	closedir(folder);
	print_message("%zu answers taken from a server, %zu wrong\n", count, wrong);
	assert_in_range(count, 60, 100);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_by_hand),
		cmocka_unit_test(test_taken_from_a_server),
	};
	struct stat status;

	if (stat(AWS_FACTS "/synthetic", &status) != 0) {
		puts("skipped: the collected answers are not beside this checkout (../shared/aws)");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
