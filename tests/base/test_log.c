#include <stdlib.h>

#include "base/log.h"
#include "tests/unit.h"

static char *text;
static size_t length;

static struct log log_into(bool json, enum log_level level)
{
	free(text);
	return (struct log){.stream = open_memstream(&text, &length), .level = level, .json = json};
}

static void test_text(void **state)
{
	struct log log = log_into(false, LOG_INFO);

	(void)state;
	log_line(&log, LOG_WARNING, "some.event", "%s", "a \033[31mred\033[0m name");
	log_line(&log, LOG_INFO, "some.event", "said");
	log_line(&log, LOG_DETAIL, "some.event", "not said");
	fclose(log.stream);
	assert_string_equal(text, "neptune-scan: warning: a \\x1b[31mred\\x1b[0m name\nneptune-scan: said\n");
}

/* Untrusted text cannot forge a log line. */
static void test_forged_lines(void **state)
{
	struct log log = log_into(false, LOG_INFO);

	(void)state;
	log_line(&log, LOG_WARNING, "some.event", "%s", "no\nneptune-scan: all is well\n  indented\n");
	fclose(log.stream);
	assert_string_equal(text, "neptune-scan: warning: no\n  neptune-scan: all is well\n  indented\n  \n");
}

/* Every field is a member, absent fields are left out, and untrusted text stays a string. */
static void test_json(void **state)
{
	struct log log = log_into(true, LOG_DETAIL);
	const struct log_fields fields = {.account = "111111111111", .region = "eu-west-1", .attempt = 3};

	(void)state;
	log_about(&log, LOG_DETAIL, "call.retry", &fields, "a \"quoted\"\nline");
	fclose(log.stream);
	assert_non_null(
		strstr(text, "\"level\":\"detail\",\"event\":\"call.retry\",\"account\":\"111111111111\","
			     "\"region\":\"eu-west-1\",\"attempt\":3,\"text\":\"a \\\"quoted\\\"\\nline\"}\n"));
	assert_null(strstr(text, "request_id"));
	log = log_into(true, LOG_INFO);
	log_about(
		&log, LOG_INFO, "scan.progress",
		&(struct log_fields){.numbers = (const struct log_number[]){{"cells", 7}, {"left_ms", 0}, {0}}},
		"so far");
	fclose(log.stream);
	assert_non_null(
		strstr(text, "\"event\":\"scan.progress\",\"cells\":7,\"left_ms\":0,\"text\":\"so far\"}\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_forged_lines),
					   cmocka_unit_test(test_json)};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(text);
	return failed;
}
