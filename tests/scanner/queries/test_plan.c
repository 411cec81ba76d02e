/* plan.c and the table of queries.c: which queries follow from which controls and resources. */
#include "scanner/queries/plan.h"

#include "scanner/queries/queries.h"
#include "tests/unit.h"

struct fixture {
	struct arena arena;
	struct policy policy;
	struct resource_list resources;
	const struct control *selected[32];
	struct query_plan plan;
	char added[512];
};

static void add_query(void *userdata, enum query_kind kind, struct resource *subject)
{
	struct fixture *fixture = userdata;
	size_t length = strlen(fixture->added);

	snprintf(fixture->added + length, sizeof fixture->added - length, "%s%s%s%s", length ? " " : "",
		 strchr(query_permission(kind), ':') + 1, subject ? ":" : "", subject ? subject->id : "");
}

static void open_fixture(struct fixture *fixture, const char *group)
{
	size_t count = 0;
	uint32_t needs = 0;

	memset(fixture, 0, sizeof *fixture);
	resource_list_init(&fixture->resources);
	for (const struct control *const *control = controls; *control; control++)
		if (control_is_named(*control, group, &fixture->policy)) {
			fixture->selected[count++] = *control;
			needs |= control_needs(*control, &fixture->policy);
		}
	fixture->plan = (struct query_plan){.needs = needs,
					    .selected = fixture->selected,
					    .policy = &fixture->policy,
					    .resources = &fixture->resources,
					    .arena = &fixture->arena,
					    .add = add_query,
					    .userdata = fixture};
}

static struct resource *add(struct fixture *fixture, enum resource_kind kind, const char *id)
{
	struct resource *resource = arena_take(&fixture->arena, sizeof *resource);

	resource->kind = kind;
	resource->id = id;
	resource->values[ATTRIBUTE_ENGINE] = "neptune";
	resource_list_append(&fixture->resources, resource);
	return resource;
}

static const char *planned(struct fixture *fixture, enum query_phase phase)
{
	fixture->added[0] = '\0';
	query_plan_phase(&fixture->plan, phase);
	return fixture->added;
}

static void test_lists(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, "neptune-encryption-at-rest");
	assert_string_equal(planned(&fixture, PHASE_PROBE), "DescribeDBClusters");
	assert_string_equal(planned(&fixture, PHASE_LISTS), "");
	open_fixture(&fixture, "neptune-snapshot-encryption");
	assert_string_equal(planned(&fixture, PHASE_PROBE), "DescribeDBClusterSnapshots");
	arena_deinit(&fixture.arena);
}

/* Instances and global databases only where there are clusters. */
static void test_lists_where_there_are_clusters(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, "all");
	planned(&fixture, PHASE_LISTS);
	assert_null(strstr(fixture.added, "DescribeDBInstances"));
	assert_null(strstr(fixture.added, "DescribeGlobalClusters"));
	add(&fixture, RESOURCE_CLUSTER, "c");
	planned(&fixture, PHASE_LISTS);
	assert_contains(fixture.added, "DescribeDBInstances");
	assert_contains(fixture.added, "DescribeGlobalClusters");
	assert_null(strstr(fixture.added, "DescribeDBClusters ")); /* the probe was that one */
	arena_deinit(&fixture.arena);
}

/* Each parameter group once, for the first of its clusters. */
static void test_parameter_groups(void **state)
{
	struct fixture fixture;
	struct resource *a, *b, *c;

	(void)state;
	open_fixture(&fixture, "neptune-encryption-in-transit");
	a = add(&fixture, RESOURCE_CLUSTER, "a");
	b = add(&fixture, RESOURCE_CLUSTER, "b");
	c = add(&fixture, RESOURCE_CLUSTER, "c");
	a->values[ATTRIBUTE_PARAMETER_GROUP] = c->values[ATTRIBUTE_PARAMETER_GROUP] = "shared";
	b->values[ATTRIBUTE_PARAMETER_GROUP] = "own";
	a->values[ATTRIBUTE_ENGINE_VERSION] = b->values[ATTRIBUTE_ENGINE_VERSION] =
		c->values[ATTRIBUTE_ENGINE_VERSION] = "1.0.3.0";
	assert_string_equal(planned(&fixture, PHASE_RESOURCES),
			    "DescribeDBClusterParameters:a DescribeDBClusterParameters:b");
	assert_ptr_equal(c->group_sample, a);
	arena_deinit(&fixture.arena);
}

