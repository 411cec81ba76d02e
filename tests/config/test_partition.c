#include "config/partition.h"
#include "tests/unit.h"

static const struct {
	const char *region;
	const char *partition; /* NULL: none */
} cases[] = {
	{"us-east-1", "aws"},
	{"mx-central-1", "aws"},
	{"ap-southeast-99", "aws"}, /* not known when this was written */
	{"us-gov-west-1", "aws-us-gov"},
	{"us-iso-east-1", "aws-iso"},
	{"us-isob-east-1", "aws-iso-b"},
	{"eu-isoe-west-1", "aws-iso-e"},
	{"us-isof-south-1", "aws-iso-f"},
	{"cn-north-1", "aws-cn"},
	{"eusc-de-east-1", "aws-eusc"},
	{"xx-east-1", NULL},
	{"us-east", NULL},
	{"us-east-", NULL},
	{"us--1", NULL},
	{"us-east-1x", NULL},
	{"us-east-1 ", NULL},
	{"US-EAST-1", NULL},
	{"us-east-1.evil.example", NULL},
	{"us-east-1/", NULL},
	{"us-ea_st-1", NULL}, /* not a host label */
	{"", NULL},
};

static void test_pattern(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct partition *partition = partition_of_region(span_of(cases[i].region));

		if (!cases[i].partition && partition)
			fail_msg("%s is taken for a region of %s", cases[i].region, partition->id);
		if (cases[i].partition) {
			assert_non_null(partition);
			assert_string_equal(partition->id, cases[i].partition);
		}
	}
}

static void test_every_known_region_is_of_its_own_partition(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct partition *partition = partition_of_region(span_of(cases[i].region));

		if (!partition)
			continue;
		assert_ptr_equal(partition_of_region(span_of(partition->home_region)), partition);
		assert_ptr_equal(partition_named(partition->id), partition);
		for (const char *const *region = partition->regions; *region; region++)
			assert_ptr_equal(partition_of_region(span_of(*region)), partition);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool is_label, is_plausible;
	} names[] = {
		{"us-east-1", true, true},     {"nz-north-1", true, true},   {"us-gov-west-1", true, true},
		{"moon", true, false},         {"us-east", true, false},     {"us-east-x", true, false},
		{"us--1", true, false},        {"1us-east-1", true, false},  {"us-east-1234", true, false},
		{"us-east-", false, false},    {"-us-east-1", false, false}, {"", false, false},
		{"us-east-1.a", false, false}, {"us-east-1/", false, false}, {"US-EAST-1", false, false},
		{"us-ea_st-1", false, false},  {"us-east-1 ", false, false}, {"\xc3\xbc-east-1", false, false},
	};
	char label[65];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct span name = span_of(names[i].name);

		if (region_is_host_label(name) != names[i].is_label ||
		    region_is_plausible(name) != names[i].is_plausible)
			fail_msg("\"%s\"", names[i].name);
	}
	memset(label, 'a', sizeof label);
	assert_true(region_is_host_label((struct span){label, 63}));
	assert_false(region_is_host_label((struct span){label, 64}));
}

static void test_homes(void **state)
{
	(void)state;
	assert_string_equal(partition_of_home("eu-west-1")->id, "aws");
	assert_string_equal(partition_of_home("cn-north-1")->id, "aws-cn");
	assert_string_equal(partition_of_home("nz-north-1")->id, "aws");
	assert_string_equal(partition_of_home(NULL)->id, "aws");
}

/* 17 in the partition `aws`; the other partitions have no opt-in regions. */
static void test_regions_that_no_account_can_disable(void **state)
{
	const struct partition *aws = partition_of_home("us-east-1");
	size_t count = 0;

	(void)state;
	for (const char *const *region = aws->regions; *region; region++)
		count += partition_always_enables(aws, *region);
	assert_int_equal(count, 17);
	for (const char *const *region = aws->always_enabled; *region; region++)
		assert_true(partition_knows_region(*region));
	assert_false(partition_always_enables(aws, "ap-east-1") || partition_always_enables(aws, "nz-north-1"));
	assert_true(partition_always_enables(partition_of_home("cn-north-1"), "cn-northwest-1"));
}

static void test_nearest(void **state)
{
	(void)state;
	assert_null(partition_named("aws-mars"));
	assert_string_equal(partition_nearest_region("eu-wst-1"), "eu-west-1");
	assert_null(partition_nearest_region("atlantis"));
	assert_true(partition_knows_region("eu-west-1") && partition_knows_region("us-gov-east-1"));
	assert_false(partition_knows_region("eu-wst-1") || partition_knows_region("eu-west-"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_every_known_region_is_of_its_own_partition),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_homes),
		cmocka_unit_test(test_regions_that_no_account_can_disable),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
