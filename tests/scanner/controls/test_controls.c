#include "scanner/controls/controls.h"
#include "tests/unit.h"

static const struct {
	const char *type, *encrypted; /* NULL: absent */
	enum verdict any, kms;        /* by the policy require_key */
} rows[] = {
	/* The table of the control. */
	{NULL, "true", VERDICT_PASS, VERDICT_PASS},
	{NULL, "false", VERDICT_FAIL, VERDICT_FAIL},
	{"none", "false", VERDICT_FAIL, VERDICT_FAIL},
	{"sse-kms", "true", VERDICT_PASS, VERDICT_PASS},
	{"sse-rds", "false", VERDICT_PASS, VERDICT_FAIL},
	{"sse-rds", "true", VERDICT_PASS, VERDICT_FAIL},
	/* Absent, unreadable, contradictory, new: never a pass. */
	{NULL, NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{NULL, "", VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{NULL, "True", VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{NULL, "1", VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{NULL, "true ", VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{"none", "true", VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{"none", NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{"sse-kms", "false", VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{"sse-kms", NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{"sse-rds", NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{"sse-new", "true", VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{"", "true", VERDICT_UNKNOWN, VERDICT_UNKNOWN},
};

static const struct control *encryption(void)
{
	for (const struct control *const *control = controls; *control; control++)
		if (control_is_named(*control, "neptune-encryption-at-rest"))
			return *control;
	return NULL;
}

static void test_encryption(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct observation observation = {.engine = "neptune",
							.storage_encrypted = rows[i].encrypted,
							.storage_encryption_type = rows[i].type};

		for (int kms = 0; kms < 2; kms++) {
			const struct policy policy = {.require_kms = kms};
			struct judgement judgement = {0};

			encryption()->judge(&observation, &policy, &judgement);
			if (judgement.verdict != (kms ? rows[i].kms : rows[i].any))
				fail_msg("type %s, encrypted %s: %s", rows[i].type ? rows[i].type : "absent",
					 rows[i].encrypted ? rows[i].encrypted : "absent",
					 verdict_name(judgement.verdict));
			assert_true(judgement.reason[0]);
		}
	}
}

static void test_without_engine(void **state)
{
	const struct observation observation = {.storage_encrypted = "true"};
	const struct policy policy = {0};
	struct judgement judgement;

	(void)state;
	encryption()->judge(&observation, &policy, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_UNKNOWN);
}

static void test_raw_values_are_told(void **state)
{
	const struct observation observation = {
		.engine = "neptune", .storage_encrypted = "true", .storage_encryption_type = "none"};
	const struct policy policy = {0};
	struct judgement judgement;

	(void)state;
	encryption()->judge(&observation, &policy, &judgement);
	assert_contains(judgement.reason, "StorageEncrypted is true");
	assert_contains(judgement.reason, "StorageEncryptionType is none");
}

static void test_catalogue(void **state)
{
	enum severity severity;

	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		assert_non_null((*control)->title);
		assert_non_null((*control)->remediation);
		assert_non_null((*control)->references[0]);
		assert_true(control_is_named(*control, "all"));
		assert_true(control_is_named(*control, (*control)->group));
		assert_true(severity_by_name(severity_name((*control)->severity), &severity));
		assert_int_equal(severity, (*control)->severity);
		for (const struct control *const *other = controls; other < control; other++)
			assert_string_not_equal((*other)->id, (*control)->id);
	}
	assert_false(severity_by_name("grave", &severity));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encryption),
		cmocka_unit_test(test_without_engine),
		cmocka_unit_test(test_raw_values_are_told),
		cmocka_unit_test(test_catalogue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
