#include "tests/unit.h"
#include "workers/rate_limiter.h"

/* The number of requests that start between two moments, when each takes a token as soon as possible. */
static size_t started(struct rate_limiter *limiter, int64_t from, int64_t until)
{
	size_t count = 0;

	for (int64_t now_ms = from; now_ms < until;) {
		int64_t wait_ms = rate_limiter_take(limiter, now_ms);

		count += wait_ms == 0;
		now_ms += wait_ms;
	}
	return count;
}

/* Without throttling nothing waits. */
static void test_no_limit(void **state)
{
	struct rate_limiter none = {0};

	(void)state;
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(rate_limiter_take(&none, 5), 0);
		rate_limiter_accepted(&none, 5);
	}
}

/* An unknown limit is found: the rate falls below it, and approaches it again. */
static void test_unknown_limit(void **state)
{
	struct rate_limiter limiter = {0};
	size_t soon, later;

	(void)state;
	for (int64_t now_ms = 1000; now_ms < 5000; now_ms += 10) /* 100 a second */
		assert_int_equal(rate_limiter_take(&limiter, now_ms), 0);
	rate_limiter_refused(&limiter, 5000);
	soon = started(&limiter, 5000, 6000);
	assert_in_range(soon, 55, 90);
	rate_limiter_accepted(&limiter, 9000);
	later = started(&limiter, 9000, 10000);
	assert_in_range(later, soon + 10, 125);
}

/* Each reservation is later than the one before. */
static void test_reserving(void **state)
{
	struct rate_limiter limiter;
	int64_t before = -1;

	(void)state;
	rate_limiter_init(&limiter, 10, 0);
	for (int i = 0; i < 20; i++) {
		int64_t wait_ms = rate_limiter_reserve(&limiter, 0);

		assert_true(wait_ms > before || wait_ms == 0);
		before = wait_ms;
	}
	assert_in_range(before, 1800, 2200);
}

/* Never above the limit in any second, also after a pause; and not much below. */
static void test_below_the_limit(void **state)
{
	struct rate_limiter limiter;

	(void)state;
	rate_limiter_init(&limiter, 600, 1000);
	for (int64_t second = 1; second < 5; second++)
		assert_in_range(started(&limiter, second * 1000, second * 1000 + 1000), 570, 600);
	assert_in_range(started(&limiter, 60000, 61000), 590, 600); /* includes the burst */
	assert_in_range(started(&limiter, 70000, 70100), 70, 78);
}

/* A waiting caller wakes for several tokens. */
static void test_tokens_come_together(void **state)
{
	struct rate_limiter limiter;
	int64_t wait_ms;

	(void)state;
	rate_limiter_init(&limiter, 600, 0);
	while ((wait_ms = rate_limiter_take(&limiter, 0)) == 0)
		;
	assert_int_equal(wait_ms, 5);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rate_limiter_take(&limiter, wait_ms), 0);
	assert_in_range(rate_limiter_reserve(&limiter, wait_ms), 1, 2); /* the next token follows shortly */
}

static void test_slow_rates_wait(void **state)
{
	struct rate_limiter limiter;

	(void)state;
	rate_limiter_init(&limiter, 2, 0);
	assert_int_equal(rate_limiter_take(&limiter, 0), 0);
	assert_in_range(rate_limiter_take(&limiter, 0), 500, 520);
	assert_int_equal(rate_limiter_take(&limiter, 520), 0);
}

/* Other callers use the same limit: the rate falls at once, and recovers along CUBIC's curve. */
static void test_falls_and_comes_back(void **state)
{
	struct rate_limiter limiter;
	double low, later, at_last;

	(void)state;
	rate_limiter_init(&limiter, 600, 0);
	rate_limiter_refused(&limiter, 1000);
	low = limiter.rate;
	assert_true(low < 600 * 0.75 && low > 600 * 0.6);
	rate_limiter_refused(&limiter, 1050); /* at the same moment: it falls only once */
	assert_true(limiter.rate == low);
	rate_limiter_accepted(&limiter, 3000);
	later = limiter.rate;
	assert_true(later > low);
	rate_limiter_accepted(&limiter, 60000);
	at_last = limiter.rate;
	assert_true(at_last > later && at_last <= 600); /* never above the published limit */
}

static void test_never_stops(void **state)
{
	struct rate_limiter known, unknown = {0};

	(void)state;
	rate_limiter_init(&known, 600, 0);
	assert_int_equal(rate_limiter_take(&unknown, 500), 0);
	for (int64_t now_ms = 1000; now_ms < 100000; now_ms += 500) {
		rate_limiter_refused(&known, now_ms);
		rate_limiter_refused(&unknown, now_ms);
	}
	assert_in_range(started(&known, 100000, 101000), 140, 170);
	assert_in_range(started(&unknown, 100000, 110000), 4, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_limit),
		cmocka_unit_test(test_unknown_limit),
		cmocka_unit_test(test_reserving),
		cmocka_unit_test(test_below_the_limit),
		cmocka_unit_test(test_slow_rates_wait),
		cmocka_unit_test(test_falls_and_comes_back),
		cmocka_unit_test(test_tokens_come_together),
		cmocka_unit_test(test_never_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
