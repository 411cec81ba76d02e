#include "bench/estate/world.h"

#include "bench/estate/resources.h"
#include "tests/unit.h"

static struct world world_of(uint64_t seed, size_t accounts, size_t regions)
{
	return (struct world){.seed = seed, .accounts = accounts, .regions = regions, .depth = 2};
}

static void test_the_same_seed_gives_the_same_world(void **state)
{
	const struct world one = world_of(7, 500, 34), same = world_of(7, 500, 34),
			   other = world_of(8, 500, 34);
	size_t differences = 0;

	(void)state;
	for (size_t account = 0; account < one.accounts; account++) {
		for (size_t region = 0; region < one.regions; region++) {
			const struct place a = {&one, account, region}, b = {&same, account, region},
					   c = {&other, account, region};

			assert_int_equal(world_cell_kind(&one, account, region),
					 world_cell_kind(&same, account, region));
			assert_int_equal(cluster_count(&a), cluster_count(&b));
			differences += cluster_count(&a) != cluster_count(&c);
			if (cluster_count(&a) > 0)
				assert_string_equal(cluster_at(&a, 0).id, cluster_at(&b, 0).id);
		}
	}
	assert_true(differences > 500);
}

/* Ids have twelve digits, are unique, and map back to their accounts. */
static void test_ids(void **state)
{
	char id[WORLD_ID];

	(void)state;
	for (uint64_t seed = 0; seed < 2000; seed += 333) {
		const struct world world = world_of(seed, 100000, 1);

		for (size_t account = 0; account < world.accounts; account += 7) {
			world_account_id(&world, account, id);
			assert_int_equal(strlen(id), 12);
			assert_int_equal(world_account_by_id(&world, id), account);
		}
	}
	const struct world small = world_of(1, 10, 1), large = world_of(1, 11, 1);

	world_account_id(&large, 10, id);
	assert_int_equal(world_account_by_id(&small, id), SIZE_MAX);
	assert_int_equal(world_account_by_id(&small, "12345"), SIZE_MAX);
	assert_int_equal(world_account_by_id(&small, "12345678901x"), SIZE_MAX);
}

/* Every OU is found by its id and has a parent, and siblings have different names. */
static void test_units(void **state)
{
	static const size_t counts[] = {1, 4, 13, 40, 121, 364};
	struct world world = world_of(1, 100, 1);
	char id[WORLD_TEXT], path[WORLD_PATH];

	(void)state;
	for (world.depth = 0; world.depth <= WORLD_MAX_DEPTH; world.depth++) {
		assert_int_equal(world_unit_count(&world), counts[world.depth]);
		for (size_t unit = 0; unit < world_unit_count(&world); unit++) {
			world_unit_id(unit, id);
			assert_int_equal(world_unit_by_id(&world, id), unit);
			for (size_t other = 1; unit > 0 && other < unit; other++)
				if (world_unit_parent(other) == world_unit_parent(unit))
					assert_string_not_equal(world_unit_name(&world, other),
								world_unit_name(&world, unit));
		}
		for (size_t account = 0; account < world.accounts; account++)
			assert_true(world_account_unit(&world, account) < world_unit_count(&world));
	}
	assert_int_equal(world_unit_by_id(&world, "ou-est8-99999999"), SIZE_MAX);
	assert_int_equal(world_unit_by_id(&world, "r-other"), SIZE_MAX);
	world_unit_path(&world, 0, path);
	assert_string_equal(path, "/");
	world_unit_path(&world, 4, path);
	assert_string_equal(path, "/Prod/Payments & Cards");
	world_unit_id_path(4, path);
	assert_string_equal(path, "r-est8/ou-est8-00000001/ou-est8-00000004/");
	world.odd_names = true;
	world_unit_path(&world, 3, path);
	assert_string_equal(path, "/Prod\\/Payments & Cards");
	world_unit_path(&world, 7, path);
	assert_contains(path, "/Dev\\\\Test/");
}

