/* conclusion.c, tally.c */
#include "scanner/matrix/conclusion.h"
#include "tests/unit.h"

static const char *const no_references[] = {NULL};
static const struct control high = {.id = "neptune-encryption-at-rest",
				    .group = "encryption",
				    .severity = SEVERITY_HIGH,
				    .references = no_references};
static const struct control low = {.id = "neptune-key-rotation",
				   .group = "encryption",
				   .severity = SEVERITY_LOW,
				   .references = no_references};
static const struct control *selected[] = {&high, &low, NULL};

struct scene {
	struct matrix matrix;
	struct conclusion conclusion;
};

static void open_scene(struct scene *scene)
{
	matrix_init(&scene->matrix);
	scene->matrix.selected = selected;
	matrix_add_row(&scene->matrix, "000000000001");
}

/* A region in which there is one resource for each verdict. */
static void add_cell(struct scene *scene, const char *region, enum cell_state state, bool complete,
		     const struct control *control, const enum verdict *verdicts, size_t count, bool is_exempt)
{
	struct cell_record cell = {.state = state, .complete = complete, .resources = (uint32_t)count};
	size_t column = matrix_add_column(&scene->matrix, region);
	struct arena arena = {0};
	struct finding **last = &cell.findings;

	matrix_show_column(&scene->matrix, column);
	cell.state_without_failures = complete ? CELL_EMPTY : CELL_DENIED;
	for (size_t i = 0; i < count; i++) {
		struct finding *finding = arena_take(&arena, sizeof *finding);
		struct resource *resource = arena_take(&arena, sizeof *resource);
		struct pair *pair = arena_take(&arena, sizeof *pair);

		*pair = (struct pair){.name = "StorageEncrypted",
				      .value = verdicts[i] == VERDICT_FAIL ? "false" : "true"};
		*resource = (struct resource){.kind = control == &high ? RESOURCE_CLUSTER : RESOURCE_KEY,
					      .id = arena_format(&arena, "r-%zu", i)};
		*finding = (struct finding){.control = control,
					    .resource = resource,
					    .evidence = control == &high ? pair : NULL,
					    .verdict = verdicts[i],
					    .exception = is_exempt && verdicts[i] == VERDICT_FAIL ? "x" : NULL,
					    .reason = ""};
		*last = finding;
		last = &finding->next;
		cell.failing += verdicts[i] == VERDICT_FAIL && !is_exempt;
		cell.exempt += verdicts[i] == VERDICT_FAIL && is_exempt;
	}
	matrix_record(&scene->matrix, 0, column, &cell, &arena);
	arena_deinit(&arena);
}

/* `sentences` ends in NULL: "FAIL ..." */
static void expect(struct scene *scene, enum exit_code code, const char *brief, const char *const *sentences)
{
	struct conclusion *conclusion = &scene->conclusion;
	size_t i = 0;

	matrix_finish(&scene->matrix);
	conclusion_draw(&scene->matrix, conclusion);
	assert_int_equal(conclusion->exit_code, code);
	assert_string_equal(conclusion->brief, brief);
	for (; sentences[i]; i++) {
		char text[SENTENCE_SIZE + 20];

		assert_in_range(i, 0, conclusion->sentence_count - 1);
		snprintf(text, sizeof text, "%s %s", conclusion_word_name(conclusion->sentences[i].word),
			 conclusion->sentences[i].text);
		assert_string_equal(text, sentences[i]);
		assert_true(conclusion->holds[conclusion->sentences[i].word]);
	}
	assert_int_equal(i, conclusion->sentence_count);
	matrix_deinit(&scene->matrix);
}

#define SENTENCES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const enum verdict passing[] = {VERDICT_PASS, VERDICT_PASS, VERDICT_PASS};
static const enum verdict mixed[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_FAIL};

