/*
 * settings_fingerprint.c: the settings of two runs, and the description of differences.
 */
#include "scanner/matrix/settings_fingerprint.h"

#include "scanner/matrix/exceptions.h"
#include "tests/unit.h"

static void assert_difference(const char *before, const char *now, const char *expected)
{
	struct buffer text = {0};

	fingerprint_compare(before, now, "; ", &text);
	assert_false(text.failed);
	assert_string_equal(text.at ? text.at : "", expected);
	buffer_deinit(&text);
}

static void test_settings(void **state)
{
	(void)state;
	assert_difference("", "", "");
	assert_difference("a.b = 1\nc.d = \n", "c.d = \na.b = 1\n", "");
	assert_difference("a.b = 1\nc.d = \n", "a.b = 2\nc.d = x = y\n",
			  "a.b was \"1\", now \"2\"; c.d was \"\", now \"x = y\"");
	assert_difference("a.b = 1\n", "", "a.b was \"1\", now \"\"");
	assert_difference("", "scan.shard = 1/2\n", "scan.shard was \"\", now \"1/2\"");
}

static void test_controls(void **state)
{
	const struct control low = {.id = "x", .severity = SEVERITY_LOW},
			     high = {.id = "x", .severity = SEVERITY_HIGH}, other = {.id = "y"};
	const struct control *const one[] = {&low, NULL}, *const severe[] = {&high, NULL},
				    *const both[] = {&other, &low, NULL};
	struct buffer a = {0}, b = {0}, c = {0};

	(void)state;
	fingerprint_add_controls(&a, one);
	fingerprint_add_controls(&b, severe);
	fingerprint_add_controls(&c, both);
	fingerprint_add_controls(&c, NULL);
	assert_difference(a.at, b.at, "controls changed: x");
	assert_difference(a.at, c.at, "controls added: y");
	assert_difference(c.at, b.at, "controls removed: y; controls changed: x");
	buffer_deinit(&a);
	buffer_deinit(&b);
	buffer_deinit(&c);
}

/* Each member of an exception counts, and whether it has expired; its line in the file does not. */
static void test_exceptions(void **state)
{
	const struct exception lab = {.name = "lab",
				      .control = "c",
				      .account = "*",
				      .region = "*",
				      .resource = "r",
				      .tag = "a=b",
				      .owner = "o",
				      .reason = "because",
				      .ticket = "T-1",
				      .expires = "2027-01-01",
				      .line = 1};
	const char *const *members[] = {&lab.control, &lab.account, &lab.region, &lab.resource, &lab.tag,
					&lab.owner,   &lab.reason,  &lab.ticket, &lab.expires};
	struct exception items[2] = {lab, lab};
	struct exceptions exceptions = {.items = items, .count = 1};
	struct buffer before = {0}, now = {0};

	(void)state;
	fingerprint_add_exceptions(&before, &exceptions);
	items[0].line = 7;
	items[0].findings = 3;
	fingerprint_add_exceptions(&now, &exceptions);
	assert_difference(before.at, now.at, "");
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		size_t offset = (size_t)((const char *)members[i] - (const char *)&lab);

		items[0] = lab;
		*(const char **)((char *)&items[0] + offset) = "another";
		buffer_clear(&now);
		fingerprint_add_exceptions(&now, &exceptions);
		assert_difference(before.at, now.at, "exceptions changed: lab");
	}
	items[0] = lab;
	items[0].is_expired = true;
	buffer_clear(&now);
	fingerprint_add_exceptions(&now, &exceptions);
	assert_difference(before.at, now.at, "exceptions changed: lab");
	items[0] = lab;
	items[1].name = "another one";
	exceptions.count = 2;
	buffer_clear(&now);
	fingerprint_add_exceptions(&now, &exceptions);
	assert_difference(before.at, now.at, "exceptions added: another one");
	assert_difference(now.at, before.at, "exceptions removed: another one");
	assert_difference(now.at, "", "exceptions removed: another one, lab");
	buffer_deinit(&before);
	buffer_deinit(&now);
}

static void test_many(void **state)
{
	struct buffer many = {0};

	(void)state;
	for (int i = 0; i < 12; i++)
		buffer_print(&many, "exception e%02d = x\n", i);
	assert_difference("", many.at, "exceptions added: e00, e01, e02, e03, e04, e05, e06, e07 and 4 more");
	buffer_deinit(&many);
}

static void test_the_catalogue(void **state)
{
	struct buffer text = {0}, again = {0};

	(void)state;
	fingerprint_add_catalogue(&text, "0.1.0");
	fingerprint_add_catalogue(&again, "0.1.0");
	assert_difference(text.at, again.at, "");
	buffer_clear(&again);
	fingerprint_add_catalogue(&again, "0.2.0");
	assert_string_not_equal(text.at, again.at);
	buffer_deinit(&text);
	buffer_deinit(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),      cmocka_unit_test(test_controls),
		cmocka_unit_test(test_exceptions),    cmocka_unit_test(test_many),
		cmocka_unit_test(test_the_catalogue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
