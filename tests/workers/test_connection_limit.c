#include "tests/unit.h"
#include "workers/connection_limit.h"

enum { MILLISECOND = 1000 };

/* The connections for a queue of `length`, without other work. */
static size_t wanted_for(const struct connection_limit *limit, size_t length, int64_t now)
{
	return connection_limit_wanted(limit, &(struct connection_demand){.length = length}, now);
}

/* A response that arrived right after the worker's last poll, on a connection without other delays. */
static void add_sample(struct connection_limit *limit, int64_t microseconds, bool new_connection)
{
	connection_limit_on_response(limit, &(struct rtt_sample){.at_least_us = microseconds,
								 .at_most_us = microseconds,
								 .occupied_us = microseconds,
								 .new_connection = new_connection});
}

/* With enough samples. */
static struct connection_limit limit_with_rtt(int64_t microseconds)
{
	struct connection_limit limit = {0};

	connection_limit_on_connect(&limit, 1);
	connection_limit_on_send(&limit, 1);
	for (int i = 0; i < 8; i++)
		add_sample(&limit, microseconds, false);
	return limit;
}

static void test_there_is_always_one(void **state)
{
	const struct connection_limit unknown = {0}, near = limit_with_rtt(1),
				      far = limit_with_rtt(280 * MILLISECOND);

	(void)state;
	assert_int_equal(wanted_for(&unknown, 0, 0), 1);
	assert_int_equal(wanted_for(&unknown, 1, 0), 1);
	assert_int_equal(wanted_for(&near, 5000, 0), 1);
	assert_int_equal(wanted_for(&far, 0, 0), 1);
}

/* For any queue and distance, it drains within twice the drain time and one way. */
static void test_the_queue_drains(void **state)
{
	(void)state;
	for (int64_t distance = 100; distance <= 400 * MILLISECOND; distance *= 2) {
		const struct connection_limit limit = limit_with_rtt(distance);

		for (size_t queue = 1; queue < 5000; queue = queue * 3 / 2 + 1) {
			size_t wanted = wanted_for(&limit, queue, 0);

			assert_true((int64_t)queue * distance / (int64_t)wanted <=
				    2 * (25 * MILLISECOND + distance / 2));
			assert_true(wanted <= 1 + queue * 2);
		}
	}
}

static void test_more_for_farther_and_longer(void **state)
{
	const struct connection_limit near = limit_with_rtt(2 * MILLISECOND),
				      far = limit_with_rtt(200 * MILLISECOND);

	(void)state;
	assert_true(wanted_for(&near, 160, 0) <= 16);
	assert_true(wanted_for(&far, 160, 0) > 160);
	assert_true(wanted_for(&far, 16, 0) < wanted_for(&far, 160, 0));
}

/* Before the first response, the time without one indicates a distant endpoint; connecting does not count. */
static void test_time_without_response(void **state)
{
	struct connection_limit limit = {0};

	(void)state;
	connection_limit_on_connect(&limit, 4940 * MILLISECOND);
	assert_int_equal(wanted_for(&limit, 100, 5000 * MILLISECOND), 1);
	assert_true(wanted_for(&limit, 100, 5100 * MILLISECOND) > 50);
	connection_limit_on_send(&limit, 5000 * MILLISECOND);
	connection_limit_on_connect(&limit, 5010 * MILLISECOND);
	connection_limit_on_send(&limit, 5500 * MILLISECOND); /* counts from the first send */
	assert_int_equal(wanted_for(&limit, 100, 5020 * MILLISECOND), 1);
	assert_true(wanted_for(&limit, 100, 5600 * MILLISECOND) > 100);
	add_sample(&limit, 600 * MILLISECOND, true); /* the first response */
	assert_int_equal(wanted_for(&limit, 100, 9000 * MILLISECOND), 1);
}

static void test_the_shortest_counts(void **state)
{
	struct connection_limit limit = limit_with_rtt(60 * MILLISECOND);

	(void)state;
	add_sample(&limit, 90 * MILLISECOND, false);
	assert_int_equal(limit.min_rtt_us, 60 * MILLISECOND);
	add_sample(&limit, 30 * MILLISECOND,
		   true); /* the first responses of a server may be slower or faster */
	assert_int_equal(limit.min_rtt_us, 60 * MILLISECOND);
	add_sample(&limit, 0, false); /* a sample of 0 is ignored */
	assert_int_equal(limit.min_rtt_us, 60 * MILLISECOND);
}

/* During many handshakes a near endpoint must not seem distant: its first responses may be delayed. */
static void test_handshakes_are_no_distance(void **state)
{
	struct connection_limit limit = {0};

	(void)state;
	connection_limit_on_connect(&limit, 1);
	connection_limit_on_send(&limit, 60 * MILLISECOND);
	add_sample(&limit, 9 * MILLISECOND, true);
	for (int i = 0; i < 7; i++) {
		add_sample(&limit, 20 * MILLISECOND, false);
		assert_int_equal(wanted_for(&limit, 100, 70 * MILLISECOND), 1);
	}
	add_sample(&limit, 1 * MILLISECOND, false);
	assert_true(wanted_for(&limit, 100, 70 * MILLISECOND) < 5);
}