static void test_pass(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_cell(&scene, "eu-west-1", CELL_PASS, true, &high, passing, 3, false);
	add_cell(&scene, "eu-west-2", CELL_EMPTY, true, &high, passing, 0, false);
	expect(&scene, EXIT_COMPLIANT, "PASS: All 3 resources comply (exit code 0)",
	       SENTENCES("PASS All 3 resources comply.", "PASS All 2 cells in scope were assessed."));
	open_scene(&scene);
	add_cell(&scene, "eu-west-1", CELL_EXEMPT, true, &high, mixed, 3, true);
	expect(&scene, EXIT_COMPLIANT, "PASS: All 3 resources comply, 2 of them by exception (exit code 0)",
	       SENTENCES("PASS All 3 resources comply, 2 of them by exception.",
			 "PASS The one cell in scope was assessed."));
}

static void test_no_resources(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_cell(&scene, "eu-west-1", CELL_EMPTY, true, &high, passing, 0, false);
	add_cell(&scene, "eu-west-2", CELL_EMPTY, true, &high, passing, 0, false);
	add_cell(&scene, "eu-west-3", CELL_SKIPPED, true, &high, passing, 0, false);
	expect(&scene, EXIT_COMPLIANT,
	       "PASS: No Neptune resources in any of the 2 cells in scope (exit code 0)",
	       SENTENCES("PASS No Neptune resources in any of the 2 cells in scope."));
}

static void test_fail(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_cell(&scene, "eu-west-1", CELL_FAIL, true, &high, mixed, 3, false);
	expect(&scene, EXIT_FAILING, "FAIL: 2 of 3 resources fail a control (exit code 1)",
	       SENTENCES("FAIL 2 of 3 clusters are not encrypted.", "FAIL 2 of 3 resources fail a control."));
}

/* What fails below --fail-on is still said, and so is why the exit code is 0. */
static void test_below_the_level(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	scene.matrix.run.fail_on = SEVERITY_HIGH;
	add_cell(&scene, "eu-west-1", CELL_FAIL, true, &low, mixed, 3, false);
	expect(&scene, EXIT_COMPLIANT,
	       "FAIL: 2 of 3 resources fail a control, 2 low, below --fail-on high (exit code 0)",
	       SENTENCES("FAIL 2 of 3 resources fail a control (2 low, below --fail-on high: exit code 0)."));
}

static void test_incomplete(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_cell(&scene, "eu-west-1", CELL_EMPTY, true, &high, passing, 0, false);
	add_cell(&scene, "eu-west-2", CELL_DENIED, false, &high, passing, 0, false);
	add_cell(&scene, "eu-west-3", CELL_SKIPPED, true, &high, passing, 0, false);
	expect(&scene, EXIT_INCOMPLETE, "INCOMPLETE: 1 cell could not be assessed (exit code 3)",
	       SENTENCES("INCOMPLETE 1 of 2 cells in scope could not be assessed.",
			 "INCOMPLETE No Neptune resources in the other one.",
			 "INCOMPLETE This report does not prove compliance."));
	open_scene(&scene);
	expect(&scene, EXIT_INCOMPLETE, "INCOMPLETE: No region of any account was assessed (exit code 3)",
	       SENTENCES("INCOMPLETE No region of any account was assessed.",
			 "INCOMPLETE This report does not prove compliance."));
}

/* A run whose only gap is beside a failure. */
static void test_fail_and_incomplete(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_cell(&scene, "eu-west-1", CELL_FAIL, false, &high, mixed, 3, false);
	add_cell(&scene, "eu-west-2", CELL_EMPTY, true, &high, passing, 0, false);
	expect(&scene, EXIT_INCOMPLETE, "FAIL, INCOMPLETE: 1 cell was assessed only in part (exit code 3)",
	       SENTENCES("FAIL 2 of 3 clusters are not encrypted.", "FAIL 2 of 3 resources fail a control.",
			 "INCOMPLETE 1 of 2 cells in scope was assessed only in part.",
			 "INCOMPLETE This report does not prove compliance."));
}

