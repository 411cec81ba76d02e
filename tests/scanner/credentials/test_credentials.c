/*
 * The credential sources without a server, and the chain. Those with a server:
 * tests/system/test_credentials.py
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "scanner/credentials/credentials.h"
#include "tests/unit.h"

static FILE *warnings;
static int64_t time_limit;

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
						"AWS_SECURITY_TOKEN",
						"AWS_CREDENTIAL_EXPIRATION",
						"AWS_PROFILE",
						"AWS_WEB_IDENTITY_TOKEN_FILE",
						"AWS_ROLE_ARN",
						"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
						"AWS_CONTAINER_CREDENTIALS_FULL_URI",
						"AWS_CONTAINER_AUTHORIZATION_TOKEN",
						"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
						"AWS_EC2_METADATA_SERVICE_ENDPOINT",
						"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"};

	(void)state;
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
		unsetenv(variables[i]);
	time_limit = 5000;
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "test_credentials", 1);
	setenv("AWS_CONFIG_FILE", "test_settings", 1);
	setenv("HOME", "/nonexistent", 1);
	unlink("test_credentials");
	unlink("test_settings");
	unlink("test_token");
	rmdir("test_settings");
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

/* As a scan does: --profile NAME, or AWS_PROFILE. */
static bool find(const char *profile, bool from_environment, struct credentials *credentials,
		 struct error *error)
{
	const struct config config = {.profile = profile,
				      .profile_from_environment = from_environment,
				      .region = "us-east-1",
				      .endpoint_url = "http://127.0.0.1:9",
				      .timeout_ms = time_limit,
				      .connect_timeout_ms = 1000,
				      .idle_timeout_ms = 1000,
				      .max_attempts = 1,
				      .max_answer_bytes = 65536};
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
	session_free(found.session);
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
	setenv("AWS_SECURITY_TOKEN", "older", 1); /* takes precedence, as in botocore */
	expect_found(NULL, "AKIA1", "s", "older", "environment variables");
	setenv("AWS_SECURITY_TOKEN", "", 1);
	expect_found(NULL, "AKIA1", "s", "t", "environment variables");
}

/* "+05:30" is earlier than it looks, "-05:00" later. */
static void test_expirations_with_an_offset(void **state)
{
	static const struct {
		int64_t from_now; /* seconds */
		const char *offset;
		int64_t east;
	} cases[] = {
		{3600, "Z", 0},          {3600, "-05:00", -18000},
		{3600, "+0530", 19800},  {3600, ".123+02:00", 7200},
		{3600, "+14", 50400},    {-3600, "-05:00", -18000},
		{-3600, "+0530", 19800}, {-3600, ".9+02:00", 7200},
	};

	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKIA1", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char iso[CLOCK_ISO_SIZE], text[60];
		struct credentials found;
		struct error error;
		int64_t end = clock_wall_seconds() + cases[i].from_now;

		clock_format_iso(end + cases[i].east, iso);
		snprintf(text, sizeof text, "%.19s%s", iso, cases[i].offset);
		setenv("AWS_CREDENTIAL_EXPIRATION", text, 1);
		if (find(NULL, false, &found, &error) != (cases[i].from_now > 0))
			fail_msg("%s: %s", text, error.text);
		if (found.session)
			assert_int_equal(found.session->expires, end);
		session_free(found.session);
	}
}

/* Refused by name before any request is sent. */
static void test_keys_that_are_no_text_of_a_header(void **state)
{
	static const char *const names[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
					    "AWS_SECURITY_TOKEN"};
	static const struct {
		const char *value, *flaw;
	} flaws[] = {{"AKIA\n", "a line end"},
		     {"AKIA\r\nX-Amz-Date: x", "a line end"},
		     {" AKIA", "a blank"},
		     {"AK\tIA", "a blank"},
		     {"AKIA\x1b[31m", "a control character"},
		     {"AKIA\xc2\xa0", "a character outside ASCII"}};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		for (size_t j = 0; j < sizeof flaws / sizeof flaws[0]; j++) {
			char part[80];

			setenv("AWS_ACCESS_KEY_ID", "AKIA1", 1);
			setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
			unsetenv("AWS_SESSION_TOKEN");
			unsetenv("AWS_SECURITY_TOKEN");
			setenv(names[i], flaws[j].value, 1);
			snprintf(part, sizeof part, "%s holds %s", names[i], flaws[j].flaw);
			expect_refused(NULL, part);
		}
	}
}

/* Each source that was tried is named, with what it looked for. */
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
		     "audit in test_credentials"); /* the credentials file takes precedence */
	expect_found("other", "AKIA3", "three", NULL, "shared config file (other in test_settings)");
	expect_refused("audti",
		       "profile audti does not exist in test_credentials or test_settings. Did you mean "
		       "\"audit\"?");
	expect_refused("nothing-like-it", "profile nothing-like-it does not exist in");
}

