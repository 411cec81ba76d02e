/* Requests about objects: how they are signed, and which are never sent. */
#include "scanner/aws/s3.h"

#include <string.h>

#include "scanner/aws/sigv4.h"
#include "scanner/aws/sync_client.h"
#include "tests/unit.h"

/* ---- signatures ---- */

#define HASH_OF_NOTHING_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HASH_OF_PUT "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

/* The S3 API reference, "Signature calculations for the Authorization header: transferring payload in a single
 * chunk". */
static void test_signatures(void **state)
{
	const struct sigv4_scope scope = {
		.access_key_id = "AKIAIOSFODNN7EXAMPLE",
		.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		.amz_date = "20130524T000000Z",
		.region = "us-east-1",
		.service = "s3",
	};
	const struct sigv4_header get[] = {
		{SPAN("Host"), SPAN("examplebucket.s3.amazonaws.com")},
		{SPAN("Range"), SPAN("bytes=0-9")},
		{SPAN("x-amz-content-sha256"), SPAN(HASH_OF_NOTHING_HEX)},
		{SPAN("x-amz-date"), SPAN("20130524T000000Z")},
	};
	const struct sigv4_header put[] = {
		{SPAN("Host"), SPAN("examplebucket.s3.amazonaws.com")},
		{SPAN("Date"), SPAN("Fri, 24 May 2013 00:00:00 GMT")},
		{SPAN("x-amz-content-sha256"), SPAN(HASH_OF_PUT)},
		{SPAN("x-amz-date"), SPAN("20130524T000000Z")},
		{SPAN("x-amz-storage-class"), SPAN("REDUCED_REDUNDANCY")},
	};
	const struct {
		struct sigv4_request request;
		const char *signature;
	} rows[] = {
		{{.method = "GET",
		  .path = SPAN("/test.txt"),
		  .is_object = true,
		  .query = SPAN(""),
		  .headers = get,
		  .header_count = 4,
		  .body_hash = SPAN(HASH_OF_NOTHING_HEX)},
		 "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
		{{.method = "PUT",
		  .path = SPAN("/test%24file.text"),
		  .is_object = true,
		  .query = SPAN(""),
		  .headers = put,
		  .header_count = 5,
		  .body_hash = SPAN(HASH_OF_PUT)},
		 "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
	};
	struct sigv4_signer *signer = sigv4_signer_new();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buffer authorization = {0};

		assert_true(sigv4_authorization(signer, &rows[i].request, &scope, &authorization));
		assert_non_null(strstr(authorization.at, rows[i].signature));
		buffer_deinit(&authorization);
	}
	sigv4_signer_free(signer);
}

/* ---- what is sent ---- */

/* A request to a port of the loopback on which nothing listens. */
static enum answer_class send_to(const char *store, const char *report, const char *bucket, bool writes)
{
	struct report_request reports[] = {{"json", report, "--report"}};
	struct config config = {
		.endpoint_url = "http://127.0.0.1:9",
		.region = "us-east-1",
		.store_path = store,
		.reports = {reports, 1},
		.timeout_ms = 2000,
		.connect_timeout_ms = 2000,
		.idle_timeout_ms = 2000,
		.max_attempts = 1,
		.max_answer_bytes = 65536,
	};
	const struct s3_place place = {.bucket = bucket, .key = "key", .region = "us-east-1"};
	const struct log log = {.stream = stderr, .level = LOG_ERROR};
	struct sync_client *client = sync_client_open(&config, &log, 0, 1, NULL);
	struct s3_request request;
	struct sync_call call;
	enum answer_class class;

	assert_non_null(client);
	sync_call_init(&call, client, NULL);
	if (writes)
		s3_put(&call.call, &request, &place, (struct span)SPAN("data"), "", "mark");
	else
		s3_get(&call.call, &request, &place, 0, 0, NULL);
	assert_false(sync_client_call(client, &call));
	class = call.answer.class;
	sync_call_deinit(&call);
	sync_client_close(client);
	return class;
}

static void test_only_buckets_of_the_settings_are_written(void **state)
{
	(void)state;
	/* ANSWER_TRANSIENT: it was sent; ANSWER_BROKEN: it was not. */
	assert_int_equal(send_to("s3://runs/key", NULL, "runs", true), ANSWER_TRANSIENT);
	assert_int_equal(send_to("none", "s3://runs/key", "runs", true), ANSWER_TRANSIENT);
	assert_int_equal(send_to("s3://runs/key", "s3://reports/key", "run", true), ANSWER_BROKEN);
	assert_int_equal(send_to("s3://runs/key", "s3://reports/key", "runs2", true), ANSWER_BROKEN);
	assert_int_equal(send_to("runs.db", "runs/key", "runs", true), ANSWER_BROKEN);
	assert_int_equal(send_to("none", NULL, "runs", true), ANSWER_BROKEN);
	/* Reading changes nothing: shards of other buckets are merged. */
	assert_int_equal(send_to("none", NULL, "runs", false), ANSWER_TRANSIENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_only_buckets_of_the_settings_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
