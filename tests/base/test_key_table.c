#include "base/key_table.h"

#include "tests/unit.h"

struct entry {
	uint64_t key;
	int value;
};

static void test_entries(void **state)
{
	struct key_table table = {0};
	struct entry *entry;

	(void)state;
	assert_null(key_table_find(&table, 7, sizeof *entry));
	entry = key_table_add(&table, 7, sizeof *entry);
	assert_true(entry->key == 7 && entry->value == 0);
	entry->value = 3;
	assert_ptr_equal(key_table_add(&table, 7, sizeof *entry), entry);
	assert_ptr_equal(key_table_find(&table, 7, sizeof *entry), entry);
	assert_null(key_table_find(&table, 7 + 64, sizeof *entry)); /* the same slot */
	key_table_deinit(&table);
	assert_null(key_table_find(&table, 7, sizeof *entry));
}

/* Many, of which all begin at few slots, through several sizes of the table. */
static void test_growth(void **state)
{
	enum { ENTRIES = 2000 };
	struct key_table table = {0};
	struct entry *entry;

	(void)state;
	for (uint64_t i = 1; i <= ENTRIES; i++) {
		entry = key_table_add(&table, i << 6 | 1, sizeof *entry);
		assert_non_null(entry);
		entry->value = (int)i;
		assert_true(table.count == i && table.count <= table.capacity / 4 * 3);
	}
	for (uint64_t i = 1; i <= ENTRIES; i++) {
		entry = key_table_find(&table, i << 6 | 1, sizeof *entry);
		assert_non_null(entry);
		assert_int_equal(entry->value, i);
		assert_null(key_table_find(&table, i << 6 | 3, sizeof *entry));
	}
	key_table_deinit(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
