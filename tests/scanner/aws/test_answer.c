/*
 * Every class, by handwritten responses; and inputs that the parser must survive.
 */
#include "tests/scanner/aws/answers.h"

enum { NOW = 1795495582 /* Tue, 24 Nov 2026 04:46:22 GMT */ };

static const struct {
	enum operation_id operation;
	const char *text;
	const char *expected; /* the class, and the policy that denied */
} cases[] = {
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 200 OK\n\n<DescribeDBClustersResponse xmlns=\"x\"><DescribeDBClustersResult><DBClusters/>"
	 "</DescribeDBClustersResult></DescribeDBClustersResponse>",
	 "ok"},
	/* Well-formed XML in which the list is missing, misplaced, or of another operation. */
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 200 "
	 "OK\n\n<DescribeDBClustersResponse><DescribeDBClustersResult/></DescribeDBClustersResponse>",
	 "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 200 OK\n\n<DescribeDBClustersResponse><DBClusters/></DescribeDBClustersResponse>",
	 "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 200 OK\n\n<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances/>"
	 "</DescribeDBInstancesResult></DescribeDBInstancesResponse>",
	 "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 200 OK\n\n", "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 200 OK\n\n{}", "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 200 OK\n\n<!DOCTYPE x [<!ENTITY a "
	 "\"b\">]><DescribeDBClustersResponse><DescribeDBClustersResult>"
	 "<DBClusters/></DescribeDBClustersResult></DescribeDBClustersResponse>",
	 "transient"},
	{EC2_DESCRIBE_REGIONS,
	 "HTTP/1.1 200 OK\n\n<DescribeRegionsResponse><regionInfo/></DescribeRegionsResponse>", "ok"},
	{EC2_DESCRIBE_REGIONS, "HTTP/1.1 200 OK\n\n<DescribeRegionsResponse/>", "transient"},
	{ORGANIZATIONS_LIST_ACCOUNTS, "HTTP/1.1 200 OK\n\n{\"Accounts\":[]}", "ok"},
	{ORGANIZATIONS_LIST_ACCOUNTS, "HTTP/1.1 200 OK\n\n{\"NextToken\":null}", "transient"},
	{ORGANIZATIONS_LIST_ACCOUNTS, "HTTP/1.1 200 OK\n\n[]", "transient"},
	{ORGANIZATIONS_LIST_ACCOUNTS, "HTTP/1.1 200 OK\n\n{\"Accounts\":[", "transient"},

	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 400 Bad\n\n<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
	 "throttle"},
	/* moto's envelope, and a code only in the header. */
	{ORGANIZATIONS_LIST_ACCOUNTS,
	 "HTTP/1.1 403 "
	 "No\n\n<ErrorResponse><Errors><Error><Code>AccessDenied</Code></Error></Errors></ErrorResponse>",
	 "access-denied/unspecified"},
	{ORGANIZATIONS_LIST_ACCOUNTS,
	 "HTTP/1.1 400 No\nx-amzn-ErrorType: "
	 "com.amazonaws#TooManyRequestsException:http://x\n\n{\"message\":\"x\"}",
	 "throttle"},
	{ORGANIZATIONS_LIST_ACCOUNTS, "HTTP/1.1 400 No\n\n{\"__type\":\"AWSOrganizationsNotInUseException\"}",
	 "not-in-organization"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 429 Slow\n\n", "throttle"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 500 Oops\n\n<html>", "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 503 Oops\n\n<ErrorResponse><Error><Code>NeverHeardOf</Code></Error></ErrorResponse>",
	 "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 400 No\n\n<ErrorResponse><Error><Code>NeverHeardOf</Code></Error></ErrorResponse>",
	 "refused"},
	/* Servers that request a retry, with an AWS error or without. */
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 408 Request Timeout\n\n", "transient"},
	{STS_ASSUME_ROLE, "HTTP/1.1 408 Request Timeout\nx-amzn-RequestId: 1\n\n", "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 421 Misdirected Request\n\n<html/>", "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 425 Too Early\n\n", "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 408 No\n\n<ErrorResponse><Error><Code>NeverHeardOf</Code></Error></ErrorResponse>",
	 "transient"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 408 No\n\n<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
	 "access-denied/unspecified"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 403 No\nx-amzn-RequestId: 1\n\n", "refused"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 403 No\n\n<html>blocked</html>", "proxy-or-unparsable"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 302 Found\nLocation: http://portal\n\n",
	 "proxy-or-unparsable"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 407 Proxy\n\n", "proxy-or-unparsable"},
	/* A page that is not well-formed has no code, even if it looks like one. */
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 403 No\n\n<E><Error><Code>AccessDenied</Code></Error>",
	 "proxy-or-unparsable"},

	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 403 No\nDate: Tue, 24 Nov 2026 04:47:00 "
	 "GMT\n\n<ErrorResponse><Error><Code>SignatureDoesNotMatch"
	 "</Code></Error></ErrorResponse>",
	 "bad-signature"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 403 No\nDate: Tue, 24 Nov 2026 05:07:00 "
	 "GMT\n\n<ErrorResponse><Error><Code>SignatureDoesNotMatch"
	 "</Code></Error></ErrorResponse>",
	 "clock-skew"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 403 No\n\n<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: x is not authorized "
	 "to "
	 "perform: y with an explicit deny in a service control policy: "
	 "arn:aws:x</Message></Error></ErrorResponse>",
	 "access-denied/scp"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 403 No\n\n<ErrorResponse><Error><Code>AccessDenied</Code><Message>because no permissions "
	 "boundary allows the action</Message></Error></ErrorResponse>",
	 "access-denied/boundary"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 404 No\n\n<ErrorResponse><Error><Code>DBClusterNotFoundFault</Code></Error></ErrorResponse>",
	 "not-found"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 403 No\n\n<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>",
	 "region-disabled-or-bad-credentials"},
	/* Invalid UTF-8. */
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 403 No\n\n<ErrorResponse><Error><Code>AccessDenied</Code><Message>acc\xe8s "
	 "refus\xe9</Message>"
	 "</Error></ErrorResponse>",
	 "access-denied/unspecified"},
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 400 No\n\n<ErrorResponse><Error><Code>Throttling</Code><Message>\xc3</Message></Error>"
	 "</ErrorResponse>",
	 "throttle"},
	{ORGANIZATIONS_LIST_ACCOUNTS,
	 "HTTP/1.1 400 No\n\n{\"__type\":\"AccessDeniedException\",\"message\":\"refus\xe9\"}",
	 "access-denied/unspecified"},
	{ORGANIZATIONS_LIST_ACCOUNTS, "HTTP/1.1 200 OK\n\n{\"Accounts\":[{\"Name\":\"caf\xe9\"}]}", "ok"},
	/* Two different codes: not a response of AWS. */
	{NEPTUNE_DESCRIBE_DB_CLUSTERS,
	 "HTTP/1.1 404 No\n\n<ErrorResponse><Error><Code>AccessDenied</Code><Code>DBClusterNotFoundFault</Code>"
	 "</Error></ErrorResponse>",
	 "proxy-or-unparsable"},
	/* Objects: what was read or written has a version. */
	{S3_PUT_OBJECT, "HTTP/1.1 200 OK\nETag: \"1\"\n\n", "ok"},
	{S3_PUT_OBJECT, "HTTP/1.1 200 OK\n\n", "transient"},
	{S3_PUT_OBJECT, "HTTP/1.1 200 OK\nETag: \"<x>\"\n\n", "transient"},
	{S3_GET_OBJECT, "HTTP/1.1 200 OK\nETag: \"1\"\n\n\xff\xfe", "ok"},
	{S3_GET_OBJECT, "HTTP/1.1 206 OK\nETag: \"1\"\nContent-Range: bytes 0-1/9\n\nab", "ok"},
	{S3_GET_OBJECT, "HTTP/1.1 206 OK\nETag: \"1\"\nContent-Range: bytes 0-1/*\n\nab", "transient"},
	{S3_GET_OBJECT, "HTTP/1.1 404 No\n\n<Error><Code>NoSuchKey</Code></Error>", "not-found"},
	{S3_GET_OBJECT, "HTTP/1.1 301 No\n\n<Error><Code>PermanentRedirect</Code></Error>", "refused"},
	{S3_GET_OBJECT, "HTTP/1.1 503 No\n\n<Error><Code>SlowDown</Code></Error>", "throttle"},
	{S3_PUT_OBJECT, "HTTP/1.1 412 No\n\n<Error><Code>PreconditionFailed</Code></Error>", "refused"},
	{S3_PUT_OBJECT, "HTTP/1.1 403 No\n\n<html>", "proxy-or-unparsable"},
	{S3_ABORT_MULTIPART_UPLOAD, "HTTP/1.1 204 No Content\n\n", "ok"},
	{S3_CREATE_MULTIPART_UPLOAD, "HTTP/1.1 200 OK\n\n<InitiateMultipartUploadResult/>", "ok"},
	{S3_CREATE_MULTIPART_UPLOAD, "HTTP/1.1 200 OK\n\n<CompleteMultipartUploadResult/>", "transient"},
	{S3_COMPLETE_MULTIPART_UPLOAD, "HTTP/1.1 200 OK\n\n<CompleteMultipartUploadResult/>", "ok"},
	{S3_COMPLETE_MULTIPART_UPLOAD, "HTTP/1.1 200 OK\n\n<Error><Code>InternalError</Code></Error>",
	 "transient"},
	{S3_COMPLETE_MULTIPART_UPLOAD, "HTTP/1.1 200 OK\n\n<Error><Code>AccessDenied</Code></Error>",
	 "access-denied/unspecified"},
	{S3_COMPLETE_MULTIPART_UPLOAD, "HTTP/1.1 200 OK\n\n", "transient"},
	/* Other services have no such success. */
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, "HTTP/1.1 204 No Content\n\n", "proxy-or-unparsable"},
};

