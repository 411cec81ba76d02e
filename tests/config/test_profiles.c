/*
 * profiles.c: parsing AWS's shared files.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "config/profiles.h"
#include "tests/unit.h"

#define KEYS "test_profile_keys"
#define SETTINGS "test_profile_settings"

enum { NOBODY = 65534 };

static const char *keys_path = KEYS, *default_home; /* override the paths of both files */
static const char *profile_variable, *old_profile_variable, *url_variable, *ignore_variable;

static const char *environment(const char *name)
{
	if (strcmp(name, "HOME") == 0)
		return default_home;
	if (strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
		return default_home ? NULL : keys_path;
	if (strcmp(name, "AWS_CONFIG_FILE") == 0)
		return default_home ? NULL : SETTINGS;
	if (strcmp(name, "AWS_PROFILE") == 0)
		return profile_variable;
	if (strcmp(name, "AWS_DEFAULT_PROFILE") == 0)
		return old_profile_variable;
	if (strcmp(name, "AWS_ENDPOINT_URL") == 0)
		return url_variable;
	if (strcmp(name, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == 0)
		return ignore_variable;
	return NULL;
}

static void write_files(const char *keys, const char *settings)
{
	FILE *file = fopen(KEYS, "w");

	fputs(keys, file);
	fclose(file);
	file = fopen(SETTINGS, "w");
	fputs(settings, file);
	fclose(file);
}

static int end(void **state)
{
	(void)state;
	unlink(KEYS);
	unlink(SETTINGS);
	rmdir(SETTINGS);
	profile_variable = old_profile_variable = url_variable = ignore_variable = NULL;
	return 0;
}

static void expect(const struct profiles *profiles, const char *name, const char *key, const char *value)
{
	const struct profile_entry *found = profiles_service_setting(profiles, name, key);

	if (!value)
		assert_null(found);
	else if (!found || !span_equals(found->value, value))
		fail_msg("%s of %s is \"" SPAN_FORMAT "\", not \"%s\"", key, name,
			 SPAN_ARGUMENTS(found ? found->value : span_of("(nothing)")), value);
}

static void test_forms(void **state)
{
	struct profiles profiles;

	(void)state;
	write_files("[a]\nk = of keys\n[profile b]\nk=named oddly\n[ blank ]\nk = trimmed\n['q']\nk = quoted\n",
		    "; comment\n# comment\n\r\n[default]\nk:colon\n"
		    "[profile a]\nk = of settings\nonly = here\n[ profile \"two words\" ] ; more\nk = spaced\n"
		    "[profile nested]\ns3 =\n  k = below\n\tmore=1\nk = above\nempty=\nlong = one\n  two\n"
		    "services = dev\n[services dev]\nSTS =\n  endpoint_url = http://sts\n\nkms =\n"
		    "  endpoint_url = http://first\n  endpoint_url = http://kms\nec2 =\n  Endpoint_URL = "
		    "http://ec2\n"
		    "[sso-session corp]\nsso_region = eu-west-1\n[plugins]\nk = v\n[other]\nk = not a profile "
		    "here\n"
		    "[profile a]b]\nk = brackets\n[profile]\n[profile not one]\n[profile 'open]\n[]]\n");
	assert_true(profiles_open(&profiles, environment));
	assert_null(profiles_invalid(&profiles));
	assert_null(profiles_unreadable(&profiles, true));
	expect(&profiles, "a", "k", "of keys");
	expect(&profiles, "a", "only", "here");
	expect(&profiles, "a", "K", "of keys");
	expect(&profiles, "a]b", "k", "brackets");
	expect(&profiles, "profile b", "k", "named oddly");
	expect(&profiles, "blank", "k", "trimmed");
	expect(&profiles, "'q'", "k", "quoted");
	expect(&profiles, "default", "k", "colon");
	expect(&profiles, "two words", "k", "spaced");
	expect(&profiles, "nested", "k", "above");
	expect(&profiles, "nested", "more", NULL);
	expect(&profiles, "nested", "empty", "");
	expect(&profiles, "nested", "long", "one\ntwo");
	expect(&profiles, "nested", "sts.endpoint_url", "http://sts");
	expect(&profiles, "nested", "kms.endpoint_url", "http://kms");
	expect(&profiles, "nested", "ec2.endpoint_url", NULL);
	expect(&profiles, "nested", "rds.endpoint_url", NULL);
	expect(&profiles, "a", "sts.endpoint_url", NULL);
	assert_true(span_equals(profiles_entry(&profiles, PROFILE_SSO_SESSION, "corp", "sso_region")->value,
				"eu-west-1"));
	assert_true(profiles_have(&profiles, "nested"));
	assert_false(profiles_have(&profiles, "corp"));
	assert_false(profiles_have(&profiles, "other"));
	assert_false(profiles_have(&profiles, "not"));
	profiles_close(&profiles);
}

/* All keys of an indented section, with multi-line values. */
static void test_indented(void **state)
{
	struct profiles profiles;

	(void)state;
	write_files(
		"  [a]\n  one = 1\n  two = 2\n\t\tthree = 3\n # in between\n  four = 4\n",
		"[profile a]\n\tcredential_process = /bin/x\n\t\t--first 1\n\n# in between\n\t\t--second\r\n"
		"\tregion = eu-west-1\n[profile b]\nk = v\n [profile c]\n");
	assert_true(profiles_open(&profiles, environment));
	assert_null(profiles_invalid(&profiles));
	expect(&profiles, "a", "one", "1");
	expect(&profiles, "a", "two", "2");
	expect(&profiles, "a", "three", "3");
	expect(&profiles, "a", "four", "4");
	expect(&profiles, "a", "credential_process", "/bin/x\n--first 1\n\n--second");
	expect(&profiles, "a", "region", "eu-west-1");
	expect(&profiles, "b", "k", "v\n[profile c]");
	assert_true(profiles_setting(&profiles, "b", "k")->continued);
	assert_int_equal(profiles_setting(&profiles, "a", "region")->line, 7);
	profiles_close(&profiles);
}

/* Lines that end in CR, as on old Macs. */
static void test_line_ends(void **state)
{
	struct profiles profiles;

	(void)state;
	write_files("[a]\rk = 1\r\r\nl = 2\n\rm = 3", "");
	assert_true(profiles_open(&profiles, environment));
	expect(&profiles, "a", "k", "1");
	expect(&profiles, "a", "l", "2");
	expect(&profiles, "a", "m", "3");
	assert_int_equal(profiles_setting(&profiles, "a", "m")->line, 6);
	profiles_close(&profiles);
}

/* ---- invalid files ---- */

static void test_invalid(void **state)
{
	static const struct {
		const char *keys, *settings, *problem;
	} cases[] = {
		{"k = before any section\n", "", KEYS ":1: a setting before the first [section]"},
		{"", "\n# x\n\nrubbish\n", SETTINGS ":4: a setting before the first [section]"},
		{"", "[default]\nk = v\nrubbish\n", SETTINGS ":3: neither a [section] nor \"key = value\""},
		{"", "[default]\n= v\n", SETTINGS ":2: neither"},
		{"", "[default\n", SETTINGS ":1: a setting before"},
		{"", "[]\n", SETTINGS ":1: a setting before"},
		{"", "[profile a]\ns3 =\n  rubbish\n", SETTINGS ":3: not \"key = value\", below a key"},
		{"[a]\nk = 1\n[b]\n[a]\nl = 2\n", "",
		 KEYS ":4: the section \"a\" occurs a second time here, after line 1"},
		{"[a]\n[ a ]\n", "", KEYS ":2: the section \"a\" occurs a second time here"},
		{"", "[profile a]\n[profile 'a']\n",
		 SETTINGS ":2: the section \"a\" occurs a second time here"},
		{"", "[plugins]\n[plugins]\n",
		 SETTINGS ":2: the section \"plugins\" occurs a second time here"},
		{"", "[default]\n[default]\n", SETTINGS ":2: the section \"default\" occurs"},
		{"[a]\nk = 1\n\nK : 2\n", "", KEYS ":4: the key \"K\" occurs a second time here, after line 2"},
		{"", "[profile a]\ns3 =\n k = v\ns3 =\n l = w\n", SETTINGS ":4: the key \"s3\" occurs"},
		{"\xef\xbb\xbf[a]\nk = v\n", "", KEYS ":1: the file begins with a byte order mark (BOM)"},
		{"", "\xff\xfe[a]", SETTINGS ":1: the file is UTF-16"},
		{"", "\xfe\xff[a]", SETTINGS ":1: the file is UTF-16"},
		{"[a]\n# M\xfcller\nk = v\n", "", KEYS ":2: the line is not UTF-8"},
		{"[a]\nk = \xed\xa0\x80\n", "", KEYS ":2: the line is not UTF-8"},
		{"[DEFAULT]\nk = v\n", "", KEYS ":1: [DEFAULT] in capitals"},
		{"", "[DEFAULT]\nk = v\n", SETTINGS ":1: [DEFAULT] in capitals"},
		{"", "[default] # see [1]\nk = v\n", SETTINGS ":1: a second ] behind a section's name"},
		{"[a];]\n", "", KEYS ":1: a second ] behind"},
		{"", "[profiles a]\n", SETTINGS ":1: a section that begins with \"profiles\""},
		{"", "[sso-sessionX a]\n", SETTINGS ":1: a section that begins with \"sso-sessionX\""},
		/* The first problem is reported, and nothing of an invalid file is used. */
		{"[a]\n[a]\n", "rubbish\n", KEYS ":2:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct profiles profiles;
		const char *problem;

		write_files(cases[i].keys, cases[i].settings);
		assert_true(profiles_open(&profiles, environment));
		problem = profiles_invalid(&profiles);
		assert_non_null(problem);
		if (strncmp(problem, cases[i].problem, strlen(cases[i].problem)) != 0)
			fail_msg("\"%s\" does not begin with \"%s\"", problem, cases[i].problem);
		assert_false(profiles_have(&profiles, "a"));
		profiles_close(&profiles);
	}
}

static void test_a_nul_byte(void **state)
{
	FILE *file = fopen(KEYS, "w");
	struct profiles profiles;

	(void)state;
	fwrite("[a]\nk = v\0w\n", 1, 13, file);
	fclose(file);
	assert_true(profiles_open(&profiles, environment));
	assert_contains(profiles_invalid(&profiles), KEYS ":2: the line holds a NUL byte");
	profiles_close(&profiles);
}

static void test_absent(void **state)
{
	struct profiles profiles;

	(void)state;
	assert_true(profiles_open(&profiles, environment));
	assert_null(profiles_invalid(&profiles));
	assert_null(profiles_unreadable(&profiles, true));
	assert_false(profiles_have(&profiles, "default"));
	profiles_close(&profiles);
	assert_int_equal(symlink("/dev/null", KEYS), 0);
	assert_true(profiles_open(&profiles, environment));
	assert_null(profiles_unreadable(&profiles, true));
	profiles_close(&profiles);
}

static void expect_unreadable(const char *text)
{
	struct profiles profiles;

	assert_true(profiles_open(&profiles, environment));
	assert_null(profiles_invalid(&profiles));
	assert_string_equal(profiles_unreadable(&profiles, false), text);
	profiles_close(&profiles);
}

static void test_unreadable(void **state)
{
	(void)state;
	assert_int_equal(mkdir(KEYS, 0700), 0);
	expect_unreadable(KEYS " cannot be read: it is a directory");
	rmdir(KEYS);
	assert_int_equal(mkfifo(KEYS, 0600), 0);
	expect_unreadable(KEYS " cannot be read: it is not a regular file");
	unlink(KEYS);
	assert_int_equal(symlink("/dev/zero", SETTINGS), 0);
	expect_unreadable(SETTINGS " cannot be read: it is not a regular file");
	unlink(SETTINGS);
	assert_int_equal(symlink(KEYS, KEYS), 0);
	expect_unreadable(KEYS " cannot be read: Too many levels of symbolic links");
}

/* Root can read every file, so root continues as another user. */
static void become(uid_t user)
{
	if (getuid() == 0)
		assert_return_code(seteuid(user), errno);
}

/*
 * An existing unreadable file is reported. A default path in a folder that cannot be searched counts only
 * when its contents are needed.
 */
static void test_locked(void **state)
{
	char here[400], home[440];
	struct profiles profiles;

	(void)state;
	assert_non_null(getcwd(here, sizeof here));
	snprintf(home, sizeof home, "%s/" KEYS "_home", here);
	write_files("[a]\nk = v\n", "");
	chmod(KEYS, 0);
	mkdir(home, 0);
	become(NOBODY);
	expect_unreadable(KEYS " cannot be read: Permission denied");
	default_home = home;
	assert_true(profiles_open(&profiles, environment));
	assert_null(profiles_unreadable(&profiles, false));
	assert_contains(profiles_unreadable(&profiles, true),
			"_home/.aws/credentials cannot be read: Permission denied");
	profiles_close(&profiles);
	default_home = NULL;
	keys_path = KEYS "_home/credentials"; /* naming the file means needing it */
	expect_unreadable(KEYS "_home/credentials cannot be read: Permission denied");
	keys_path = KEYS;
	become(0);
	rmdir(home);
}

/* Files larger than a megabyte are read completely; session tokens can have thousands of characters. */
static void test_long(void **state)
{
	FILE *file = fopen(SETTINGS, "w");
	struct profiles profiles;

	(void)state;
	for (int i = 0; i < 20000; i++)
		fprintf(file, "[profile number-%d]\nregion = eu-west-1\nsso_account_id = %012d\n", i, i);
	assert_true(ftell(file) > 1200000);
	fclose(file);
	assert_true(profiles_open(&profiles, environment));
	assert_null(profiles_invalid(&profiles));
	expect(&profiles, "number-0", "sso_account_id", "000000000000");
	expect(&profiles, "number-19999", "sso_account_id", "000000019999");
	profiles_close(&profiles);
	assert_int_equal(truncate(SETTINGS, 17 << 20), 0);
	assert_true(profiles_open(&profiles, environment));
	assert_string_equal(profiles_invalid(&profiles),
			    SETTINGS ": it is longer than 16 MiB: is it a shared file of the AWS tools?");
	profiles_close(&profiles);
}

/* [profile default] replaces [default] completely, in any order. */
static void test_two_defaults(void **state)
{
	static const char *const settings[] = {"[default]\na = 1\n[profile default]\nb = 2\n",
					       "[profile default]\nb = 2\n[default]\na = 1\n"};
	struct profiles profiles;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		write_files("", settings[i]);
		assert_true(profiles_open(&profiles, environment));
		assert_null(profiles_invalid(&profiles));
		expect(&profiles, "default", "a", NULL);
		expect(&profiles, "default", "b", "2");
		assert_int_equal(profiles.settings.bare_default, i == 0 ? 1 : 3);
		assert_int_equal(profiles.settings.prefixed_default, i == 0 ? 3 : 1);
		profiles_close(&profiles);
	}
}

static void test_suggestions(void **state)
{
	char text[PROFILES_SUGGESTION];
	struct profiles profiles;

	(void)state;
	write_files("[audit]\n[profile dev]\n", "[profile network]\n\n[prod]\n");
	assert_true(profiles_open(&profiles, environment));
	assert_string_equal(profiles_suggest(&profiles, "audti", text), ". Did you mean \"audit\"?");
	assert_string_equal(profiles_suggest(&profiles, "netwrok", text), ". Did you mean \"network\"?");
	assert_string_equal(profiles_suggest(&profiles, "prod", text),
			    "; " SETTINGS ":3 has [prod], but in that file its name is [profile prod]");
	assert_string_equal(profiles_suggest(&profiles, "dev", text),
			    "; " KEYS ":2 has [profile dev], but in that file its name is [dev]");
	assert_string_equal(profiles_suggest(&profiles, "nothing-like-it", text), "");
	profiles_close(&profiles);
}

/* ---- settings ---- */

static void load(struct config *config, const char *flag)
{
	const char *const arguments[] = {flag};
	const struct config_sources sources = {
		.argument_count = flag != NULL, .arguments = arguments, .environment = environment};
	struct diagnostics diagnostics = {0};

	if (!config_load(config, &sources, &diagnostics))
		fail_msg("%s", diagnostics.first->text);
}

/* Settings of a profile apply when no other source sets them. */
static void test_settings_of_a_profile(void **state)
{
	struct config config;

	(void)state;
	write_files("", "[default]\nregion = eu-west-1\nuse_fips_endpoint = false\n"
			"[profile dev]\nregion = eu-west-2\nendpoint_url = http://all\nservices = dev\n"
			"max_attempts = 3\nuse_fips_endpoint = false\n"
			"[services dev]\nsts =\n  endpoint_url = http://sts\n");
	load(&config, NULL);
	assert_string_equal(config.region, "eu-west-1");
	assert_false(config.profile_from_environment);
	config_deinit(&config);
	profile_variable = "dev";
	load(&config, NULL);
	assert_true(config.profile_from_environment);
	assert_string_equal(config.region, "eu-west-2");
	assert_string_equal(config.endpoint_url, "http://all");
	assert_string_equal(config.endpoint_url_sts, "http://sts");
	assert_int_equal(config.max_attempts, 3);
	config_deinit(&config);
	load(&config, "--region=us-west-2");
	assert_string_equal(config.region, "us-west-2");
	config_deinit(&config);
	url_variable = "http://mine"; /* for all services: overrides the profile's for one */
	load(&config, NULL);
	assert_string_equal(config.endpoint_url, "http://mine");
	assert_null(config.endpoint_url_sts);
	config_deinit(&config);
	ignore_variable = "true";
	load(&config, NULL);
	assert_null(config.endpoint_url);
	assert_null(config.endpoint_url_sts);
	config_deinit(&config);
	load(&config, "--profile=default");
	assert_false(config.profile_from_environment);
	assert_string_equal(config.region, "eu-west-1");
	config_deinit(&config);
}

static void expect_problem(const char *settings, const char *text)
{
	const struct config_sources sources = {.environment = environment};
	struct diagnostics diagnostics = {0};
	struct config config;

	write_files("", settings);
	assert_false(config_load(&config, &sources, &diagnostics));
	assert_contains(diagnostics.first->text, text);
	diagnostics_deinit(&diagnostics);
	config_deinit(&config);
}

static void expect_warning(const char *settings, const char *text)
{
	struct config config;

	write_files("", settings);
	load(&config, NULL);
	if (text)
		assert_contains(config.warnings.first->text, text);
	else
		assert_int_equal(config.warnings.count, 0);
	config_deinit(&config);
}

static void test_settings_of_two_lines(void **state)
{
	struct config config;

	(void)state;
	expect_problem("[default]\nregion = eu-west-1\n  eu-west-2\n", SETTINGS ":2: region takes one line");
	expect_problem("[default]\nendpoint_url =\n  k = v\n", SETTINGS ":2: endpoint_url takes one line");
	expect_problem("[default]\nregion = eu-west-1 # home\n",
		       "profile default: aws.region \"eu-west-1 # home\": must be");
	expect_problem("[default]\nendpoint_url = http://me:s3cret@h\n",
		       "aws.endpoint_url \"http://(hidden)@h\": must be");
	/* An invalid file is ignored for settings; the search for credentials reports its problem. */
	write_files("", "[default]\nregion = eu-west-1\nrubbish\n");
	load(&config, NULL);
	assert_string_equal(config.region, "us-east-1");
	config_deinit(&config);
}

static void test_doubts(void **state)
{
	(void)state;
	expect_warning("[default]\nregion = eu-west-1\n", NULL);
	expect_warning("[default]\n[profile default]\n",
		       SETTINGS ": [profile default] in line 2 counts, and nothing of [default] in line 1");
	profile_variable = "dev";
	expect_warning("[default]\n[profile default]\n[profile dev]\n", NULL);
	old_profile_variable = "dev";
	expect_warning("[profile dev]\n", NULL);
	old_profile_variable = "prod";
	expect_warning("[profile dev]\n",
		       "AWS_PROFILE is dev and counts, and AWS_DEFAULT_PROFILE, which is prod");
	profile_variable = NULL;
	expect_warning("[profile prod]\n", NULL);
	old_profile_variable = NULL;
	unlink(SETTINGS);
	write_files("", "");
	unlink(SETTINGS);
	assert_int_equal(mkdir(SETTINGS, 0700), 0);
	{
		struct config config;

		load(&config, NULL);
		assert_string_equal(config.warnings.first->text,
				    SETTINGS " cannot be read: it is a directory; what it sets does not count");
		config_deinit(&config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_forms, end),
		cmocka_unit_test_teardown(test_indented, end),
		cmocka_unit_test_teardown(test_line_ends, end),
		cmocka_unit_test_teardown(test_invalid, end),
		cmocka_unit_test_teardown(test_a_nul_byte, end),
		cmocka_unit_test_teardown(test_absent, end),
		cmocka_unit_test_teardown(test_unreadable, end),
		cmocka_unit_test_teardown(test_locked, end),
		cmocka_unit_test_teardown(test_long, end),
		cmocka_unit_test_teardown(test_two_defaults, end),
		cmocka_unit_test_teardown(test_suggestions, end),
		cmocka_unit_test_teardown(test_settings_of_a_profile, end),
		cmocka_unit_test_teardown(test_settings_of_two_lines, end),
		cmocka_unit_test_teardown(test_doubts, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
