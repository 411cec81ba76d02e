/* The store by itself, in memory; tests/system/test_store.py has files, crashes and full disks. */
#include "scanner/matrix/store.h"
#include "tests/unit.h"

static const char meaning[] = "controls.select = encryption\nrole.name = Audit\n";

struct fixture {
	struct store *store;
	struct matrix matrix;
	const struct control *selected[2];
	struct error error;
};

static void begin_matrix(struct fixture *fixture)
{
	fixture->selected[0] = controls[0];
	fixture->selected[1] = NULL;
	matrix_init(&fixture->matrix);
	fixture->matrix.selected = fixture->selected;
	fixture->matrix.run.id = "01RUN";
	fixture->matrix.run.started = 1000;
	fixture->matrix.run.partition = "aws";
}

static void begin(struct fixture *fixture)
{
	memset(fixture, 0, sizeof *fixture);
	begin_matrix(fixture);
	fixture->store = store_open(":memory:", &fixture->error);
	assert_non_null(fixture->store);
}

static void end(struct fixture *fixture)
{
	matrix_free(&fixture->matrix);
	store_close(fixture->store);
}

static void record(struct fixture *fixture, const char *account, const char *region, enum cell_state state,
		   size_t findings)
{
	struct matrix *matrix = &fixture->matrix;
	size_t row = matrix_add_row(matrix, account), column = matrix_add_column(matrix, region);
	struct pair evidence = {NULL, "StorageEncrypted", "false"}, absent = {&evidence, "KmsKeyId", NULL};
	static struct pair tag = {NULL, "team", "\"gr\\aph\" é\n"};
	static struct relation relations[3] = {{.next = &relations[1], .role = "user", .target = "arn:x"},
					       {.next = &relations[2], .role = "cluster", .target = "arn:y"},
					       {.role = "user", .target = "arn:z"}};
	struct finding made[4];
	struct resource resources[4];
	struct arena arena = {0};
	struct cell_record cell = {.state = state,
				   .complete = true,
				   .resources = (uint32_t)findings,
				   .failing = (uint32_t)findings,
				   .request_id = "r-1",
				   .at = 2000};

	for (size_t i = 0; i < findings; i++) {
		resources[i] = (struct resource){.kind = i ? RESOURCE_SNAPSHOT : RESOURCE_CLUSTER,
						 .id = i ? "b" : "a",
						 .arn = i ? "arn:b" : "arn:a",
						 .tags = &tag,
						 .relations = relations};
		made[i] = (struct finding){.control = controls[0],
					   .resource = &resources[i],
					   .exception = i ? "lab" : NULL,
					   .evidence = &absent,
					   .verdict = VERDICT_FAIL,
					   .reason = "not encrypted",
					   .next = i + 1 < findings ? &made[i + 1] : NULL};
	}
	cell.findings = findings ? made : NULL;
	matrix_show_column(matrix, column);
	matrix_record(matrix, row, column, &cell, &arena);
	matrix->fresh = NULL;
	assert_false(matrix->failed);
}

static void test_details_come_back(void **state)
{
	struct fixture fixture;
	struct cell_record cell;

	(void)state;
	begin(&fixture);
	assert_true(store_begin(fixture.store, &fixture.matrix, meaning, &fixture.error));
	record(&fixture, "222222222222", "us-east-1", CELL_EMPTY, 0);
	record(&fixture, "111111111111", "us-east-1", CELL_FAIL, 2);
	record(&fixture, "111111111111", "eu-west-1", CELL_PASS, 0);
	matrix_finish(&fixture.matrix);
	assert_true(store_finish(fixture.store, &fixture.matrix, &fixture.error));
	cell = matrix_details_of(&fixture.matrix, 0, 1);
	assert_int_equal(cell.state, CELL_FAIL);
	assert_int_equal(cell.at, 2000);
	assert_string_equal(cell.request_id, "r-1");
	assert_non_null(cell.findings);
	assert_string_equal(cell.findings->resource->arn, "arn:a");
	assert_string_equal(cell.findings->next->resource->arn, "arn:b");
	assert_int_equal(cell.findings->next->resource->kind, RESOURCE_SNAPSHOT);
	assert_null(cell.findings->exception);
	assert_string_equal(cell.findings->next->exception, "lab");
	assert_string_equal(cell.findings->resource->tags->value, "\"gr\\aph\" é\n");
	assert_string_equal(cell.findings->resource->relations->role, "user");
	assert_string_equal(cell.findings->resource->relations->next->target, "arn:z");
	assert_string_equal(cell.findings->resource->relations->next->next->role, "cluster");
	assert_null(cell.findings->next->next);
	assert_string_equal(cell.findings->evidence->name, "KmsKeyId");
	assert_null(cell.findings->evidence->value);
	assert_string_equal(cell.findings->evidence->next->value, "false");
	/* A cell without a record has its row's state, and nothing to read. */
	assert_int_equal(matrix_details_of(&fixture.matrix, 1, 0).state, CELL_PENDING);
	assert_null(matrix_findings(&fixture.matrix, 1, 1));
	end(&fixture);
}

