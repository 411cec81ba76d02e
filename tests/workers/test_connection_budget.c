#include "tests/unit.h"
#include "workers/connection_budget.h"

enum { MS = 1000 };

static struct connection_budget *begin(size_t max, size_t workers, size_t open)
{
	static struct connection_budget budget;

	connection_budget_init(&budget, max, workers, workers);
	for (size_t i = 0; i < open; i++)
		connection_budget_opened(&budget);
	return &budget;
}

static void test_shares(void **state)
{
	(void)state;
	assert_int_equal(connection_budget_share(begin(100, 4, 0), 1), 25);
	assert_int_equal(connection_budget_share(begin(3, 4, 0), 1), 1);
	assert_int_equal(connection_budget_share(begin(100, 4, 0), 3), 75); /* in proportion to its exchanges */
}

/* A burst of 100 connections to a proxy that carries 64. */
static void test_a_burst_finds_the_limit(void **state)
{
	struct connection_budget *budget = begin(8192, 2, 100);

	(void)state;
	for (int i = 0; i < 36; i++) {
		connection_budget_closed(budget);
		connection_budget_lower(budget, 5000 * MS);
	}
	assert_int_equal(connection_budget_share(budget, 1), 32);
	assert_int_equal(atomic_load(&budget->lowered), 1);
	connection_budget_lower(budget, 5001 * MS); /* 64 are open, and one more is refused */
	assert_int_equal(atomic_load(&budget->allowed), 63);
}

/* Failures of an instant, while few happen to be open, do not end everything. */
static void test_at_most_by_half(void **state)
{
	struct connection_budget *budget = begin(8192, 2, 40);

	(void)state;
	for (int i = 0; i < 40; i++) {
		connection_budget_closed(budget);
		connection_budget_lower(budget, 5000 * MS);
	}
	assert_int_equal(atomic_load(&budget->allowed), 19);
	connection_budget_lower(budget, 5100 * MS);
	assert_int_equal(atomic_load(&budget->allowed), 2); /* one for each worker */
	for (int i = 0; i < 10; i++)
		connection_budget_lower(budget, (5200 + i * 100) * MS);
	assert_int_equal(atomic_load(&budget->allowed), 2);
}

static void test_it_recovers(void **state)
{
	struct connection_budget *budget = begin(1000, 2, 64);
	int64_t now = 5000 * MS;
	int steps = 0;

	(void)state;
	connection_budget_lower(budget, now);
	assert_int_equal(atomic_load(&budget->allowed), 64);
	connection_budget_tick(budget, now + 400 * MS);
	assert_int_equal(atomic_load(&budget->allowed), 64);
	connection_budget_tick(budget, now += 500 * MS);
	assert_int_equal(atomic_load(&budget->allowed), 67);
	for (; atomic_load(&budget->allowed) < 1000; steps++)
		connection_budget_tick(budget, now += 500 * MS);
	assert_in_range(steps, 40, 200);
	connection_budget_tick(budget, now + 500 * MS);
	assert_int_equal(atomic_load(&budget->allowed), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_a_burst_finds_the_limit),
		cmocka_unit_test(test_at_most_by_half),
		cmocka_unit_test(test_it_recovers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
