#include "bench/estate/world.h"
#include "tests/unit.h"

static void test_the_same_seed_gives_the_same_world(void **state)
{
	const struct world one = {7, 500, 34}, same = {7, 500, 34}, other = {8, 500, 34};
	size_t differences = 0;

	(void)state;
	for (size_t account = 0; account < one.accounts; account++) {
		for (size_t region = 0; region < one.regions; region++) {
			assert_int_equal(world_cell_kind(&one, account, region),
					 world_cell_kind(&same, account, region));
			assert_int_equal(world_cluster_count(&one, account, region),
					 world_cluster_count(&same, account, region));
			differences += world_cluster_count(&one, account, region) !=
				       world_cluster_count(&other, account, region);
		}
	}
	assert_true(differences > 500);
}

/* Ids have twelve digits, no two are the same, and each leads back to its account. */
static void test_ids(void **state)
{
	char id[WORLD_ID];

	(void)state;
	for (uint64_t seed = 0; seed < 2000; seed += 333) {
		const struct world world = {seed, 100000, 1};

		for (size_t account = 0; account < world.accounts; account += 7) {
			world_account_id(&world, account, id);
			assert_int_equal(strlen(id), 12);
			assert_int_equal(world_account_by_id(&world, id), account);
		}
	}
	const struct world small = {1, 10, 1}, large = {1, 11, 1};

	world_account_id(&large, 10, id);
	assert_int_equal(world_account_by_id(&small, id), SIZE_MAX);
	assert_int_equal(world_account_by_id(&small, "12345"), SIZE_MAX);
	assert_int_equal(world_account_by_id(&small, "12345678901x"), SIZE_MAX);
}

/* Every kind of account, cell and encryption is there, and most cells are empty. */
static void test_it_has_everything(void **state)
{
	const struct world world = {1, 300, 17};
	size_t kinds[3] = {0}, cells[3] = {0}, encryptions[5] = {0}, empty = 0, others = 0, crowded = 0;

	(void)state;
	for (size_t account = 0; account < world.accounts; account++) {
		kinds[world_account_kind(&world, account)]++;
		for (size_t region = 0; region < world.regions; region++) {
			size_t count = world_cluster_count(&world, account, region);

			cells[world_cell_kind(&world, account, region)]++;
			empty += count == 0;
			crowded += count > 100;
			for (size_t i = 0; i < count; i++) {
				struct world_cluster cluster = world_cluster(&world, account, region, i);

				encryptions[cluster.encryption]++;
				others += strcmp(cluster.engine, "neptune") != 0;
			}
		}
	}
	for (size_t i = 0; i < 3; i++) {
		assert_true(kinds[i] > 0);
		assert_true(cells[i] > 0);
	}
	for (size_t i = 0; i < 5; i++)
		assert_true(encryptions[i] > 0);
	assert_true(others > 0 && crowded > 0);
	assert_true(empty > world.accounts * world.regions * 8 / 10);
}

static void test_the_management_account_is_open(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		const struct world world = {seed, 40, 34};

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
		cmocka_unit_test(test_it_has_everything),
		cmocka_unit_test(test_the_management_account_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