/* What another program of the same run would see. */
static void test_going_on(void **state)
{
	struct fixture fixture;
	bool resumed, is_done;

	(void)state;
	begin(&fixture);
	assert_true(store_begin(fixture.store, &fixture.matrix, meaning, &fixture.error));
	record(&fixture, "111111111111", "us-east-1", CELL_FAIL, 1);
	record(&fixture, "111111111111", "eu-west-1", CELL_DENIED, 0);
	record(&fixture, "222222222222", "us-east-1", CELL_PENDING, 0);
	assert_true(store_settle(fixture.store, &fixture.matrix, 0, &fixture.error));
	assert_true(store_settle(fixture.store, &fixture.matrix, 1, &fixture.error));
	assert_true(store_flush(fixture.store, true, &fixture.error));
	matrix_free(&fixture.matrix);

	begin_matrix(&fixture);
	fixture.matrix.run.id = "01OTHER";
	assert_false(store_resume(fixture.store, &fixture.matrix, "controls.select = all\nrole.name = Audit\n",
				  &resumed, &fixture.error));
	assert_non_null(strstr(fixture.error.text, "controls.select was \"encryption\", now \"all\""));
	assert_null(strstr(fixture.error.text, "role.name"));
	assert_true(store_resume(fixture.store, &fixture.matrix, meaning, &resumed, &fixture.error));
	assert_true(resumed);
	assert_string_equal(fixture.matrix.run.id, "01RUN");
	matrix_add_row(&fixture.matrix, "111111111111");
	matrix_add_row(&fixture.matrix, "222222222222");
	matrix_add_row(&fixture.matrix, "333333333333");
	assert_true(store_recall(fixture.store, &fixture.matrix, 0, false, &is_done, &fixture.error));
	assert_true(is_done);
	assert_true(matrix_is_recorded(&fixture.matrix, 0, 0) && matrix_is_recorded(&fixture.matrix, 0, 1));
	/* A pending cell was never looked at, an unknown account never entered. */
	assert_true(store_recall(fixture.store, &fixture.matrix, 1, false, &is_done, &fixture.error));
	assert_false(is_done);
	assert_true(store_recall(fixture.store, &fixture.matrix, 2, false, &is_done, &fixture.error));
	assert_false(is_done);
	end(&fixture);
}

/* A run may be older than the catalogue: a control that is no more is known by its id, and has every member. */
static void test_control_that_is_no_more(void **state)
{
	const struct control gone = {.id = "neptune-gone", .severity = SEVERITY_CRITICAL};
	const struct control *known;
	struct fixture fixture;
	struct matrix loaded;

	(void)state;
	begin(&fixture);
	fixture.selected[0] = &gone;
	assert_true(store_begin(fixture.store, &fixture.matrix, meaning, &fixture.error));
	matrix_finish(&fixture.matrix);
	assert_true(store_finish(fixture.store, &fixture.matrix, &fixture.error));
	matrix_init(&loaded);
	assert_true(store_load(fixture.store, &loaded, NULL, &fixture.error));
	known = loaded.selected[0];
	assert_string_equal(known->id, "neptune-gone");
	assert_string_equal(known->title, "neptune-gone");
	assert_int_equal(known->severity, SEVERITY_CRITICAL);
	assert_null(known->references[0]);
	assert_null(loaded.selected[1]);
	matrix_free(&loaded);
	end(&fixture);
}

static void test_nothing_is_kept(void **state)
{
	struct fixture fixture;
	bool resumed;

	(void)state;
	begin(&fixture);
	assert_true(store_begin(NULL, &fixture.matrix, meaning, &fixture.error));
	assert_true(store_settle(NULL, &fixture.matrix, 0, &fixture.error));
	assert_true(store_flush(NULL, true, &fixture.error));
	assert_true(store_finish(NULL, &fixture.matrix, &fixture.error));
	assert_false(store_resume(NULL, &fixture.matrix, meaning, &resumed, &fixture.error));
	assert_int_equal(fixture.error.kind, ERROR_USAGE);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_details_come_back),
		cmocka_unit_test(test_going_on),
		cmocka_unit_test(test_control_that_is_no_more),
		cmocka_unit_test(test_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
