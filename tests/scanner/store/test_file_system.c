/* Which file systems are a network's, by their numbers; and what a store does on one. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scanner/store/store_internal.h"
#include "tests/unit.h"

static void test_types(void **state)
{
	static const struct {
		const char *name;
		uint32_t type; /* statfs(2) and linux/magic.h */
		bool is_network;
	} rows[] = {
		{"nfs", 0x6969, true},        {"smb", 0x517b, true},          {"cifs", 0xff534d42, true},
		{"smb2", 0xfe534d42, true},   {"fuse", 0x65735546, true},     {"lustre", 0x0bd00bd0, true},
		{"9p", 0x01021997, true},     {"ceph", 0x00c36400, true},     {"afs", 0x5346414f, true},
		{"gpfs", 0x47504653, true},   {"beegfs", 0x19830326, true},   {"gfs2", 0x01161970, true},
		{"ext4", 0xef53, false},      {"xfs", 0x58465342, false},     {"btrfs", 0x9123683e, false},
		{"tmpfs", 0x01021994, false}, {"overlay", 0x794c7630, false}, {"zfs", 0x2fc12fc1, false},
		{"f2fs", 0xf2f52010, false},  {"ramfs", 0x858458f6, false},   {"bcachefs", 0xca451a4e, false},
		{"nothing", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (store_is_network_type(rows[i].type) != rows[i].is_network)
			fail_msg("%s", rows[i].name);
}

static void test_mode_of_a_file(void **state)
{
	char folder[] = "/tmp/neptune-scan-test-XXXXXX", path[64];
	struct store *store;
	struct error error;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/store", folder);
	assert_false(store_is_in_wal_mode(path)); /* no file */
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_false(store_is_in_wal_mode(path)); /* an empty one */
	store = store_open(path, &error);
	assert_non_null(store);
	assert_true(store_join_log(store, &error));
	assert_int_equal(store_size_beside(store, "-wal"), 0);
	assert_true(store_is_in_wal_mode(path) != store_is_on_network(path));
	store_close(store);
	unlink(path);
	snprintf(path, sizeof path, "%s/store.lock", folder);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_mode_of_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
