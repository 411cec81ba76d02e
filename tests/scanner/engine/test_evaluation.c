/* evaluation.c, contents.c, link_keys.c: from resources to findings, without a cell. */
#include "scanner/engine/evaluation.h"

#include "tests/unit.h"

#define ACCOUNT "111122223333"
#define REGION "eu-west-1"

struct fixture {
	struct arena arena;
	struct contents contents;
	struct outcome outcome;
	struct policy policy;
	const struct control *selected[8];
	bool is_partial;
};

static void open_fixture(struct fixture *fixture, const char *const *ids)
{
	size_t count = 0;

	memset(fixture, 0, sizeof *fixture);
	fixture->contents = (struct contents){.account = ACCOUNT, .region = REGION, .arena = &fixture->arena};
	fixture->policy = (struct policy){.min_backup_days = 7, .partition = "aws"};
	resource_list_init(&fixture->contents.resources);
	outcome_init(&fixture->outcome, &fixture->arena);
	for (; *ids; ids++)
		for (const struct control *const *control = controls; *control; control++)
			if (strcmp((*control)->id, *ids) == 0) {
				fixture->selected[count++] = *control;
				fixture->contents.needs |= control_needs(*control, &fixture->policy);
			}
}

static struct resource *add(struct fixture *fixture, enum resource_kind kind, const char *id,
			    const char *encrypted, const char *key)
{
	struct resource *resource = arena_take(&fixture->arena, sizeof *resource);

	resource->kind = kind;
	resource->id = id;
	resource->account = ACCOUNT;
	resource->request_id = "listed";
	resource->values[ATTRIBUTE_ENGINE] = "neptune";
	resource->values[ATTRIBUTE_STORAGE_ENCRYPTED] = encrypted;
	resource->values[ATTRIBUTE_KMS_KEY_ID] = key;
	resource_list_append(&fixture->contents.resources, resource);
	return resource;
}

static void link_all(struct fixture *fixture)
{
	contents_link(&fixture->contents);
	if (fixture->contents.needs & QUERY_BIT(QUERY_KEY))
		contents_link_keys(&fixture->contents, &fixture->policy, &fixture->outcome);
}

static const struct cell_record *evaluate_all(struct fixture *fixture)
{
	const struct evaluation_rules rules = {fixture->selected, &fixture->policy, fixture->is_partial};

	link_all(fixture);
	evaluate(&fixture->contents, &rules, &fixture->outcome);
	return &fixture->outcome.record;
}

static const struct finding *finding_on(const struct cell_record *record, const char *id)
{
	for (const struct finding *finding = record->findings; finding; finding = finding->next)
		if (strcmp(finding->resource->id, id) == 0)
			return finding;
	return NULL;
}

#define IDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AT_REST "neptune-encryption-at-rest"

static void test_verdicts(void **state)
{
	const struct cell_record *record;
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, IDS(AT_REST));
	add(&fixture, RESOURCE_CLUSTER, "good", "true", NULL);
	add(&fixture, RESOURCE_CLUSTER, "bad", "false", NULL);
	add(&fixture, RESOURCE_CLUSTER, "odd", NULL, NULL);
	record = evaluate_all(&fixture);
	assert_int_equal(finding_on(record, "good")->verdict, VERDICT_PASS);
	assert_int_equal(finding_on(record, "bad")->verdict, VERDICT_FAIL);
	assert_int_equal(finding_on(record, "odd")->verdict, VERDICT_UNKNOWN);
	assert_int_equal(record->state, CELL_FAIL);
	assert_int_equal(record->state_without_failures, CELL_UNKNOWN);
	assert_false(record->complete);
	assert_int_equal(record->resources, 3);
	assert_int_equal(record->failing, 1);
	assert_true(fixture.contents.resources.first->next->is_failing);
	assert_false(fixture.contents.resources.first->is_failing);
	arena_deinit(&fixture.arena);
}

/* A resource fails when one of its controls does, whatever the next one says. */
static void test_two_controls(void **state)
{
	const struct cell_record *record;
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, IDS("neptune-deletion-protection", "neptune-multi-az"));
	add(&fixture, RESOURCE_CLUSTER, "db", "true", NULL);
	fixture.contents.resources.first->values[ATTRIBUTE_DELETION_PROTECTION] = "false";
	fixture.contents.resources.first->values[ATTRIBUTE_MULTI_AZ] = "true";
	record = evaluate_all(&fixture);
	assert_int_equal(record->findings->verdict, VERDICT_FAIL);
	assert_int_equal(record->findings->next->verdict, VERDICT_PASS);
	assert_true(fixture.contents.resources.first->is_failing);
	assert_int_equal(record->failing, 1);
	assert_int_equal(record->resources, 1);
	arena_deinit(&fixture.arena);
}

