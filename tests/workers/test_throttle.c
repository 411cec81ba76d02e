#include "tests/unit.h"
#include "workers/throttle.h"

/* So many start between two moments, when everybody takes as soon as they may. */
static size_t started(struct throttle *throttle, int64_t from, int64_t until)
{
	size_t count = 0;

	for (int64_t now = from; now < until;) {
		int64_t wait = throttle_take(throttle, now);

		count += wait == 0;
		now += wait;
	}
	return count;
}

/* Nobody minds: nothing waits. */
static void test_no_limit(void **state)
{
	struct throttle none = {0};

	(void)state;
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(throttle_take(&none, 5), 0);
		throttle_accepted(&none, 5);
	}
}

/* The limit is found out: below what was too much, and again near it after a while. */
static void test_a_limit_that_nobody_told(void **state)
{
	struct throttle throttle = {0};
	size_t soon, later;

	(void)state;
	for (int64_t now = 1000; now < 5000; now += 10) /* 100 a second */
		assert_int_equal(throttle_take(&throttle, now), 0);
	throttle_refused(&throttle, 5000);
	soon = started(&throttle, 5000, 6000);
	assert_in_range(soon, 55, 90);
	throttle_accepted(&throttle, 9000);
	later = started(&throttle, 9000, 10000);
	assert_in_range(later, soon + 10, 125);
}

/* One after the other, each later than the one before. */
static void test_reserving(void **state)
{
	struct throttle throttle;
	int64_t before = -1;

	(void)state;
	throttle_open(&throttle, 10, 0);
	for (int i = 0; i < 20; i++) {
		int64_t wait = throttle_reserve(&throttle, 0);

		assert_true(wait > before || wait == 0);
		before = wait;
	}
	assert_in_range(before, 1800, 2200);
}

/* Never more than the limit in any second, also after a pause; and not much less. */
static void test_below_the_limit(void **state)
{
	struct throttle throttle;

	(void)state;
	throttle_open(&throttle, 600, 1000);
	for (int64_t second = 1; second < 5; second++)
		assert_in_range(started(&throttle, second * 1000, second * 1000 + 1000), 570, 600);
	assert_in_range(started(&throttle, 60000, 61000), 590, 600); /* the burst is among them */
	assert_in_range(started(&throttle, 70000, 70100), 70, 78);
}

/* Who waits wakes for several. */
static void test_tokens_come_together(void **state)
{
	struct throttle throttle;
	int64_t wait;

	(void)state;
	throttle_open(&throttle, 600, 0);
	while ((wait = throttle_take(&throttle, 0)) == 0)
		;
	assert_int_equal(wait, 5);
	for (int i = 0; i < 3; i++)
		assert_int_equal(throttle_take(&throttle, wait), 0);
	assert_in_range(throttle_reserve(&throttle, wait), 1, 2); /* the next comes a moment later */
}

static void test_slow_rates_wait(void **state)
{
	struct throttle throttle;

	(void)state;
	throttle_open(&throttle, 2, 0);
	assert_int_equal(throttle_take(&throttle, 0), 0);
	assert_in_range(throttle_take(&throttle, 0), 500, 520);
	assert_int_equal(throttle_take(&throttle, 520), 0);
}

/* Others use the same limit: the rate falls at once, and comes back by CUBIC's curve. */
static void test_falls_and_comes_back(void **state)
{
	struct throttle throttle;
	double low, later, at_last;

	(void)state;
	throttle_open(&throttle, 600, 0);
	throttle_refused(&throttle, 1000);
	low = throttle.rate;
	assert_true(low < 600 * 0.75 && low > 600 * 0.6);
	throttle_refused(&throttle, 1050); /* of the same moment: it does not fall twice */
	assert_true(throttle.rate == low);
	throttle_accepted(&throttle, 3000);
	later = throttle.rate;
	assert_true(later > low);
	throttle_accepted(&throttle, 60000);
	at_last = throttle.rate;
	assert_true(at_last > later && at_last <= 600); /* never beyond what AWS publishes */
}

static void test_never_stops(void **state)
{
	struct throttle known, unknown = {0};

	(void)state;
	throttle_open(&known, 600, 0);
	assert_int_equal(throttle_take(&unknown, 500), 0);
	for (int64_t now = 1000; now < 100000; now += 500) {
		throttle_refused(&known, now);
		throttle_refused(&unknown, now);
	}
	assert_in_range(started(&known, 100000, 101000), 140, 170);
	assert_in_range(started(&unknown, 100000, 110000), 4, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_limit),
		cmocka_unit_test(test_a_limit_that_nobody_told),
		cmocka_unit_test(test_reserving),
		cmocka_unit_test(test_below_the_limit),
		cmocka_unit_test(test_slow_rates_wait),
		cmocka_unit_test(test_falls_and_comes_back),
		cmocka_unit_test(test_tokens_come_together),
		cmocka_unit_test(test_never_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