/* A profile that a flag names takes precedence over keys of the environment; AWS_PROFILE does not. */
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
	/* The AWS CLI refuses an invalid file also when the environment has keys. */
	setenv("AWS_ACCESS_KEY_ID", "AKIA1", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "one", 1);
	expect_refused(NULL, "test_settings:3: neither a [section] nor");
}

/* Lines that AWS tools read differently, and that would make them use another source, are refused by name. */
static void test_lines_that_decide(void **state)
{
	static const struct {
		const char *settings, *part;
	} cases[] = {
		{"aws_access_key_id =\naws_secret_access_key = b\n",
		 "test_settings:2: aws_access_key_id has no value: give it one"},
		{"aws_access_key_id = a\naws_secret_access_key:\n",
		 "test_settings:3: aws_secret_access_key has no value"},
		{"aws_access_key_id = a\n  aws_secret_access_key = b\n",
		 "test_settings:2: aws_access_key_id goes on in the next line, which is indented"},
		{"role_arn = arn:aws:iam::111111111111:role/x\n  source_profile = b\n",
		 "test_settings:2: role_arn goes on"},
		{"role_arn =\n  source_profile = b\n",
		 "test_settings:2: role_arn has no value in its line, and the indented lines below"},
		{"credential_process =\n  x = /bin/x\n",
		 "test_settings:2: credential_process has no value in its line"},
		{"credential_process =\n", "test_settings:2: credential_process has no value: give"},
		{"sso_session = corp # ours\n", "test_settings:2: sso_session is followed by a comment"},
		{"source_profile = b\t; c\n", "test_settings:2: source_profile is followed by a comment"},
		{"aws_access_key_id = a # b\naws_secret_access_key = c\n",
		 "aws_access_key_id is followed by a comment"},
		{"aws_access_key_id = a b\naws_secret_access_key = c\n",
		 "test_settings: aws_access_key_id holds a blank, which no key and no token contains"},
		{"aws_access_key_id = a\naws_secret_access_key = b\naws_security_token = c d\n",
		 "test_settings: aws_security_token holds a blank"},
		{"aws_access_key_id = a\naws_secret_access_key = b\xc2\xa0\n",
		 "aws_secret_access_key holds a character outside ASCII"},
		{"sso_account_id = 1\nsso_role_name = r\n",
		 "uses IAM Identity Center, but lacks sso_start_url"},
		{"sso_session = s\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-west-1\n[sso-session "
		 "s]\n"
		 "sso_region = us-east-1\nsso_start_url = https://x\n",
		 "has sso_region eu-west-1, and its [sso-session s] has us-east-1\n  Fix: keep one"},
		{"sso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region =\n",
		 "test_settings:6: sso_region has no value"},
		{"role_arn = arn:aws:iam::111111111111:role/x\nsource_profile = b\n[profile "
		 "b]\naws_access_key_id =\n",
		 "test_settings:5: aws_access_key_id has no value"},
	};
	char text[600];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(text, sizeof text, "[profile a]\n%s", cases[i].settings);
		write_text("test_settings", text);
		expect_refused("a", cases[i].part);
	}
	write_text("test_settings",
		   "[profile a]\naws_access_key_id = A\naws_secret_access_key = s#x;y\naws_session_token =\n");
	expect_found("a", "A", "s#x;y", NULL, "shared config file (a in test_settings)");
}

/* Indented keys count: if they were ignored, another source would be used. */
static void test_indented_keys(void **state)
{
	(void)state;
	write_text("test_credentials", "[default]\n  aws_access_key_id = A\n  aws_secret_access_key = b\n"
				       "  aws_session_token = t\n");
	expect_found(NULL, "A", "b", "t", "default in test_credentials");
}

static void test_files_that_cannot_be_read(void **state)
{
	(void)state;
	assert_return_code(mkdir("test_settings", 0700), errno);
	expect_refused(NULL, "test_settings cannot be read: it is a directory");
	expect_refused("audit", "test_settings cannot be read: it is a directory");
	setenv("AWS_ACCESS_KEY_ID", "AKIA1", 1); /* the file is not needed */
	setenv("AWS_SECRET_ACCESS_KEY", "one", 1);
	expect_found(NULL, "AKIA1", "one", NULL, "environment variables");
}

