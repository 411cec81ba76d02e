/*
 * Recorded responses of a third party, read and evaluated.
 */
#include "scanner/aws/graphs.h"
#include "scanner/aws/kms.h"
#include "scanner/aws/listing.h"
#include "scanner/controls/controls.h"
#include "tests/scanner/aws/answers.h"
#include "tests/unit.h"

static const struct policy policy = {.require_key = KEY_ANY, .min_backup_days = 7};

static struct response load(const char *name)
{
	struct response response;
	char path[512], *text;

	snprintf(path, sizeof path, AWS_FACTS "/synthetic/%s", name);
	text = read_file(path);
	assert_non_null(text);
	response_from_text(&response, text);
	free(text);
	return response;
}

static enum verdict evaluate(const char *id, const struct resource *resource)
{
	struct evaluation evaluation = {.verdict = VERDICT_NOT_APPLICABLE};

	for (const struct control *const *control = controls; *control; control++)
		if (strcmp((*control)->id, id) == 0)
			control_evaluate(*control, resource, &policy, &evaluation);
	return evaluation.verdict;
}

static struct resource *list(const char *file, const struct listing_shape *shape, struct arena *arena)
{
	struct response response = load(file);
	struct xml_parser *parser = xml_parser_new();
	struct listing listing;

	listing_init(&listing, shape, arena);
	assert_true(xml_read(parser, buffer_span(&response.body), &listing.handler));
	xml_parser_free(parser);
	response_deinit(&response);
	return listing.first;
}

static void test_encryption(void **state)
{
	static const struct {
		const char *id;
		enum verdict verdict;
	} expected[] = {
		{"legacy-unencrypted", VERDICT_FAIL},
		{"legacy-encrypted", VERDICT_PASS},
		{"new-none", VERDICT_FAIL},
		{"new-sse-rds", VERDICT_PASS},
		{"new-sse-kms", VERDICT_PASS},
		{"missing-element", VERDICT_UNKNOWN},
		{"odd-contradiction", VERDICT_UNKNOWN},
	};
	struct arena arena = {0};
	const struct resource *cluster =
		list("rds-DescribeDBClusters-encryption-variants.http", &listing_clusters, &arena);

	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++, cluster = cluster->next) {
		assert_string_equal(cluster->id, expected[i].id);
		assert_int_equal(evaluate("neptune-encryption-at-rest", cluster), expected[i].verdict);
	}
	assert_null(cluster); /* another engine */
	arena_deinit(&arena);
}

static void test_retained_backup(void **state)
{
	struct arena arena = {0};
	const struct resource *backup =
		list("rds-DescribeDBClusterAutomatedBackups.http", &listing_backups, &arena);

	(void)state;
	assert_string_equal(backup->values[ATTRIBUTE_CLUSTER_ID], "gone");
	assert_string_equal(backup->arn, "arn:aws:rds:eu-west-1:111122223333:cluster-auto-backup:cab-abc");
	assert_int_equal(evaluate("neptune-retained-backup-encryption", backup), VERDICT_FAIL);
	arena_deinit(&arena);
}

static void test_keys(void **state)
{
	static const struct {
		const char *file;
		enum verdict usable;
	} expected[] = {
		{"kms-DescribeKey-aws-managed.http", VERDICT_PASS},
		{"kms-DescribeKey-pending-deletion.http", VERDICT_FAIL},
		{"kms-DescribeKey-disabled.http", VERDICT_FAIL},
		{"kms-DescribeKey-external-expiring.http", VERDICT_PASS},
		{"kms-DescribeKey-multiregion-replica.http", VERDICT_PASS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		struct response response = load(expected[i].file);
		json_t *answer = json_loadb(response.body.at, response.body.length, 0, NULL);
		struct resource key = {.kind = RESOURCE_KEY, .id = "k"};
		struct arena arena = {0};

		kms_read_key(answer, &key, &arena);
		key.account = key.values[ATTRIBUTE_KEY_ACCOUNT];
		if (evaluate("neptune-key-usable", &key) != expected[i].usable)
			fail_msg("%s: %s", expected[i].file,
				 verdict_name(evaluate("neptune-key-usable", &key)));
		json_decref(answer);
		response_deinit(&response);
		arena_deinit(&arena);
	}
}

static void test_graphs(void **state)
{
	struct response response = load("neptune-graph-ListGraphs.http");
	json_t *answer = json_loadb(response.body.at, response.body.length, 0, NULL);
	struct resource *first = NULL, **last = &first;
	struct arena arena = {0};
	struct json_page page;

	(void)state;
	assert_true(
		graphs_read(&page, answer, &(struct graphs_request){.kind = RESOURCE_GRAPH}, &arena, &last));
	for (const struct resource *graph = first; graph; graph = graph->next)
		assert_int_equal(evaluate("neptune-analytics-key", graph), VERDICT_PASS);
	json_decref(answer);
	response_deinit(&response);
	arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encryption),
		cmocka_unit_test(test_retained_backup),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_graphs),
	};
	FILE *facts = fopen(AWS_FACTS "/synthetic/index.json", "r");

	if (!facts) {
		puts("skipped: " AWS_FACTS " is not here");
		return 77;
	}
	fclose(facts);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