static void read(struct response *response, enum operation_id operation, struct answer *answer)
{
	struct xml_parser *parser = xml_parser_new();

	answer_read(answer, &operations[operation], response, NOW, parser, NULL);
	xml_parser_free(parser);
}

static void test_classes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct response response;
		struct answer answer;
		char found[96];

		response_from_text(&response, cases[i].text);
		read(&response, cases[i].operation, &answer);
		snprintf(found, sizeof found, "%s%s%s", answer_class_name(&answer),
			 answer.class == ANSWER_ACCESS_DENIED ? "/" : "",
			 answer.class == ANSWER_ACCESS_DENIED ? answer_policy_name(&answer) : "");
		if (strcmp(found, cases[i].expected) != 0)
			fail_msg("%s\nis %s, expected %s", cases[i].text, found, cases[i].expected);
		answer_deinit(&answer);
		response_deinit(&response);
	}
}

/* A truncated response is never taken for a complete one. */
static void test_every_cut(void **state)
{
	static const char whole[] =
		"<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters><DBCluster><Engine>neptune</"
		"Engine>"
		"</DBCluster></DBClusters></DescribeDBClustersResult><ResponseMetadata><RequestId>1</RequestId>"
		"</ResponseMetadata></DescribeDBClustersResponse>";

	(void)state;
	for (size_t length = 0; length < sizeof whole - 1; length++) {
		struct response response = {.outcome = EXCHANGE_ANSWERED, .status = 200};
		struct answer answer;

		buffer_append(&response.body, whole, length);
		read(&response, NEPTUNE_DESCRIBE_DB_CLUSTERS, &answer);
		assert_int_equal(answer.class, ANSWER_TRANSIENT);
		answer_deinit(&answer);
		response_deinit(&response);
	}
}

