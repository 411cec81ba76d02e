/* credentials_environment.c, credentials_profile.c and the chain over them. */
#include <unistd.h>

#include "scanner/aws/credentials.h"
#include "tests/unit.h"

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static int begin(void **state)
{
	(void)state;
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	unsetenv("AWS_SESSION_TOKEN");
	unsetenv("AWS_PROFILE");
	setenv("AWS_SHARED_CREDENTIALS_FILE", "test_credentials", 1);
	setenv("AWS_CONFIG_FILE", "test_settings", 1);
	unlink("test_credentials");
	unlink("test_settings");
	return 0;
}

static int end(void **state)
{
	return begin(state);
}

static void expect_found(const char *profile, const char *id, const char *secret, const char *token,
			 const char *from)
{
	const struct config config = {.profile = profile};
	struct error error = {0};
	const char *source;
	struct session *session = credentials_find(&config, &source, &error);

	if (!session)
		fail_msg("no credentials: %s", error.text);
	assert_string_equal(session->access_key_id, id);
	assert_string_equal(session->secret_access_key, secret);
	if (token)
		assert_string_equal(session->token, token);
	else
		assert_null(session->token);
	assert_string_equal(source, from);
	session_close(session);
}

static void expect_refused(const char *profile, const char *part)
{
	const struct config config = {.profile = profile};
	struct error error = {0};
	const char *source;

	assert_null(credentials_find(&config, &source, &error));
	assert_int_equal(error.kind, ERROR_CREDENTIALS);
	assert_contains(error.text, part);
}

static void test_environment(void **state)
{
	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKIA1", 1);
	expect_refused(NULL, "AWS_SECRET_ACCESS_KEY is not");
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	setenv("AWS_SESSION_TOKEN", "", 1);
	expect_found(NULL, "AKIA1", "s", NULL, "environment variables");
	setenv("AWS_SESSION_TOKEN", "t", 1);
	expect_found(NULL, "AKIA1", "s", "t", "environment variables");
}

static void test_nothing_anywhere(void **state)
{
	(void)state;
	expect_refused(NULL, "environment variables: AWS_ACCESS_KEY_ID is not set");
	expect_refused(NULL, "shared profile: no profile \"default\" in test_credentials or test_settings");
}

static void test_files(void **state)
{
	char token[3000], text[4000];

	(void)state;
	memset(token, 'T', sizeof token);
	token[sizeof token - 1] = '\0';
	snprintf(
		text, sizeof text,
		"# a comment\n[default]\naws_access_key_id=AKIA0\naws_secret_access_key = se=cret \n\n[audit]\n"
		"aws_access_key_id = AKIA2\naws_secret_access_key = two\naws_session_token = %s\n",
		token);
	write_text("test_credentials", text);
	write_text("test_settings",
		   "[profile audit]\nregion = eu-west-1\naws_access_key_id = LOSES\n"
		   "aws_secret_access_key = loses\n[profile other]\naws_access_key_id = AKIA3\n"
		   "s3 =\n  aws_secret_access_key = nested\naws_secret_access_key = three\n");
	expect_found(NULL, "AKIA0", "se=cret", NULL, "shared profile");
	expect_found("audit", "AKIA2", "two", token, "shared profile"); /* the credentials file wins */
	expect_found("other", "AKIA3", "three", NULL, "shared profile");
	expect_refused("audti", "there is no profile audti in the shared files; did you mean audit?");
	expect_refused("nothing-like-it", "there is no profile nothing-like-it");
}

/* A profile that was asked for comes before keys of the environment; AWS_PROFILE does not. */
static void test_order(void **state)
{
	(void)state;
	write_text("test_credentials", "[audit]\naws_access_key_id = AKIA2\naws_secret_access_key = two\n");
	setenv("AWS_ACCESS_KEY_ID", "AKIA1", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "one", 1);
	expect_found("audit", "AKIA2", "two", NULL, "shared profile");
	setenv("AWS_PROFILE", "audit", 1);
	expect_found("audit", "AKIA1", "one", NULL, "environment variables");
}

static void test_broken_profiles(void **state)
{
	(void)state;
	write_text("test_credentials",
		   "[half]\naws_access_key_id = AKIA2\n[other]\naws_secret_access_key = x\n[empty]\n");
	write_text("test_settings", "[profile sso]\nsso_session = corp\n");
	expect_refused("half", "half a key pair: aws_secret_access_key is missing");
	expect_refused("other", "half a key pair: aws_access_key_id is missing");
	expect_refused("empty", "no keys in the profile empty");
	expect_refused("sso", "uses sso_session, which is not supported");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_environment, begin, end),
		cmocka_unit_test_setup_teardown(test_nothing_anywhere, begin, end),
		cmocka_unit_test_setup_teardown(test_files, begin, end),
		cmocka_unit_test_setup_teardown(test_order, begin, end),
		cmocka_unit_test_setup_teardown(test_broken_profiles, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