/* 17 responses that take 2.4 ms of CPU each are 40 ms apart, however near the server is. */
static void test_our_own_work_is_no_distance(void **state)
{
	struct connection_limit limit = {0};
	const struct connection_demand queue = {.length = 100, .backlog_us = 9000 * MILLISECOND};

	(void)state;
	connection_limit_on_connect(&limit, 1);
	connection_limit_on_send(&limit, 1);
	for (int i = 0; i < 20; i++) /* it may have arrived 38 ms before it was read */
		connection_limit_on_response(&limit, &(struct rtt_sample){.at_least_us = 4 * MILLISECOND,
									  .at_most_us = 42 * MILLISECOND,
									  .occupied_us = 42 * MILLISECOND});
	assert_int_equal(connection_limit_wanted(&limit, &queue, 1), 1);
	connection_limit_on_response(&limit,
				     &(struct rtt_sample){.at_least_us = -5, .at_most_us = 43 * MILLISECOND});
	assert_int_equal(connection_limit_wanted(&limit, &queue, 1), 1); /* the worker had not polled */
	connection_limit_on_response(
		&limit, &(struct rtt_sample){.at_least_us = 31 * MILLISECOND, .at_most_us = 42 * MILLISECOND});
	assert_true(connection_limit_wanted(&limit, &queue, 1) > 50); /* now the delay is proven */
}

/* A single slow response does not make an endpoint distant. */
static void test_once_slow_is_no_distance(void **state)
{
	struct connection_limit limit = limit_with_rtt(2 * MILLISECOND);
	const struct connection_demand queue = {.length = 500, .backlog_us = 1000 * MILLISECOND};

	(void)state;
	add_sample(&limit, 400 * MILLISECOND, false);
	assert_int_equal(connection_limit_wanted(&limit, &queue, 1), 1);
}

/* A worker with a backlog of a second gains nothing from a queue that drains sooner. */
static void test_no_more_than_can_be_filled(void **state)
{
	const struct connection_limit near = limit_with_rtt(1 * MILLISECOND);
	struct connection_demand queue = {.length = 500};

	(void)state;
	assert_true(connection_limit_wanted(&near, &queue, 1) >= 15);
	queue.backlog_us = 50 * MILLISECOND;
	assert_true(connection_limit_wanted(&near, &queue, 1) >= 8);
	queue.backlog_us = 1000 * MILLISECOND;
	assert_int_equal(connection_limit_wanted(&near, &queue, 1), 1);
}

/* A queue that unblocks all other work does not wait for a busy worker. */
static void test_unblocking_queues_drain_faster(void **state)
{
	const struct connection_limit near = limit_with_rtt(3 * MILLISECOND),
				      far = limit_with_rtt(200 * MILLISECOND);
	struct connection_demand queue = {.length = 20, .backlog_us = 1000 * MILLISECOND};
	size_t others = connection_limit_wanted(&far, &queue, 1);

	(void)state;
	assert_int_equal(connection_limit_wanted(&near, &queue, 1), 1);
	queue.unblocks_work = true;
	assert_in_range(connection_limit_wanted(&near, &queue, 1), 6, 12);
	assert_true(connection_limit_wanted(&far, &queue, 1) > others);
}

/* 600 responses a second of 3 ms each occupy two connections, whatever the queue. */
static void test_rate_is_sustained(void **state)
{
	struct connection_limit near = limit_with_rtt(3 * MILLISECOND), far = limit_with_rtt(200 * MILLISECOND);
	const struct connection_limit new = {0};

	(void)state;
	assert_int_equal(connection_limit_for_rate(&near, 600), 2);
	assert_int_equal(connection_limit_for_rate(&near, 0), 0); /* no limit */
	assert_int_equal(connection_limit_for_rate(&new, 600), 0);
	assert_int_equal(connection_limit_for_rate(&far, 600),
			 0);                        /* its first responses take three round trips */
	add_sample(&near, 25 * MILLISECOND, false); /* one sample is not enough */
	assert_in_range(connection_limit_for_rate(&near, 600), 2, 5);
	for (int i = 0; i < 50; i++) /* busy at either end: the rate needs more connections */
		connection_limit_on_response(&near, &(struct rtt_sample){.at_least_us = 1 * MILLISECOND,
									 .at_most_us = 3 * MILLISECOND,
									 .occupied_us = 25 * MILLISECOND});
	assert_in_range(connection_limit_for_rate(&near, 600), 14, 16);
	for (int i = 0; i < 50; i++)
		add_sample(&near, 3 * MILLISECOND, false);
	assert_int_equal(connection_limit_for_rate(&near, 600), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_is_always_one),
		cmocka_unit_test(test_the_queue_drains),
		cmocka_unit_test(test_more_for_farther_and_longer),
		cmocka_unit_test(test_time_without_response),
		cmocka_unit_test(test_the_shortest_counts),
		cmocka_unit_test(test_handshakes_are_no_distance),
		cmocka_unit_test(test_no_more_than_can_be_filled),
		cmocka_unit_test(test_our_own_work_is_no_distance),
		cmocka_unit_test(test_once_slow_is_no_distance),
		cmocka_unit_test(test_unblocking_queues_drain_faster),
		cmocka_unit_test(test_rate_is_sustained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
