/*
 * AWS's public test suite, in its two published forms, and vectors of requests that scanners send. The data
 * is beside a developer's checkout; without it the program skips.
 */
#include <dirent.h>
#include <jansson.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "scanner/aws/sigv4.h"
#include "tests/unit.h"

enum { MAX_HEADERS = 24 };

static const char suite_secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
static int checked, passed_over;

/* A parsed HTTP request. */
struct raw {
	struct arena arena;
	const char *method;
	struct span path, query, body;
	struct sigv4_header headers[MAX_HEADERS];
	size_t count;
};

static void add(struct raw *raw, const char *name, const char *value)
{
	assert_true(raw->count < MAX_HEADERS);
	raw->headers[raw->count++] =
		(struct sigv4_header){span_of(name), span_of(arena_copy(&raw->arena, value))};
}

static bool has(const struct raw *raw, const char *name)
{
	for (size_t i = 0; i < raw->count; i++)
		if (span_equals_ignoring_case(raw->headers[i].name, name))
			return true;
	return false;
}

static void read_line(struct raw *raw, struct span line)
{
	struct span name;

	if (line.at[0] == ' ' || line.at[0] == '\t') { /* continues the previous line */
		struct sigv4_header *last = &raw->headers[raw->count - 1];

		last->value.length = (size_t)(line.at + line.length - last->value.at);
		return;
	}
	span_split(&line, ':', &name);
	raw->headers[raw->count++] = (struct sigv4_header){name, line};
}

static void take_apart(struct raw *raw, const char *text)
{
	struct span rest = span_of(text), first, line, target;
	const char *end;

	*raw = (struct raw){0};
	span_split(&rest, '\n', &first);
	span_split(&first, ' ', &target);
	raw->method = arena_copy_span(&raw->arena, target);
	end = memmem(first.at, first.length, " HTTP/1.1", 9);
	target = (struct span){first.at, (size_t)(end - first.at)};
	span_split(&target, '?', &raw->path);
	raw->query = target.at ? target : span_of("");
	raw->body = span_of("");
	while (span_split(&rest, '\n', &line)) {
		if (line.length == 0) {
			raw->body = rest.at ? rest : span_of("");
			break;
		}
		read_line(raw, line);
	}
}

static void compare(const char *name, const char *what, const char *expected, const char *found)
{
	if (strcmp(expected, found) != 0)
		fail_msg("%s: %s is\n%s\nexpected\n%s", name, what, found, expected);
}

static void check(struct sigv4_signer *signer, const char *name, const struct raw *raw,
		  const struct sigv4_scope *scope, const char *canonical, const char *to_sign,
		  const char *signature)
{
	const struct sigv4_request request = {.method = raw->method,
					      .path = raw->path,
					      .query = raw->query,
					      .headers = raw->headers,
					      .header_count = raw->count,
					      .body = raw->body};
	struct buffer made = {0}, names = {0}, string = {0};
	char hex[SIGV4_SIGNATURE_SIZE];

	assert_true(sigv4_canonical_request(signer, &request, &made, &names));
	compare(name, "canonical request", canonical, made.at);
	assert_true(sigv4_string_to_sign(signer, scope, buffer_span(&made), &string));
	compare(name, "string to sign", to_sign, string.at);
	assert_true(sigv4_signature(signer, scope, buffer_span(&string), hex));
	compare(name, "signature", signature, hex);
	buffer_deinit(&made);
	buffer_deinit(&names);
	buffer_deinit(&string);
	checked++;
}

static char *read_part(const char *folder, const char *file)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", folder, file);
	return read_file(path);
}

/* ---- the form of aws-c-auth: a folder a case, with its context ---- */

static void add_context(struct raw *raw, const json_t *context, const json_t *credentials)
{
	const char *token = json_string_value(json_object_get(credentials, "token"));
	const char *time = json_string_value(json_object_get(context, "timestamp"));
	char date[32];
	size_t length = 0;

	for (const char *c = time; *c; c++)
		if (*c != '-' && *c != ':')
			date[length++] = *c;
	date[length] = '\0';
	if (!has(raw, "x-amz-date"))
		add(raw, "x-amz-date", date);
	if (token && !json_is_true(json_object_get(context, "omit_session_token")))
		add(raw, "x-amz-security-token", token);
}

static void check_folder(struct sigv4_signer *signer, const char *folder, const char *name)
{
	char *context_text = read_part(folder, "context.json"), *request = read_part(folder, "request.txt");
	char *canonical = read_part(folder, "header-canonical-request.txt");
	char *to_sign = read_part(folder, "header-string-to-sign.txt"), *signature;
	json_t *context = json_loads(context_text ? context_text : "", 0, NULL);
	const json_t *credentials = json_object_get(context, "credentials");
	struct raw raw;

	signature = read_part(folder, "header-signature.txt");
	assert_non_null(context);
	if (json_is_false(json_object_get(context, "normalize"))) {
		passed_over++; /* paths follow S3's rule */
	} else {
		take_apart(&raw, request);
		add_context(&raw, context, credentials);
		if (json_is_true(json_object_get(context, "sign_body")))
			add(&raw, "x-amz-content-sha256", strrchr(canonical, '\n') + 1);
		const struct sigv4_scope scope = {
			json_string_value(json_object_get(credentials, "access_key_id")),
			json_string_value(json_object_get(credentials, "secret_access_key")),
			"20150830T123600Z",
			json_string_value(json_object_get(context, "region")),
			json_string_value(json_object_get(context, "service")),
		};

		check(signer, name, &raw, &scope, canonical, to_sign, signature);
		arena_deinit(&raw.arena);
	}
	json_decref(context);
	free(context_text);
	free(request);
	free(canonical);
	free(to_sign);
	free(signature);
}

