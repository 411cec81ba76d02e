#include <stdlib.h>

#include "base/diagnostics.h"
#include "base/visible.h"
#include "tests/unit.h"

static char *text;
static size_t length;

static FILE *into_text(void)
{
	free(text);
	return open_memstream(&text, &length);
}

static void test_what_is_not_shown(void **state)
{
	FILE *stream = into_text();

	(void)state;
	visible_print(stream, "\"%s\" is none", "a\033]0;x\a \xc2\x9b \xe2\x80\xae \xff caf\xc3\xa9\r");
	fclose(stream);
	assert_string_equal(text, "\"a\\x1b]0;x\\x07 \\u009b \\u202e \\xff caf\xc3\xa9\\x0d\" is none\n");
}

/* Diagnostics quote untrusted settings. */
static void test_diagnostics(void **state)
{
	struct diagnostics diagnostics = {0};
	FILE *stream = into_text();

	(void)state;
	diagnostics_add(&diagnostics, "role.name \"%s\"", "x\nneptune-scan: forged\033[0m");
	diagnostics_print(&diagnostics, stream, "neptune-scan");
	diagnostics_deinit(&diagnostics);
	fclose(stream);
	assert_string_equal(text, "neptune-scan: role.name \"x\n  neptune-scan: forged\\x1b[0m\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_not_shown),
					   cmocka_unit_test(test_diagnostics)};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(text);
	return failed;
}
