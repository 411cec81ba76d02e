/* time_left.c, with scans that are replayed without a clock. */
#include "scanner/engine/time_left.h"
#include "tests/unit.h"

enum { STEP_MS = 20, REGIONS = 17, MAX_MS = 600000 };

/* A scan: how fast accounts are entered, how fast cells end at most, and how long they take at least. */
struct replayed {
	double accounts, accounts_a_second, cells_a_second, ahead; /* cells that may be out */
	int64_t near_ms, far_ms;     /* of the nearest and of the farthest region */
	int64_t longer_ms;           /* one cell in twenty takes so much longer: it has resources */
	int64_t starts_ms, grows_ms; /* the first cell is sent; all connections are there */
};

static double least(double a, double b)
{
	return a < b ? a : b;
}

static double sent_before(const double *sent, int64_t at_ms, int64_t late_ms)
{
	return at_ms > late_ms ? sent[(at_ms - late_ms) / STEP_MS] : 0;
}

/* Cells that the network has returned, of `sent` that were sent at a steady rate until now. */
static double arrived(const struct replayed *scan, const double *sent, int64_t at_ms)
{
	double cells = 0;

	for (int region = 0; region < REGIONS; region++) {
		int64_t late_ms = scan->near_ms + (scan->far_ms - scan->near_ms) * region / (REGIONS - 1);

		cells += sent_before(sent, at_ms, late_ms) * 0.95 +
			 sent_before(sent, at_ms, late_ms + scan->longer_ms) * 0.05;
	}
	return cells / REGIONS;
}

/* Fills `sent` and `done` for each step; returns the steps until all is done. */
static size_t replay(const struct replayed *scan, double *sent, double *done)
{
	double all = scan->accounts * REGIONS;
	size_t step = 1;

	sent[0] = done[0] = 0;
	for (; done[step - 1] < all - 0.5 && step < MAX_MS / STEP_MS; step++) {
		int64_t at_ms = (int64_t)step * STEP_MS, working_ms = at_ms - scan->starts_ms;
		double speed = working_ms < 0                ? 0
			       : working_ms < scan->grows_ms ? (double)working_ms / (double)scan->grows_ms
							     : 1;

		sent[step] = least(
			all, sent[step - 1] +
				     (working_ms < 0 ? 0 : scan->accounts_a_second * REGIONS * STEP_MS / 1000));
		sent[step] = least(sent[step], done[step - 1] + scan->ahead);
		done[step] = least(done[step - 1] + scan->cells_a_second * speed * STEP_MS / 1000,
				   arrived(scan, sent, at_ms));
	}
	return step - 1;
}

/* The greatest error of the estimated end, in percent of the whole time, from a third of the way on. */
static double worst_error(const struct replayed *scan)
{
	static double sent[MAX_MS / STEP_MS], done[MAX_MS / STEP_MS];
	struct time_left left = {0};
	size_t steps = replay(scan, sent, done), all = (size_t)scan->accounts * REGIONS;
	double worst = 0;

	assert_true(steps < MAX_MS / STEP_MS - 1);
	for (size_t step = 0; step <= steps; step++) {
		struct time_left_sample now = {(int64_t)step * STEP_MS, (size_t)sent[step], (size_t)done[step]};
		double error;

		time_left_update(&left, &now, all, now.sent < all);
		if (step * 3 < steps)
			continue;
		assert_true(time_left_ms(&left) >= 0);
		error = ((double)time_left_ms(&left) - (double)((steps - step) * STEP_MS)) /
			(double)(steps * STEP_MS) * 100;
		error = error < 0 ? -error : error;
		worst = error > worst ? error : worst;
	}
	return worst;
}

