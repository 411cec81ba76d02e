/* profiles.c: how AWS's shared files are read. */
#include <unistd.h>

#include "config/config.h"
#include "config/profiles.h"
#include "tests/unit.h"

#define KEYS "test_profile_keys"
#define SETTINGS "test_profile_settings"

static const char *profile_variable, *url_variable, *ignore_variable;

static const char *environment(const char *name)
{
	if (strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
		return KEYS;
	if (strcmp(name, "AWS_CONFIG_FILE") == 0)
		return SETTINGS;
	if (strcmp(name, "AWS_PROFILE") == 0)
		return profile_variable;
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
	profile_variable = url_variable = ignore_variable = NULL;
	return 0;
}

static void expect(const struct profiles *profiles, const char *name, const char *key, const char *value)
{
	struct span found = profiles_service_setting(profiles, name, key);

	if (!value)
		assert_null(found.at);
	else if (!span_equals(found, value))
		fail_msg("%s of %s is \"" SPAN_FORMAT "\", not \"%s\"", key, name, SPAN_ARGUMENTS(found),
			 value);
}

static void test_forms(void **state)
{
	struct profiles profiles;

	(void)state;
	write_files(
		"[a]\nk = of keys\n[profile b]\nk=named oddly\n",
		"; comment\n# comment\n\r\n[default]\nk:colon\n"
		"[profile a]\nk = of settings\nonly = here\n[ profile \"two words\" ] ; more\nk = spaced\n"
		"[profile nested]\ns3 =\n  k = below\n\tmore=1\nk = above\nlong = one\n  two\nservices = dev\n"
		"[services dev]\nsts =\n  endpoint_url = http://sts\nkms =\n  endpoint_url = http://kms\n"
		"[sso-session corp]\nsso_region = eu-west-1\n[plugins]\nk = v\n[a]\nk = not a profile here\n");
	assert_true(profiles_open(&profiles, environment));
	expect(&profiles, "a", "k", "of keys");
	expect(&profiles, "a", "only", "here");
	expect(&profiles, "a", "K", "of keys");
	expect(&profiles, "profile b", "k", "named oddly");
	expect(&profiles, "default", "k", "colon");
	expect(&profiles, "two words", "k", "spaced");
	expect(&profiles, "nested", "k", "above");
	expect(&profiles, "nested", "more", NULL);
	expect(&profiles, "nested", "long", "one");
	expect(&profiles, "nested", "sts.endpoint_url", "http://sts");
	expect(&profiles, "nested", "kms.endpoint_url", "http://kms");
	expect(&profiles, "nested", "rds.endpoint_url", NULL);
	expect(&profiles, "a", "sts.endpoint_url", NULL);
	assert_true(
		span_equals(profiles_value(&profiles, PROFILE_SSO_SESSION, "corp", "sso_region"), "eu-west-1"));
	assert_true(profiles_have(&profiles, "nested"));
	assert_false(profiles_have(&profiles, "corp"));
	assert_null(profiles.broken_path);
	profiles_close(&profiles);
}

static void test_broken(void **state)
{
	struct profiles profiles;

	(void)state;
	write_files("k = before any section\n", "[default]\nk = v\n[open\n");
	assert_true(profiles_open(&profiles, environment));
	assert_string_equal(profiles.broken_path, KEYS);
	assert_int_equal(profiles.broken_line, 1);
	expect(&profiles, "default", "k", "v");
	profiles_close(&profiles);
	end(NULL);
	assert_true(profiles_open(&profiles, environment)); /* no files at all */
	assert_false(profiles_have(&profiles, "default"));
	profiles_close(&profiles);
}

static void load(struct config *config, const char *flag)
{
	const char *const arguments[] = {flag};
	const struct config_sources sources = {
		.argument_count = flag != NULL, .arguments = arguments, .environment = environment};
	struct problems problems = {0};

	if (!config_load(config, &sources, &problems))
		fail_msg("%s", problems.first->text);
}

/* A profile's settings count where nothing else was said. */
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
	config_free(&config);
	profile_variable = "dev";
	load(&config, NULL);
	assert_true(config.profile_from_environment);
	assert_string_equal(config.region, "eu-west-2");
	assert_string_equal(config.endpoint_url, "http://all");
	assert_string_equal(config.endpoint_url_sts, "http://sts");
	assert_int_equal(config.max_attempts, 3);
	config_free(&config);
	load(&config, "--region=us-west-2");
	assert_string_equal(config.region, "us-west-2");
	config_free(&config);
	url_variable = "http://mine"; /* for all services: wins over the profile's for one */
	load(&config, NULL);
	assert_string_equal(config.endpoint_url, "http://mine");
	assert_null(config.endpoint_url_sts);
	config_free(&config);
	ignore_variable = "true";
	load(&config, NULL);
	assert_null(config.endpoint_url);
	assert_null(config.endpoint_url_sts);
	config_free(&config);
	load(&config, "--profile=default");
	assert_false(config.profile_from_environment);
	assert_string_equal(config.region, "eu-west-1");
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_forms, end),
		cmocka_unit_test_teardown(test_broken, end),
		cmocka_unit_test_teardown(test_settings_of_a_profile, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
