#include "tests/unit.h"
#include "workers/pace.h"

/* Wakes for so long, and so many exchanges end. */
static void work_for(struct pace *pace, int64_t *now, int64_t microseconds, int exchanges)
{
	pace_wake(pace, *now);
	for (int i = 0; i < exchanges; i++)
		pace_count(pace);
	*now += microseconds;
	pace_sleep(pace, *now);
	*now += 1000000; /* asleep: costs nothing */
}

static void test_known_from_the_first(void **state)
{
	struct pace pace = {0};
	int64_t now = 5;

	(void)state;
	assert_int_equal(pace_cost(&pace), 0);
	work_for(&pace, &now, 700, 0); /* it prepares the first */
	assert_int_equal(pace_cost(&pace), 0);
	work_for(&pace, &now, 100, 2);
	assert_int_equal(pace_cost(&pace), 400);
}

static void test_storms_pass(void **state)
{
	struct pace pace = {0};
	int64_t now = 5;

	(void)state;
	work_for(&pace, &now, 64 * 700, 64);
	assert_int_equal(pace_cost(&pace), 700);
	work_for(&pace, &now, 64 * 50, 64);
	assert_int_equal(pace_cost(&pace), 50);
	for (int i = 0; i < 10; i++)
		work_for(&pace, &now, 64 * 900, 64);
	assert_int_equal(pace_cost(&pace), 50);
}

/* One lucky exchange is no pace: only whole stretches count. */
static void test_stretches(void **state)
{
	struct pace pace = {0};
	int64_t now = 5;

	(void)state;
	work_for(&pace, &now, 64 * 100, 64);
	work_for(&pace, &now, 1, 1);
	assert_int_equal(pace_cost(&pace), 100);
	for (int i = 0; i < 63; i++)
		work_for(&pace, &now, 80, 1);
	assert_int_equal(pace_cost(&pace), (1 + 63 * 80) / 64);
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
