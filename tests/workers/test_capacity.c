#include <sys/resource.h>

#include "tests/unit.h"
#include "workers/capacity.h"

static size_t connections(size_t descriptors, int64_t memory_bytes, size_t workers)
{
	return capacity_connections(
		&(struct capacity){.descriptors = descriptors, .memory_bytes = memory_bytes}, workers);
}

static void test_descriptors(void **state)
{
	(void)state;
	assert_in_range(connections(256, -1, 2), 150, 256 - 52);
	assert_in_range(connections(65536, -1, 2), 50000, 65536 - 52);
	assert_int_equal(connections(SIZE_MAX, -1, 2), SIZE_MAX);
	assert_int_equal(connections(20, -1, 3), 3); /* too few for anything: one for each worker */
}

static void test_memory(void **state)
{
	(void)state;
	assert_in_range(connections(SIZE_MAX, (int64_t)1 << 30, 2), 2000, 4096);
	assert_in_range(connections(SIZE_MAX, (int64_t)64 << 20, 2), 100, 256);
	assert_int_equal(connections(SIZE_MAX, 0, 2), 2);
	assert_int_equal(connections(256, (int64_t)1 << 40, 2), connections(256, -1, 2));
}

static void test_of_this_process(void **state)
{
	struct rlimit limit;
	struct capacity capacity;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max < 100 ? limit.rlim_max : 100;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	capacity = capacity_of_process();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(limit.rlim_cur, limit.rlim_max); /* raised */
	assert_true(capacity.descriptors == SIZE_MAX || capacity.descriptors == limit.rlim_max);
	assert_true(capacity.memory_bytes > 0); /* Linux says what is available */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_of_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
