/* matrix.c and state.c */
#include "scanner/matrix/matrix.h"
#include "tests/unit.h"

static const struct control control = {.id = "a-control"};

static void record(struct matrix *matrix, size_t row, size_t column, enum cell_state state, size_t findings,
		   const char *const *arns)
{
	struct cell_record cell = {.state = state, .complete = cell_state_facts(state)->looked_at};
	struct arena arena = {0};

	for (size_t i = 0; i < findings; i++) {
		struct finding *finding = arena_take(&arena, sizeof *finding);
		struct resource *resource = arena_take(&arena, sizeof *resource);

		resource->id = "";
		resource->arn = arena_copy(&arena, arns[i]);
		finding->control = &control;
		finding->resource = resource;
		finding->verdict = state == CELL_FAIL ? VERDICT_FAIL : VERDICT_PASS;
		finding->next = cell.findings;
		cell.findings = finding;
		cell.resources++;
		cell.failing += state == CELL_FAIL;
	}
	cell.reason = arena_copy(&arena, "reason");
	matrix_record(matrix, row, column, &cell, &arena);
	arena_deinit(&arena); /* empty if the matrix adopted it; otherwise the matrix copied the texts */
}

static size_t sum_of_states(const struct totals *totals)
{
	size_t sum = 0;

	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		sum += totals->by_state[state];
	return sum;
}

static void test_totals_always_add_up(void **state)
{
	struct matrix matrix;
	struct totals totals;

	(void)state;
	matrix_init(&matrix);
	for (size_t i = 0; i < 20; i++) {
		char account[16], region[16];

		snprintf(account, sizeof account, "%012zu", i);
		matrix_add_row(&matrix, account);
		snprintf(region, sizeof region, "eu-west-%zu", i);
		matrix_add_column(&matrix, region);
		matrix.columns[i].shown = i % 5 != 0;
		for (size_t row = 0; row <= i; row += 3)
			record(&matrix, row, i, (enum cell_state)((row + i) % CELL_STATE_COUNT), 0, NULL);
		if (i % 4 == 1)
			matrix_set_default(&matrix, i, CELL_UNREACHED, "closed", "id");
		totals = matrix_totals(&matrix);
		assert_int_equal(totals.cells, totals.accounts * totals.regions);
		assert_int_equal(sum_of_states(&totals), totals.cells);
	}
	matrix_finish(&matrix);
	totals = matrix_totals(&matrix);
	assert_int_equal(totals.regions, 16);
	assert_int_equal(totals.cells, 20 * 16);
	assert_int_equal(sum_of_states(&totals), totals.cells);
	matrix_deinit(&matrix);
}

static void test_what_was_not_recorded(void **state)
{
	struct matrix matrix;

	(void)state;
	matrix_init(&matrix);
	matrix_add_row(&matrix, "000000000001");
	matrix_add_column(&matrix, "eu-west-1");
	matrix.columns[0].shown = true;
	assert_int_equal(matrix_cell(&matrix, 0, 0).state, CELL_PENDING);
	assert_false(matrix_cell(&matrix, 0, 0).complete);
	assert_false(matrix_totals(&matrix).complete);
	matrix_set_default(&matrix, 0, CELL_UNREACHED, "no role", "id-1");
	assert_string_equal(matrix_details_of(&matrix, 0, 0).reason, "no role");
	assert_string_equal(matrix_details_of(&matrix, 0, 0).request_id, "id-1");
	matrix_set_default(&matrix, 0, CELL_DISABLED, "not enabled", "");
	assert_true(matrix_cell(&matrix, 0, 0).complete);
	assert_null(matrix_details_of(&matrix, 0, 0).request_id);
	assert_true(matrix_totals(&matrix).complete);
	record(&matrix, 0, 0, CELL_ERROR, 0, NULL);
	assert_string_equal(matrix_details_of(&matrix, 0, 0).reason, "reason");
	assert_false(matrix_totals(&matrix).complete);
	matrix_deinit(&matrix);
}

