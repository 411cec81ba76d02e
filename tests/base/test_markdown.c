/* markdown.c */
#include "base/markdown.h"
#include "tests/unit.h"

static const char text[] =
	"# one\n\nA paragraph.\n- a bullet\n12. a step\n1.5 is no step\n\n```sh\n# no heading\n\n"
	"- no item\n```\n## two\nof two\n### deep\nof deep\n## three\nof three\n# four\nend";

static void test_blocks(void **state)
{
	static const struct {
		enum markdown_kind kind;
		int number;
		const char *text;
	} expected[] = {
		{MARKDOWN_HEADING, 1, "one"},
		{MARKDOWN_PARAGRAPH, 0, "A paragraph."},
		{MARKDOWN_ITEM, 0, "a bullet"},
		{MARKDOWN_ITEM, 12, "a step"},
		{MARKDOWN_PARAGRAPH, 0, "1.5 is no step"},
		{MARKDOWN_CODE, 0, "# no heading\n\n- no item\n"},
		{MARKDOWN_HEADING, 2, "two"},
		{MARKDOWN_PARAGRAPH, 0, "of two"},
		{MARKDOWN_HEADING, 3, "deep"},
		{MARKDOWN_PARAGRAPH, 0, "of deep"},
		{MARKDOWN_HEADING, 2, "three"},
		{MARKDOWN_PARAGRAPH, 0, "of three"},
		{MARKDOWN_HEADING, 1, "four"},
		{MARKDOWN_PARAGRAPH, 0, "end"},
	};
	struct span rest = span_of(text);
	struct markdown_block block;
	size_t i = 0;

	(void)state;
	for (; markdown_next(&rest, &block); i++) {
		assert_true(i < sizeof expected / sizeof expected[0]);
		assert_int_equal(block.kind, expected[i].kind);
		assert_int_equal(block.number, expected[i].number);
		assert_span_equal(block.text, expected[i].text);
	}
	assert_int_equal(i, sizeof expected / sizeof expected[0]);
}

static void test_sections(void **state)
{
	struct span whole = span_of(text);

	(void)state;
	assert_span_equal(span_trim(markdown_section(whole, 2, "two")), "of two\n### deep\nof deep");
	assert_span_equal(span_trim(markdown_section(whole, 3, "deep")), "of deep");
	assert_span_equal(span_trim(markdown_section(whole, 2, "three")), "of three");
	assert_span_equal(markdown_section(whole, 1, "four"), "end");
	assert_null(markdown_section(whole, 2, "no heading").at);
	assert_null(markdown_section(whole, 1, "two").at);
	assert_null(markdown_section(span_of(NULL), 1, "two").at);
	assert_span_equal(markdown_section(span_of("# a\n# b"), 1, "a"), "");
}

/* Each piece with its style in front, and the URL of a link behind. */
static void test_pieces(void **state)
{
	static const struct {
		const char *line, *pieces;
	} cases[] = {
		{"", ""},
		{"plain, 2 * 3", "0plain, 2 |0* 3|"},
		{"a `b` **c** [d](e).", "0a |1b|0 |2c|0 |3d<e>|0.|"},
		{"`open", "0`open|"},
		{"**open", "0*|0*open|"},
		{"['audit'] (x)", "0['audit'] (x)|"},
		{"[a](b", "0[a](b|"},
		{"``", "1|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct span rest = span_of(cases[i].line);
		struct markdown_piece piece;
		char pieces[200] = "";
		size_t used = 0;

		while (markdown_next_piece(&rest, &piece)) {
			used += (size_t)snprintf(pieces + used, sizeof pieces - used, "%d" SPAN_FORMAT,
						 piece.style, SPAN_ARGUMENTS(piece.text));
			if (piece.url.at)
				used += (size_t)snprintf(pieces + used, sizeof pieces - used,
							 "<" SPAN_FORMAT ">", SPAN_ARGUMENTS(piece.url));
			used += (size_t)snprintf(pieces + used, sizeof pieces - used, "|");
		}
		assert_string_equal(pieces, cases[i].pieces);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
