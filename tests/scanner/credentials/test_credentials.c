/* The sources that need nobody to answer, and the chain over all of them. Those that do:
 * tests/system/test_credentials.py */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "scanner/credentials/credentials.h"
#include "tests/unit.h"

static FILE *warnings;

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
	chmod(path, 0600);
}

static int begin(void **state)
{
	static const char *const variables[] = {"AWS_ACCESS_KEY_ID",
						"AWS_SECRET_ACCESS_KEY",
						"AWS_SESSION_TOKEN",
						"AWS_CREDENTIAL_EXPIRATION",
						"AWS_PROFILE",
						"AWS_WEB_IDENTITY_TOKEN_FILE",
						"AWS_ROLE_ARN",
						"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
						"AWS_CONTAINER_CREDENTIALS_FULL_URI",
						"AWS_EC2_METADATA_SERVICE_ENDPOINT",
						"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"};

	(void)state;
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
		unsetenv(variables[i]);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "test_credentials", 1);
	setenv("AWS_CONFIG_FILE", "test_settings", 1);
	setenv("HOME", "/nonexistent", 1);
	unlink("test_credentials");
	unlink("test_settings");
	if (!warnings)
		warnings = tmpfile();
	rewind(warnings);
	assert_return_code(ftruncate(fileno(warnings), 0), errno);
	return 0;
}

static int end(void **state)
{
	return begin(state);
}

/* As scan would: --profile NAME, or AWS_PROFILE. */
static bool find(const char *profile, bool from_environment, struct credentials *credentials,
		 struct error *error)
{
	const struct config config = {.profile = profile,
				      .profile_from_environment = from_environment,
				      .region = "us-east-1",
				      .endpoint_url = "http://127.0.0.1:9",
				      .timeout = 2000,
				      .connect_timeout = 1000,
				      .idle_timeout = 1000,
				      .max_attempts = 1,
				      .max_answer = 65536};
	const struct log log = {.stream = warnings, .level = LOG_WARNING};

	*error = (struct error){0};
	return credentials_find(&config, &log, NULL, credentials, error);
}

static void expect(const char *profile, bool from_environment, const char *id, const char *secret,
		   const char *token, const char *from)
{
	struct credentials found;
	struct error error;

	if (!find(profile, from_environment, &found, &error))
		fail_msg("no credentials: %s", error.text);
	assert_string_equal(found.session->access_key_id, id);
	assert_string_equal(found.session->secret_access_key, secret);
	if (token)
		assert_string_equal(found.session->token, token);
	else
		assert_null(found.session->token);
	assert_contains(found.where, from);
	session_close(found.session);
}

static void expect_found(const char *profile, const char *id, const char *secret, const char *token,
			 const char *from)
{
	expect(profile, false, id, secret, token, from);
}

static void expect_refused(const char *profile, const char *part)
{
	struct credentials found;
	struct error error;

	assert_false(find(profile, false, &found, &error));
	assert_null(found.session);
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
	setenv("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z", 1);
	expect_refused(NULL, "have expired (AWS_CREDENTIAL_EXPIRATION is 2020-01-01T00:00:00Z)");
	setenv("AWS_CREDENTIAL_EXPIRATION", "tomorrow", 1);
	expect_refused(NULL, "AWS_CREDENTIAL_EXPIRATION is \"tomorrow\", not a time");
	setenv("AWS_CREDENTIAL_EXPIRATION", "2999-01-01T00:00:00Z", 1);
	expect_found(NULL, "AKIA1", "s", "t", "environment variables");
}

/* Each source that was asked is named, with what it looked for. */
static void test_nothing_anywhere(void **state)
{
	static const char *const parts[] = {
		"environment variables: AWS_ACCESS_KEY_ID is not set",
		"role of a profile: no role_arn",
		"web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set",
		"IAM Identity Center: no sso_session",
		"shared profile: no profile \"default\" in test_credentials or test_settings",
		"credential_process: no credential_process",
		"container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor",
		"instance metadata: switched off by AWS_EC2_METADATA_DISABLED",
	};

	(void)state;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		expect_refused(NULL, parts[i]);
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
	expect_found(NULL, "AKIA0", "se=cret", NULL, "shared profile (default in test_credentials)");
	expect_found("audit", "AKIA2", "two", token,
		     "audit in test_credentials"); /* the credentials file wins */
	expect_found("other", "AKIA3", "three", NULL, "other in test_settings");
	expect_refused("audti", "there is no profile audti in test_credentials or test_settings; did you mean "
				"\"audit\"?");
	expect_refused("nothing-like-it", "there is no profile nothing-like-it");
}

