/*
 * secrets.c: secrets that a server echoes are masked, in every form of its decoded text.
 */
#include "base/text.h"
#include "scanner/aws/secrets.h"
#include "scanner/aws/session.h"
#include "tests/scanner/aws/answers.h"

#define KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCY0123456789"
#define TOKEN "FwoGZXIvYXdzEXAMPLE/t0ken+more/t0ken=="

static void expect(const char *text, const char *expected)
{
	struct buffer masked = {0};
	struct span clean = secrets_mask(span_of(text), &masked);
	char *copy = strdup(text);

	assert_span_equal(clean, expected);
	secrets_mask_text(copy);
	assert_string_equal(copy, expected);
	free(copy);
	buffer_deinit(&masked);
}

static void test_masking(void **state)
{
	(void)state;
	expect("an abcdefgh", "an abcdefgh");
	assert_true(secrets_add("abcdefgh") && secrets_add("abcdefghij") && secrets_add("ghijklmnop"));
	expect("", "");
	expect("abcdefg", "abcdefg");
	expect("abcdefgh", "********");
	expect("an abcdefgh, abcdefg", "an ********, abcdefg");
	expect("abcdefghabcdefgh!", "****************!");
	expect("abcdefghij", "**********");                 /* the longer secret */
	expect("-abcdefghijklmnop-", "-****************-"); /* overlapping secrets */
	secrets_remove("abcdefghij");
	secrets_remove("ghijklmnop");
	expect("abcdefghij", "********ij");
	/* A secret must be removed as often as it was added. */
	assert_true(secrets_add("abcdefgh"));
	secrets_remove("abcdefgh");
	expect("abcdefgh", "********");
	secrets_remove("abcdefgh");
	expect("abcdefgh", "abcdefgh");
	secrets_remove("abcdefgh");
	/* Too short to be masked. */
	assert_true(secrets_add("abcdefg"));
	expect("abcdefg", "abcdefg");
	assert_true(secrets_remember(NULL));
	assert_true(secrets_remember("external-id") && secrets_add("external-id"));
	secrets_remove("external-id");
	expect("the external-id of the role", "the *********** of the role");
}

static void test_sessions(void **state)
{
	struct session *session, *same;

	(void)state;
	expect(KEY " " TOKEN, KEY " " TOKEN);
	session = session_new(span_of("ASIA"), span_of(KEY), span_of(TOKEN), 0);
	same = session_new(span_of("ASIA"), span_of(KEY), span_of(TOKEN), 0);
	session_free(session);
	expect("'" KEY "' '" TOKEN "'", "'****************************************' "
					"'**************************************'");
	session_free(same);
	expect(KEY " " TOKEN, KEY " " TOKEN);
}

static const char *const echoes[] = {
	"HTTP/1.1 403 No\n\n{\"__type\":\"AccessDenied\",\"message\":\"no " TOKEN " here\"}",
	"HTTP/1.1 403 No\n\n{\"__type\":\"AccessDenied\",\"message\":\"no "
	"FwoGZXIvYXdzEXAMPLE\\/t0ken+more\\u002ft0ken== "
	"here\"}",
	"HTTP/1.1 403 No\n\n{\"__type\":\"Fwo\\u0047ZXIvYXdzEXAMPLE/t0ken+more/t0ken==\"}",
	"HTTP/1.1 403 No\n\n<E><Error><Code>AccessDenied</Code><Message>no " TOKEN "</Message></Error></E>",
	"HTTP/1.1 403 No\n\n<E><Error><Code>AccessDenied</Code><Message>no FwoGZXIvYXdzEXAMPLE&#47;t0ken+more/"
	"t0ken==</Message></Error></E>",
	"HTTP/1.1 403 No\n\n<E><Error><Code>FwoGZXIvYXdzEXAMPLE<!-- -->/t0ken+more/t0ken==</Code></Error></E>",
	"HTTP/1.1 403 "
	"No\n\n<E><Error><Code>X</Code></Error><RequestId>FwoGZXIvYXdzEXAMPLE<![CDATA[/]]>t0ken+more/"
	"t0ken==</RequestId></E>",
	"HTTP/1.1 403 No\nx-amzn-RequestId: " TOKEN "\nx-amzn-ErrorType: " TOKEN "\n\n",
	"HTTP/1.1 403 No\nx-amzn-ErrorType: a#" TOKEN ":b\n\n{\"message\":\"" KEY "\"}",
	"HTTP/1.1 200 OK\n\n{\"Accounts\":[{\"Id\":\"1\",\"Name\":\"no "
	"FwoGZXIvYXdzEXAMPLE\\/t0ken+more\\u002ft0ken==\"}]}",
};

static void test_answers(void **state)
{
	struct session *session = session_new(span_of("ASIA"), span_of(KEY), span_of(TOKEN), 0);
	struct xml_parser *parser = xml_parser_new();

	(void)state;
	for (size_t i = 0; i < sizeof echoes / sizeof echoes[0]; i++) {
		struct response response;
		struct answer answer;
		char told[2048], *json;

		response_from_text(&response, echoes[i]);
		answer_read(&answer, &operations[ORGANIZATIONS_LIST_ACCOUNTS], &response, 0, parser, NULL);
		json = answer.json ? json_dumps(answer.json, JSON_COMPACT) : NULL;
		snprintf(told, sizeof told, "%s|%s|%s|%s", answer.code, answer.message, answer.request_id,
			 json ? json : "");
		if (strstr(told, "t0ken") || strstr(told, "wJalr") || !strstr(told, "****"))
			fail_msg("%s\ngives %s", echoes[i], told);
		free(json);
		answer_deinit(&answer);
		response_deinit(&response);
	}
	xml_parser_free(parser);
	session_free(session);
}

static void append_text(void *user, const struct xml_path *path, struct span text)
{
	if (span_equals(xml_name(path, 0), "Status") || span_equals(xml_name(path, 0), "SecretAccessKey"))
		text_copy(user, 100, text);
}

/* Handlers receive masked texts, also when the response contains keys that are in force already. */
static void test_successes(void **state)
{
	static const struct {
		enum operation_id operation;
		const char *body, *expected;
	} rows[] = {
		{NEPTUNE_DESCRIBE_DB_CLUSTERS,
		 "HTTP/1.1 200 "
		 "OK\n\n<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters><DBCluster>"
		 "<Status>is wJalrXUtnFEMI&#x2f;K7MDENG/bPxRfiCY0123456789</Status></DBCluster></DBClusters>"
		 "</DescribeDBClustersResult></DescribeDBClustersResponse>",
		 "is ****************************************"},
		{STS_ASSUME_ROLE,
		 "HTTP/1.1 200 OK\n\n<AssumeRoleResponse><AssumeRoleResult><Credentials><SecretAccessKey>" KEY
		 "</SecretAccessKey></Credentials></AssumeRoleResult></AssumeRoleResponse>",
		 KEY},
	};
	struct session *session = session_new(span_of("ASIA"), span_of(KEY), span_of(TOKEN), 0);
	struct xml_parser *parser = xml_parser_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char received[100] = "";
		const struct xml_handler handler = {.close = append_text, .user = received};
		struct response response;
		struct answer answer;

		response_from_text(&response, rows[i].body);
		answer_read(&answer, &operations[rows[i].operation], &response, 0, parser, &handler);
		assert_int_equal(answer.class, ANSWER_OK);
		assert_string_equal(received, rows[i].expected);
		answer_deinit(&answer);
		response_deinit(&response);
	}
	xml_parser_free(parser);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masking),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_successes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
