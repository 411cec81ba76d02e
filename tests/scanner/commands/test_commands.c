/*
 * The exit codes of the commands, called as functions. System tests check their output.
 */
#include "scanner/commands/commands.h"
#include "tests/unit.h"

extern const struct command command_scan, command_controls, command_version;

static void test_words_that_are_too_many(void **state)
{
	const char *const arguments[] = {"extra"};

	(void)state;
	assert_int_equal(command_version.run(0, NULL), EXIT_COMPLIANT);
	assert_int_equal(command_controls.run(0, NULL), EXIT_COMPLIANT);
	assert_int_equal(command_version.run(1, arguments), EXIT_USAGE);
	assert_int_equal(command_controls.run(1, arguments), EXIT_USAGE);
	assert_int_equal(command_scan.run(1, arguments), EXIT_USAGE);
}

/* A refused scan leaves neither memory nor files behind. */
static void test_a_scan_that_is_refused(void **state)
{
	const char *const arguments[] = {"--report", "json=test_commands.json", "--regions", "nowhere"};

	(void)state;
	assert_int_equal(command_scan.run(4, arguments), EXIT_USAGE);
	assert_int_equal(system("ls test_commands.json* 2>/dev/null | grep -q ."), 256);
}

static void test_a_scan_without_credentials(void **state)
{
	const char *const arguments[] = {"--report", "json=test_commands.json", "--quiet"};

	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "", 1);
	setenv("HOME", "/nonexistent", 1);
	unsetenv("AWS_PROFILE");
	unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	unsetenv("AWS_CONFIG_FILE");
	assert_int_equal(command_scan.run(3, arguments), EXIT_IMPOSSIBLE);
	assert_int_equal(system("ls test_commands.json* 2>/dev/null | grep -q ."), 256);
}

static void test_every_command_has_a_summary_and_help(void **state)
{
	static const struct command *const all[] = {&command_scan, &command_controls, &command_version};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(all[i]->summary[0]);
		all[i]->help();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_that_are_too_many),
		cmocka_unit_test(test_a_scan_that_is_refused),
		cmocka_unit_test(test_a_scan_without_credentials),
		cmocka_unit_test(test_every_command_has_a_summary_and_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