/* A profile that was asked for comes before keys of the environment; AWS_PROFILE does not. */
static void test_order(void **state)
{
	(void)state;
	write_text("test_credentials", "[audit]\naws_access_key_id = AKIA2\naws_secret_access_key = two\n");
	setenv("AWS_ACCESS_KEY_ID", "AKIA1", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "one", 1);
	expect("audit", false, "AKIA2", "two", NULL, "shared profile");
	expect("audit", true, "AKIA1", "one", NULL, "environment variables");
}

static void test_broken_profiles(void **state)
{
	(void)state;
	write_text("test_credentials",
		   "[half]\naws_access_key_id = AKIA2\n[other]\naws_secret_access_key = x\n[empty]\n");
	write_text("test_settings", "[profile new]\nlogin_session = x\n");
	expect_refused("half",
		       "half in test_credentials has half a key pair: aws_secret_access_key is missing");
	expect_refused("other", "half a key pair: aws_access_key_id is missing");
	expect_refused("empty", "no keys in the profile empty");
	expect_refused("new", "aws configure export-credentials --profile new");
	write_text("test_settings", "[profile x]\nregion = eu-west-1\nwhat is this\n");
	expect_refused("x", "test_settings:3: neither a [section] nor");
}

static void test_files_of_others(void **state)
{
	char text[200] = "";

	(void)state;
	write_text("test_credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = b\n");
	expect_found(NULL, "A", "b", NULL, "shared profile");
	assert_int_equal(ftell(warnings), 0);
	chmod("test_credentials", 0644);
	expect_found(NULL, "A", "b", NULL, "shared profile");
	rewind(warnings);
	assert_non_null(fgets(text, sizeof text, warnings));
	assert_contains(text, "test_credentials can be read by other users (mode 644)");
}

/* ---- roles ---- */

static void test_roles_that_cannot_be(void **state)
{
	static const struct {
		const char *profile, *part;
	} cases[] = {
		{"mfa", "profile mfa wants a code of the MFA device arn:aws:iam::111111111111:mfa/me"},
		{"both", "profile both has role_arn and both"},
		{"neither", "profile neither has role_arn and neither"},
		{"circle", "source_profile goes round in a circle: circle -> circle2 -> circle"},
		{"self", "source_profile goes round in a circle: self -> self"},
		{"gone", "profile gone: its source_profile defualt is not there; did you mean \"default\"?"},
		{"source",
		 "credential_source is \"Ec2Metadata\", allowed are Environment, Ec2InstanceMetadata"},
		{"environment", "credential_source Environment: AWS_ACCESS_KEY_ID is not set"},
		{"long", "duration_seconds is \"43201\", allowed are 900 to 43200"},
		{"china", "a role of the partition aws-cn, but aws.region us-east-1 is in aws"},
		{"noarn", "role_arn audit is no ARN"},
		{"empty-source", "the profile nothing has no credentials; tried:"},
		{"web", "cannot read /nonexistent/token"},
		{"web-without-role", "but no role: set AWS_ROLE_ARN"},
		{"sso", "names the sso-session corp, but test_settings has no [sso-session corp]"},
		{"sso-half", "uses IAM Identity Center, but lacks sso_account_id"},
		{"sso-out", "nobody is logged in (no /nonexistent/.aws/sso/cache/"},
		{"sso-out", "run `aws sso login --sso-session known`"},
		{"sso-old", "run `aws sso login --profile sso-old`"},
	};

	(void)state;
	write_text("test_credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = b\n");
	write_text("test_settings",
		   "[profile mfa]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = default\n"
		   "mfa_serial = arn:aws:iam::111111111111:mfa/me\n"
		   "[profile both]\nrole_arn = r\nsource_profile = default\ncredential_source = Environment\n"
		   "[profile neither]\nrole_arn = r\n"
		   "[profile circle]\nrole_arn = r\nsource_profile = circle2\n"
		   "[profile circle2]\nrole_arn = r\nsource_profile = circle\n"
		   "[profile self]\nrole_arn = r\nsource_profile = self\n"
		   "[profile gone]\nrole_arn = r\nsource_profile = defualt\n"
		   "[profile source]\nrole_arn = r\ncredential_source = Ec2Metadata\n"
		   "[profile environment]\nrole_arn = r\ncredential_source = Environment\n"
		   "[profile long]\nrole_arn = r\nsource_profile = default\nduration_seconds = 43201\n"
		   "[profile china]\nrole_arn = arn:aws-cn:iam::111111111111:role/x\nsource_profile = default\n"
		   "[profile noarn]\nrole_arn = audit\nsource_profile = default\n"
		   "[profile nothing]\nregion = eu-west-1\n"
		   "[profile empty-source]\nrole_arn = r\nsource_profile = nothing\n"
		   "[profile web]\nrole_arn = r\nweb_identity_token_file = /nonexistent/token\n"
		   "[profile web-without-role]\nweb_identity_token_file = /nonexistent/token\n"
		   "[profile sso]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
		   "[profile sso-half]\nsso_session = known\n"
		   "[sso-session known]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n"
		   "[profile sso-out]\nsso_session = known\nsso_account_id = 1\nsso_role_name = r\n"
		   "[profile sso-old]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n"
		   "sso_account_id = 1\nsso_role_name = r\n");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_refused(cases[i].profile, cases[i].part);
}

