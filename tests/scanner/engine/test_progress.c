#include "scanner/engine/progress.h"
#include "tests/unit.h"

struct drawn {
	char *text;
	size_t size;
	FILE *stream;
	struct progress progress;
};

static void begin(struct drawn *drawn, const char *when)
{
	*drawn = (struct drawn){0};
	drawn->stream = open_memstream(&drawn->text, &drawn->size);
	progress_start(&drawn->progress, drawn->stream, when, NULL);
}

/* As if so many milliseconds had gone by. */
static void draw_after(struct drawn *drawn, int64_t milliseconds, const struct progress_counts *counts)
{
	drawn->progress.started -= milliseconds;
	drawn->progress.last -= milliseconds;
	progress_update(&drawn->progress, counts);
	fflush(drawn->stream);
}

static void end(struct drawn *drawn)
{
	fclose(drawn->stream);
	free(drawn->text);
}

static const struct progress_counts half = {.accounts = 10,
					    .accounts_done = 4,
					    .cells = 100,
					    .cells_sent = 80,
					    .cells_done = 50,
					    .failing = 3,
					    .blind = 2};
static const struct progress_counts quarter = {
	.accounts = 10, .cells = 100, .cells_sent = 50, .cells_done = 25};

static void test_silent_where_there_is_no_terminal(void **state)
{
	static const char *const silent[] = {"auto", "never"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct drawn drawn;

		begin(&drawn, silent[i]);
		draw_after(&drawn, 60000, &half);
		progress_clear(&drawn.progress);
		assert_int_equal(drawn.size, 0);
		end(&drawn);
	}
}

static void test_one_plain_line_every_ten_seconds(void **state)
{
	struct drawn drawn;

	(void)state;
	begin(&drawn, "always");
	draw_after(&drawn, 5000, &quarter);
	assert_int_equal(drawn.size, 0);
	draw_after(&drawn, 5100, &half);
	assert_contains(
		drawn.text,
		"50/100 cells (50%), 4/10 accounts  3 resources failing, 2 cells not assessed  11 s left\n");
	assert_null(strchr(drawn.text, '\033'));
	draw_after(&drawn, 9000, &half);
	assert_int_equal(strlen(drawn.text), (size_t)(strchr(drawn.text, '\n') + 1 - drawn.text));
	end(&drawn);
}

/* For programs: more often, with numbers. */
static void test_events(void **state)
{
	struct log log = {.level = LOG_INFO, .json = true};
	struct drawn drawn;

	(void)state;
	begin(&drawn, "auto");
	log.stream = drawn.stream;
	progress_start(&drawn.progress, drawn.stream, "always", &log);
	draw_after(&drawn, 250, &quarter);
	draw_after(&drawn, 250, &half);
	assert_contains(drawn.text, "\"event\":\"scan.progress\",\"elapsed_ms\":2");
	assert_contains(drawn.text, "\"left_ms\":-1,\"cells\":100,\"cells_sent\":50,\"cells_done\":25,");
	assert_contains(drawn.text, "\"left_ms\":8"); /* 500 ms for the rest, 375 for the longest cells */
	assert_contains(drawn.text, "\"accounts\":10,\"accounts_done\":4,\"failing\":3,\"not_assessed\":2,"
				    "\"text\":\"50 of 100 cells, 4 of 10 accounts\"}\n");
	assert_null(strstr(drawn.text, "left\n"));
	end(&drawn);
}

static void test_no_time_left_while_accounts_are_listed(void **state)
{
	struct progress_counts counts = half;
	struct drawn drawn;

	(void)state;
	counts.listing = true;
	begin(&drawn, "always");
	draw_after(&drawn, 20000, &counts);
	assert_contains(drawn.text, "4/10+ accounts");
	assert_null(strstr(drawn.text, "left"));
	end(&drawn);
}

static void test_nothing_known_yet(void **state)
{
	const struct progress_counts nothing = {.listing = true};
	struct drawn drawn;

	(void)state;
	begin(&drawn, "always");
	draw_after(&drawn, 20000, &nothing);
	assert_contains(drawn.text, "0/0 cells, 0/0+ accounts  0 resources failing, 0 cells not assessed\n");
	end(&drawn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent_where_there_is_no_terminal),
		cmocka_unit_test(test_one_plain_line_every_ten_seconds),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_no_time_left_while_accounts_are_listed),
		cmocka_unit_test(test_nothing_known_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
