#include "scanner/engine/account_queue.h"

#include "tests/unit.h"

/* An account queue over a matrix of its own; what it says is in `said`. */
struct scene {
	struct units units;
	struct arena arena;
	struct config config;
	struct matrix matrix;
	struct log log;
	char *said;
	size_t length;
	struct account_queue queue;
};

static const char *const one[] = {"000000000001"};

static void open_scene(struct scene *scene)
{
	matrix_init(&scene->matrix);
	scene->log = (struct log){.stream = open_memstream(&scene->said, &scene->length), .level = LOG_INFO};
	scene->queue.config = &scene->config;
	scene->queue.log = &scene->log;
	scene->queue.matrix = &scene->matrix;
	if (!scene->queue.shard.count)
		scene->queue.shard = (struct shard){1, 1};
	account_queue_begin(&scene->queue);
}

static void close_scene(struct scene *scene)
{
	account_queue_end(&scene->queue);
	arena_deinit(&scene->arena);
	matrix_deinit(&scene->matrix);
	fclose(scene->log.stream);
	free(scene->said);
}

static const char *said(struct scene *scene)
{
	fflush(scene->log.stream);
	return scene->said;
}

static void take(struct scene *scene, const char *id, const char *status)
{
	account_queue_take_account(&scene->queue,
				   &(struct discovered_account){.id = id, .name = "x", .status = status});
}

