#include "tests/unit.h"
#include "workers/lanes.h"

enum { MILLISECOND = 1000 };

static const struct lanes_load idle = {0, 0};

/* Asked so often that it is known. */
static struct lanes at_a_distance_of(int64_t microseconds)
{
	struct lanes lanes = {0};

	lanes_connect(&lanes, 1);
	lanes_ask(&lanes, 1);
	for (int i = 0; i < 8; i++)
		lanes_learn(&lanes, microseconds, false);
	return lanes;
}

static void test_there_is_always_one(void **state)
{
	const struct lanes unknown = {0}, near = at_a_distance_of(1), far = at_a_distance_of(280 * MILLISECOND);

	(void)state;
	assert_int_equal(lanes_wanted(&unknown, 0, 0, idle), 1);
	assert_int_equal(lanes_wanted(&unknown, 1, 0, idle), 1);
	assert_int_equal(lanes_wanted(&near, 5000, 0, idle), 1);
	assert_int_equal(lanes_wanted(&far, 0, 0, idle), 1);
}

/* Whatever the queue and the distance, it drains within twice the patience and one way. */
static void test_the_queue_drains(void **state)
{
	(void)state;
	for (int64_t distance = 100; distance <= 400 * MILLISECOND; distance *= 2) {
		const struct lanes lanes = at_a_distance_of(distance);

		for (size_t queue = 1; queue < 5000; queue = queue * 3 / 2 + 1) {
			size_t wanted = lanes_wanted(&lanes, queue, 0, idle);

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
	assert_true(lanes_wanted(&near, 160, 0, idle) <= 16);
	assert_true(lanes_wanted(&far, 160, 0, idle) > 160);
	assert_true(lanes_wanted(&far, 16, 0, idle) < lanes_wanted(&far, 160, 0, idle));
}

/* Before the first answer the wait for it tells that it is far; what connecting takes is not that wait. */
static void test_silence_tells(void **state)
{
	struct lanes lanes = {0};

	(void)state;
	lanes_connect(&lanes, 4940 * MILLISECOND);
	assert_int_equal(lanes_wanted(&lanes, 100, 5000 * MILLISECOND, idle), 1);
	assert_true(lanes_wanted(&lanes, 100, 5100 * MILLISECOND, idle) > 50);
	lanes_ask(&lanes, 5000 * MILLISECOND);
	lanes_connect(&lanes, 5010 * MILLISECOND);
	lanes_ask(&lanes, 5500 * MILLISECOND); /* the first counts */
	assert_int_equal(lanes_wanted(&lanes, 100, 5020 * MILLISECOND, idle), 1);
	assert_true(lanes_wanted(&lanes, 100, 5600 * MILLISECOND, idle) > 100);
	lanes_learn(&lanes, 600 * MILLISECOND, true); /* it speaks */
	assert_int_equal(lanes_wanted(&lanes, 100, 9000 * MILLISECOND, idle), 1);
}

static void test_the_shortest_counts(void **state)
{
	struct lanes lanes = at_a_distance_of(60 * MILLISECOND);

	(void)state;
	lanes_learn(&lanes, 90 * MILLISECOND, false);
	assert_int_equal(lanes.distance, 60 * MILLISECOND);
	lanes_learn(&lanes, 30 * MILLISECOND, true); /* servers are slower or quicker at first */
	assert_int_equal(lanes.distance, 60 * MILLISECOND);
	lanes_learn(&lanes, 0, false); /* a clock that stood still says nothing */
	assert_int_equal(lanes.distance, 60 * MILLISECOND);
}

/* While everybody shakes hands, a near endpoint does not look far: the first few answers may have been held up.
 */
static void test_a_storm_is_no_distance(void **state)
{
	struct lanes lanes = {0};

	(void)state;
	lanes_connect(&lanes, 1);
	lanes_ask(&lanes, 60 * MILLISECOND);
	lanes_learn(&lanes, 9 * MILLISECOND, true);
	for (int i = 0; i < 7; i++) {
		lanes_learn(&lanes, 20 * MILLISECOND, false);
		assert_int_equal(lanes_wanted(&lanes, 100, 70 * MILLISECOND, idle), 1);
	}
	lanes_learn(&lanes, 1 * MILLISECOND, false);
	assert_true(lanes_wanted(&lanes, 100, 70 * MILLISECOND, idle) < 5);
}

/* 17 answers of 2.4 ms of computing each are 40 ms apart, however near their server is. */
static void test_our_own_work_is_no_distance(void **state)
{
	const struct lanes lanes = at_a_distance_of(42 * MILLISECOND),
			   far = at_a_distance_of(200 * MILLISECOND);
	const struct lanes_load load = {.in_flight = 41 * MILLISECOND, .waiting = 9000 * MILLISECOND};

	(void)state;
	assert_true(lanes_wanted(&lanes, 100, 1, idle) > 50);
	assert_int_equal(lanes_wanted(&lanes, 100, 1, load), 1);
	assert_int_equal(lanes_wanted(&far, 100, 1, load), lanes_wanted(&far, 100, 1, idle));
}

/* Who computes a second for what waits gains nothing by a queue that drains sooner. */
static void test_no_more_than_can_be_filled(void **state)
{
	const struct lanes near = at_a_distance_of(1 * MILLISECOND);

	(void)state;
	assert_true(lanes_wanted(&near, 500, 1, idle) >= 15);
	assert_true(lanes_wanted(&near, 500, 1, (struct lanes_load){0, 50 * MILLISECOND}) >= 8);
	assert_int_equal(lanes_wanted(&near, 500, 1, (struct lanes_load){0, 1000 * MILLISECOND}), 1);
}

/* 600 answers a second of 3 ms each keep two lanes busy, whatever waits for its turn. */
static void test_a_pace_is_kept(void **state)
{
	struct lanes near = at_a_distance_of(3 * MILLISECOND), far = at_a_distance_of(200 * MILLISECOND);
	const struct lanes new = {0};

	(void)state;
	assert_int_equal(lanes_at_most(&near, 600), 2);
	assert_true(lanes_at_most(&near, 0) == SIZE_MAX); /* no limit */
	assert_true(lanes_at_most(&new, 600) == SIZE_MAX);
	assert_true(lanes_at_most(&far, 600) == SIZE_MAX); /* its first answers take three trips */
	lanes_learn(&near, 25 * MILLISECOND, false);       /* once is no reason */
	assert_in_range(lanes_at_most(&near, 600), 2, 5);
	for (int i = 0; i < 50; i++)
		lanes_learn(&near, 25 * MILLISECOND,
			    false); /* somebody is busy: it takes more to keep the pace */
	assert_in_range(lanes_at_most(&near, 600), 14, 16);
	for (int i = 0; i < 50; i++)
		lanes_learn(&near, 3 * MILLISECOND, false);
	assert_int_equal(lanes_at_most(&near, 600), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_is_always_one),
		cmocka_unit_test(test_the_queue_drains),
		cmocka_unit_test(test_more_for_farther_and_longer),
		cmocka_unit_test(test_silence_tells),
		cmocka_unit_test(test_the_shortest_counts),
		cmocka_unit_test(test_a_storm_is_no_distance),
		cmocka_unit_test(test_no_more_than_can_be_filled),
		cmocka_unit_test(test_our_own_work_is_no_distance),
		cmocka_unit_test(test_a_pace_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
