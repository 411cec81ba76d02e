#include "tests/unit.h"
#include "workers/delays.h"

enum { MANY = 1000 };

static void test_nothing_waits(void **state)
{
	struct delays none = {0};

	(void)state;
	assert_null(delays_take(&none));
	assert_int_equal(delays_due(&none), -1);
	delays_free(&none);
}

/* Whatever order they come in. */
static void test_first_due_first(void **state)
{
	static struct exchange exchanges[MANY];
	struct delays delays = {0};
	int64_t before = -1;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		exchanges[i].due = (int64_t)(i * 7919 % 101);
		assert_true(delays_put(&delays, &exchanges[i]));
	}
	for (size_t i = 0; i < MANY; i++) {
		int64_t due = delays_due(&delays);

		assert_true(due >= before);
		assert_int_equal(delays_take(&delays)->due, due);
		before = due;
	}
	assert_null(delays_take(&delays));
	delays_free(&delays);
}

/* One that is due goes back for later, and nobody is lost or overtaken. */
static void test_while_others_come(void **state)
{
	static struct exchange exchanges[MANY];
	struct delays delays = {0};
	size_t taken = 0;
	int64_t before = -1;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		exchanges[i].due = (int64_t)(MANY - 1 - i);
		assert_true(delays_put(&delays, &exchanges[i]));
	}
	for (struct exchange *first; (first = delays_take(&delays)); taken++) {
		assert_true(first->due >= before);
		before = first->due;
		if (first->due < MANY / 2) {
			first->due += MANY;
			assert_true(delays_put(&delays, first));
		}
	}
	assert_int_equal(taken, MANY + MANY / 2);
	delays_free(&delays);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_waits),
		cmocka_unit_test(test_first_due_first),
		cmocka_unit_test(test_while_others_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
