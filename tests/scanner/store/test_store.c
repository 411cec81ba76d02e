/*
 * The store in memory; tests/system/test_store.py tests files, crashes and full disks.
 */
#include <unistd.h>

#include "scanner/store/store_internal.h"
#include "tests/unit.h"

static const char run_settings[] = "controls.select = encryption\nrole.name = Audit\n";

struct fixture {
	struct store *store;
	struct matrix matrix;
	const struct control *selected[2];
	struct error error;
	struct arena arena;
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
	matrix_deinit(&fixture->matrix);
	arena_deinit(&fixture->arena);
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
	matrix->current_record = NULL;
	assert_false(matrix->failed);
}

/* `interrupted` NULL: the run finished. */
static void finish(struct fixture *fixture, const char *interrupted)
{
	fixture->matrix.run.interrupted = interrupted;
	matrix_finish(&fixture->matrix);
	assert_true(store_finish(fixture->store, &fixture->matrix, &fixture->error));
}

static void test_details_come_back(void **state)
{
	struct fixture fixture;
	struct cell_record cell;

	(void)state;
	begin(&fixture);
	assert_true(store_begin(fixture.store, &fixture.matrix, run_settings, &fixture.error));
	record(&fixture, "222222222222", "us-east-1", CELL_EMPTY, 0);
	record(&fixture, "111111111111", "us-east-1", CELL_FAIL, 2);
	record(&fixture, "111111111111", "eu-west-1", CELL_PASS, 0);
	finish(&fixture, NULL);
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
	/* A cell without a record has its row's state, and no details. */
	assert_int_equal(matrix_details_of(&fixture.matrix, 1, 0).state, CELL_PENDING);
	assert_null(matrix_findings(&fixture.matrix, 1, 1));
	end(&fixture);
}

static struct tally finish_and_tally(struct fixture *fixture)
{
	finish(fixture, NULL);
	return matrix_tally(&fixture->matrix);
}

/* What is counted while it is recorded is what the store would say. */
static void test_tally(void **state)
{
	struct fixture fixture;
	struct tally counted, read;

	(void)state;
	begin(&fixture);
	assert_true(store_begin(fixture.store, &fixture.matrix, run_settings, &fixture.error));
	record(&fixture, "111111111111", "us-east-1", CELL_FAIL, 3);
	record(&fixture, "222222222222", "us-east-1", CELL_EMPTY, 0);
	record(&fixture, "222222222222", "eu-west-1", CELL_FAIL, 1);
	counted = finish_and_tally(&fixture);
	assert_memory_equal(&counted, &fixture.matrix.recorded, sizeof counted);
	assert_int_equal(counted.controls[0].fail, 2);
	assert_int_equal(counted.controls[0].exempt, 2);
	assert_int_equal(counted.clusters, 2);
	fixture.matrix.rows[0].cells[1].recalled = true; /* so that it reads */
	fixture.matrix.recorded = (struct tally){0};
	read = matrix_tally(&fixture.matrix);
	assert_memory_equal(&counted, &read, sizeof read);
	end(&fixture);
}

/* Another program writes between two lists of an account: they are of one moment all the same. */
static bool write_meanwhile(void *userdata, enum statement list, sqlite3_stmt *row)
{
	(void)row;
	if (list == ROWS_ACCOUNT)
		assert_int_equal(sqlite3_exec(userdata, "UPDATE cells SET reason = 'other'", NULL, NULL, NULL),
				 SQLITE_OK);
	return true;
}

