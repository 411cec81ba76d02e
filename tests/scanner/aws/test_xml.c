#include "scanner/aws/xml.h"
#include "tests/unit.h"

static void note(void *user, const struct xml_path *path, struct span text)
{
	struct buffer *heard = user;

	for (size_t i = path->depth; i-- > 0;)
		buffer_print(heard, SPAN_FORMAT "%s", SPAN_ARGUMENTS(xml_name(path, i)), i ? "/" : "");
	text = span_trim(text);
	buffer_print(heard, "=" SPAN_FORMAT ";", SPAN_ARGUMENTS(text));
}

static bool hear(const char *document, struct buffer *heard)
{
	static struct xml_parser *parser;
	const struct xml_handler handler = {.close = note, .user = heard};

	if (!parser)
		parser = xml_open();
	buffer_clear(heard);
	if (!document) {
		xml_close(parser);
		parser = NULL;
		return false;
	}
	return xml_read(parser, span_of(document), &handler);
}

static void test_paths_and_texts(void **state)
{
	struct buffer heard = {0};

	(void)state;
	assert_true(
		hear("<a xmlns='u' xmlns:n='v'> x <n:b>1&amp;2</n:b> y <c/><b><![CDATA[<&]]></b></a>", &heard));
	assert_string_equal(heard.at, "a/b=1&2;a/c=;a/b=<&;a=x  y;");
	buffer_free(&heard);
}

static void test_refused(void **state)
{
	static const char *const documents[] = {
		"",
		"   ",
		"text",
		"<a>",
		"<a></b>",
		"<a/><b/>",
		"<a>\xff</a>",
		"<a>&unknown;</a>",
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
		"<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>",
		"<!DOCTYPE l [<!ENTITY l0 \"l\"><!ENTITY l1 \"&l0;&l0;&l0;\">]><l>&l1;</l>",
	};
	struct buffer heard = {0};

	(void)state;
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
		if (hear(documents[i], &heard))
			fail_msg("not refused: %s", documents[i]);
		/* The parser is as new afterwards. */
		assert_true(hear("<a>1</a>", &heard));
		assert_string_equal(heard.at, "a=1;");
	}
	buffer_free(&heard);
}

static void nest(struct buffer *document, size_t depth)
{
	buffer_clear(document);
	for (size_t i = 0; i < depth; i++)
		buffer_text(document, "<a>");
	for (size_t i = 0; i < depth; i++)
		buffer_text(document, "</a>");
}

static void test_depth_and_length(void **state)
{
	struct buffer document = {0}, heard = {0};

	(void)state;
	nest(&document, XML_DEPTH);
	assert_true(hear(document.at, &heard));
	nest(&document, XML_DEPTH + 1);
	assert_false(hear(document.at, &heard));
	nest(&document, 100000);
	assert_false(hear(document.at, &heard));
	buffer_clear(&document);
	buffer_print(&document, "<a>%0*d</a>", XML_TEXT_LIMIT - 10, 0);
	assert_true(hear(document.at, &heard));
	buffer_clear(&document);
	buffer_print(&document, "<a>%0*d</a>", XML_TEXT_LIMIT + 10, 0);
	assert_false(hear(document.at, &heard));
	buffer_free(&document);
	buffer_free(&heard);
	hear(NULL, &heard);
	buffer_free(&heard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_and_texts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth_and_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