/* Keys of the credentials file, credential_process, keys of the config file: botocore's order. */
static void test_order_within_a_profile(void **state)
{
	(void)state;
	write_text("test_settings", "[profile a]\naws_access_key_id = C\naws_secret_access_key = c\n"
				    "credential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"P\", "
				    "\"SecretAccessKey\": \"p\"}'\n");
	expect_found("a", "P", "p", NULL, "credential_process (a: echo)");
	write_text("test_credentials", "[a]\naws_access_key_id = K\naws_secret_access_key = k\n");
	expect_found("a", "K", "k", NULL, "shared profile (a in test_credentials)");
	write_text("test_credentials", "");
	write_text("test_settings", "[profile a]\naws_access_key_id = C\naws_secret_access_key = c\n");
	expect_found("a", "C", "c", NULL, "shared config file (a in test_settings)");
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
		{"mfa", "profile mfa requires a code of the MFA device arn:aws:iam::111111111111:mfa/me"},
		{"both", "profile both has role_arn and both"},
		{"neither", "profile neither has role_arn and neither"},
		{"circle", "source_profile settings form a circle: circle -> circle2 -> circle"},
		{"self", "source_profile settings form a circle: self -> self"},
		{"gone", "profile gone: its source_profile defualt does not exist. Did you mean \"default\"?"},
		{"source",
		 "credential_source is \"Ec2Metadata\", allowed are Environment, Ec2InstanceMetadata"},
		{"environment", "credential_source Environment: AWS_ACCESS_KEY_ID is not set"},
		{"long", "duration_seconds is \"43201\", allowed are 900 to 43200"},
		{"china", "a role of the partition aws-cn, but aws.region us-east-1 is in aws"},
		{"noarn", "role_arn audit is not an ARN"},
		{"empty-source", "the profile nothing has no credentials; tried:"},
		{"web", "cannot read /nonexistent/token"},
		{"web-without-role", "but no role\n  Fix: set AWS_ROLE_ARN"},
		{"sso", "names the sso-session corp, but test_settings has no [sso-session corp]"},
		{"sso-half", "uses IAM Identity Center, but lacks sso_account_id"},
		{"sso-out", "no login in /nonexistent/.aws/sso/cache/"},
		{"sso-out", "Fix: aws sso login --sso-session known"},
		{"sso-old", "Fix: aws sso login --profile sso-old"},
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

#define KEYS_JSON "{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\"}"

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
	/* Its last arguments are on their own lines; a backslash in double quotes is one character. */
	write_program(
		"#!/bin/sh\n[ \"$*\" = '--vault C:\\tools --role audit a # b' ] || exit 3\necho '" KEYS_JSON
		"'\n");
	write_text("test_settings", "[default]\ncredential_process = ./test_program\n   --vault \"C:\\tools\"\n"
				    "  # a comment\n\n\t--role 'audit' a # b\nregion = eu-west-1\n");
	expect_found(NULL, "A", "s", NULL, "credential_process (default: ./test_program)");
	unlink("test_program");
}

/* The output is complete when the program ends, even if a child holds the pipe; no zombie is left. */
static void test_programs_that_leave_a_child(void **state)
{
	static const char *const programs[] = {
		"sleep 30 & echo $! >test_child; echo '" KEYS_JSON "'",
		"sleep 30 & echo $! >test_child; printf '" KEYS_JSON "' | (sleep 0.1; cat)",
		"(trap '' HUP; while :; do echo x >&2; sleep 0.01; done) & echo $! >test_child; printf "
		"'" KEYS_JSON "'",
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		long child = 0;
		FILE *file;

		snprintf(text, sizeof text, "#!/bin/sh\n%s\n", programs[i]);
		write_program(text);
		set_process("./test_program");
		expect_found(NULL, "A", "s", NULL, "./test_program");
		file = fopen("test_child", "r");
		assert_int_equal(fscanf(file, "%ld", &child), 1);
		fclose(file);
		assert_return_code(kill((pid_t)child, SIGKILL), errno); /* the child lives on */
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
	}
	unlink("test_child");
	unlink("test_program");
}

static void test_programs_that_do_not_end(void **state)
{
	static const char *const programs[] = {"sleep 30", "exec >&- 2>&-; sleep 30", "yes",
					       "yes >&2",  "sleep 30 & wait",         "sh -c 'kill -STOP $$'"};
	char text[100];

	(void)state;
	time_limit = 300;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		snprintf(text, sizeof text, "#!/bin/sh\n%s\n", programs[i]);
		write_program(text);
		set_process("./test_program");
		expect_refused(NULL, "did not end within 300 ms (scan.timeout) and was killed");
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
	}
	unlink("test_program");
}