static void test_lists_are_of_one_moment(void **state)
{
	char folder[] = "/tmp/neptune-scan-test-XXXXXX", path[64], name[80];
	static const char *const files[] = {"", "-wal", "-shm", ".lock"};
	struct fixture fixture;
	sqlite3 *other;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/runs.db", folder);
	memset(&fixture, 0, sizeof fixture);
	begin_matrix(&fixture);
	fixture.store = store_open(path, &fixture.error);
	assert_non_null(fixture.store);
	assert_true(store_begin(fixture.store, &fixture.matrix, run_settings, &fixture.error));
	record(&fixture, "111111111111", "us-east-1", CELL_FAIL, 2);
	finish(&fixture, NULL);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(store_read_account(fixture.store, fixture.matrix.rows[0].key, write_meanwhile, other,
					    &fixture.error),
			 STORE_SEAL_WHOLE);
	assert_int_equal(
		store_read_account(fixture.store, fixture.matrix.rows[0].key, NULL, NULL, &fixture.error),
		STORE_SEAL_DAMAGED);
	assert_non_null(strstr(fixture.error.text, "an account of the run is not what was written"));
	/* Nothing is left open, so the damage costs no other work. */
	assert_int_equal(sqlite3_exec(fixture.store->database, "VACUUM", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	end(&fixture);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, files[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(folder), 0);
}

/* As another process finds it; number 0: none. */
static struct unfinished_run find_unfinished(struct fixture *fixture)
{
	struct unfinished_run found;

	assert_true(store_find_unfinished(fixture->store, &fixture->matrix.arena, &found, &fixture->error));
	return found;
}

/* Another process resumes the run. */
static void resume(struct fixture *fixture, const char *id)
{
	struct unfinished_run found;

	matrix_deinit(&fixture->matrix);
	begin_matrix(fixture);
	fixture->matrix.run.id = "01OTHER";
	found = find_unfinished(fixture);
	assert_true(found.number > 0);
	assert_string_equal(found.id, id);
	assert_true(store_resume(fixture->store, &fixture->matrix, &found, &fixture->error));
	assert_string_equal(fixture->matrix.run.id, id);
}

/* Another process starts a run. */
static void begin_another(struct fixture *fixture, const char *id)
{
	matrix_deinit(&fixture->matrix);
	begin_matrix(fixture);
	fixture->matrix.run.id = id;
	assert_true(store_begin(fixture->store, &fixture->matrix, run_settings, &fixture->error));
}

/* What another process of the same run recalls. */
static void test_going_on(void **state)
{
	struct fixture fixture;
	bool is_done;

	(void)state;
	begin(&fixture);
	assert_true(store_begin(fixture.store, &fixture.matrix, run_settings, &fixture.error));
	record(&fixture, "111111111111", "us-east-1", CELL_FAIL, 1);
	record(&fixture, "111111111111", "eu-west-1", CELL_DENIED, 0);
	record(&fixture, "222222222222", "us-east-1", CELL_PENDING, 0);
	assert_true(store_close_row(fixture.store, &fixture.matrix, 0, &fixture.error));
	assert_true(store_close_row(fixture.store, &fixture.matrix, 1, &fixture.error));
	assert_true(store_flush(fixture.store, true, &fixture.error));
	resume(&fixture, "01RUN");
	matrix_add_row(&fixture.matrix, "111111111111");
	matrix_add_row(&fixture.matrix, "222222222222");
	matrix_add_row(&fixture.matrix, "333333333333");
	assert_true(store_recall(fixture.store, &fixture.matrix, 0, false, &is_done, &fixture.error));
	assert_true(is_done);
	assert_true(matrix_is_recorded(&fixture.matrix, 0, 0) && matrix_is_recorded(&fixture.matrix, 0, 1));
	/* A pending cell was not assessed, an unknown account not entered. */
	assert_true(store_recall(fixture.store, &fixture.matrix, 1, false, &is_done, &fixture.error));
	assert_false(is_done);
	assert_true(store_recall(fixture.store, &fixture.matrix, 2, false, &is_done, &fixture.error));
	assert_false(is_done);
	/* Those of the earlier process are counted as well. */
	record(&fixture, "222222222222", "us-east-1", CELL_FAIL, 1);
	assert_int_equal(finish_and_tally(&fixture).controls[0].fail, 2);
	end(&fixture);
}

/* Compares the latest run, the previous one, and the runs that assessed nothing, "id id". */
static void assert_runs(struct fixture *fixture, const char *latest, const char *before, const char *nothing)
{
	struct matrix loaded;

	for (int i = 0; i < 2; i++) {
		const char *expected = i ? before : latest;

		matrix_init(&loaded);
		assert_int_equal(
			store_load(fixture->store, &loaded, i ? STORE_RUN_BEFORE : NULL, &fixture->error),
			expected != NULL);
		if (expected)
			assert_string_equal(loaded.run.id, expected);
		if (expected)
			assert_int_equal(loaded.run.assessed_nothing, strstr(nothing, expected) != NULL);
		matrix_deinit(&loaded);
	}
}

static void test_runs_that_assessed_nothing(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.matrix.run.id = "a";
	assert_true(store_begin(fixture.store, &fixture.matrix, run_settings, &fixture.error));
	assert_runs(&fixture, "a", NULL, "a");
	record(&fixture, "111111111111", "us-east-1", CELL_EMPTY, 0);
	assert_runs(&fixture, "a", NULL, "");
	finish(&fixture, NULL);

	begin_another(&fixture, "b"); /* expired credentials */
	fixture.matrix.run.could_not_start = true;
	finish(&fixture, "ExpiredToken");
	assert_runs(&fixture, "b", "a", "b");

	begin_another(&fixture, "c"); /* no account could be entered */
	record(&fixture, "111111111111", "us-east-1", CELL_DENIED, 0);
	matrix_set_default(&fixture.matrix, matrix_add_row(&fixture.matrix, "222222222222"), CELL_UNREACHED,
			   "no", NULL);
	finish(&fixture, NULL);
	assert_runs(&fixture, "c", "a", "bc");

	begin_another(&fixture, "d"); /* everything is out of scope, and recorded as such */
	record(&fixture, "111111111111", "us-east-1", CELL_DISABLED, 0);
	finish(&fixture, NULL);
	assert_runs(&fixture, "d", "a", "bc");

	begin_another(&fixture, "e"); /* contradictory, but one resource was evaluated */
	record(&fixture, "111111111111", "us-east-1", CELL_UNKNOWN, 1);
	finish(&fixture, NULL);
	assert_runs(&fixture, "e", "d", "bc");
	end(&fixture);
}

/* Runs that could not start do not displace others when pruning, and are pruned themselves. */
static void test_pruning(void **state)
{
	static const struct {
		int64_t keep;
		int64_t dropped;
		const char *latest, *before;
	} cases[] = {{9, 0, "5", "3"}, {2, 1, "5", "3"}, {1, 2, "5", "3"}};
	struct fixture fixture;
	int64_t dropped;

	(void)state;
	begin(&fixture);
	for (int i = 1; i <= 5; i++) { /* 2, 4 and 5 could not start */
		char *id = arena_format(&fixture.arena, "%d", i);

		begin_another(&fixture, id);
		if (i % 2 && i < 5)
			record(&fixture, "111111111111", "us-east-1", CELL_EMPTY, 0);
		finish(&fixture, i % 2 && i < 5 ? NULL : "ExpiredToken");
	}
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(store_prune(fixture.store, cases[i].keep, &dropped, &fixture.error));
		assert_int_equal(dropped, cases[i].dropped);
		assert_runs(&fixture, cases[i].latest, cases[i].before, "245");
	}
	end(&fixture);
}

/* A run that could not start is between a run and its resumption. */
static void test_the_latest_is_the_one_that_was_gone_on_with(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	begin_another(&fixture, "a");
	record(&fixture, "111111111111", "us-east-1", CELL_EMPTY, 0);
	finish(&fixture, "the deadline has passed");
	begin_another(&fixture, "b");
	finish(&fixture, "ExpiredToken");
	assert_runs(&fixture, "b", "a", "b");
	resume(&fixture, "a");
	assert_runs(&fixture, "a", NULL, "b");
	matrix_show_column(&fixture.matrix, matrix_add_column(&fixture.matrix, "us-east-1"));
	matrix_add_row(&fixture.matrix, "111111111111");
	finish(&fixture, NULL);
	assert_runs(&fixture, "a", NULL, "b");
	assert_int_equal(find_unfinished(&fixture).number, 0);
	begin_another(&fixture, "c");
	record(&fixture, "111111111111", "us-east-1", CELL_EMPTY, 0);
	finish(&fixture, NULL);
	assert_runs(&fixture, "c", "a", "b");
	end(&fixture);
}

/* The latest run is finished, so no older unfinished one is resumed. */
static void test_nothing_older_than_a_finished_run_is_gone_on_with(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	begin_another(&fixture, "a");
	record(&fixture, "111111111111", "us-east-1", CELL_EMPTY, 0);
	finish(&fixture, "SIGTERM");
	begin_another(&fixture, "b");
	record(&fixture, "111111111111", "us-east-1", CELL_DENIED, 0);
	finish(&fixture, NULL);
	assert_int_equal(find_unfinished(&fixture).number, 0);
	end(&fixture);
}

/* Rows of a removed account and a disabled region are deleted, others are kept. */
static void test_what_is_gone_is_dropped(void **state)
{
	struct cell_summary cell = {
		.state = CELL_EMPTY, .state_without_failures = CELL_EMPTY, .complete = true};
	struct fixture fixture;
	struct gone gone = {0};
	struct matrix loaded;
	int64_t oldest;

	(void)state;
	begin(&fixture);
	begin_another(&fixture, "a");
	record(&fixture, "111111111111", "us-east-1", CELL_EMPTY, 0);
	record(&fixture, "111111111111", "ap-east-1", CELL_PENDING, 0);
	record(&fixture, "222222222222", "eu-west-1", CELL_FAIL, 2);
	assert_true(store_flush(fixture.store, true, &fixture.error));
	resume(&fixture, "a");
	matrix_add_row(&fixture.matrix, "111111111111");
	fixture.matrix.rows[0].key = 1;
	matrix_show_column(&fixture.matrix, matrix_add_column(&fixture.matrix, "us-east-1"));
	matrix_recall(&fixture.matrix, 0, 0, &cell);
	assert_true(store_find_oldest(fixture.store, &oldest, &fixture.error));
	assert_int_equal(oldest, 2000);
	assert_true(store_drop_gone(fixture.store, &fixture.matrix, &gone, &fixture.error));
	assert_string_equal(gone.left.names.at, "222222222222");
	assert_int_equal(gone.out_of_scope.count, 0);
	finish(&fixture, NULL);
	matrix_init(&loaded);
	assert_true(store_load(fixture.store, &loaded, NULL, &fixture.error));
	assert_int_equal(loaded.row_count, 1);
	assert_int_equal(loaded.column_count, 1);
	assert_string_equal(loaded.columns[0].region, "us-east-1");
	assert_int_equal(matrix_cell(&loaded, 0, 0).state, CELL_EMPTY);
	matrix_deinit(&loaded);
	buffer_deinit(&gone.left.names);
	end(&fixture);
}

/* A control that the catalogue no longer has is known by its id, and all its members are set. */
static void test_control_that_is_no_more(void **state)
{
	const struct control gone = {.id = "neptune-gone", .severity = SEVERITY_CRITICAL};
	const struct control *known;
	struct fixture fixture;
	struct matrix loaded;

	(void)state;
	begin(&fixture);
	fixture.selected[0] = &gone;
	assert_true(store_begin(fixture.store, &fixture.matrix, run_settings, &fixture.error));
	finish(&fixture, NULL);
	matrix_init(&loaded);
	assert_true(store_load(fixture.store, &loaded, NULL, &fixture.error));
	known = loaded.selected[0];
	assert_string_equal(known->id, "neptune-gone");
	assert_string_equal(known->title, "neptune-gone");
	assert_int_equal(known->severity, SEVERITY_CRITICAL);
	assert_null(known->references[0]);
	assert_null(loaded.selected[1]);
	matrix_deinit(&loaded);
	end(&fixture);
}

static void test_nothing_is_kept(void **state)
{
	struct unfinished_run found;
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_true(store_begin(NULL, &fixture.matrix, run_settings, &fixture.error));
	assert_true(store_close_row(NULL, &fixture.matrix, 0, &fixture.error));
	assert_true(store_flush(NULL, true, &fixture.error));
	assert_true(store_finish(NULL, &fixture.matrix, &fixture.error));
	assert_true(store_identify(NULL, &fixture.matrix, &fixture.error));
	assert_false(store_find_unfinished(NULL, &fixture.matrix.arena, &found, &fixture.error));
	assert_int_equal(fixture.error.kind, ERROR_USAGE);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_details_come_back),
		cmocka_unit_test(test_tally),
		cmocka_unit_test(test_lists_are_of_one_moment),
		cmocka_unit_test(test_going_on),
		cmocka_unit_test(test_runs_that_assessed_nothing),
		cmocka_unit_test(test_pruning),
		cmocka_unit_test(test_the_latest_is_the_one_that_was_gone_on_with),
		cmocka_unit_test(test_nothing_older_than_a_finished_run_is_gone_on_with),
		cmocka_unit_test(test_what_is_gone_is_dropped),
		cmocka_unit_test(test_control_that_is_no_more),
		cmocka_unit_test(test_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