static void test_folders(void **state)
{
	static const char root[] = AWS_FACTS "/sigv4-testsuite/aws-c-auth-v4";
	struct sigv4_signer *signer = sigv4_signer_new();
	DIR *folders = opendir(root);
	const struct dirent *entry;
	int before = checked + passed_over;

	(void)state;
	while ((entry = readdir(folders))) {
		char folder[1024];
		struct stat status;

		snprintf(folder, sizeof folder, "%s/%s", root, entry->d_name);
		if (entry->d_name[0] != '.' && stat(folder, &status) == 0 && S_ISDIR(status.st_mode))
			check_folder(signer, folder, entry->d_name);
	}
	closedir(folders);
	sigv4_signer_free(signer);
	assert_int_equal(checked + passed_over - before, 38);
}

/* ---- the older form: five files for each case ---- */

static void check_files(struct sigv4_signer *signer, const char *folder, const char *name)
{
	char *parts[4];
	static const char *const ends[] = {"req", "creq", "sts", "authz"};
	static const struct sigv4_scope scope = {"AKIDEXAMPLE", suite_secret, "20150830T123600Z", "us-east-1",
						 "service"};
	char file[256];
	struct raw raw;

	for (size_t i = 0; i < 4; i++) {
		snprintf(file, sizeof file, "%s.%s", name, ends[i]);
		parts[i] = read_part(folder, file);
		assert_non_null(parts[i]);
	}
	take_apart(&raw, parts[0]);
	/* The caller has to add this case's token. */
	if (strcmp(name, "get-vanilla-with-session-token") == 0)
		add(&raw, "x-amz-security-token",
		    "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267");
	check(signer, name, &raw, &scope, parts[1], parts[2], strstr(parts[3], "Signature=") + 10);
	arena_deinit(&raw.arena);
	for (size_t i = 0; i < 4; i++)
		free(parts[i]);
}

static void walk(struct sigv4_signer *signer, const char *folder, const char *name)
{
	char path[1024];
	DIR *entries = opendir(folder);
	const struct dirent *entry;
	struct stat status;

	snprintf(path, sizeof path, "%s/%s.req", folder, name);
	if (stat(path, &status) == 0)
		check_files(signer, folder, name);
	while (entries && (entry = readdir(entries))) {
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.' && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
			walk(signer, path, entry->d_name);
	}
	if (entries)
		closedir(entries);
}

static void test_files(void **state)
{
	struct sigv4_signer *signer = sigv4_signer_new();
	int before = checked;

	(void)state;
	walk(signer, AWS_FACTS "/sigv4-testsuite/botocore-aws4", "");
	sigv4_signer_free(signer);
	assert_int_equal(checked - before, 34);
}

/* ---- requests as scanners send them ---- */

static const char *text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void test_vectors(void **state)
{
	json_t *file = json_load_file(AWS_FACTS "/sigv4-vectors.json", 0, NULL);
	const json_t *vectors = json_object_get(file, "vectors"), *vector, *pair;
	struct sigv4_signer *signer = sigv4_signer_new();
	size_t i, j;

	(void)state;
	assert_int_equal(json_array_size(vectors), 12);
	json_array_foreach(vectors, i, vector)
	{
		const char *path = strchr(strstr(text(vector, "url"), "//") + 2, '/');
		struct raw raw = {.method = text(vector, "method"), .body = span_of(text(vector, "body"))};
		struct span target = span_of(path);
		const struct sigv4_scope scope = {text(vector, "access_key_id"),
						  text(vector, "secret_access_key"), text(vector, "amz_date"),
						  text(vector, "region"), text(vector, "service")};

		if (!raw.body.at)
			raw.body = span_of("");
		span_split(&target, '?', &raw.path);
		raw.query = target.at ? target : span_of("");
		json_array_foreach(json_object_get(vector, "headers"), j, pair) raw.headers[raw.count++] =
			(struct sigv4_header){span_of(json_string_value(json_array_get(pair, 0))),
					      span_of(json_string_value(json_array_get(pair, 1)))};
		check(signer, text(vector, "name"), &raw, &scope, text(vector, "canonical_request"),
		      text(vector, "string_to_sign"), text(vector, "signature"));
	}
	json_decref(file);
	sigv4_signer_free(signer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_vectors),
	};
	struct stat status;
	int failed;

	if (stat(AWS_FACTS "/sigv4-testsuite", &status) != 0) {
		puts("skipped: AWS's test suite is not beside this checkout (../shared/aws/sigv4-testsuite)");
		return 77;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	printf("%d cases checked, %d passed over (paths as S3 wants them)\n", checked, passed_over);
	return failed;
}
