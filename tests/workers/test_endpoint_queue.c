#include "base/clock.h"
#include "tests/unit.h"
#include "workers/endpoint_queue.h"

enum { QUEUE = 8 };

/* For a worker with so many free transfers. */
static struct exchange *next(struct endpoint_queues *queues, size_t free)
{
	return endpoint_queues_next(
		queues, &(struct worker_capacity){.free = free, .now_us = clock_monotonic_microseconds()});
}

static void enqueue(struct endpoint_queues *queues, struct exchange *exchanges, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		exchanges[i].endpoint = name;
		assert_true(endpoint_queues_assign(queues, &exchanges[i]));
		endpoint_queues_push(queues, &exchanges[i]);
	}
}

static void test_nothing_waits(void **state)
{
	struct endpoint_queues none = {0};

	(void)state;
	assert_null(next(&none, 100));
	assert_null(endpoint_queues_take(&none));
	endpoint_queues_deinit(&none);
}

static void test_first_come_first_served(void **state)
{
	struct exchange exchanges[QUEUE] = {0}, begun = {.endpoint = "rds", .high_priority = true};
	struct endpoint_queues queues = {0};

	(void)state;
	enqueue(&queues, exchanges, QUEUE, "rds");
	assert_true(endpoint_queues_assign(&queues, &begun));
	endpoint_queues_push(&queues, &begun);
	assert_ptr_equal(begun.queue, exchanges[0].queue);
	assert_ptr_equal(endpoint_queues_take(&queues), &begun); /* high priority precedes */
	for (size_t i = 0; i < QUEUE; i++)
		assert_ptr_equal(endpoint_queues_take(&queues), &exchanges[i]);
	assert_int_equal(queues.waiting, 0);
	endpoint_queues_push(&queues, &begun); /* the end of the queue is unchanged */
	endpoint_queues_push(&queues, &exchanges[0]);
	assert_ptr_equal(endpoint_queues_take(&queues), &begun);
	assert_ptr_equal(endpoint_queues_take(&queues), &exchanges[0]);
	endpoint_queues_deinit(&queues);
}

/* Names that share a bucket have separate queues. */
static void test_each_name_is_its_own(void **state)
{
	enum { NAMES = 3 * ENDPOINT_BUCKETS };
	static struct exchange exchanges[NAMES];
	static char names[NAMES][16];
	struct endpoint_queues queues = {0};

	(void)state;
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(names[i], sizeof names[i], "host-%zu", i);
		enqueue(&queues, &exchanges[i], 1, names[i]);
	}
	for (size_t i = 0; i < NAMES; i++)
		assert_string_equal(exchanges[i].queue->name, names[i]);
	endpoint_queues_deinit(&queues);
}

/* Before its first response a queue has one connection, and the queues take turns. */
static void test_queues_take_turns(void **state)
{
	struct exchange slow[QUEUE] = {0}, quick[QUEUE] = {0}, *first, *second;
	struct endpoint_queues queues = {0};

	(void)state;
	enqueue(&queues, slow, QUEUE, "slow");
	enqueue(&queues, quick, QUEUE, "quick");
	first = next(&queues, 100);
	first->queue->in_flight++;
	second = next(&queues, 100);
	assert_ptr_not_equal(first->queue, second->queue);
	second->queue->in_flight++;
	assert_null(next(&queues, 100));
	second->queue->in_flight--;
	assert_ptr_equal(next(&queues, 100)->queue, second->queue);
	first->queue->in_flight--;
	for (int i = 0; i < QUEUE / 2; i++) { /* each ends at once */
		assert_ptr_equal(next(&queues, 100)->queue, first->queue);
		assert_ptr_equal(next(&queues, 100)->queue, second->queue);
	}
	endpoint_queues_deinit(&queues);
}

/* A distant endpoint may occupy many transfers, but leaves a share to others. */
static void test_share_of_the_others(void **state)
{
	enum { CAPACITY = 400 };
	static struct exchange exchanges[CAPACITY];
	struct endpoint_queues queues = {0};
	struct exchange *exchange;
	size_t free = CAPACITY;

	(void)state;
	enqueue(&queues, exchanges, CAPACITY, "far");
	for (int i = 0; i < 16; i++)
		connection_limit_on_response(&exchanges[0].queue->limit,
					     &(struct rtt_sample){.at_least_us = 250000,
								  .at_most_us = 250000,
								  .occupied_us = 250000});
	for (; free > 0 && (exchange = next(&queues, free)); free--)
		exchange->queue->in_flight++;
	assert_in_range(free, CAPACITY / 5, CAPACITY / 3);
	endpoint_queues_deinit(&queues);
}

/* A rate-limited endpoint reports when it may send; of several, the earliest time counts. */
static void test_next_time_of_a_rate_limit(void **state)
{
	struct exchange slow[QUEUE] = {0}, slower[QUEUE] = {0};
	struct endpoint_queues queues = {.allowed_at_ms = -1};
	int64_t began = clock_monotonic_milliseconds();

	(void)state;
	for (size_t i = 0; i < QUEUE; i++) {
		slow[i].rate_limit = 10;
		slower[i].rate_limit = 2;
	}
	enqueue(&queues, slow, QUEUE, "slow");
	enqueue(&queues, slower, QUEUE, "slower");
	while (next(&queues, 100)) /* each ends at once */
		;
	/* A tenth of a second for one, half a second for the other, and the test's own time. */
	assert_true(queues.allowed_at_ms >= began + 90);
	assert_true(queues.allowed_at_ms <= clock_monotonic_milliseconds() + 120);
	endpoint_queues_deinit(&queues);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_waits),        cmocka_unit_test(test_first_come_first_served),
		cmocka_unit_test(test_each_name_is_its_own), cmocka_unit_test(test_queues_take_turns),
		cmocka_unit_test(test_share_of_the_others),  cmocka_unit_test(test_next_time_of_a_rate_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