/* Nothing assessed means nothing passes. */
/* A failure hides nothing: the unassessed part of its cell is counted by its state. */
static void test_cells_assessed_only_in_part(void **state)
{
	const struct cell_record cell = {
		.state = CELL_FAIL, .state_without_failures = CELL_DENIED, .failing = 1, .resources = 1};
	struct matrix matrix;
	struct arena arena = {0};
	struct totals totals;

	(void)state;
	matrix_init(&matrix);
	matrix_add_row(&matrix, "000000000001");
	matrix_add_row(&matrix, "000000000002");
	matrix_set_default(&matrix, 1, CELL_SKIPPED, NULL, NULL);
	matrix_show_column(&matrix, matrix_add_column(&matrix, "eu-west-1"));
	matrix_record(&matrix, 0, 0, &cell, &arena);
	totals = matrix_totals(&matrix);
	assert_int_equal(totals.by_state[CELL_FAIL], 1);
	assert_int_equal(totals.blind, 0);
	assert_int_equal(totals.partly, 1);
	assert_int_equal(totals.partly_by_state[CELL_DENIED], 1);
	assert_false(totals.complete);
	totals = matrix_row_totals(&matrix, 0);
	assert_int_equal(totals.cells, 1);
	assert_int_equal(totals.partly, 1);
	totals = matrix_row_totals(&matrix, 1);
	assert_int_equal(totals.by_state[CELL_SKIPPED], 1);
	assert_true(totals.complete);
	matrix_deinit(&matrix);
	arena_deinit(&arena);
}

static void test_empty_matrix_is_not_complete(void **state)
{
	struct matrix matrix;

	(void)state;
	matrix_init(&matrix);
	assert_false(matrix_totals(&matrix).complete);
	matrix_add_row(&matrix, "000000000001");
	assert_false(matrix_totals(&matrix).complete);
	matrix_deinit(&matrix);
}

static void test_order(void **state)
{
	static const char *const arns[] = {"arn:b", "arn:c", "arn:a"};
	const struct finding *finding;
	struct matrix matrix;
	size_t row;

	(void)state;
	matrix_init(&matrix);
	row = matrix_add_row(&matrix, "200000000000");
	assert_int_equal(matrix_add_row(&matrix, "100000000000"), 1);
	assert_int_equal(matrix_add_row(&matrix, "200000000000"), row); /* listed twice */
	matrix_add_column(&matrix, "us-east-1");
	matrix_add_column(&matrix, "eu-west-1");
	matrix_add_column(&matrix, "ap-east-1");
	matrix.columns[0].shown = matrix.columns[1].shown = true;
	record(&matrix, row, 0, CELL_FAIL, 3, arns);
	record(&matrix, 1, 1, CELL_PASS, 1, arns);
	matrix_finish(&matrix);
	assert_int_equal(matrix.column_count, 2);
	assert_string_equal(matrix.rows[0].id, "100000000000");
	assert_string_equal(matrix.columns[0].region, "eu-west-1");
	assert_int_equal(matrix_cell(&matrix, 0, 0).state, CELL_PASS);
	assert_int_equal(matrix_cell(&matrix, 1, 0).state, CELL_PENDING);
	finding = matrix_details_of(&matrix, 1, 1).findings;
	assert_string_equal(finding->resource->arn, "arn:a");
	assert_string_equal(finding->next->resource->arn, "arn:b");
	assert_string_equal(finding->next->next->resource->arn, "arn:c");
	assert_null(finding->next->next->next);
	assert_int_equal(matrix_row_state(&matrix, 1), CELL_FAIL);
	assert_int_equal(matrix_totals(&matrix).failing, 3);
	matrix_deinit(&matrix);
}

static void test_precedence(void **state)
{
	static const enum cell_state order[] = {CELL_FAIL,    CELL_UNREACHED, CELL_DENIED, CELL_ERROR,
						CELL_UNKNOWN, CELL_EXEMPT,    CELL_PASS,   CELL_EMPTY};

	(void)state;
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		for (size_t j = i; j < sizeof order / sizeof order[0]; j++) {
			assert_int_equal(cell_state_worse(order[i], order[j]), order[i]);
			assert_int_equal(cell_state_worse(order[j], order[i]), order[i]);
		}
	}
}

static void test_every_state_has_facts_of_its_own(void **state)
{
	static const char *const looked_at[] = {"pass",     "fail",        "exempt", "empty",
						"disabled", "unsupported", "skipped"};

	(void)state;
	for (enum cell_state a = 0; a < CELL_STATE_COUNT; a++) {
		bool expected = false;

		for (size_t i = 0; i < sizeof looked_at / sizeof looked_at[0]; i++)
			expected = expected || strcmp(cell_state_name(a), looked_at[i]) == 0;
		assert_int_equal(cell_state_facts(a)->looked_at, expected);
		for (enum cell_state b = 0; b < a; b++) {
			assert_true(cell_state_facts(a)->mark != cell_state_facts(b)->mark);
			assert_true(cell_state_facts(a)->rank != cell_state_facts(b)->rank);
		}
	}
}