/* Every kind of account, cell and resource occurs, and most cells are empty. */
static void test_it_has_everything(void **state)
{
	const struct world world = world_of(1, 600, 17);
	size_t kinds[3] = {0}, cells[3] = {0}, encryptions[5] = {0}, keys[KEY_KINDS] = {0}, sharing[4] = {0};
	size_t empty = 0, others = 0, crowded = 0, backups = 0, graphs = 0, globals = 0;
	char id[WORLD_TEXT];

	(void)state;
	for (size_t account = 0; account < world.accounts; account++) {
		kinds[world_account_kind(&world, account)]++;
		globals += global_database_of(&world, account, id);
		for (size_t region = 0; region < world.regions; region++) {
			const struct place place = {&world, account, region};
			size_t count = cluster_count(&place);

			cells[world_cell_kind(&world, account, region)]++;
			empty += count == 0;
			crowded += count > 100;
			backups += backup_count(&place);
			graphs += graph_count(&place);
			for (size_t i = 0; i < count; i++) {
				struct cluster cluster = cluster_at(&place, i);

				encryptions[cluster.encryption]++;
				keys[cluster.key]++;
				others += !cluster_is_neptune(&cluster);
				assert_int_equal(cluster_by_id(&place, cluster.id), i);
				for (size_t j = 0; j < snapshot_count(&place, i); j++)
					sharing[snapshot_at(&place, i, &cluster, j).sharing]++;
			}
		}
	}
	for (size_t i = 0; i < 3; i++) {
		assert_true(kinds[i] > 0);
		assert_true(cells[i] > 0);
	}
	for (size_t i = 0; i < 5; i++)
		assert_true(encryptions[i] > 0);
	for (size_t i = 0; i < KEY_KINDS; i++)
		assert_true(keys[i] > 0);
	for (size_t i = 0; i < 4; i++)
		assert_true(sharing[i] > 0);
	assert_true(others > 0 && crowded > 0 && backups > 0 && graphs > 0 && globals > 0);
	assert_true(empty > world.accounts * world.regions * 8 / 10);
}

/* All engine versions occur, also a missing one, with all parameter settings. */
static void test_engines_and_parameters(void **state)
{
	const struct world world = world_of(1, 2, 1);
	const struct place place = {&world, 1, 0};
	size_t engines[2][PARAMETER_VALUES] = {{0}}, audits[2][PARAMETER_VALUES] = {{0}};
	size_t leaving = 0, unnamed = 0;

	(void)state;
	for (size_t i = 0; i < cluster_count(&place); i++) {
		struct cluster cluster = cluster_at(&place, i);

		engines[cluster.https_only][cluster.enforce_ssl]++;
		audits[cluster.exports_audit][cluster.audit_log]++;
		leaving += cluster_is_being_deleted(&cluster);
		unnamed += cluster.version == NULL;
	}
	for (size_t i = 0; i < 2 * PARAMETER_VALUES; i++)
		assert_true(engines[i % 2][i / 2] > 0 && audits[i % 2][i / 2] > 0);
	assert_true(leaving > 0 && unnamed > 0);
}

static void test_keys(void **state)
{
	const struct world world = world_of(3, 20, 5);
	const struct place place = {&world, 7, 2}, next = {&world, 8, 2};
	char arn[KEY_ARN], other[KEY_ARN], id[KEY_ID], account[WORLD_ID];

	(void)state;
	for (enum key_kind kind = 0; kind < KEY_SHARED; kind++) {
		key_id(&place, kind, id);
		assert_int_equal(key_by_id(&place, id), kind);
		assert_int_equal(key_by_id(&next, id), KEY_KINDS);
	}
	/* Keys of the next account, and of an account outside the organization. */
	world_account_id(&world, next.account, account);
	key_arn(&place, KEY_SHARED, arn);
	assert_contains(arn, account);
	key_arn(&place, KEY_HIDDEN, other);
	assert_contains(other, account);
	assert_string_not_equal(arn, other);
	key_arn(&place, KEY_STRANGERS, arn);
	assert_contains(arn, STRANGER);
	assert_int_equal(world_account_by_id(&world, STRANGER), SIZE_MAX);
}

/* An organization of a single account has no other account. */
static void test_keys_of_one_account(void **state)
{
	const struct world world = world_of(3, 1, 17);

	(void)state;
	for (size_t region = 0; region < world.regions; region++) {
		const struct place place = {&world, 0, region};

		for (size_t i = 0; i < cluster_count(&place); i++) {
			assert_int_not_equal(cluster_at(&place, i).key, KEY_SHARED);
			assert_int_not_equal(cluster_at(&place, i).key, KEY_HIDDEN);
		}
	}
}

static void test_the_same_everywhere(void **state)
{
	struct world world = world_of(1, 5, 5);
	const struct place place = {&world, 3, 3};

	(void)state;
	world.same_everywhere = true;
	world.clusters_a_cell = 250;
	assert_int_equal(cluster_count(&place), 250);
	for (size_t i = 0; i < 250; i++) {
		struct cluster cluster = cluster_at(&place, i);

		assert_true(cluster_is_neptune(&cluster));
		assert_int_equal(cluster.encryption, ENCRYPTION_KMS);
	}
}

static void test_the_management_account_is_open(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		const struct world world = world_of(seed, 40, 34);

		assert_int_equal(world_account_kind(&world, 0), ACCOUNT_ORDINARY);
		for (size_t region = 0; region < world.regions; region++)
			assert_int_not_equal(world_cell_kind(&world, 0, region), CELL_FENCED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_seed_gives_the_same_world),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_it_has_everything),
		cmocka_unit_test(test_engines_and_parameters),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_of_one_account),
		cmocka_unit_test(test_the_same_everywhere),
		cmocka_unit_test(test_the_management_account_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
