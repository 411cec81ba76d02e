/*
 * Own vectors (tests/data/sigv4/vectors.json), and cases that the public suite does not have.
 */
#include <jansson.h>
#include <openssl/evp.h>

#include "scanner/aws/sigv4.h"
#include "tests/unit.h"

enum { MAX_HEADERS = 16 };

static const char *text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void check_vector(struct sigv4_signer *signer, const json_t *vector)
{
	const json_t *pairs = json_object_get(vector, "headers");
	struct sigv4_header headers[MAX_HEADERS];
	struct buffer authorization = {0};
	size_t count = json_array_size(pairs);

	assert_in_range(count, 1, MAX_HEADERS);
	for (size_t i = 0; i < count; i++) {
		const json_t *pair = json_array_get(pairs, i);

		headers[i].name = span_of(json_string_value(json_array_get(pair, 0)));
		headers[i].value = span_of(json_string_value(json_array_get(pair, 1)));
	}
	const struct sigv4_request request = {.method = text(vector, "method"),
					      .path = span_of(text(vector, "path")),
					      .query = span_of(text(vector, "query")),
					      .headers = headers,
					      .header_count = count,
					      .body = span_of(text(vector, "body"))};
	const struct sigv4_scope scope = {text(vector, "access_key_id"), text(vector, "secret_access_key"),
					  text(vector, "amz_date"), text(vector, "region"),
					  text(vector, "service")};

	assert_true(sigv4_authorization(signer, &request, &scope, &authorization));
	if (strcmp(authorization.at, text(vector, "authorization")) != 0)
		fail_msg("%s: %s, expected %s", text(vector, "name"), authorization.at,
			 text(vector, "authorization"));
	buffer_deinit(&authorization);
}

static void test_vectors(void **state)
{
	json_t *vectors = json_load_file(SOURCE_FOLDER "/tests/data/sigv4/vectors.json", 0, NULL);
	struct sigv4_signer *signer = sigv4_signer_new();
	const json_t *vector;
	size_t i;

	(void)state;
	assert_true(json_array_size(vectors) >= 8);
	for (int round = 0; round < 2; round++) /* the second time with cached keys */
		json_array_foreach(vectors, i, vector) check_vector(signer, vector);
	json_decref(vectors);
	sigv4_signer_free(signer);
}

static void sign(struct sigv4_signer *signer, const char *secret, const char *region,
		 char signature[SIGV4_SIGNATURE_SIZE])
{
	const struct sigv4_scope scope = {"AKID", secret, "20261124T000000Z", region, "rds"};

	assert_true(sigv4_signature(signer, &scope, span_of("text"), signature));
}

/* Keys are cached by scope: another region, or an evicted entry, must not change a signature. */
static void test_cache(void **state)
{
	struct sigv4_signer *signer = sigv4_signer_new();
	char first[SIGV4_SIGNATURE_SIZE], other[SIGV4_SIGNATURE_SIZE], region[32];

	(void)state;
	sign(signer, "secret", "us-east-1", first);
	sign(signer, "secret", "us-east-2", other);
	assert_string_not_equal(first, other);
	for (int i = 0; i < 2000; i++) {
		snprintf(region, sizeof region, "region-%d", i);
		sign(signer, "secret", region, other);
	}
	sign(signer, "secret", "us-east-1", other);
	assert_string_equal(first, other);
	sigv4_signer_free(signer);
}

/* Scopes that share a slot of the cache are told apart: a new signer computes the same signature. */
static void test_cache_tells_scopes_apart(void **state)
{
	struct sigv4_signer *signer = sigv4_signer_new();

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct sigv4_signer *fresh = sigv4_signer_new();
		char varied[32], first[SIGV4_SIGNATURE_SIZE], other[SIGV4_SIGNATURE_SIZE];
		struct sigv4_scope scope = {"AKID", "secret", "20261124T000000Z", "us-east-1", "rds"};

		snprintf(varied, sizeof varied, "varied-%d", i);
		if (i % 3 == 0) {
			scope.access_key_id = scope.secret_access_key = varied;
		} else if (i % 3 == 1) {
			scope.region = varied;
		} else {
			scope.service = varied;
		}
		assert_true(sigv4_signature(signer, &scope, span_of("text"), first));
		assert_true(sigv4_signature(fresh, &scope, span_of("text"), other));
		assert_string_equal(first, other);
		sigv4_signer_free(fresh);
	}
	sigv4_signer_free(signer);
}

static void mac(const void *key, size_t key_length, const char *data,
		unsigned char result[static SIGV4_KEY_LENGTH])
{
	size_t length = 0;

	assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_length, (const void *)data,
				  strlen(data), result, SIGV4_KEY_LENGTH, &length));
	assert_int_equal(length, SIGV4_KEY_LENGTH);
}

/* Keys shorter than, equal to and longer than a block of SHA-256, compared with OpenSSL's own HMAC. */
static void test_secrets_of_any_length(void **state)
{
	static const char *const steps[] = {"20261124", "us-east-1", "rds", "aws4_request", "text"};
	struct sigv4_signer *signer = sigv4_signer_new();

	(void)state;
	for (size_t length = 1; length < 290; length++) {
		char key[300] = "AWS4", signature[SIGV4_SIGNATURE_SIZE], id[32], expected[SIGV4_SIGNATURE_SIZE];
		unsigned char result[SIGV4_KEY_LENGTH];
		const struct sigv4_scope scope = {id, key + 4, "20261124T000000Z", "us-east-1", "rds"};

		snprintf(id, sizeof id, "AKID%zu", length);
		for (size_t i = 0; i < length; i++)
			key[4 + i] = (char)('!' + i % 90);
		mac(key, 4 + length, steps[0], result);
		for (size_t i = 1; i < sizeof steps / sizeof steps[0]; i++)
			mac(result, sizeof result, steps[i], result);
		for (size_t i = 0; i < sizeof result; i++)
			snprintf(expected + 2 * i, 3, "%02x", result[i]);
		assert_true(sigv4_signature(signer, &scope, span_of("text"), signature));
		assert_string_equal(signature, expected);
	}
	sigv4_signer_free(signer);
}

static void test_limits(void **state)
{
	struct sigv4_signer *signer = sigv4_signer_new();
	struct sigv4_header headers[40];
	char long_secret[400], signature[SIGV4_SIGNATURE_SIZE];
	struct buffer canonical = {0}, names = {0};
	const struct sigv4_request request = {
		.method = "GET", .path = span_of("/"), .headers = headers, .header_count = 40};

	(void)state;
	memset(long_secret, 'x', sizeof long_secret);
	long_secret[sizeof long_secret - 1] = '\0';
	const struct sigv4_scope scope = {"AKID", long_secret, "20261124T000000Z", "us-east-1", "rds"};

	assert_false(sigv4_signature(signer, &scope, span_of("text"), signature));
	for (size_t i = 0; i < 40; i++)
		headers[i] = (struct sigv4_header){span_of("h"), span_of("v")};
	assert_false(sigv4_canonical_request(signer, &request, &canonical, &names));
	buffer_deinit(&canonical);
	buffer_deinit(&names);
	sigv4_signer_free(signer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_cache_tells_scopes_apart),
		cmocka_unit_test(test_secrets_of_any_length),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
