#include "tests/unit.h"
#include "workers/concurrency.h"

enum { MS = 1000, WINDOW = 20 * MS };

/* A worker's loop without a clock: time passes in windows. */
struct fixture {
	struct concurrency concurrency;
	int64_t now_us, busy_us;
};

static struct fixture begin(size_t start, size_t max)
{
	struct fixture fixture = {.now_us = 1};

	concurrency_init(&fixture.concurrency, start, max);
	concurrency_tick(&fixture.concurrency, fixture.now_us, 0);
	return fixture;
}

/* What happens in one window, with all that may be in flight. */
struct events {
	int busy_percent, responses, throttled;
	int64_t rtt_us, min_rtt_us;
	bool is_short;
};

static size_t pass(struct fixture *fixture, struct events events)
{
	struct concurrency *concurrency = &fixture->concurrency;

	concurrency_on_start(concurrency, concurrency->limit);
	for (int i = 0; i < events.responses; i++) {
		concurrency_on_response(concurrency, events.rtt_us, events.min_rtt_us);
		concurrency_on_answer(concurrency, i < events.throttled);
	}
	if (events.is_short)
		concurrency_on_short(concurrency);
	fixture->now_us += WINDOW;
	fixture->busy_us += (int64_t)WINDOW * events.busy_percent / 100;
	concurrency_tick(concurrency, fixture->now_us, fixture->busy_us);
	return concurrency->limit;
}

static const struct events steady = {
	.responses = 20, .rtt_us = 110 * MS, .min_rtt_us = 100 * MS, .is_short = true};

static void test_it_grows_within_a_tenth_of_a_second(void **state)
{
	struct fixture fixture = begin(128, 2048);

	(void)state;
	for (int i = 0; i < 5; i++)
		pass(&fixture, (struct events){.is_short = true});
	assert_int_equal(fixture.concurrency.limit, 2048);
	assert_int_equal(pass(&fixture, steady), 2048); /* and never beyond the maximum */
}

/* No response needs to arrive for that: the loop wakes up for it. */
static void test_it_is_due_while_something_waits(void **state)
{
	struct fixture fixture = begin(128, 256);

	(void)state;
	assert_int_equal(concurrency_due_us(&fixture.concurrency), -1);
	concurrency_on_short(&fixture.concurrency);
	assert_int_equal(concurrency_due_us(&fixture.concurrency), fixture.now_us + WINDOW);
	pass(&fixture, (struct events){.is_short = true});
	concurrency_on_short(&fixture.concurrency);
	assert_int_equal(concurrency_due_us(&fixture.concurrency), -1); /* it is the maximum */
	concurrency_init(&fixture.concurrency, 0, 256);
	concurrency_on_short(&fixture.concurrency);
	assert_int_equal(concurrency_due_us(&fixture.concurrency), -1);
}

static void test_not_without_need(void **state)
{
	struct fixture fixture = begin(128, 2048);
	struct events events = steady;

	(void)state;
	events.is_short = false;
	assert_int_equal(pass(&fixture, events), 128);
}

/* More connections only cost, when the thread has no time for those that there are. */
static void test_not_while_the_thread_is_busy(void **state)
{
	struct fixture fixture = begin(128, 2048);
	struct events events = steady;

	(void)state;
	events.busy_percent = 95;
	assert_int_equal(pass(&fixture, events), 128);
	events.busy_percent = 50;
	assert_int_equal(pass(&fixture, events), 256);
}

static void test_slower_answers_lower_it(void **state)
{
	struct fixture fixture = begin(1000, 2048);
	struct events events = steady;

	(void)state;
	events.rtt_us = 500 * MS; /* 250 ms are tolerated: twice the shortest, and 50 */
	assert_int_equal(pass(&fixture, events), 500);
	assert_int_equal(pass(&fixture, events), 500); /* not before the effect is seen */
	for (int i = 0; i < 12; i++)
		pass(&fixture, events);
	assert_int_equal(fixture.concurrency.limit, 250);
	assert_int_equal(fixture.concurrency.lowered, 2);
}

static void test_near_endpoints_may_wait(void **state)
{
	struct fixture fixture = begin(1000, 1000);
	struct events events = {.responses = 100, .rtt_us = 30 * MS, .min_rtt_us = 500};

	(void)state;
	assert_int_equal(pass(&fixture, events), 1000);
}

static void test_throttling_lowers_it(void **state)
{
	struct fixture fixture = begin(1000, 2048);
	struct events events = steady;

	(void)state;
	events.throttled = 10; /* of 20 */
	assert_int_equal(pass(&fixture, events), 700);
	for (int i = 0; i < 400; i++)
		pass(&fixture, events);
	assert_true(fixture.concurrency.limit < 10 && fixture.concurrency.limit >= 4);
}

/* One account among many has a limiter of its own. */
static void test_one_throttled_account_does_not(void **state)
{
	struct fixture fixture = begin(1000, 2048);
	struct events events = steady;

	(void)state;
	events.throttled = 2;
	events.is_short = false;
	assert_int_equal(pass(&fixture, events), 1000);
}

static void test_it_recovers_by_small_steps(void **state)
{
	struct fixture fixture = begin(1000, 2048);
	struct events slow = steady;
	size_t lowered, steps = 0;

	(void)state;
	slow.rtt_us = 10000 * MS;
	lowered = pass(&fixture, slow);
	while (pass(&fixture, steady) == lowered)
		assert_true(++steps < 20);
	assert_in_range(fixture.concurrency.limit, lowered + 1, lowered + lowered / 8);
	for (steps = 0; pass(&fixture, steady) < 2048; steps++)
		assert_true(steps < 100);
}

static void test_what_is_not_used_is_not_lowered(void **state)
{
	struct concurrency concurrency;

	(void)state;
	concurrency_init(&concurrency, 1000, 2048);
	concurrency_tick(&concurrency, 1, 0);
	concurrency_on_start(&concurrency, 10);
	for (int i = 0; i < 20; i++)
		concurrency_on_response(&concurrency, 5000 * MS, 100 * MS);
	concurrency_tick(&concurrency, 1 + WINDOW, 0);
	assert_int_equal(concurrency.limit, 1000);
	assert_int_equal(concurrency.peak, 10);
}

static void test_a_number_stays(void **state)
{
	struct fixture fixture = begin(0, 64);
	struct events events = steady;

	(void)state;
	events.throttled = 20;
	assert_int_equal(pass(&fixture, events), 64);
	assert_int_equal(pass(&fixture, steady), 64);
	fixture = begin(0, 1);
	assert_int_equal(fixture.concurrency.limit, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_grows_within_a_tenth_of_a_second),
		cmocka_unit_test(test_it_is_due_while_something_waits),
		cmocka_unit_test(test_not_without_need),
		cmocka_unit_test(test_not_while_the_thread_is_busy),
		cmocka_unit_test(test_slower_answers_lower_it),
		cmocka_unit_test(test_near_endpoints_may_wait),
		cmocka_unit_test(test_throttling_lowers_it),
		cmocka_unit_test(test_one_throttled_account_does_not),
		cmocka_unit_test(test_it_recovers_by_small_steps),
		cmocka_unit_test(test_what_is_not_used_is_not_lowered),
		cmocka_unit_test(test_a_number_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
