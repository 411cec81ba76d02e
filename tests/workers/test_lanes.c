#include "tests/unit.h"
#include "workers/lanes.h"

enum { MILLISECOND = 1000 };

static struct lanes at_a_distance_of(int64_t microseconds)
{
	struct lanes lanes = {0};

	lanes_ask(&lanes, 1);
	lanes_learn(&lanes, microseconds, false);
	return lanes;
}

static void test_there_is_always_one(void **state)
{
	const struct lanes unknown = {0}, near = at_a_distance_of(1), far = at_a_distance_of(280 * MILLISECOND);

	(void)state;
	assert_int_equal(lanes_wanted(&unknown, 0, 0), 1);
	assert_int_equal(lanes_wanted(&unknown, 1, 0), 1);
	assert_int_equal(lanes_wanted(&near, 5000, 0), 1);
	assert_int_equal(lanes_wanted(&far, 0, 0), 1);
}

/* Whatever the queue and the distance, it drains within twice the patience and one way. */
static void test_the_queue_drains(void **state)
{
	(void)state;
	for (int64_t distance = 100; distance <= 400 * MILLISECOND; distance *= 2) {
		const struct lanes lanes = at_a_distance_of(distance);

		for (size_t queue = 1; queue < 5000; queue = queue * 3 / 2 + 1) {
			size_t wanted = lanes_wanted(&lanes, queue, 0);

			assert_true((int64_t)queue * distance / (int64_t)wanted <=
				    2 * (25 * MILLISECOND + distance / 2));
			assert_true(wanted <= 1 + queue * 2);
		}
	}
}

static void test_more_for_farther_and_longer(void **state)
{
	const struct lanes near = at_a_distance_of(2 * MILLISECOND), far = at_a_distance_of(200 * MILLISECOND);

	(void)state;
	assert_true(lanes_wanted(&near, 160, 0) <= 16);
	assert_true(lanes_wanted(&far, 160, 0) > 160);
	assert_true(lanes_wanted(&far, 16, 0) < lanes_wanted(&far, 160, 0));
}

/* Before the first answer the wait for it tells that it is far. */
static void test_silence_tells(void **state)
{
	struct lanes lanes = {0};

	(void)state;
	lanes_ask(&lanes, 5000 * MILLISECOND);
	lanes_ask(&lanes, 5500 * MILLISECOND); /* the first counts */
	assert_int_equal(lanes_wanted(&lanes, 100, 5020 * MILLISECOND), 1);
	assert_true(lanes_wanted(&lanes, 100, 5600 * MILLISECOND) > 100);
}

static void test_the_shortest_counts(void **state)
{
	struct lanes lanes = at_a_distance_of(60 * MILLISECOND);

	(void)state;
	lanes_learn(&lanes, 90 * MILLISECOND, false);
	assert_int_equal(lanes.distance, 60 * MILLISECOND);
	lanes_learn(&lanes, 90 * MILLISECOND, true); /* two handshakes and the request */
	assert_int_equal(lanes.distance, 30 * MILLISECOND);
	lanes_learn(&lanes, 0, false); /* a clock that stood still says nothing */
	assert_int_equal(lanes.distance, 30 * MILLISECOND);
}

/* While everybody shakes hands, a near endpoint does not look far. */
static void test_our_own_work_is_no_distance(void **state)
{
	struct lanes lanes = {0};

	(void)state;
	lanes_ask(&lanes, 0);
	lanes_learn(&lanes, 9 * MILLISECOND, true);
	assert_int_equal(lanes_wanted(&lanes, 100, 9 * MILLISECOND), 1);
	lanes_learn(&lanes, 2 * MILLISECOND, false);
	assert_int_equal(lanes.distance, 2 * MILLISECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_is_always_one),
		cmocka_unit_test(test_the_queue_drains),
		cmocka_unit_test(test_more_for_farther_and_longer),
		cmocka_unit_test(test_silence_tells),
		cmocka_unit_test(test_the_shortest_counts),
		cmocka_unit_test(test_our_own_work_is_no_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
