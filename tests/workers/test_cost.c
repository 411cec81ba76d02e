#include "tests/unit.h"
#include "workers/cost.h"

/* Wakes up, works for `microseconds`, and ends `exchanges`. */
static void work_for(struct cost *cost, int64_t *now, int64_t microseconds, int exchanges)
{
	cost_wake(cost, *now);
	for (int i = 0; i < exchanges; i++)
		cost_count(cost);
	*now += microseconds;
	cost_sleep(cost, *now);
	*now += 1000000; /* sleeping costs nothing */
}

static void test_known_from_the_first(void **state)
{
	struct cost cost = {0};
	int64_t now = 5;

	(void)state;
	assert_int_equal(cost_of_exchange(&cost), 0);
	work_for(&cost, &now, 700, 0); /* prepares the first exchange */
	assert_int_equal(cost_of_exchange(&cost), 0);
	work_for(&cost, &now, 100, 2);
	assert_int_equal(cost_of_exchange(&cost), 400);
}

static void test_storms_pass(void **state)
{
	struct cost cost = {0};
	int64_t now = 5;

	(void)state;
	work_for(&cost, &now, 64 * 700, 64);
	assert_int_equal(cost_of_exchange(&cost), 700);
	work_for(&cost, &now, 64 * 50, 64);
	assert_int_equal(cost_of_exchange(&cost), 50);
	for (int i = 0; i < 10; i++)
		work_for(&cost, &now, 64 * 900, 64);
	assert_int_equal(cost_of_exchange(&cost), 50);
}

/* A single cheap exchange is no estimate: only full groups count. */
static void test_stretches(void **state)
{
	struct cost cost = {0};
	int64_t now = 5;

	(void)state;
	work_for(&cost, &now, 64 * 100, 64);
	work_for(&cost, &now, 1, 1);
	assert_int_equal(cost_of_exchange(&cost), 100);
	for (int i = 0; i < 63; i++)
		work_for(&cost, &now, 80, 1);
	assert_int_equal(cost_of_exchange(&cost), (1 + 63 * 80) / 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_from_the_first),
		cmocka_unit_test(test_storms_pass),
		cmocka_unit_test(test_stretches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