/* ---- programs ---- */

static void set_process(const char *command)
{
	char text[1200];

	snprintf(text, sizeof text, "[default]\ncredential_process = %s\n", command);
	write_text("test_settings", text);
}

static void write_program(const char *text)
{
	write_text("test_program", text);
	chmod("test_program", 0700);
}

static void test_programs(void **state)
{
	(void)state;
	write_program(
		"#!/bin/sh\n[ \"$1\" = 'two words' ] && [ \"$2\" = \"it's\" ] && [ \"$3\" = '$HOME' ] || exit "
		"3\n"
		"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"SessionToken\": "
		"\"t\", \"Expiration\": \"2999-01-01T00:00:00Z\"}'\n");
	set_process("./test_program \"two words\" it\\'s '$HOME'");
	expect_found(NULL, "A", "s", "t", "credential_process (default: ./test_program)");
	unlink("test_program");
}

static void test_bad_programs(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"echo rubbish", "printed no JSON object"},
		{"echo '[]'", "printed no JSON object"},
		{"echo '{}'", "printed no \"Version\": 1"},
		{"echo '{\"Version\": \"1\"}'", "printed no \"Version\": 1"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\"}'",
		 "there is no SecretAccessKey in the answer"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": 7}'",
		 "there is no SecretAccessKey"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"Expiration\": "
		 "\"x\"}'",
		 "Expiration is neither a time"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"Expiration\": "
		 "\"2020-01-01T00:00:00Z\"}'",
		 "its keys have expired at 2020-01-01T00:00:00Z"},
		{"echo 'vault is sealed' >&2; echo more >&2; exit 7",
		 "ended with exit code 7: vault is sealed"},
		{"exit 7", "ended with exit code 7: it printed no error"},
		{"kill -9 $$", "was ended by signal 9"},
		{"head -c 300000 /dev/zero", "printed no JSON object"},
	};
	char text[600];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(text, sizeof text, "#!/bin/sh\n%s\n", cases[i].text);
		write_program(text);
		set_process("./test_program");
		expect_refused(NULL, cases[i].part);
	}
	unlink("test_program");
	set_process("./test_program");
	expect_refused(NULL, "cannot run \"./test_program\": No such file");
	set_process("'./test_program");
	expect_refused(NULL, "has an open quote");
}

/* ---- addresses ---- */

static void test_addresses(void **state)
{
	static const struct {
		const char *variable, *value, *part;
	} cases[] = {
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/x",
		 "plain http is only for loopback"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1.example.com/x",
		 "plain http is only for"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1@example.com/",
		 "plain http is only for"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "ftp://127.0.0.1/x", "not an address with http://"},
		{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "x", "must start with a slash"},
		{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv5", "allowed are IPv4 and IPv6"},
		{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254", "not an address with http://"},
	};

	(void)state;
	setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		setenv(cases[i].variable, cases[i].value, 1);
		expect_refused(NULL, cases[i].part);
		unsetenv(cases[i].variable);
	}
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9", 1);
	expect_refused(NULL, "no instance metadata at http://127.0.0.1:9/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_environment, begin, end),
		cmocka_unit_test_setup_teardown(test_nothing_anywhere, begin, end),
		cmocka_unit_test_setup_teardown(test_files, begin, end),
		cmocka_unit_test_setup_teardown(test_order, begin, end),
		cmocka_unit_test_setup_teardown(test_broken_profiles, begin, end),
		cmocka_unit_test_setup_teardown(test_files_of_others, begin, end),
		cmocka_unit_test_setup_teardown(test_roles_that_cannot_be, begin, end),
		cmocka_unit_test_setup_teardown(test_programs, begin, end),
		cmocka_unit_test_setup_teardown(test_bad_programs, begin, end),
		cmocka_unit_test_setup_teardown(test_addresses, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