static void test_outcomes(void **state)
{
	static const struct {
		enum exchange_outcome outcome;
		enum answer_class class;
	} outcomes[] = {
		{EXCHANGE_UNREACHED, ANSWER_TRANSIENT}, {EXCHANGE_TIMED_OUT, ANSWER_TRANSIENT},
		{EXCHANGE_BROKEN, ANSWER_TRANSIENT},    {EXCHANGE_UNTRUSTED, ANSWER_UNTRUSTED},
		{EXCHANGE_TOO_LARGE, ANSWER_REFUSED},   {EXCHANGE_CANCELLED, ANSWER_CANCELLED},
		{EXCHANGE_NOT_PREPARED, ANSWER_BROKEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
		struct response response = {.outcome = outcomes[i].outcome, .problem = "why"};
		struct answer answer;
		char text[64];

		read(&response, STS_ASSUME_ROLE, &answer);
		assert_int_equal(answer.class, outcomes[i].class);
		answer_describe(&answer, text, sizeof text);
		assert_string_equal(text, "why");
		answer_deinit(&answer);
	}
}

static void test_request_id_and_retry_after(void **state)
{
	struct response response;
	struct answer answer;

	(void)state;
	response_from_text(&response, "HTTP/1.1 503 Slow\nx-amzn-RequestId: abc-1\nRetry-After: 3\n\n<html/>");
	read(&response, NEPTUNE_DESCRIBE_DB_CLUSTERS, &answer);
	assert_string_equal(answer.request_id, "abc-1");
	assert_int_equal(answer.retry_after_ms, 3000);
	response_deinit(&response);
	response_from_text(&response,
			   "HTTP/1.1 503 Slow\nx-amz-retry-after: 250\nRetry-After: x\n\n<Response><Errors>"
			   "</Errors><RequestID>r-2</RequestID></Response>");
	read(&response, EC2_DESCRIBE_REGIONS, &answer);
	assert_string_equal(answer.request_id, "r-2");
	assert_int_equal(answer.retry_after_ms, 250);
	response_deinit(&response);
}

/* What the program scans it only reads, because its table does. What it writes is marked, and of S3 alone. */
static void test_operations_only_read(void **state)
{
	static const char *const prefixes[] = {"Describe", "List", "Get", "AssumeRole"};

	(void)state;
	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		const char *colon = strchr(operations[i].permission, ':');
		bool reads = false, is_of_s3 = operations[i].service == &service_s3;

		for (size_t j = 0; j < sizeof prefixes / sizeof prefixes[0]; j++)
			reads = reads || span_starts_with(span_of(operations[i].name), prefixes[j]);
		assert_true(reads != operations[i].writes);
		assert_true(reads || is_of_s3);
		/* The parts of an upload need the permission of the object that they become. */
		if (!is_of_s3)
			assert_string_equal(colon + 1, operations[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_request_id_and_retry_after),
		cmocka_unit_test(test_operations_only_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
