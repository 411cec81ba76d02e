#include "base/clock.h"
#include "tests/unit.h"
#include "workers/routes.h"

enum { QUEUE = 8 };

/* For a worker that can begin so many. */
static struct exchange *next(struct routes *routes, size_t free)
{
	return routes_next(routes, &(struct routes_leave){.free = free, .now = clock_monotonic_microseconds()});
}

static void enqueue(struct routes *routes, struct exchange *exchanges, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		exchanges[i].route = name;
		assert_true(routes_assign(routes, &exchanges[i]));
		routes_queue(routes, &exchanges[i]);
	}
}

static void test_nothing_waits(void **state)
{
	struct routes none = {0};

	(void)state;
	assert_null(next(&none, 100));
	assert_null(routes_take(&none));
	routes_free(&none);
}

static void test_first_come_first_served(void **state)
{
	struct exchange exchanges[QUEUE] = {0}, begun = {.route = "rds", .high_priority = true};
	struct routes routes = {0};

	(void)state;
	enqueue(&routes, exchanges, QUEUE, "rds");
	assert_true(routes_assign(&routes, &begun));
	routes_queue(&routes, &begun);
	assert_ptr_equal(begun.at, exchanges[0].at);
	assert_ptr_equal(routes_take(&routes), &begun); /* before what only begins */
	for (size_t i = 0; i < QUEUE; i++)
		assert_ptr_equal(routes_take(&routes), &exchanges[i]);
	assert_int_equal(routes.waiting, 0);
	routes_queue(&routes, &begun); /* the queue's end is where it was */
	routes_queue(&routes, &exchanges[0]);
	assert_ptr_equal(routes_take(&routes), &begun);
	assert_ptr_equal(routes_take(&routes), &exchanges[0]);
	routes_free(&routes);
}

/* Names that share a place in the table are other routes all the same. */
static void test_each_name_is_its_own(void **state)
{
	enum { NAMES = 3 * ROUTES_ALIKE };
	static struct exchange exchanges[NAMES];
	static char names[NAMES][16];
	struct routes routes = {0};

	(void)state;
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(names[i], sizeof names[i], "host-%zu", i);
		enqueue(&routes, &exchanges[i], 1, names[i]);
	}
	for (size_t i = 0; i < NAMES; i++)
		assert_string_equal(exchanges[i].at->name, names[i]);
	routes_free(&routes);
}

/* Before an answer a route has one connection: the others have their turn, and nobody a second one. */
static void test_routes_take_turns(void **state)
{
	struct exchange slow[QUEUE] = {0}, quick[QUEUE] = {0}, *first, *second;
	struct routes routes = {0};

	(void)state;
	enqueue(&routes, slow, QUEUE, "slow");
	enqueue(&routes, quick, QUEUE, "quick");
	first = next(&routes, 100);
	first->at->in_flight++;
	second = next(&routes, 100);
	assert_ptr_not_equal(first->at, second->at);
	second->at->in_flight++;
	assert_null(next(&routes, 100));
	second->at->in_flight--;
	assert_ptr_equal(next(&routes, 100)->at, second->at);
	first->at->in_flight--;
	for (int i = 0; i < QUEUE / 2; i++) { /* each ends at once */
		assert_ptr_equal(next(&routes, 100)->at, first->at);
		assert_ptr_equal(next(&routes, 100)->at, second->at);
	}
	routes_free(&routes);
}

/* A far endpoint may hold much, but leaves a part to those that come later. */
static void test_room_for_the_others(void **state)
{
	enum { CAPACITY = 400 };
	static struct exchange exchanges[CAPACITY];
	struct routes routes = {0};
	struct exchange *exchange;
	size_t free = CAPACITY;

	(void)state;
	enqueue(&routes, exchanges, CAPACITY, "far");
	for (int i = 0; i < 16; i++)
		connection_limit_on_response(
			&exchanges[0].at->limit,
			&(struct rtt_sample){.at_least = 250000, .at_most = 250000, .occupied = 250000});
	for (; free > 0 && (exchange = next(&routes, free)); free--)
		exchange->at->in_flight++;
	assert_in_range(free, CAPACITY / 5, CAPACITY / 3);
	routes_free(&routes);
}

/* An endpoint with a limit: when it may be asked again is told, and the soonest of several. */
static void test_when_a_limit_lets_go_on(void **state)
{
	struct exchange slow[QUEUE] = {0}, slower[QUEUE] = {0};
	struct routes routes = {.throttled = -1};
	int64_t began = clock_monotonic_milliseconds();

	(void)state;
	for (size_t i = 0; i < QUEUE; i++) {
		slow[i].rate_limit = 10;
		slower[i].rate_limit = 2;
	}
	enqueue(&routes, slow, QUEUE, "slow");
	enqueue(&routes, slower, QUEUE, "slower");
	while (next(&routes, 100)) /* each ends at once */
		;
	/* A tenth of a second for one, half a second for the other, and whatever the test took. */
	assert_true(routes.throttled >= began + 90);
	assert_true(routes.throttled <= clock_monotonic_milliseconds() + 120);
	routes_free(&routes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_waits),        cmocka_unit_test(test_first_come_first_served),
		cmocka_unit_test(test_each_name_is_its_own), cmocka_unit_test(test_routes_take_turns),
		cmocka_unit_test(test_room_for_the_others),  cmocka_unit_test(test_when_a_limit_lets_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
