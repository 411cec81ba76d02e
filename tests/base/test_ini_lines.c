/*
 * ini_lines.c and files.c: valid settings files, and the diagnostics of invalid ones.
 */
#include <ini.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/ini_lines.h"
#include "tests/unit.h"

#define NAME "test_ini_lines.ini"

struct found {
	struct ini_lines lines;
	char text[4096];
};

static int take(void *user, const char *section, const char *key, const char *value)
{
	struct found *found = user;
	size_t length = strlen(found->text);

	snprintf(found->text + length, sizeof found->text - length, "%s.%s=%s;", section, key, value);
	return 1;
}

/* Reads the bytes as a file. Returns its settings, then its diagnostics. */
static const char *read_bytes(const char *bytes, size_t length)
{
	static struct found found;
	struct diagnostics diagnostics = {0};
	FILE *file = fopen(NAME, "wb");
	FILE *told;

	found = (struct found){.text = ""};
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
	if (ini_lines_open(&found.lines, NAME, &diagnostics))
		ini_lines_ended(&found.lines, ini_parse_stream(ini_lines_next, &found.lines, take, &found));
	ini_lines_close(&found.lines);
	told = fmemopen(found.text + strlen(found.text), sizeof found.text - strlen(found.text), "w");
	diagnostics_print(&diagnostics, told, "!");
	fclose(told);
	diagnostics_deinit(&diagnostics);
	unlink(NAME);
	return found.text;
}

#define READ(text) read_bytes(text, sizeof(text) - 1)

static void test_comments_of_any_length(void **state)
{
	char bytes[1200];

	(void)state;
	snprintf(bytes, sizeof bytes, "[s]\n; %0300d\n  # %0300d\na = 1 ; %0300d\nb = 2\n", 0, 0, 0);
	assert_string_equal(read_bytes(bytes, strlen(bytes)), "s.a=1;s.b=2;");
	snprintf(bytes, sizeof bytes, "[s]\na = %0300d\nb = 2\n", 0);
	assert_contains(read_bytes(bytes, strlen(bytes)), "s.b=2;!: " NAME ":2: line longer than 199 bytes");
}

static void test_bytes_that_are_no_text(void **state)
{
	(void)state;
	assert_string_equal(READ("[s]\na = caf\xc3\xa9\n"), "s.a=caf\xc3\xa9;");
	assert_contains(READ("[s]\na = caf\xe9\nb = 2\n"), "s.b=2;!: " NAME ":2: a byte that is not UTF-8");
	assert_contains(READ("[s]\n; caf\xe9\n"), NAME ":2: a byte that is not UTF-8");
	assert_contains(READ("[s]\na = 1\0 2\nb = 3\n"), "s.b=3;!: " NAME ":2: a NUL byte");
	assert_contains(READ("[s]\na = 1\0 2"), NAME ":2: a NUL byte");
}

static void test_what_is_no_file(void **state)
{
	const char *problem;

	(void)state;
	assert_null(files_open_regular("/dev/zero", &problem));
	assert_string_equal(problem, "it is not a regular file");
	assert_null(files_open_regular("/", &problem));
	assert_string_equal(problem, "it is a directory");
	assert_int_equal(mkfifo(NAME, 0600), 0);
	assert_null(files_open_regular(NAME, &problem)); /* does not wait for a writer */
	assert_string_equal(problem, "it is not a regular file");
	unlink(NAME);
	assert_null(files_open_regular(NAME, &problem));
	assert_string_equal(problem, "No such file or directory");
}

static void test_spellings_of_one_file(void **state)
{
	FILE *file = fopen(NAME, "w");
	char folder[4096];

	(void)state;
	fclose(file);
	assert_non_null(getcwd(folder, sizeof folder - 64));
	strcat(folder, "/" NAME);
	assert_true(files_are_same(NAME, "./" NAME));
	assert_true(files_are_same(NAME, folder));
	unlink(NAME ".link");
	assert_int_equal(symlink(NAME, NAME ".link"), 0);
	assert_true(files_are_same(NAME, NAME ".link"));
	unlink(NAME ".link");
	assert_int_equal(link(NAME, NAME ".link"), 0);
	assert_true(files_are_same(NAME, NAME ".link"));
	unlink(NAME ".link");
	assert_false(files_are_same(NAME, NAME ".link"));
	unlink(NAME);
	/* Neither file exists yet. */
	assert_true(files_are_same(NAME, folder));
	assert_false(files_are_same(NAME, "other"));
	assert_true(files_are_same("no-folder/x", "no-folder/x"));
	assert_false(files_are_same("no-folder/x", "no-folder/y"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comments_of_any_length),
		cmocka_unit_test(test_bytes_that_are_no_text),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_spellings_of_one_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