/* An alias of AWS's is never described: DescribeKey would create that key. */
static void test_keys(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, "neptune-key-usable");
	add(&fixture, RESOURCE_KEY, "k-1");
	add(&fixture, RESOURCE_KEY, "alias/aws/rds");
	assert_string_equal(planned(&fixture, PHASE_RESOURCES), "DescribeKey:k-1");
	arena_deinit(&fixture.arena);
}

/* Aliases tell who manages a key that may not be described, of one's own account. */
static void test_aliases_are_a_fallback(void **state)
{
	struct fixture fixture;
	struct resource *refused, *foreign;

	(void)state;
	assert_true(query_is_fallback(QUERY_ALIASES));
	open_fixture(&fixture, "neptune-encryption-at-rest");
	fixture.policy.require_key = KEY_CUSTOMER;
	fixture.plan.needs = control_needs(fixture.selected[0], &fixture.policy);
	add(&fixture, RESOURCE_KEY, "described");
	refused = add(&fixture, RESOURCE_KEY, "refused");
	refused->refusals[QUERY_KEY] = "AccessDenied";
	foreign = add(&fixture, RESOURCE_KEY, "foreign");
	foreign->refusals[QUERY_KEY] = "AccessDenied";
	foreign->account = "111122223333";
	foreign->values[ATTRIBUTE_KEY_ACCOUNT] = "999999999999";
	assert_string_equal(planned(&fixture, PHASE_KEYS), "ListAliases:refused");
	arena_deinit(&fixture.arena);
}

static void test_tags_of_what_fails(void **state)
{
	struct fixture fixture;
	struct resource *failing, *tagged;

	(void)state;
	open_fixture(&fixture, "neptune-encryption-at-rest");
	fixture.plan.needs |= QUERY_BIT(QUERY_TAGS);
	add(&fixture, RESOURCE_CLUSTER, "passes")->arn = "arn:1";
	failing = add(&fixture, RESOURCE_CLUSTER, "fails");
	failing->arn = "arn:2";
	tagged = add(&fixture, RESOURCE_CLUSTER, "tagged");
	tagged->arn = "arn:3";
	failing->is_failing = tagged->is_failing = true;
	tagged->has_tag_list = true;
	assert_string_equal(planned(&fixture, PHASE_TAGS), "ListTagsForResource:fails");
	fixture.plan.needs &= ~(uint32_t)QUERY_BIT(QUERY_TAGS);
	assert_string_equal(planned(&fixture, PHASE_TAGS), "");
	arena_deinit(&fixture.arena);
}

/* Each row is what its place says; a list has a shape where the RDS API answers it. */
static void test_the_table(void **state)
{
	(void)state;
	for (enum query_kind kind = 0; kind < QUERY_KINDS; kind++) {
		const struct query_spec *spec = &query_specs[kind];

		assert_int_equal(spec->kind, kind);
		assert_non_null(spec->begin);
		assert_non_null(spec->read);
		assert_non_null(strchr(query_permission(kind), ':'));
		assert_int_equal(spec->about == SUBJECT_REGION, kind < QUERY_PARAMETERS);
		assert_true(!spec->filter || spec->shape);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_lists_where_there_are_clusters),
		cmocka_unit_test(test_parameter_groups),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_aliases_are_a_fallback),
		cmocka_unit_test(test_tags_of_what_fails),
		cmocka_unit_test(test_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