/* By ARN, those without one first; then by id; then by control. */
static void test_order_of_findings(void **state)
{
	static const struct resource resources[] = {
		{.id = "a"}, {.id = "b"}, {.id = "z", .arn = "arn:1"}, {.id = "a", .arn = "arn:2"}};
	static const struct control early = {.id = "control-a"}, late = {.id = "control-b"};
	const struct finding in_order[] = {
		{.resource = &resources[0], .control = &early}, {.resource = &resources[0], .control = &late},
		{.resource = &resources[1], .control = &early}, {.resource = &resources[2], .control = &late},
		{.resource = &resources[3], .control = &early},
	};
	const size_t count = sizeof in_order / sizeof in_order[0];

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(matrix_compare_findings(&in_order[i], &in_order[i]), 0);
		for (size_t j = i + 1; j < count; j++) {
			assert_true(matrix_compare_findings(&in_order[i], &in_order[j]) < 0);
			assert_true(matrix_compare_findings(&in_order[j], &in_order[i]) > 0);
		}
	}
}

/* A pending row has a reason, unless none of its cells is pending. */
static void test_why_cells_are_pending(void **state)
{
	static const char *const rows[] = {"000000000001", "000000000002", "000000000003"};

	(void)state;
	for (int interrupted = 0; interrupted < 2; interrupted++) {
		struct matrix matrix;

		matrix_init(&matrix);
		matrix.run.interrupted = interrupted ? "interrupted by SIGINT" : NULL;
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
			matrix_add_row(&matrix, rows[i]);
		matrix_show_column(&matrix, matrix_add_column(&matrix, "eu-west-1"));
		matrix_add_column(&matrix, "us-east-1"); /* not shown */
		record(&matrix, 0, 0, CELL_EMPTY, 0, NULL);
		matrix_set_default(&matrix, 1, CELL_PENDING, "of its own", NULL);
		matrix_finish(&matrix);
		assert_null(matrix.rows[0].reason);
		assert_string_equal(matrix.rows[1].reason, "of its own");
		assert_string_equal(matrix.rows[2].reason,
				    interrupted ? "interrupted by SIGINT"
						: "the scan ended before this account was scanned");
		matrix_deinit(&matrix);
	}
}

static void test_what_a_row_reports(void **state)
{
	static const char *const arns[] = {"arn:a", "arn:b"};
	struct matrix matrix;

	(void)state;
	matrix_init(&matrix);
	matrix_add_row(&matrix, "000000000001");
	matrix_add_row(&matrix, "000000000002");
	for (size_t i = 0; i < 3; i++)
		matrix_add_column(&matrix, (const char *const[]){"a", "b", "c"}[i]);
	record(&matrix, 0, 0, CELL_EMPTY, 0, NULL);
	record(&matrix, 0, 2, CELL_FAIL, 2, arns);
	assert_true(matrix_reports(&matrix, 0, "arn:a") && matrix_reports(&matrix, 0, "arn:b"));
	assert_false(matrix_reports(&matrix, 0, "arn:c") || matrix_reports(&matrix, 1, "arn:a"));
	assert_false(matrix.failed);
	matrix_deinit(&matrix);
}

static void test_an_error_on_one_line(void **state)
{
	static const char *const cases[][2] = {
		{"a: denied\n  Caller: me\n  Fix: do it", "a: denied. Caller: me. Fix: do it"},
		{"a: denied.\n  Fix: do it", "a: denied. Fix: do it"},
		{"tried:\n  one: no\n  two: no\n  Fix: three", "tried: one: no; two: no. Fix: three"},
		{"as it is", "as it is"},
		{"", ""},
	};
	struct matrix matrix;

	(void)state;
	matrix_init(&matrix);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(matrix_line(&matrix, cases[i][0]), cases[i][1]);
	matrix_deinit(&matrix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_findings),
		cmocka_unit_test(test_totals_always_add_up),
		cmocka_unit_test(test_what_was_not_recorded),
		cmocka_unit_test(test_cells_assessed_only_in_part),
		cmocka_unit_test(test_empty_matrix_is_not_complete),
		cmocka_unit_test(test_why_cells_are_pending),
		cmocka_unit_test(test_what_a_row_reports),
		cmocka_unit_test(test_an_error_on_one_line),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_every_state_has_facts_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