#define ASSERT_WITHIN(percent, ...)                                                                            \
	do {                                                                                                   \
		double worst = worst_error(&(struct replayed){__VA_ARGS__});                                   \
		if (worst > (percent))                                                                         \
			fail_msg("%s: the estimate is off by %.0f %%", #__VA_ARGS__, worst);                   \
	} while (0)

#define AWS .near_ms = 30, .far_ms = 600, .longer_ms = 600

/* 600 sessions a second are the limit; cells of distant regions end later than they are sent. */
static void test_sts_is_the_limit(void **state)
{
	(void)state;
	ASSERT_WITHIN(25, AWS, .accounts = 1000, .accounts_a_second = 600, .cells_a_second = 1e6, .ahead = 1e6,
		      .starts_ms = 100);
	ASSERT_WITHIN(10, AWS, .accounts = 10000, .accounts_a_second = 600, .cells_a_second = 1e6, .ahead = 1e6,
		      .starts_ms = 100);
	ASSERT_WITHIN(10, AWS, .accounts = 10000, .accounts_a_second = 2400, .cells_a_second = 1e6,
		      .ahead = 1e6, .starts_ms = 300);
}

/* The machine is the limit, and accounts are entered as far ahead as is allowed. */
static void test_the_machine_is_the_limit(void **state)
{
	(void)state;
	ASSERT_WITHIN(20, AWS, .accounts = 1000, .accounts_a_second = 600, .cells_a_second = 2000,
		      .ahead = 65536, .starts_ms = 300);
	ASSERT_WITHIN(20, AWS, .accounts = 10000, .accounts_a_second = 600, .cells_a_second = 5000,
		      .ahead = 16384, .starts_ms = 300);
	ASSERT_WITHIN(20, AWS, .accounts = 10000, .accounts_a_second = 600, .cells_a_second = 5000,
		      .ahead = 65536, .starts_ms = 300);
}

/* Connections are opened during the first seconds, and the scan becomes faster. */
static void test_it_becomes_faster(void **state)
{
	(void)state;
	ASSERT_WITHIN(30, AWS, .accounts = 1000, .accounts_a_second = 600, .cells_a_second = 8000,
		      .ahead = 65536, .starts_ms = 100, .grows_ms = 1000);
	ASSERT_WITHIN(25, AWS, .accounts = 5000, .accounts_a_second = 600, .cells_a_second = 3000,
		      .ahead = 16384, .starts_ms = 2000, .grows_ms = 4000);
}

/* A scan that starts late: its beginning is not extrapolated. */
static void test_the_beginning_does_not_count(void **state)
{
	(void)state;
	ASSERT_WITHIN(10, AWS, .accounts = 1000, .accounts_a_second = 600, .cells_a_second = 2000,
		      .ahead = 65536, .starts_ms = 2500);
}

static void test_nothing_is_known(void **state)
{
	struct time_left left = {0};

	(void)state;
	assert_int_equal(time_left_ms(&left), -1);
	time_left_update(&left, &(struct time_left_sample){5000, 0, 0}, 1000, true);
	assert_int_equal(time_left_ms(&left), -1);
	time_left_update(&left, &(struct time_left_sample){5100, 500, 0}, 1000, true);
	assert_int_equal(time_left_ms(&left), -1); /* one sample has no rate */
	time_left_update(&left, &(struct time_left_sample){6100, 1000, 0}, 1000, false);
	assert_int_equal(time_left_ms(&left), -1); /* nothing has ended */
	time_left_update(&left, &(struct time_left_sample){7100, 1000, 500}, 1000, false);
	assert_in_range(time_left_ms(&left), 900, 1100);
}

/* However often it is updated, and however long the scan takes. */
static void test_many_updates(void **state)
{
	struct time_left left = {0};

	(void)state;
	for (size_t i = 1; i <= 100000; i++)
		time_left_update(&left, &(struct time_left_sample){(int64_t)i * 100, i * 2, i}, 200000, true);
	assert_in_range(time_left_ms(&left), 4900000, 10100000);
	assert_true(left.count <= TIME_LEFT_SAMPLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sts_is_the_limit),  cmocka_unit_test(test_the_machine_is_the_limit),
		cmocka_unit_test(test_it_becomes_faster), cmocka_unit_test(test_the_beginning_does_not_count),
		cmocka_unit_test(test_nothing_is_known),  cmocka_unit_test(test_many_updates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
