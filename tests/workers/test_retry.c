#include "tests/unit.h"
#include "workers/retry.h"

static void test_full_jitter(void **state)
{
	static const struct {
		enum retry_reason reason;
		int attempts;
		int64_t max_delay_ms;
	} cases[] = {
		{RETRY_THROTTLE, 1, 1000},  {RETRY_THROTTLE, 2, 2000},   {RETRY_THROTTLE, 5, 16000},
		{RETRY_THROTTLE, 6, 20000}, {RETRY_THROTTLE, 60, 20000}, {RETRY_TRANSIENT, 1, 50},
		{RETRY_TRANSIENT, 2, 100},  {RETRY_TRANSIENT, 4, 400},   {RETRY_TRANSIENT, 30, 20000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct retry_quota quota;
		struct retry retry = {.attempts = cases[i].attempts};
		int64_t delay_ms;

		retry_quota_fill(&quota);
		assert_true(retry_again(&retry, &quota, cases[i].reason, 100, 0.0, -1, &delay_ms));
		assert_int_equal(delay_ms, 0);
		assert_true(retry_again(&retry, &quota, cases[i].reason, 100, 0.5, -1, &delay_ms));
		assert_int_equal(delay_ms, cases[i].max_delay_ms / 2);
		assert_true(retry_again(&retry, &quota, cases[i].reason, 100, 0.999999, -1, &delay_ms));
		assert_in_range(delay_ms, cases[i].max_delay_ms - 1, cases[i].max_delay_ms);
	}
}

static void test_attempts_end(void **state)
{
	struct retry_quota quota;
	struct retry retry = {.attempts = 8};
	int64_t delay_ms;

	(void)state;
	retry_quota_fill(&quota);
	assert_false(retry_again(&retry, &quota, RETRY_THROTTLE, 8, 0.5, -1, &delay_ms));
	assert_true(retry_again(&retry, &quota, RETRY_THROTTLE, 9, 0.5, -1, &delay_ms));
}

static void test_quota_ends_and_comes_back(void **state)
{
	struct retry_quota quota;
	struct retry retry = {.attempts = 1}, other = {.attempts = 1};
	int64_t delay_ms;
	int granted = 0;

	(void)state;
	retry_quota_fill(&quota);
	while (retry_again(&retry, &quota, RETRY_TRANSIENT, 1000, 0.5, -1, &delay_ms))
		granted++;
	assert_int_equal(granted, RETRY_QUOTA_TOKENS / RETRY_COST);
	/* Throttled attempts take no tokens. */
	assert_true(retry_again(&other, &quota, RETRY_THROTTLE, 1000, 0.5, -1, &delay_ms));
	retry_succeeded(&retry, &quota);
	assert_true(retry_again(&retry, &quota, RETRY_TRANSIENT, 1000, 0.5, -1, &delay_ms));
	for (int i = 0; i < 1000; i++)
		retry_succeeded(&other, &quota);
	assert_int_equal(quota.tokens, RETRY_QUOTA_TOKENS);
}

static void test_server_may_ask_for_more_time(void **state)
{
	struct retry_quota quota;
	struct retry retry = {.attempts = 1};
	int64_t delay_ms;

	(void)state;
	retry_quota_fill(&quota);
	retry_again(&retry, &quota, RETRY_THROTTLE, 8, 0.5, 1500, &delay_ms);
	assert_int_equal(delay_ms, 1500);
	retry_again(&retry, &quota, RETRY_THROTTLE, 8, 0.5, 100, &delay_ms);
	assert_int_equal(delay_ms, 500);
	retry_again(&retry, &quota, RETRY_THROTTLE, 8, 0.5, 3600000, &delay_ms);
	assert_int_equal(delay_ms, 500 + RETRY_MAX_EXTRA_DELAY_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_jitter),
		cmocka_unit_test(test_attempts_end),
		cmocka_unit_test(test_quota_ends_and_comes_back),
		cmocka_unit_test(test_server_may_ask_for_more_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
