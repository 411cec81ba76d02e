/*
 * Assignments in scripts: the shell gets the exact bytes, and a reader sees all of them.
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "scanner/remediation/shell_text.h"
#include "tests/unit.h"

static const char *const values[] = {
	"",
	"plain",
	"it's $(HOME) `x` \\ \\0101 %s",
	"-n",
	"caf\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80",
	"a\xe2\x80\xae'; rm -rf \\0101 %s; '\xe2\x81\xa6",
	"-\x1b[31m\x7f\xc2\x9b\xc2\x85",
	"\xff half \xe6\xbc",
	"two\nNAME='forged'\n\n",
	"\xe2\x80\x8b",
};

static char *assigned(const char *value)
{
	char *script;
	size_t length;
	FILE *stream = open_memstream(&script, &length);

	shell_text_assign(stream, "NAME", value);
	fclose(stream);
	return script;
}

static void test_shell_gets_the_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		char *script = assigned(values[i]), got[256] = "";
		FILE *file = fopen("shell_text.sh", "w"), *shell;

		fprintf(file, "%sprintf '%%s' \"$NAME\"\n", script);
		fclose(file);
		shell = popen("sh shell_text.sh", "r");
		got[fread(got, 1, sizeof got - 1, shell)] = '\0';
		assert_int_equal(pclose(shell), 0);
		assert_string_equal(got, values[i]);
		free(script);
	}
	remove("shell_text.sh");
}

static void test_reader_sees_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		char *script = assigned(values[i]);

		for (const char *at = script; *at;) {
			uint32_t code = 0;
			size_t length = utf8_read(at, UTF8_MAX_BYTES, &code);

			assert_true(length > 0 && (utf8_is_shown(code) || code == '\n'));
			at += length;
		}
		free(script);
	}
}

/* An entry stays one line. */
static void test_lists(void **state)
{
	const char text[] = "a\xe2\x80\xae"
			    "b\nc\xc3\xa9,rest";
	char *list;
	size_t length;
	FILE *stream = open_memstream(&list, &length);

	(void)state;
	shell_text_put(stream, text, strlen(text) - strlen(",rest"));
	fclose(stream);
	assert_string_equal(list, "a?b?c\xc3\xa9");
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shell_gets_the_bytes),
		cmocka_unit_test(test_reader_sees_them),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
