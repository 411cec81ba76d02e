#include "scanner/aws/xml_internal.h"
#include "tests/unit.h"

static void note(void *user, const struct xml_path *path, struct span text)
{
	struct buffer *recorded = user;

	for (size_t i = path->depth; i-- > 0;)
		buffer_print(recorded, SPAN_FORMAT "%s", SPAN_ARGUMENTS(xml_name(path, i)), i ? "/" : "");
	text = span_trim(text);
	buffer_print(recorded, "=" SPAN_FORMAT ";", SPAN_ARGUMENTS(text));
}

static bool read_document(const char *document, struct buffer *recorded)
{
	static struct xml_parser *parser;
	const struct xml_handler handler = {.close = note, .user = recorded};

	if (!parser)
		parser = xml_parser_new();
	buffer_clear(recorded);
	if (!document) {
		xml_parser_free(parser);
		parser = NULL;
		return false;
	}
	return xml_read(parser, span_of(document), &handler);
}

static void test_paths_and_texts(void **state)
{
	struct buffer recorded = {0};

	(void)state;
	assert_true(read_document(
		"<a xmlns='u' xmlns:n='v'> x <n:b>1&amp;2</n:b> y <c/><b><![CDATA[<&]]></b></a>", &recorded));
	assert_string_equal(recorded.at, "a/b=1&2;a/c=;a/b=<&;a=x  y;");
	buffer_deinit(&recorded);
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
	struct buffer recorded = {0};

	(void)state;
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
		if (read_document(documents[i], &recorded))
			fail_msg("not refused: %s", documents[i]);
		/* The parser is reset afterwards. */
		assert_true(read_document("<a>1</a>", &recorded));
		assert_string_equal(recorded.at, "a=1;");
	}
	buffer_deinit(&recorded);
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
	struct buffer document = {0}, recorded = {0};

	(void)state;
	nest(&document, XML_DEPTH);
	assert_true(read_document(document.at, &recorded));
	nest(&document, XML_DEPTH + 1);
	assert_false(read_document(document.at, &recorded));
	nest(&document, 100000);
	assert_false(read_document(document.at, &recorded));
	buffer_clear(&document);
	buffer_print(&document, "<a>%0*d</a>", XML_TEXT_LIMIT - 10, 0);
	assert_true(read_document(document.at, &recorded));
	buffer_clear(&document);
	buffer_print(&document, "<a>%0*d</a>", XML_TEXT_LIMIT + 10, 0);
	assert_false(read_document(document.at, &recorded));
	buffer_deinit(&document);
	buffer_deinit(&recorded);
	read_document(NULL, &recorded);
	buffer_deinit(&recorded);
}

/* ---- the two readers ---- */

/* Records all calls of a handler as text. */
static void note_begin(void *user)
{
	buffer_clear(user);
}

static void note_open(void *user, const struct xml_path *path)
{
	for (size_t i = 0; i < path->depth; i++)
		buffer_print(user, "<" SPAN_FORMAT, SPAN_ARGUMENTS(path->names[i]));
}

static void note_close(void *user, const struct xml_path *path, struct span text)
{
	buffer_print(user, "(%zu " SPAN_FORMAT " %zu)", path->depth, SPAN_ARGUMENTS(xml_name(path, 0)),
		     text.length);
	buffer_append(user, text.at, text.length);
}

struct readers {
	struct xml_parser *parser;
	struct buffer plain, any;
	size_t both, only_any, none;
};

static void compare(struct readers *readers, struct span document)
{
	const struct xml_handler plain = {note_begin, note_open, note_close, &readers->plain, NULL};
	const struct xml_handler any = {note_begin, note_open, note_close, &readers->any, NULL};
	bool read_plain = xml_read_plain(readers->parser, document, &plain);
	bool read_any = xml_read_any(readers->parser, document, &any);

	if (read_plain && (!read_any || !span_same(buffer_span(&readers->plain), buffer_span(&readers->any))))
		fail_msg("differently read: " SPAN_FORMAT, SPAN_ARGUMENTS(document));
	readers->both += read_plain;
	readers->only_any += read_any && !read_plain;
	readers->none += !read_any;
}