/* What is unknown because queries were left out makes no finding; a failure is one all the same. */
static void test_partial(void **state)
{
	const struct cell_record *record;
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, IDS(AT_REST));
	fixture.is_partial = true;
	add(&fixture, RESOURCE_CLUSTER, "odd", NULL, NULL);
	add(&fixture, RESOURCE_CLUSTER, "bad", "false", NULL);
	record = evaluate_all(&fixture);
	assert_null(finding_on(record, "odd"));
	assert_int_equal(finding_on(record, "bad")->verdict, VERDICT_FAIL);
	assert_int_equal(record->resources, 1);
	arena_deinit(&fixture.arena);
}

static void test_nothing(void **state)
{
	const struct cell_record *record;
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, IDS(AT_REST));
	record = evaluate_all(&fixture);
	assert_null(record->findings);
	assert_int_equal(record->resources, 0);
	arena_deinit(&fixture.arena);
}

/* A cell with a resource is not empty, also if no selected control evaluates it. */
static void test_what_exists(void **state)
{
	static const char *const alone[] = {"neptune-key-rotation", "neptune-global-database-encryption",
					    "neptune-multi-az"};

	(void)state;
	for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++) {
		struct fixture fixture;
		const struct cell_record *record;

		open_fixture(&fixture, IDS(alone[i]));
		outcome_add(&fixture.outcome, CELL_EMPTY, NULL);
		add(&fixture, RESOURCE_CLUSTER, "going", "true", NULL)->values[ATTRIBUTE_STATUS] = "deleting";
		record = evaluate_all(&fixture);
		assert_int_equal(record->state, CELL_PASS);
		assert_int_equal(record->resources, 0);
		assert_null(record->findings);
		arena_deinit(&fixture.arena);
	}
}

static void test_evidence_and_request(void **state)
{
	const struct finding *finding;
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, IDS(AT_REST));
	add(&fixture, RESOURCE_CLUSTER, "one", "true", NULL)->detail_request_id = "detail";
	finding = finding_on(evaluate_all(&fixture), "one");
	assert_string_equal(finding->evidence->name, "StorageEncrypted");
	assert_string_equal(finding->evidence->value, "true");
	assert_string_equal(finding->request_id,
			    "listed"); /* the list decides, not what was queried for others */
	arena_deinit(&fixture.arena);
}

static void test_snapshots_with_their_cluster(void **state)
{
	struct resource *cluster, *snapshot, *orphan;
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, IDS("neptune-snapshot-encryption"));
	cluster = add(&fixture, RESOURCE_CLUSTER, "db", "true", NULL);
	cluster->arn = "arn:aws:rds:" REGION ":" ACCOUNT ":cluster:db";
	snapshot = add(&fixture, RESOURCE_SNAPSHOT, "s", "true", NULL);
	snapshot->values[ATTRIBUTE_CLUSTER_ID] = "db";
	orphan = add(&fixture, RESOURCE_SNAPSHOT, "o", "true", NULL);
	orphan->values[ATTRIBUTE_CLUSTER_ID] = "gone";
	evaluate_all(&fixture);
	assert_ptr_equal(snapshot->cluster, cluster);
	assert_string_equal(snapshot->relations->target, cluster->arn);
	assert_null(orphan->cluster);
	assert_string_equal(orphan->relations->target, "gone");
	arena_deinit(&fixture.arena);
}

#define KEY(id) "arn:aws:kms:" REGION ":" ACCOUNT ":key/" id

/* A key by its ARN and by its bare id is one key; its users are told in the order of their names. */
static void test_keys(void **state)
{
	struct fixture fixture;
	struct resource *key;

	(void)state;
	open_fixture(&fixture, IDS("neptune-key-usable"));
	add(&fixture, RESOURCE_CLUSTER, "b", "true", "k-1");
	add(&fixture, RESOURCE_CLUSTER, "a", "true", KEY("k-1"));
	add(&fixture, RESOURCE_CLUSTER, "c", "false", KEY("k-9"));
	link_all(&fixture);
	key = fixture.contents.resources.first->next->next->next;
	assert_non_null(key);
	assert_int_equal(key->kind, RESOURCE_KEY);
	assert_string_equal(key->id, "k-1");
	assert_string_equal(key->arn, KEY("k-1"));
	assert_null(key->next); /* not of a cluster that is not encrypted */
	assert_string_equal(key->relations->target, "a");
	assert_string_equal(key->relations->next->target, "b");
	assert_ptr_equal(fixture.contents.resources.first->key, key);
	arena_deinit(&fixture.arena);
}

