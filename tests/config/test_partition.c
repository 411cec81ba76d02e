#include "config/partition.h"
#include "tests/unit.h"

static const struct {
	const char *region;
	const char *partition; /* NULL: none */
} cases[] = {
	{"us-east-1", "aws"},
	{"mx-central-1", "aws"},
	{"ap-southeast-99", "aws"}, /* launched tomorrow */
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
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
