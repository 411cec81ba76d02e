/*
 * The conditions of an estate: faults, limits, latencies, and the lifetime of sessions.
 */
#include <stdio.h>

#include "bench/estate/critical_path.h"
#include "bench/estate/expected_verdicts.h"
#include "bench/estate/faults.h"
#include "bench/estate/limits.h"
#include "bench/estate/sessions.h"
#include "tests/unit.h"

static char problem[400];

static size_t struck(struct faults *faults, enum fault fault, size_t questions)
{
	size_t count = 0;

	for (size_t i = 0; i < questions; i++)
		count += faults_strike(faults, &(struct client_request){"rds", "DescribeDBClusters", i,
									"us-east-1", 12345}) == fault;
	return count;
}

static void test_a_share_of_requests(void **state)
{
	struct faults *faults = faults_read("rds:*=throttle@10%, seed=3", problem, sizeof problem);
	size_t first = struck(faults, FAULT_THROTTLE, 10000), second = struck(faults, FAULT_THROTTLE, 10000);

	(void)state;
	assert_in_range(first, 900, 1100);
	/* Requests that were struck are drawn again, the others are not. */
	assert_in_range(second, first / 20, first / 5);
	faults_free(faults);
}

/* With the same seed the same requests are struck in any order; another seed strikes others. */
static void test_draws_do_not_depend_on_order(void **state)
{
	struct faults *one = faults_read("*=reset@20%,seed=5", problem, sizeof problem);
	struct faults *same = faults_read("*=reset@20%,seed=5", problem, sizeof problem);
	struct faults *other = faults_read("*=reset@20%,seed=6", problem, sizeof problem);
	enum fault forward[500];
	size_t differences = 0;

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		struct client_request requested = {"sts", "AssumeRole", 0, "us-east-1", i};

		forward[i] = faults_strike(one, &requested);
		differences += faults_strike(other, &requested) != forward[i];
	}
	for (size_t i = 500; i-- > 0;)
		assert_int_equal(
			faults_strike(same, &(struct client_request){"sts", "AssumeRole", 0, "us-east-1", i}),
			forward[i]);
	assert_true(differences > 50);
	faults_free(one);
	faults_free(same);
	faults_free(other);
}

static void test_every_nth(void **state)
{
	struct faults *faults = faults_read("DescribeDB*=cut@1/4", problem, sizeof problem);

	(void)state;
	assert_int_equal(struck(faults, FAULT_CUT, 400), 100);
	assert_int_equal(faults_strike(faults, &(struct client_request){"sts", "AssumeRole", 0, "", 0}),
			 FAULT_NONE);
	faults_free(faults);
}

/* These faults strike a cell or an endpoint permanently, never a single request. */
static void test_lasting_faults(void **state)
{
	struct faults *faults =
		faults_read("rds:*=disabled@10%\n*=clock@50% # half\n", problem, sizeof problem);
	size_t disabled = 0;

	(void)state;
	assert_int_equal(struck(faults, FAULT_NONE, 1000), 1000);
	for (size_t i = 0; i < 1000; i++) {
		bool now = faults_disable(faults, "rds", "DescribeDBClusters", i, "eu-west-1");

		disabled += now;
		assert_int_equal(faults_disable(faults, "rds", "DescribeDBClusters", i, "eu-west-1"), now);
	}
	assert_in_range(disabled, 60, 140);
	assert_false(faults_disable(faults, "kms", "DescribeKey", 1, "eu-west-1"));
	assert_int_equal(faults_clock_is_off(faults, "rds", "DescribeDBClusters", "eu-west-1"),
			 faults_clock_is_off(faults, "rds", "DescribeDBInstances", "eu-west-1"));
	faults_free(faults);
}

static void test_bad_faults(void **state)
{
	static const char *const bad[] = {"throttle",        "*=nothing@10%",  "*=throttle@0%",
					  "*=throttle@110%", "*=throttle@1/0", "*=throttle@x",
					  "=throttle@1%",    "seed=x",         "*=clock@1/7"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		problem[0] = '\0';
		assert_null(faults_read(bad[i], problem, sizeof problem));
		assert_true(strlen(problem) > 10);
	}
}

static void test_limits(void **state)
{
	struct limits *limits = limits_new();
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		taken += limits_take(limits, "sts", "AssumeRole", 0, "us-east-1", 0);
	assert_int_equal(taken, 60);
	/* Another account or region has its own bucket. */
	assert_true(limits_take(limits, "sts", "AssumeRole", 1, "us-east-1", 0));
	assert_true(limits_take(limits, "sts", "AssumeRole", 0, "eu-west-1", 0));
	/* The bucket fills gradually, and in a whole second to no more than its capacity. */
	for (taken = 0; limits_take(limits, "sts", "AssumeRole", 0, "us-east-1", 50000);)
		taken++;
	assert_int_equal(taken, 30);
	for (taken = 0; limits_take(limits, "sts", "AssumeRole", 0, "us-east-1", 1050000);)
		taken++;
	assert_int_equal(taken, 60);
	/* Organizations: one at a time. */
	assert_true(limits_take(limits, "organizations", "ListAccounts", 0, "us-east-1", 0));
	assert_false(limits_take(limits, "organizations", "ListAccounts", 0, "us-east-1", 0));
	limits_done(limits, "organizations");
	assert_true(limits_take(limits, "organizations", "ListAccounts", 0, "us-east-1", 0));
	limits_free(limits);
}