/* Below `above`, or the root where that is NULL; its id is made of its name's first letters. */
static const struct unit *unit(struct scene *scene, const struct unit *above, const char *name)
{
	char id[40];

	snprintf(id, sizeof id, above ? "ou-ab12-%s" : "r-ab12", name);
	for (char *c = id; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
	return units_add(&scene->units, &scene->arena, above, id, name);
}

/* A root with the units of most tests below it. */
static const struct unit *plant(struct scene *scene)
{
	const struct unit *root = unit(scene, NULL, NULL), *prod = unit(scene, root, "Prod");

	unit(scene, unit(scene, prod, "Old"), "Deep");
	unit(scene, prod, "Pay");
	unit(scene, root, "Prod/Pay");
	unit(scene, root, "Production");
	unit(scene, root, "Test");
	unit(scene, root, "Named");
	return root;
}

static void take_units(struct scene *scene)
{
	struct error error;

	plant(scene);
	assert_true(account_queue_take_units(&scene->queue, &scene->units, &error));
}

static void place(struct scene *scene, const char *account, const char *path)
{
	const struct unit *there = units_named(&scene->units, path);

	assert_non_null(there);
	account_queue_take_place(&scene->queue, account, there);
}

static void take_organization(struct scene *scene)
{
	struct error error;

	assert_true(account_queue_take_organization(&scene->queue, "o-abc", "000000000900", &error));
}

static void assert_next(struct scene *scene, const char *account)
{
	size_t row = 0;
	bool is_there = account_queue_next(&scene->queue, &row);

	if (!account) {
		assert_false(is_there);
		return;
	}
	assert_true(is_there);
	assert_string_equal(scene->matrix.rows[row].id, account);
}

static void assert_skipped(struct scene *scene, const char *account, const char *why)
{
	const struct row *row = &scene->matrix.rows[matrix_add_row(&scene->matrix, account)];

	assert_int_equal(row->default_state, CELL_SKIPPED);
	assert_contains(row->reason, why);
}

static void test_the_order_of_the_organization(void **state)
{
	struct scene scene = {0};
	char id[16];

	(void)state;
	open_scene(&scene);
	take_organization(&scene);
	for (int i = 300; i > 0; i--) { /* more than the line has room for at first */
		snprintf(id, sizeof id, "%012d", i);
		take(&scene, id, "ACTIVE");
		take(&scene, id, "ACTIVE"); /* listed twice, scanned once */
	}
	assert_int_equal(account_queue_waiting(&scene.queue), 300);
	for (int i = 300; i > 0; i--) {
		snprintf(id, sizeof id, "%012d", i);
		assert_next(&scene, id);
	}
	assert_next(&scene, NULL);
	assert_string_equal(scene.matrix.rows[0].organization, "o-abc");
	assert_string_equal(scene.matrix.run.management_account, "000000000900");
	close_scene(&scene);
}

static void test_who_is_skipped_and_why(void **state)
{
	static const char *const excluded[] = {"000000000002", "000000000077"};
	struct scene scene = {.config.exclude_accounts = {excluded, 2}};

	(void)state;
	open_scene(&scene);
	take(&scene, "000000000001", "ACTIVE");
	take(&scene, "000000000002", "ACTIVE");
	take(&scene, "000000000003", "SUSPENDED");
	account_queue_listed(&scene.queue);
	assert_skipped(&scene, "000000000002", "organization.exclude_accounts");
	assert_skipped(&scene, "000000000003", "SUSPENDED");
	assert_next(&scene, "000000000001");
	assert_next(&scene, NULL);
	assert_contains(said(&scene), "000000000077"); /* named in vain */
	assert_null(strstr(said(&scene), "000000000002"));
	close_scene(&scene);
}

static void test_units_hold_back_until_places_are_known(void **state)
{
	static const char *const units[] = {"/Prod/", "ou-ab12-named"}, *const without[] = {"/Prod/Old"};
	struct scene scene = {.config = {.ous = {units, 2}, .exclude_ous = {without, 1}}};
	struct error error;

	(void)state;
	open_scene(&scene);
	for (int i = 1; i <= 6; i++) {
		char id[16];

		snprintf(id, sizeof id, "%012d", i);
		take(&scene, id, "ACTIVE");
	}
	assert_next(&scene, NULL);
	assert_false(account_queue_has_begun(&scene.queue));
	take_units(&scene);
	place(&scene, "000000000004", "/Test");
	place(&scene, "000000000003", "/Prod/Pay");
	place(&scene, "000000000002", "/Prod/Old/Deep");
	place(&scene, "000000000005", "/Production");
	place(&scene, "000000000006", "/Prod\\/Pay");
	place(&scene, "000000000001", "/Named");
	place(&scene, "000000000003", "/"); /* told twice */
	assert_true(account_queue_finish(&scene.queue, true, &error));
	assert_next(&scene, "000000000003");
	assert_next(&scene, "000000000001");
	assert_next(&scene, NULL);
	assert_skipped(&scene, "000000000004", "not below organization.ous");
	assert_skipped(&scene, "000000000005", "not below organization.ous"); /* a name, not a beginning */
	assert_skipped(&scene, "000000000006", "not below organization.ous"); /* one name, not two */
	assert_skipped(&scene, "000000000002", "below organization.exclude_ous");
	assert_null(scene.matrix.run.note);
	close_scene(&scene);
}

/* Which of them a setting names: by id or path, in the case of AWS, with or without slashes at the end. */
static void test_units_by_name(void **state)
{
	static const struct {
		const char *name, *path, *suggestion;
	} names[] = {
		{"/", "/", NULL},
		{"//", "/", NULL},
		{"r-ab12", "/", NULL},
		{"/Prod", "/Prod", NULL},
		{"/Prod//", "/Prod", NULL},
		{"ou-ab12-deep", "/Prod/Old/Deep", NULL},
		{"/Prod/Pay", "/Prod/Pay", NULL},
		{"/Prod\\/Pay", "/Prod\\/Pay", NULL},
		{"/Ends\\/", "/Ends\\/", NULL},
		{"/Ends\\//", "/Ends\\/", NULL},
		{"/Back\\\\", "/Back\\\\", NULL},
		{"/Back\\\\/", "/Back\\\\", NULL},
		{"/Back\\", NULL, "/Back\\\\"},
		{"/prod", NULL, "/Prod"},
		{"/PROD/", NULL, "/Prod"},
		{"Prod", NULL, "/Prod"},
		{"Prod/Pay", NULL, "/Prod/Pay"},
		{"deep", NULL, "/Prod/Old/Deep"},
		{"/Prodd", NULL, "/Prod"},
		{"ou-ab12-dep", NULL, "ou-ab12-deep"},
		{"/Renamed-long-ago", NULL, NULL},
		{"ou-zzzz-unknown99999", NULL, NULL},
	};
	struct scene scene = {.config.ous = {NULL, 0}};
	char text[SUGGESTION_SIZE], expected[SUGGESTION_SIZE];
	const struct unit *root;

	(void)state;
	open_scene(&scene);
	root = plant(&scene);
	unit(&scene, root, "Ends/");
	unit(&scene, root, "Back\\");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct unit *found = units_named(&scene.units, names[i].name);

		if (names[i].path) {
			assert_non_null(found);
			assert_string_equal(found->path, names[i].path);
			continue;
		}
		assert_null(found);
		expected[0] = '\0';
		if (names[i].suggestion)
			snprintf(expected, sizeof expected, ". Did you mean \"%s\"?", names[i].suggestion);
		assert_string_equal(units_suggest(&scene.units, names[i].name, text), expected);
	}
	close_scene(&scene);
}

static void test_a_unit_that_is_not_there(void **state)
{
	static const char *const units[] = {"/Prod", "/prod/pay", "/Gone"};
	struct scene scene = {.config = {.ous = {units, 3}}};
	struct error error;

	(void)state;
	open_scene(&scene);
	take_organization(&scene);
	take(&scene, "000000000001", "ACTIVE");
	plant(&scene);
	assert_false(account_queue_take_units(&scene.queue, &scene.units, &error));
	assert_contains(error.text,
			"o-abc: \"/prod/pay\". Did you mean \"/Prod/Pay\"? \"/Gone\"\n  Fix: correct --ous");
	assert_int_equal(error.kind, ERROR_USAGE); /* a mistake in the settings, and nothing was scanned */
	close_scene(&scene);
}