/* The same id in another account is another key. */
static void test_keys_of_two_accounts(void **state)
{
	struct fixture fixture;
	struct resource *key;

	(void)state;
	open_fixture(&fixture, IDS("neptune-key-usable"));
	add(&fixture, RESOURCE_CLUSTER, "a", "true", KEY("k-1"));
	add(&fixture, RESOURCE_CLUSTER, "b", "true", "arn:aws:kms:" REGION ":999999999999:key/k-1");
	link_all(&fixture);
	key = fixture.contents.resources.first->next->next;
	assert_non_null(key->next);
	assert_false(key_is_foreign(key));
	assert_true(key_is_foreign(key->next));
	assert_true(evaluation_needs_accounts(&fixture.contents));
	arena_deinit(&fixture.arena);
}

/* Where policy asks for a kind of key, a resource whose key AWS does not name is a gap. */
static void test_a_key_that_is_not_named(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, IDS("neptune-key-usable"));
	fixture.policy.require_key = KEY_CUSTOMER;
	add(&fixture, RESOURCE_CLUSTER, "a", "true", NULL);
	link_all(&fixture);
	assert_int_equal(fixture.outcome.record.state, CELL_UNKNOWN);
	assert_contains(fixture.outcome.record.reason, "KmsKeyId is missing");
	arena_deinit(&fixture.arena);
}

static void test_duplicates(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, IDS(AT_REST));
	add(&fixture, RESOURCE_CLUSTER, "a", "false", NULL);
	add(&fixture, RESOURCE_CLUSTER, "b", "true", NULL);
	add(&fixture, RESOURCE_CLUSTER, "a", "true", NULL); /* as the later page has it */
	add(&fixture, RESOURCE_SNAPSHOT, "a", "true", NULL);
	contents_link(&fixture.contents);
	assert_string_equal(fixture.contents.resources.first->id, "b");
	assert_string_equal(fixture.contents.resources.first->next->values[ATTRIBUTE_STORAGE_ENCRYPTED],
			    "true");
	assert_int_equal(fixture.contents.resources.first->next->next->kind, RESOURCE_SNAPSHOT);
	assert_null(*fixture.contents.resources.last);
	add(&fixture, RESOURCE_CLUSTER, "c", "true", NULL); /* the list's end is where it should be */
	assert_string_equal(fixture.contents.resources.first->next->next->next->id, "c");
	arena_deinit(&fixture.arena);
}

/* One parameter group was queried for one of two clusters. */
static void test_parameters_of_a_group(void **state)
{
	const struct cell_record *record;
	struct resource *one, *other;
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, IDS("neptune-encryption-in-transit"));
	one = add(&fixture, RESOURCE_CLUSTER, "one", "true", NULL);
	other = add(&fixture, RESOURCE_CLUSTER, "other", "true", NULL);
	one->values[ATTRIBUTE_ENGINE_VERSION] = other->values[ATTRIBUTE_ENGINE_VERSION] = "1.0.3.0";
	one->values[ATTRIBUTE_PARAMETER_GROUP] = other->values[ATTRIBUTE_PARAMETER_GROUP] = "group";
	one->values[ATTRIBUTE_ENFORCE_SSL] = "0";
	one->answered = QUERY_BIT(QUERY_PARAMETERS);
	one->detail_request_id = "parameters";
	one->group_sample = other->group_sample = one;
	record = evaluate_all(&fixture);
	assert_int_equal(finding_on(record, "one")->verdict, VERDICT_FAIL);
	assert_int_equal(finding_on(record, "other")->verdict, VERDICT_FAIL);
	assert_string_equal(finding_on(record, "other")->request_id, "parameters");
	arena_deinit(&fixture.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_two_controls),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_what_exists),
		cmocka_unit_test(test_evidence_and_request),
		cmocka_unit_test(test_snapshots_with_their_cluster),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_of_two_accounts),
		cmocka_unit_test(test_a_key_that_is_not_named),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_parameters_of_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
