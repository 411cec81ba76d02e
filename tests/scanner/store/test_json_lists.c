/* Plain objects and all others give the same lists, and what is no JSON gives none. */
#include "base/buffer.h"
#include "scanner/store/store_internal.h"
#include "tests/unit.h"

/* "name=value;" for each pair; a value that is absent is "-". */
static void expect_pairs(const char *text, const char *expected)
{
	struct arena arena = {0};
	struct buffer found = {0};

	for (const struct pair *pair = store_read_pairs(text, &arena); pair; pair = pair->next)
		buffer_texts(&found, pair->name, "=", pair->value ? pair->value : "-", ";", NULL);
	assert_string_equal(found.at ? found.at : "", expected);
	assert_false(arena.failed);
	buffer_deinit(&found);
	arena_deinit(&arena);
}

static void expect_relations(const char *text, const char *expected)
{
	struct arena arena = {0};
	struct buffer found = {0};

	for (const struct relation *relation = store_read_relations(text, &arena); relation;
	     relation = relation->next)
		buffer_texts(&found, relation->role, "=", relation->target, ";", NULL);
	assert_string_equal(found.at ? found.at : "", expected);
	assert_false(arena.failed);
	buffer_deinit(&found);
	arena_deinit(&arena);
}

static void test_pairs(void **state)
{
	(void)state;
	expect_pairs(NULL, "");
	expect_pairs("{}", "");
	expect_pairs("{\"a\":\"1\"}", "a=1;");
	expect_pairs("{\"b\":\"\",\"a\":null,\"\":\"null\"}", "b=;a=-;=null;");
	expect_pairs("{\"a\":\"1\", \"b\":\"2\"}", "a=1;b=2;"); /* from here on not plain */
	expect_pairs("{\"a\":\"\\\"\\u00e9\\n\",\"b\":\"2\"}", "a=\"\xc3\xa9\n;b=2;");
	expect_pairs("{\"a\":\"1\",\"b\":\"\xc3\xa9\"}", "a=1;b=\xc3\xa9;");
	expect_pairs("{\"a\":1,\"b\":[],\"c\":\"3\"}", "a=-;b=-;c=3;");
}

static void test_relations(void **state)
{
	(void)state;
	expect_relations("{}", "");
	expect_relations("{\"cluster\":[\"arn:a\"],\"member\":[\"x\",\"y\"]}",
			 "cluster=arn:a;member=x;member=y;");
	expect_relations("{\"cluster\":[],\"writer\":[\"w\"]}", "writer=w;");
	expect_relations("{\"cluster\":[\"a\",7,\"\\u0062\"],\"writer\":\"w\"}", "cluster=a;cluster=b;");
}

/* A prefix that is read as plain leaves nothing behind. */
static void test_no_json(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}x",
		"{\"a\":\"1\"",
		"{\"a\":\"1\",}",
		"{\"a\":\"1\"}}",
		"{\"a\":\"1\",,\"b\":\"2\"}",
		"{\"a\":\"1\" \"b\":\"2\"}",
		"{\"a\":nul}",
		"{\"a\":nullx}",
		"{\"a\"}",
		"{\"a\":\"1\",\"b\":\"\xff\"}",
		"{\"a\":\"1\",\"b\":\"\n\"}",
		"{\"a\":[\"1\"}",
		"{\"a\":[\"1\",]}",
		"{\"a\":[\"1\"]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		expect_pairs(texts[i], "");
		expect_relations(texts[i], "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_relations),
		cmocka_unit_test(test_no_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