static void test_a_unit_that_is_excluded_and_not_there(void **state)
{
	static const char *const units[] = {"/Test", "Prod"};
	struct scene scene = {.config = {.exclude_ous = {units, 2}}};

	(void)state;
	open_scene(&scene);
	take(&scene, "000000000001", "ACTIVE");
	take(&scene, "000000000002", "ACTIVE");
	take_units(&scene);
	place(&scene, "000000000001", "/Prod");
	place(&scene, "000000000002", "/Test");
	assert_next(&scene, "000000000001");
	assert_next(&scene, NULL);
	assert_contains(
		said(&scene),
		"has no effect for \"Prod\", which is not a unit of the organization. Did you mean \"/Prod\"?");
	assert_contains(scene.matrix.run.note, "has no effect for \"Prod\"");
	assert_null(strstr(scene.matrix.run.note, "Test"));
	close_scene(&scene);
}

static void test_units_that_nobody_can_tell(void **state)
{
	struct scene scene = {.config.ous = {(const char *const[]){"/Prod"}, 1}};
	struct error error;

	(void)state;
	open_scene(&scene);
	take(&scene, "000000000001", "ACTIVE");
	assert_false(account_queue_finish(&scene.queue, false, &error));
	assert_contains(error.text, "cannot be read");
	assert_next(&scene, NULL);
	take_units(&scene);
	place(&scene, "000000000001", "/Test");
	assert_false(account_queue_finish(&scene.queue, true, &error));
	assert_contains(error.text, "leave no account");
	close_scene(&scene);
}

/* An account whose page of the list was read before it came there is found in its unit, and under the same
 * rules. */
static void test_moved_into_sight(void **state)
{
	struct scene scene = {.config.exclude_accounts = {one, 1}};

	(void)state;
	open_scene(&scene);
	take_organization(&scene);
	take_units(&scene);
	place(&scene, "000000000001", "/Prod");
	place(&scene, "000000000002", "/Prod");
	assert_skipped(&scene, "000000000001", "organization.exclude_accounts");
	assert_next(&scene, "000000000002");
	assert_next(&scene, NULL);
	assert_string_equal(scene.matrix.rows[1].organization, "o-abc");
	assert_string_equal(scene.matrix.rows[1].ou, "/Prod");
	close_scene(&scene);
}

static void test_moved_into_sight_of_named_units(void **state)
{
	struct scene scene = {
		.config = {.ous = {(const char *const[]){"/Prod"}, 1}, .exclude_accounts = {one, 1}}};

	(void)state;
	open_scene(&scene);
	take_units(&scene);
	place(&scene, "000000000001", "/Prod");
	place(&scene, "000000000002", "/Prod");
	place(&scene, "000000000003", "/Test");
	assert_next(&scene, "000000000002"); /* once */
	assert_next(&scene, NULL);
	assert_skipped(&scene, "000000000001", "organization.exclude_accounts");
	assert_skipped(&scene, "000000000003", "not below");
	close_scene(&scene);
}

static bool is_odd(void *owner, size_t row)
{
	(void)owner;
	return row % 2;
}

static void test_what_others_do(void **state)
{
	struct scene scene = {.queue.shard = {2, 2}, .config.ous = {(const char *const[]){"/Prod"}, 1}};
	struct error error;

	(void)state;
	scene.queue.is_done = is_odd; /* rows, from 0: the second is done */
	open_scene(&scene);
	take(&scene, "000000000001", "ACTIVE");
	take(&scene, "000000000003", "ACTIVE");
	take(&scene, "000000000002", "ACTIVE");
	take_units(&scene);
	place(&scene, "000000000003", "/Prod");
	assert_true(account_queue_finish(&scene.queue, true, &error)); /* all of it was done: no mistake */
	scene.queue.waits_for_places = true;
	place(&scene, "000000000001", "/Prod");
	place(&scene, "000000000002", "/Prod");
	assert_next(&scene, "000000000001");
	assert_next(&scene, NULL);
	assert_skipped(&scene, "000000000002", LEFT_TO_SHARD "1/2");
	close_scene(&scene);
}

