/* words.c, token.c */
#include "base/token.h"
#include "base/words.h"
#include "tests/unit.h"

/* The results of Python's shlex.split, words joined by bars; NULL: an error. */
static void test_words(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"", ""},
		{"  \t\r\n ", ""},
		{"a", "a"},
		{" a  b\tc\nd\r\ne ", "a|b|c|d|e"},
		{"'a b' \"c d\"", "a b|c d"},
		{"a'b c'd\"e f\"g", "ab cde fg"},
		{"'' \"\" a", "||a"},
		{"''", ""},
		{"it\\'s a\\ b \\\\", "it's|a b|\\"},
		{"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
		{"'a\\b\"c'", "a\\b\"c"},
		{"\"C:\\tools\\x\"", "C:\\tools\\x"},
		{"a\\\nb", "a\nb"},
		{"\"a\nb\"", "a\nb"},
		{"$HOME `id` $(id) | ; # x", "$HOME|`id`|$(id)|||;|#|x"},
		{"'open", NULL},
		{"\"open", NULL},
		{"a\\", NULL},
		{"\"a\\", NULL},
		{"\"a\\\"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena arena = {0};
		char joined[200] = "";
		size_t count;
		char **words = words_split(&arena, span_of(cases[i].text), &count);

		if (!cases[i].words && words)
			fail_msg("\"%s\" is accepted", cases[i].text);
		for (size_t j = 0; words && j < count; j++)
			snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", j ? "|" : "",
				 words[j]);
		if (cases[i].words && (!words || strcmp(joined, cases[i].words) != 0 || words[count]))
			fail_msg("\"%s\" is \"%s\"", cases[i].text, words ? joined : "refused");
		arena_deinit(&arena);
	}
}

static void test_words_that_are_none(void **state)
{
	struct arena arena = {0};
	size_t count;

	(void)state;
	assert_null(words_split(&arena, (struct span){"a\0b", 3}, &count));
	assert_null(words_split(&arena, (struct span){NULL, 0}, &count));
	assert_false(arena.failed);
	arena_deinit(&arena);
}

static void test_tokens(void **state)
{
	static const struct {
		const char *token, *flaw;
	} cases[] = {
		{"", NULL},
		{"FwoGZXIvYXdzE+/=~!", NULL},
		{"a\n", "a line end"},
		{"\r", "a line end"},
		{"a\r\nX-Header: b", "a line end"},
		{" a", "a blank"},
		{"a\t", "a blank"},
		{"a\x1b", "a control character"},
		{"a\x7f", "a control character"},
		{"a\xc2\xa0", "a character outside ASCII"},
	};

	(void)state;
	assert_null(token_flaw((struct span){NULL, 0}));
	assert_string_equal(token_flaw((struct span){"a\0", 2}), "a control character");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *flaw = token_flaw(span_of(cases[i].token));

		if (cases[i].flaw)
			assert_string_equal(flaw, cases[i].flaw);
		else
			assert_null(flaw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_that_are_none),
		cmocka_unit_test(test_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
