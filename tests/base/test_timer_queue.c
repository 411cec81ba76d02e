/*
 * timer_queue.c: items are taken in the order of their times, whatever the order of adding.
 */
#include "base/timer_queue.h"
#include "tests/unit.h"

enum { MANY = 1000 };

static void test_empty(void **state)
{
	struct timer_queue queue = {0};

	(void)state;
	assert_null(timer_queue_take(&queue, TIMER_QUEUE_ANY));
	assert_int_equal(timer_queue_due(&queue), -1);
	timer_queue_deinit(&queue);
}

static void test_not_yet_due(void **state)
{
	struct timer_queue queue = {0};
	int item;

	(void)state;
	assert_true(timer_queue_add(&queue, 10, &item));
	assert_null(timer_queue_take(&queue, 9));
	assert_int_equal(timer_queue_due(&queue), 10);
	assert_ptr_equal(timer_queue_take(&queue, 10), &item);
	assert_null(timer_queue_take(&queue, TIMER_QUEUE_ANY));
	timer_queue_deinit(&queue);
}

static void test_first_due_first(void **state)
{
	static int64_t times[MANY];
	struct timer_queue queue = {0};
	int64_t before = -1;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		times[i] = (int64_t)(i * 7919 % 101);
		assert_true(timer_queue_add(&queue, times[i], &times[i]));
	}
	for (size_t i = 0; i < MANY; i++) {
		int64_t due = timer_queue_due(&queue);
		const int64_t *taken = timer_queue_take(&queue, due);

		assert_true(due >= before);
		assert_non_null(taken);
		assert_int_equal(*taken, due);
		before = due;
	}
	assert_null(timer_queue_take(&queue, TIMER_QUEUE_ANY));
	timer_queue_deinit(&queue);
}

/* Items that are taken are added again for later; none is lost or overtaken. */
static void test_while_others_come(void **state)
{
	static int64_t times[MANY];
	struct timer_queue queue = {0};
	size_t taken = 0;
	int64_t before = -1;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		times[i] = (int64_t)(MANY - 1 - i);
		assert_true(timer_queue_add(&queue, times[i], &times[i]));
	}
	for (int64_t *first; (first = timer_queue_take(&queue, TIMER_QUEUE_ANY)); taken++) {
		assert_true(*first >= before);
		before = *first;
		if (*first < MANY / 2) {
			*first += MANY;
			assert_true(timer_queue_add(&queue, *first, first));
		}
	}
	assert_int_equal(taken, MANY + MANY / 2);
	timer_queue_deinit(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_not_yet_due),
		cmocka_unit_test(test_first_due_first),
		cmocka_unit_test(test_while_others_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