static void test_sessions(void **state)
{
	const struct world world = {.seed = 1, .accounts = 10, .regions = 2},
			   other = {.seed = 2, .accounts = 10, .regions = 2};
	struct session made = {.kind = SESSION_MEMBER, .account = 7, .expires = 1000}, read, longer = made,
		       narrowed = made;

	(void)state;
	assert_true(session_make(&world, &made));
	assert_true(session_read(&world, made.access_key_id, made.token, &read));
	assert_int_equal(read.account, 7);
	assert_int_equal(read.expires, 1000);
	assert_string_equal(read.secret_access_key, made.secret_access_key);
	assert_false(session_read(&other, made.access_key_id, made.token, &read));
	assert_false(session_read(&world, "ASIA0000000000000000", made.token, &read));
	/* A token cannot be changed to expire later. */
	longer.expires = 2000;
	assert_true(session_make(&world, &longer));
	assert_string_not_equal(longer.secret_access_key, made.secret_access_key);
	assert_string_not_equal(longer.access_key_id, made.access_key_id);
	made.token[40] = made.token[40] == '9' ? '8' : '9';
	assert_false(session_read(&world, made.access_key_id, made.token, &read));
	/* Nor to lose its session policy. */
	narrowed.policy = 0xfedcba9876543210;
	assert_true(session_make(&world, &narrowed));
	assert_true(session_read(&world, narrowed.access_key_id, narrowed.token, &read));
	assert_true(read.policy == narrowed.policy && read.expires == 1000);
	memset(strstr(narrowed.token, "fedcba9876543210"), '0', 16);
	assert_false(session_read(&world, narrowed.access_key_id, narrowed.token, &read));
}

static void test_latency(void **state)
{
	const struct world world = {.seed = 1, .accounts = 10, .regions = 34};
	uint64_t near = UINT64_MAX, far = 0;

	(void)state;
	for (size_t region = 0; region < 34; region++) {
		for (size_t what = 0; what < 100; what++) {
			uint64_t wait = latency_of(&world, LATENCY_AWS, region, what);

			assert_int_equal(wait, latency_of(&world, LATENCY_AWS, region, what));
			assert_int_equal(latency_of(&world, LATENCY_NONE, region, what), 0);
			near = wait < near ? wait : near;
			far = wait > far ? wait : far;
		}
	}
	assert_in_range(near, 2000, 2500);
	assert_in_range(far, 230000, 285000);
}

/* The critical path includes STS's rate limit. */
static void test_critical_path(void **state)
{
	struct limits *limits = limits_new();
	struct estate small = {.world = {.seed = 1, .accounts = 10, .regions = 17}, .latency = LATENCY_AWS};
	struct estate large = {.world = {.seed = 1, .accounts = 10000, .regions = 17}, .latency = LATENCY_AWS};
	struct estate free_of_both = {.world = {.seed = 1, .accounts = 10, .regions = 17}};

	(void)state;
	assert_true(critical_path_seconds(&free_of_both, &(struct asked){1, false}) == 0);
	assert_true(critical_path_seconds(&small, &(struct asked){1, false}) > 0.25 &&
		    critical_path_seconds(&small, &(struct asked){1, false}) < 1.0);
	large.limits = limits;
	assert_true(critical_path_seconds(&large, &(struct asked){1, false}) > 15 &&
		    critical_path_seconds(&large, &(struct asked){1, false}) < 17);
	assert_true(critical_path_seconds(&large, &(struct asked){4, false}) > 3.7 &&
		    critical_path_seconds(&large, &(struct asked){4, false}) < 8);
	assert_true(critical_path_seconds(&large, &(struct asked){1, true}) >
		    critical_path_seconds(&large, &(struct asked){1, false}));
	limits_free(limits);
}

static void test_control_lists(void **state)
{
	control_set set;

	(void)state;
	assert_true(controls_read("neptune-encryption-at-rest", REQUIRED_ANY, &set) && set == 1);
	assert_true(controls_read("all", REQUIRED_ANY, &set) && set == (1U << CONTROLS) - 1);
	assert_true(controls_read("encryption,neptune-multi-az", REQUIRED_ANY, &set));
	assert_false(controls_read("encryption,nonsense", REQUIRED_ANY, &set));
	assert_false(controls_read("", REQUIRED_ANY, &set));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_share_of_requests),
		cmocka_unit_test(test_draws_do_not_depend_on_order),
		cmocka_unit_test(test_every_nth),
		cmocka_unit_test(test_lasting_faults),
		cmocka_unit_test(test_bad_faults),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_latency),
		cmocka_unit_test(test_critical_path),
		cmocka_unit_test(test_control_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