/* The parent process may ignore SIGCHLD, which is inherited; the status is read all the same. */
static void test_programs_whose_end_is_ignored(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	write_program("#!/bin/sh\necho '" KEYS_JSON "'\nexit 3\n");
	set_process("./test_program");
	expect_refused(NULL, "ended with exit code 3");
	signal(SIGCHLD, SIG_DFL);
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
		 "SecretAccessKey is missing from the response"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": 7}'",
		 "SecretAccessKey is missing from the response"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"Expiration\": "
		 "\"x\"}'",
		 "Expiration is neither a time"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"Expiration\": "
		 "\"2020-01-01T00:00:00Z\"}'",
		 "the credentials expired at 2020-01-01T00:00:00Z"},
		{"echo 'vault is sealed' >&2; echo more >&2; exit 7",
		 "ended with exit code 7: vault is sealed"},
		{"exit 7", "ended with exit code 7: it printed no error"},
		{"kill -9 $$", "was ended by signal 9"},
		{"head -c 300000 /dev/zero", "printed more than 65536 bytes"},
		{"printf '" KEYS_JSON "'; exit 1", "ended with exit code 1: it printed no error"},
		{"printf '" KEYS_JSON KEYS_JSON "'", "printed no JSON object"},
		{"printf '\\357\\273\\277" KEYS_JSON "'", "printed no JSON object"},
		{"printf %s '{\"Version\": 1, \"AccessKeyId\": \"A\\nX-Header: x\", \"SecretAccessKey\": "
		 "\"s\"}'",
		 "./test_program: AccessKeyId holds a line end"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"SessionToken\": "
		 "\"a b\"}'",
		 "./test_program: SessionToken holds a blank"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"Expiration\": "
		 "-1}'",
		 "Expiration is neither a time"},
		{"echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"Expiration\": "
		 "\"2999-01-01T00:00:00\"}'",
		 "Expiration is neither a time"},
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
		/* A user and a password before the host, in any form; neither is shown. */
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1@example.com/",
		 "is \"http://(hidden)@example.com/\""},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.2:80@example.com/",
		 "a user or a password stands before the host"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost:80@[2001:db8::1]/x",
		 "stands before the host"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost\\@example.com/",
		 "stands before the host"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://me:s3cret@example.com/",
		 "stands before the host"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost.example.com/x",
		 "plain http is only for"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://[::ffff:127.0.0.1]/x", "plain http is only for"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.20/x", "plain http is only for"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:http/x", "Port number"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/\r\nX: y",
		 "a blank or a control character"},
		{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/a b", "a blank or a control character"},
		{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://me:s3cret@127.0.0.1/",
		 "is \"http://(hidden)@127.0.0.1/\""},
		{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:0/", "port 0"},
		{"AWS_EC2_METADATA_SERVICE_ENDPOINT",
		 "http://127.0.0.1/?x=", "something stands behind its path"},
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

/* Refused before any request is sent, as by AWS tools. */
static void test_tokens_of_a_container(void **state)
{
	static const char *const tokens[] = {"token\n", "\ntoken", "to\r\nken", "token\r", "token\x1b"};

	(void)state;
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x", 1);
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", tokens[i], 1);
		expect_refused(NULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a ");
		write_text("test_token", tokens[i]);
		setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "test_token", 1);
		expect_refused(NULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE holds a ");
		unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	}
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/", 1);
	expect_refused(NULL, "cannot read /: it is a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_environment, begin, end),
		cmocka_unit_test_setup_teardown(test_expirations_with_an_offset, begin, end),
		cmocka_unit_test_setup_teardown(test_keys_that_are_no_text_of_a_header, begin, end),
		cmocka_unit_test_setup_teardown(test_nothing_anywhere, begin, end),
		cmocka_unit_test_setup_teardown(test_files, begin, end),
		cmocka_unit_test_setup_teardown(test_order, begin, end),
		cmocka_unit_test_setup_teardown(test_broken_profiles, begin, end),
		cmocka_unit_test_setup_teardown(test_lines_that_decide, begin, end),
		cmocka_unit_test_setup_teardown(test_indented_keys, begin, end),
		cmocka_unit_test_setup_teardown(test_files_that_cannot_be_read, begin, end),
		cmocka_unit_test_setup_teardown(test_order_within_a_profile, begin, end),
		cmocka_unit_test_setup_teardown(test_files_of_others, begin, end),
		cmocka_unit_test_setup_teardown(test_roles_that_cannot_be, begin, end),
		cmocka_unit_test_setup_teardown(test_programs, begin, end),
		cmocka_unit_test_setup_teardown(test_programs_that_leave_a_child, begin, end),
		cmocka_unit_test_setup_teardown(test_programs_that_do_not_end, begin, end),
		cmocka_unit_test_setup_teardown(test_programs_whose_end_is_ignored, begin, end),
		cmocka_unit_test_setup_teardown(test_bad_programs, begin, end),
		cmocka_unit_test_setup_teardown(test_addresses, begin, end),
		cmocka_unit_test_setup_teardown(test_tokens_of_a_container, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
