/*
 * outcome.c: the worst state of a cell's parts and its reasons, in any order.
 */
#include "scanner/matrix/outcome.h"

#include "tests/unit.h"

static void test_nothing(void **state)
{
	struct outcome outcome;
	struct arena arena = {0};

	(void)state;
	outcome_init(&outcome, &arena);
	assert_int_equal(outcome.record.state, CELL_SKIPPED);
	assert_true(outcome.record.complete);
	assert_null(outcome.record.reason);
}

/* The order of parts does not change the record. */
static void test_any_order(void **state)
{
	static const struct {
		enum cell_state state;
		const char *reason;
	} parts[] = {{CELL_EMPTY, NULL},         {CELL_DENIED, "b: denied"}, {CELL_PASS, NULL},
		     {CELL_DENIED, "a: denied"}, {CELL_UNKNOWN, "c"},        {CELL_FAIL, NULL}};
	enum { PARTS = sizeof parts / sizeof parts[0] };

	(void)state;
	for (size_t start = 0; start < PARTS; start++) {
		struct outcome outcome;
		struct arena arena = {0};

		outcome_init(&outcome, &arena);
		for (size_t i = 0; i < PARTS; i++)
			outcome_add(&outcome, parts[(start + i) % PARTS].state,
				    parts[(start + i) % PARTS].reason);
		assert_int_equal(outcome.record.state, CELL_FAIL);
		assert_int_equal(outcome.record.state_without_failures, CELL_DENIED);
		assert_string_equal(outcome.record.reason, "a: denied; b: denied");
		assert_false(outcome.record.complete);
		arena_deinit(&arena);
	}
}

/* A long reason of an action that matters less does not cut off the one without which nothing is known. */
static void test_useful_reasons_first(void **state)
{
	static const char *const reasons[] = {"rds:DescribeDBClusterAutomatedBackups: AccessDenied: no",
					      "other words",
					      "kms:DescribeKey: no",
					      "rds:DescribeDBClusters: AccessDenied: no",
					      "rds:DescribeDBClusterSnapshots: AccessDenied: no",
					      "rds:DescribeDBInstances: AccessDenied: no"};
	enum { REASONS = sizeof reasons / sizeof reasons[0] };

	(void)state;
	for (size_t start = 0; start < REASONS; start++) {
		struct outcome outcome;
		struct arena arena = {0};

		outcome_init(&outcome, &arena);
		for (size_t i = 0; i < REASONS; i++)
			outcome_add(&outcome, CELL_DENIED, reasons[(start + i) % REASONS]);
		assert_string_equal(outcome.record.reason,
				    "rds:DescribeDBClusters: AccessDenied: no; "
				    "rds:DescribeDBInstances: AccessDenied: no; "
				    "rds:DescribeDBClusterSnapshots: AccessDenied: no; kms:DescribeKey: no; "
				    "rds:DescribeDBClusterAutomatedBackups: AccessDenied: no; other words");
		arena_deinit(&arena);
	}
}

/* Equal reasons of many parts are joined; of many reasons the first twelve are kept. */
static void test_many_reasons(void **state)
{
	struct outcome outcome;
	struct arena arena = {0};
	char reason[40];

	(void)state;
	outcome_init(&outcome, &arena);
	for (int i = 40; i-- > 0;) {
		snprintf(reason, sizeof reason, "reason %02d", i);
		outcome_add(&outcome, CELL_ERROR, reason);
		outcome_add(&outcome, CELL_ERROR, reason);
	}
	assert_contains(outcome.record.reason, "reason 00; reason 01; ");
	assert_contains(outcome.record.reason, "reason 11; and others");
	assert_null(strstr(outcome.record.reason, "reason 12"));
	arena_deinit(&arena);
}

static void test_pending(void **state)
{
	struct outcome outcome;
	struct arena arena = {0};

	(void)state;
	outcome_init(&outcome, &arena);
	outcome_add(&outcome, CELL_UNREACHED, "cannot assume");
	outcome_set_pending(&outcome);
	assert_int_equal(outcome.record.state, CELL_PENDING);
	outcome.record.failing = 1;
	outcome_set_pending(&outcome);
	assert_int_equal(outcome.record.state, CELL_FAIL);
	assert_int_equal(outcome.record.state_without_failures, CELL_PENDING);
	arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_useful_reasons_first),
		cmocka_unit_test(test_many_reasons),
		cmocka_unit_test(test_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