/* Where nothing fails and nothing is missing, too: of the other accounts it knows nothing. */
static void test_part(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	scene.matrix.run.shard = "3/8";
	add_cell(&scene, "eu-west-1", CELL_EMPTY, true, &high, passing, 0, false);
	expect(&scene, EXIT_COMPLIANT, "PART 3/8, no verdict on the organization (exit code 0: finished)",
	       SENTENCES("PART 3/8, no verdict on the organization.",
			 "PART The one cell of this part in scope was assessed.",
			 "PART No resource of this part fails a control.",
			 "PART Join the parts with neptune-scan merge."));
	open_scene(&scene);
	scene.matrix.run.shard = "3/8";
	scene.matrix.run.exit_meaning = EXIT_MEANS_VERDICT;
	add_cell(&scene, "eu-west-1", CELL_EMPTY, true, &high, passing, 0, false);
	expect(&scene, EXIT_INCOMPLETE, "PART 3/8, no verdict on the organization (exit code 3)",
	       SENTENCES("PART 3/8, no verdict on the organization.",
			 "PART The one cell of this part in scope was assessed.",
			 "PART No resource of this part fails a control.",
			 "PART Join the parts with neptune-scan merge."));
	open_scene(&scene);
	scene.matrix.run.shard = "3/8";
	add_cell(&scene, "eu-west-1", CELL_FAIL, false, &high, mixed, 3, false);
	expect(&scene, EXIT_COMPLIANT,
	       "PART 3/8, no verdict on the organization; FAIL, INCOMPLETE: 1 cell was assessed only in part "
	       "(exit code 0: finished)",
	       SENTENCES("PART 3/8, no verdict on the organization.",
			 "PART Join the parts with neptune-scan merge.",
			 "FAIL 2 of 3 clusters are not encrypted.", "FAIL 2 of 3 resources fail a control.",
			 "INCOMPLETE 1 of 1 cell in scope was assessed only in part.",
			 "INCOMPLETE This report does not prove compliance."));
}

/* For job engines: did the run finish? */
static void test_done(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	scene.matrix.run.exit_meaning = EXIT_MEANS_DONE;
	add_cell(&scene, "eu-west-1", CELL_PASS, true, &high, passing, 3, false);
	expect(&scene, EXIT_COMPLIANT, "PASS: All 3 resources comply (exit code 0: finished)",
	       SENTENCES("PASS All 3 resources comply.", "PASS The one cell in scope was assessed."));
	open_scene(&scene);
	scene.matrix.run.exit_meaning = EXIT_MEANS_DONE;
	scene.matrix.run.interrupted = "interrupted by SIGTERM";
	add_cell(&scene, "eu-west-1", CELL_PASS, true, &high, passing, 3, false);
	expect(&scene, EXIT_INCOMPLETE, "INCOMPLETE: The run did not finish (exit code 3: to be resumed)",
	       SENTENCES("INCOMPLETE The run did not finish.",
			 "INCOMPLETE Resources found: 3. None is known to fail a control.",
			 "INCOMPLETE This report does not prove compliance."));
}

static void test_tally(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_cell(&scene, "eu-west-1", CELL_FAIL, true, &high, mixed, 3, false);
	add_cell(&scene, "eu-west-2", CELL_EXEMPT, true, &low, mixed, 3, true);
	matrix_finish(&scene.matrix);
	conclusion_draw(&scene.matrix, &scene.conclusion);
	assert_int_equal(scene.conclusion.tally.controls[0].fail, 2);
	assert_int_equal(scene.conclusion.tally.controls[0].pass, 1);
	assert_int_equal(scene.conclusion.tally.controls[1].exempt, 2);
	assert_int_equal(scene.conclusion.tally.failing[SEVERITY_HIGH], 2);
	assert_int_equal(scene.conclusion.tally.failing[SEVERITY_LOW], 0);
	assert_int_equal(scene.conclusion.tally.clusters, 3);
	assert_int_equal(scene.conclusion.tally.unencrypted, 2);
	matrix_deinit(&scene.matrix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),       cmocka_unit_test(test_no_resources),
		cmocka_unit_test(test_fail),       cmocka_unit_test(test_below_the_level),
		cmocka_unit_test(test_incomplete), cmocka_unit_test(test_fail_and_incomplete),
		cmocka_unit_test(test_part),       cmocka_unit_test(test_done),
		cmocka_unit_test(test_tally),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