static void close_readers(struct readers *readers)
{
	xml_parser_free(readers->parser);
	buffer_deinit(&readers->plain);
	buffer_deinit(&readers->any);
}

static void test_plain_or_not(void **state)
{
	static const struct {
		const char *document;
		bool plain;
	} documents[] = {
		{"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"http://u/\">\n\t<b>1</b>\n</a>\n",
		 true},
		{"<?xml version=\"1.0\"?><a/>", true},
		{"<a>x &lt;&gt;&quot;&apos;&amp; y</a>", true},
		{"<a>1<b/>2<b>3</b>4<b>&amp;</b></a>", true},
		{"<a>\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80</a>", true},
		{"<a-b.c_1/>", true},
		{"<a xmlns='u'/>", false},
		{"<a b=\"1\"/>", false},
		{"<a><b xmlns=\"u\"/></a>", false},
		{"<n:a xmlns:n=\"u\"/>", false},
		{"<a >1</a>", false},
		{"<a>1</a >", false},
		{"<a>\r\n</a>", false},
		{"<a>&#65;</a>", false},
		{"<a><![CDATA[1]]></a>", false},
		{"<a><!-- 1 --></a>", false},
		{"<a>1 > 0</a>", false},
		{"<?xml version='1.0'?><a/>", false},
		{"\xef\xbb\xbf<a/>", false},
		{"<\xc3\xa9/>", false},
	};
	struct readers readers = {.parser = xml_parser_new()};

	(void)state;
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
		size_t both = readers.both, only_any = readers.only_any;

		compare(&readers, span_of(documents[i].document));
		if (readers.both - both != documents[i].plain ||
		    readers.only_any - only_any != !documents[i].plain)
			fail_msg("not as thought: %s", documents[i].document);
	}
	close_readers(&readers);
}

/* The plain reader must not accept what expat refuses: all documents of five tokens, in each order. */
static void test_every_small_document(void **state)
{
	static const char *const tokens[] = {"<a>", "</a>", "<b>", "</b>", "<a/>", "x",        "&lt;", "&",
					     ">",   "]]>",  "\n",  "<",    "/a",   "\xc3\xa9", "\xc3"};
	enum { TOKENS = sizeof tokens / sizeof tokens[0], LENGTH = 5 };
	struct readers readers = {.parser = xml_parser_new()};
	struct buffer document = {0};
	size_t count = 1;

	(void)state;
	for (size_t i = 0; i < LENGTH; i++)
		count *= TOKENS;
	for (size_t i = 0; i < count; i++) {
		buffer_clear(&document);
		for (size_t j = 0, digits = i; j < LENGTH; j++, digits /= TOKENS)
			buffer_text(&document, tokens[digits % TOKENS]);
		compare(&readers, buffer_span(&document));
	}
	assert_true(readers.both > 500 && readers.only_any > 100 && readers.none > 100000);
	buffer_deinit(&document);
	close_readers(&readers);
}

/* Text in pieces counts as one in both readers, and so does text around a child element. */
static void test_limits_of_both(void **state)
{
	struct readers readers = {.parser = xml_parser_new()};
	struct buffer document = {0};

	(void)state;
	for (int more = -1; more <= 1; more++) {
		buffer_clear(&document);
		buffer_print(&document, "<a>%0*d<b>%0*d</b></a>", 1000, 0, XML_TEXT_LIMIT - 1000 + more, 0);
		compare(&readers, buffer_span(&document));
		buffer_clear(&document);
		buffer_print(&document, "<a>%0*d&amp;%0*d</a>", 1000, 0, XML_TEXT_LIMIT - 1001 + more, 0);
		compare(&readers, buffer_span(&document));
	}
	for (size_t depth = XML_DEPTH - 1; depth <= XML_DEPTH + 1; depth++) {
		nest(&document, depth);
		compare(&readers, buffer_span(&document));
	}
	assert_int_equal(readers.both, 6);
	assert_int_equal(readers.only_any, 0);
	assert_int_equal(readers.none, 3);
	buffer_deinit(&document);
	close_readers(&readers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_and_texts),      cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth_and_length),     cmocka_unit_test(test_plain_or_not),
		cmocka_unit_test(test_every_small_document), cmocka_unit_test(test_limits_of_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
