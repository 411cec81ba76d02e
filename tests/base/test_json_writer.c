/*
 * json_writer.c: for any text, the JSON is valid, preserves the text, and contains nothing that a terminal
 * interprets.
 */
#include <jansson.h>

#include "base/json_writer.h"
#include "tests/unit.h"

static char *written(const char *value)
{
	struct buffer text = {0};

	json_append_text(&text, value);
	assert_false(text.failed);
	return text.at;
}

static void test_texts(void **state)
{
	static const struct {
		const char *value, *expected;
	} cases[] = {
		{NULL, "null"},
		{"", "\"\""},
		{"plain ~", "\"plain ~\""},
		{"a \"quoted\" \\ line\nand\ttab\r", "\"a \\\"quoted\\\" \\\\ line\\nand\\ttab\\u000d\""},
		{"caf\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80", "\"caf\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80\""},
		{"\x1b[31m\x7f\x01", "\"\\u001b[31m\\u007f\\u0001\""},
		{"\xc2\x9b"
		 "31m",
		 "\"\\u009b31m\""}, /* C1: CSI */
		{"\xe2\x80\xae"
		 "cod.exe",
		 "\"\\u202ecod.exe\""},                     /* right-to-left override */
		{"\xf3\xa0\x81\x81", "\"\\udb40\\udc41\""}, /* a tag character, outside the basic plane */
		{"half \xe6\xbc", "\"half \\ufffd\\ufffd\""},
		{"\xff\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text = written(cases[i].value);

		assert_string_equal(text, cases[i].expected);
		free(text);
	}
}

static void test_json_of_others(void **state)
{
	struct buffer text = {0};

	(void)state;
	json_append_shown(
		&text,
		"{\n  \"caf\xc3\xa9\": \"\xe2\x80\xae\xc2\x9b\x7f\xe2\x80\xa8\xf3\xa0\x81\x81 \\u001b\"\n}");
	assert_false(text.failed);
	assert_string_equal(text.at, "{\n  \"caf\xc3\xa9\": "
				     "\"\\u202e\\u009b\\u007f\\u2028\\udb40\\udc41 \\u001b\"\n}");
	buffer_deinit(&text);
}

/* Every pair of bytes; jansson parses the result. */
static void test_any_bytes(void **state)
{
	(void)state;
	for (unsigned pair = 0x0101; pair <= 0xffff; pair++) {
		const char value[] = {(char)(pair >> 8), (char)(pair & 0xff), 'x', '\0'};
		char *text;
		json_t *read;

		if ((pair & 0xff) == 0)
			continue;
		text = written(value);
		read = json_loads(text, JSON_DECODE_ANY, NULL);
		assert_true(json_is_string(read));
		json_decref(read);
		free(text);
	}
}

static void test_members(void **state)
{
	struct buffer text = {0};
	struct json_writer json = json_writer_into(&text);

	(void)state;
	json_open_object(&json, NULL);
	json_put_text(&json, "a", "b");
	json_put_text(&json, "none", NULL);
	json_open_list(&json, "list");
	json_put_number(&json, NULL, -1);
	json_put_bool(&json, NULL, true);
	json_open_object(&json, NULL);
	json_close_object(&json);
	json_open_object(&json, NULL);
	json_put_number(&json, "n", INT64_MAX);
	json_close_object(&json);
	json_close_list(&json);
	json_open_list(&json, "empty");
	json_close_list(&json);
	json_put_bool(&json, "last", false);
	json_close_object(&json);
	assert_string_equal(
		text.at,
		"{\"a\":\"b\",\"none\":null,\"list\":[-1,true,{},{\"n\":9223372036854775807}],\"empty\":[],"
		"\"last\":false}");
	buffer_deinit(&text);
}

static void test_too_deep(void **state)
{
	struct buffer text = {0};
	struct json_writer json = json_writer_into(&text);

	(void)state;
	for (int i = 0; i < JSON_DEPTH; i++)
		json_open_list(&json, NULL);
	assert_true(text.failed);
	buffer_deinit(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),     cmocka_unit_test(test_json_of_others),
		cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_members),
		cmocka_unit_test(test_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