/* Listed, and in no unit that was: it waits for ever, and the reader is told why. */
static void test_an_account_that_no_unit_has(void **state)
{
	struct scene scene = {.config.ous = {(const char *const[]){"/Prod"}, 1}};
	struct error error;

	(void)state;
	open_scene(&scene);
	take(&scene, "000000000001", "ACTIVE");
	take(&scene, "000000000002", "ACTIVE");
	take(&scene, "000000000003", "SUSPENDED");
	take_units(&scene);
	place(&scene, "000000000001", "/Prod");
	assert_true(account_queue_finish(&scene.queue, true, &error));
	assert_next(&scene, "000000000001");
	assert_next(&scene, NULL);
	assert_null(scene.matrix.rows[0].reason);
	assert_int_equal(scene.matrix.rows[1].default_state, CELL_PENDING);
	assert_contains(scene.matrix.rows[1].reason, "the tree changed while it was listed");
	assert_skipped(&scene, "000000000003", "SUSPENDED");
	close_scene(&scene);
}

static void test_an_account_in_no_organization(void **state)
{
	struct scene scene = {.config = {.ous = {(const char *const[]){"/"}, 1},
					 .exclude_ous = {(const char *const[]){"/Prod"}, 1}}};
	struct error error;

	(void)state;
	open_scene(&scene);
	account_queue_take_identity(&scene.queue, &(struct identity){.account = "000000000001",
								     .arn = "arn:aws:sts::000000000001:x"});
	assert_true(account_queue_take_organization(&scene.queue, NULL, NULL, &error));
	take(&scene, "000000000001", NULL);
	assert_next(&scene, "000000000001");
	assert_true(account_queue_is_own(&scene.queue, "000000000001"));
	assert_false(account_queue_is_own(&scene.queue, "000000000002"));
	assert_contains(scene.matrix.run.note, "no AWS organization");
	assert_contains(said(&scene), "only this account is scanned");
	assert_contains(scene.matrix.run.note, "has no effect for \"/Prod\"");
	close_scene(&scene);
}

/* Then it is in none of the units that were named. */
static void test_an_account_in_no_unit(void **state)
{
	struct scene scene = {.config.ous = {(const char *const[]){"/Prod"}, 1}};
	struct error error;

	(void)state;
	open_scene(&scene);
	assert_false(account_queue_take_organization(&scene.queue, NULL, NULL, &error));
	assert_contains(error.text, "\"/Prod\"");
	close_scene(&scene);
}

static void test_named_accounts(void **state)
{
	static const char *const named[] = {"000000000009", "000000000004"};
	struct scene scene = {.config.accounts = {named, 2}};

	(void)state;
	open_scene(&scene);
	account_queue_take_identity(&scene.queue, &(struct identity){.account = "000000000001", .arn = "arn"});
	assert_next(&scene, "000000000009");
	assert_next(&scene, "000000000004");
	assert_true(account_queue_has_begun(&scene.queue));
	close_scene(&scene);
}

static void test_a_second_organization(void **state)
{
	struct scene scene = {0};
	struct account_queue second;
	struct error error;
	const char *const *ids;
	size_t count;

	(void)state;
	open_scene(&scene);
	take(&scene, "000000000005", "ACTIVE");
	second = (struct account_queue){
		.config = &scene.config, .log = &scene.log, .matrix = &scene.matrix, .shard = {1, 1}};
	account_queue_begin(&second);
	assert_false(account_queue_has_begun(&second));
	assert_true(account_queue_take_organization(&second, "o-2", "000000000006", &error));
	account_queue_take_account(&second, &(struct discovered_account){.id = "000000000005"});
	assert_contains(said(&scene), "account 000000000005 is also listed by o-2");
	assert_int_equal(account_queue_waiting(&second), 0);
	account_queue_take_account(&second, &(struct discovered_account){.id = "000000000008"});
	account_queue_take_account(&second,
				   &(struct discovered_account){.id = "000000000007", .status = "SUSPENDED"});
	ids = account_queue_ids(&second, &count);
	assert_int_equal(count, 2); /* its own, sorted */
	assert_string_equal(ids[0], "000000000007");
	assert_string_equal(ids[1], "000000000008");
	account_queue_end(&second);
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_order_of_the_organization),
		cmocka_unit_test(test_who_is_skipped_and_why),
		cmocka_unit_test(test_units_hold_back_until_places_are_known),
		cmocka_unit_test(test_units_by_name),
		cmocka_unit_test(test_a_unit_that_is_not_there),
		cmocka_unit_test(test_a_unit_that_is_excluded_and_not_there),
		cmocka_unit_test(test_units_that_nobody_can_tell),
		cmocka_unit_test(test_moved_into_sight),
		cmocka_unit_test(test_moved_into_sight_of_named_units),
		cmocka_unit_test(test_what_others_do),
		cmocka_unit_test(test_an_account_that_no_unit_has),
		cmocka_unit_test(test_an_account_in_no_organization),
		cmocka_unit_test(test_an_account_in_no_unit),
		cmocka_unit_test(test_named_accounts),
		cmocka_unit_test(test_a_second_organization),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
