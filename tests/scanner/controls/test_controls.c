/* Every control by a table: what was observed, and the verdict. */
#include "scanner/controls/controls.h"
#include "tests/unit.h"

static const struct control *control_by_id(const char *id)
{
	for (const struct control *const *control = controls; *control; control++)
		if (strcmp((*control)->id, id) == 0)
			return *control;
	fail_msg("no control %s", id);
	return NULL;
}

static const char *const own_accounts[] = {"000000000001", "000000000002"};

static struct judgement judge_by(const char *id, const struct resource *resource, struct policy policy)
{
	struct judgement judgement = {.verdict = VERDICT_NOT_APPLICABLE};

	if (policy.min_backup_days == 0)
		policy.min_backup_days = 7;
	control_by_id(id)->judge(resource, &policy, &judgement);
	assert_true(judgement.reason[0]);
	return judgement;
}

static struct judgement judge(const char *id, const struct resource *resource)
{
	return judge_by(id, resource, (struct policy){.accounts = own_accounts, .account_count = 2});
}

/* ---- encryption ---- */

static const struct {
	const char *type, *encrypted; /* NULL: absent */
	enum verdict any, kms;        /* by the policy require_key; customer is as kms */
} encryption[] = {
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

static void test_encryption(void **state)
{
	static const char *const ids[] = {"neptune-encryption-at-rest", "neptune-snapshot-encryption",
					  "neptune-retained-backup-encryption",
					  "neptune-global-database-encryption", "neptune-instance-encryption"};

	(void)state;
	for (size_t i = 0; i < sizeof encryption / sizeof encryption[0]; i++) {
		const struct resource cluster = {
			.values = {[ATTRIBUTE_ENGINE] = "neptune",
				   [ATTRIBUTE_STORAGE_ENCRYPTED] = encryption[i].encrypted,
				   [ATTRIBUTE_STORAGE_ENCRYPTION_TYPE] = encryption[i].type}};
		struct resource resource = cluster;

		resource.cluster = &cluster;
		for (size_t id = 0; id < 5; id++) {
			for (enum key_requirement key = KEY_ANY; key <= KEY_CUSTOMER; key++) {
				const struct judgement judgement =
					judge_by(ids[id], &resource, (struct policy){.require_key = key});

				if (judgement.verdict !=
				    (key == KEY_ANY ? encryption[i].any : encryption[i].kms))
					fail_msg("%s: type %s, encrypted %s: %s", ids[id],
						 encryption[i].type ? encryption[i].type : "absent",
						 encryption[i].encrypted ? encryption[i].encrypted : "absent",
						 verdict_name(judgement.verdict));
			}
		}
	}
}

static void test_without_engine(void **state)
{
	const struct resource resource = {.values = {[ATTRIBUTE_STORAGE_ENCRYPTED] = "true"}};

	(void)state;
	assert_int_equal(judge("neptune-encryption-at-rest", &resource).verdict, VERDICT_UNKNOWN);
}

static void test_raw_values_are_told(void **state)
{
	const struct resource resource = {.values = {[ATTRIBUTE_ENGINE] = "neptune",
						     [ATTRIBUTE_STORAGE_ENCRYPTED] = "true",
						     [ATTRIBUTE_STORAGE_ENCRYPTION_TYPE] = "none"}};
	const struct judgement judgement = judge("neptune-encryption-at-rest", &resource);

	(void)state;
	assert_contains(judgement.reason, "StorageEncrypted is true");
	assert_contains(judgement.reason, "StorageEncryptionType is none");
}

/* An instance has its cluster's verdict; its own flag may only agree. */
static void test_instances(void **state)
{
	static const struct {
		const char *own, *own_type, *cluster, *cluster_type;
		enum verdict verdict;
	} rows[] = {
		{"true", NULL, "true", NULL, VERDICT_PASS},
		{NULL, NULL, "true", NULL, VERDICT_PASS}, /* managed by the cluster */
		{NULL, NULL, "false", NULL, VERDICT_FAIL},
		{"false", NULL, "false", NULL, VERDICT_FAIL},
		{"true", NULL, "false", NULL, VERDICT_UNKNOWN},
		{"false", NULL, "true", NULL, VERDICT_UNKNOWN},
		{"false", "sse-rds", "false", "sse-rds", VERDICT_PASS},
		{"false", "sse-rds", "false", NULL, VERDICT_UNKNOWN},
		{"true", NULL, NULL, NULL, VERDICT_UNKNOWN},
		{NULL, NULL, NULL, NULL, VERDICT_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct resource cluster = {
			.values = {[ATTRIBUTE_ENGINE] = "neptune",
				   [ATTRIBUTE_STORAGE_ENCRYPTED] = rows[i].cluster,
				   [ATTRIBUTE_STORAGE_ENCRYPTION_TYPE] = rows[i].cluster_type}};
		struct resource instance = {.cluster = &cluster,
					    .values = {[ATTRIBUTE_STORAGE_ENCRYPTED] = rows[i].own,
						       [ATTRIBUTE_STORAGE_ENCRYPTION_TYPE] = rows[i].own_type}};

		assert_int_equal(judge("neptune-instance-encryption", &instance).verdict, rows[i].verdict);
		instance.cluster = NULL;
		assert_int_equal(judge("neptune-instance-encryption", &instance).verdict, VERDICT_UNKNOWN);
	}
}

/* ---- keys ---- */

static const struct key_row {
	const char *state, *manager, *origin, *spec, *rotation, *owner, *user, *refusal;
	enum verdict usable, customer, rotated;
} keys[] = {
	{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "true", "1", NULL, NULL, VERDICT_PASS,
	 VERDICT_PASS, VERDICT_PASS},
	{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "false", "1", NULL, NULL, VERDICT_PASS,
	 VERDICT_PASS, VERDICT_FAIL},
	{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL, VERDICT_PASS,
	 VERDICT_PASS, VERDICT_UNKNOWN},
	{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "not supported", "1", NULL, NULL, VERDICT_PASS,
	 VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"Enabled", "CUSTOMER", "EXTERNAL", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL, VERDICT_PASS,
	 VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"Enabled", "CUSTOMER", "AWS_CLOUDHSM", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL, VERDICT_PASS,
	 VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"Enabled", "CUSTOMER", "AWS_KMS", "RSA_2048", NULL, "1", NULL, NULL, VERDICT_PASS, VERDICT_PASS,
	 VERDICT_NOT_APPLICABLE},
	{"Enabled", "AWS", "AWS_KMS", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL, VERDICT_PASS, VERDICT_FAIL,
	 VERDICT_NOT_APPLICABLE},
	{NULL, "AWS", NULL, NULL, NULL, "1", NULL, NULL, VERDICT_PASS, VERDICT_FAIL, VERDICT_NOT_APPLICABLE},
	{"Disabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "false", "1", NULL, NULL, VERDICT_FAIL,
	 VERDICT_PASS, VERDICT_FAIL},
	{"PendingDeletion", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "false", "1", NULL, NULL, VERDICT_FAIL,
	 VERDICT_PASS, VERDICT_FAIL},
	{"PendingReplicaDeletion", "CUSTOMER", NULL, NULL, "true", "1", NULL, NULL, VERDICT_FAIL, VERDICT_PASS,
	 VERDICT_PASS},
	{"PendingImport", "CUSTOMER", "EXTERNAL", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL, VERDICT_FAIL,
	 VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"Unavailable", "CUSTOMER", "EXTERNAL_KEY_STORE", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL,
	 VERDICT_FAIL, VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"NotFoundException", NULL, NULL, NULL, NULL, "1", NULL, NULL, VERDICT_FAIL, VERDICT_UNKNOWN,
	 VERDICT_NOT_APPLICABLE},
	/* In between, new, or unsaid. */
	{"Creating", "CUSTOMER", NULL, NULL, "true", "1", NULL, NULL, VERDICT_UNKNOWN, VERDICT_PASS,
	 VERDICT_PASS},
	{"Updating", "CUSTOMER", NULL, NULL, "maybe", "1", NULL, NULL, VERDICT_UNKNOWN, VERDICT_PASS,
	 VERDICT_UNKNOWN},
	{"enabled", "customer", NULL, NULL, "True", "1", NULL, NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN,
	 VERDICT_UNKNOWN},
	{NULL, NULL, NULL, NULL, NULL, "1", NULL, NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	/* May not be described. */
	{NULL, NULL, NULL, NULL, NULL, "1", NULL, "kms:DescribeKey: AccessDenied", VERDICT_UNKNOWN,
	 VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{NULL, "AWS", NULL, NULL, NULL, "1", NULL, "kms:DescribeKey: AccessDenied", VERDICT_UNKNOWN,
	 VERDICT_FAIL, VERDICT_NOT_APPLICABLE},
	/* Of another account. */
	{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", NULL, "2", NULL, NULL, VERDICT_FAIL,
	 VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{NULL, NULL, NULL, NULL, NULL, "2", NULL, "kms:DescribeKey: AccessDenied", VERDICT_FAIL,
	 VERDICT_UNKNOWN, VERDICT_NOT_APPLICABLE},
	/* A cluster has lost it, whatever KMS says. */
	{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "true", "1",
	 "inaccessible-encryption-credentials", NULL, VERDICT_FAIL, VERDICT_PASS, VERDICT_PASS},
	{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "true", "1",
	 "inaccessible-encryption-credentials-recoverable", NULL, VERDICT_FAIL, VERDICT_PASS, VERDICT_PASS},
};

static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct key_row *row = &keys[i];
		const struct resource key = {.kind = RESOURCE_KEY,
					     .account = "1",
					     .values = {[ATTRIBUTE_KEY_STATE] = row->state,
							[ATTRIBUTE_KEY_MANAGER] = row->manager,
							[ATTRIBUTE_KEY_ORIGIN] = row->origin,
							[ATTRIBUTE_KEY_SPEC] = row->spec,
							[ATTRIBUTE_KEY_ROTATION] = row->rotation,
							[ATTRIBUTE_KEY_ACCOUNT] = row->owner,
							[ATTRIBUTE_STATUS] = row->user},
					     .refusals = {[QUESTION_KEY] = row->refusal}};
		const char *id = "neptune-key-managed-as-required";

		if (judge("neptune-key-usable", &key).verdict != row->usable ||
		    judge("neptune-key-rotation", &key).verdict != row->rotated ||
		    judge_by(id, &key, (struct policy){.require_key = KEY_CUSTOMER}).verdict != row->customer ||
		    judge_by(id, &key, (struct policy){.require_key = KEY_KMS}).verdict != VERDICT_PASS ||
		    judge(id, &key).verdict != VERDICT_NOT_APPLICABLE)
			fail_msg("key %zu: usable %s, rotated %s, customer %s", i,
				 verdict_name(judge("neptune-key-usable", &key).verdict),
				 verdict_name(judge("neptune-key-rotation", &key).verdict),
				 verdict_name(judge_by(id, &key, (struct policy){.require_key = KEY_CUSTOMER})
						      .verdict));
	}
}

static void test_pending_deletion_says_when(void **state)
{
	struct resource key = {.kind = RESOURCE_KEY,
			       .account = "1",
			       .values = {[ATTRIBUTE_KEY_STATE] = "PendingDeletion",
					  [ATTRIBUTE_KEY_DELETION] = "2026-12-04T16:00:00Z"}};

	(void)state;
	assert_contains(judge("neptune-key-usable", &key).reason, "2026-12-04T16:00:00Z");
	key.values[ATTRIBUTE_KEY_DELETION] = NULL;
	assert_contains(judge("neptune-key-usable", &key).reason, "did not say when");
}

static void test_analytics(void **state)
{
	static const char arn[] = "arn:aws:kms:us-east-1:000000000001:key/k";
	static const struct {
		const char *id, *manager;
		enum verdict any, kms, customer;
	} rows[] = {
		{arn, "CUSTOMER", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{arn, "AWS", VERDICT_PASS, VERDICT_PASS, VERDICT_FAIL},
		{arn, NULL, VERDICT_PASS, VERDICT_PASS, VERDICT_UNKNOWN},
		{"AWS_OWNED_KEY", NULL, VERDICT_PASS, VERDICT_FAIL, VERDICT_FAIL},
		{"", NULL, VERDICT_PASS, VERDICT_FAIL, VERDICT_FAIL},
		{NULL, NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct resource key = {.values = {[ATTRIBUTE_KEY_MANAGER] = rows[i].manager}};
		const struct resource graph = {.kind = RESOURCE_GRAPH,
					       .key = &key,
					       .values = {[ATTRIBUTE_ANALYTICS_KEY_ID] = rows[i].id}};
		const enum verdict expected[] = {rows[i].any, rows[i].kms, rows[i].customer};

		for (enum key_requirement need = KEY_ANY; need <= KEY_CUSTOMER; need++)
			assert_int_equal(
				judge_by("neptune-analytics-key", &graph, (struct policy){.require_key = need})
					.verdict,
				expected[need]);
	}
}

/* ---- hardening ---- */

static void test_flags(void **state)
{
	static const struct {
		const char *id;
		enum attribute attribute;
		bool good;
	} flags[] = {
		{"neptune-deletion-protection", ATTRIBUTE_DELETION_PROTECTION, true},
		{"neptune-iam-authentication", ATTRIBUTE_IAM_AUTHENTICATION, true},
		{"neptune-copy-tags-to-snapshots", ATTRIBUTE_COPY_TAGS, true},
		{"neptune-multi-az", ATTRIBUTE_MULTI_AZ, true},
		{"neptune-minor-upgrades", ATTRIBUTE_MINOR_UPGRADES, true},
		{"neptune-instance-not-public", ATTRIBUTE_PUBLIC, false},
	};
	static const char *const unclear[] = {NULL, "", "TRUE", "yes", "0", " true"};

	(void)state;
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		struct resource resource = {.values = {NULL}};

		resource.values[flags[i].attribute] = "true";
		assert_int_equal(judge(flags[i].id, &resource).verdict,
				 flags[i].good ? VERDICT_PASS : VERDICT_FAIL);
		resource.values[flags[i].attribute] = "false";
		assert_int_equal(judge(flags[i].id, &resource).verdict,
				 flags[i].good ? VERDICT_FAIL : VERDICT_PASS);
		for (size_t j = 0; j < sizeof unclear / sizeof unclear[0]; j++) {
			resource.values[flags[i].attribute] = unclear[j];
			assert_int_equal(judge(flags[i].id, &resource).verdict, VERDICT_UNKNOWN);
		}
	}
}

static void test_values(void **state)
{
	static const struct {
		const char *id;
		enum attribute attribute;
		const char *value;
		enum verdict verdict;
	} rows[] = {
		{"neptune-audit-logs", ATTRIBUTE_LOG_EXPORTS, "audit", VERDICT_PASS},
		{"neptune-audit-logs", ATTRIBUTE_LOG_EXPORTS, "slowquery,audit", VERDICT_PASS},
		{"neptune-audit-logs", ATTRIBUTE_LOG_EXPORTS, "auditing,xaudit", VERDICT_FAIL},
		{"neptune-audit-logs", ATTRIBUTE_LOG_EXPORTS, "slowquery", VERDICT_FAIL},
		{"neptune-audit-logs", ATTRIBUTE_LOG_EXPORTS, "", VERDICT_FAIL},
		{"neptune-audit-logs", ATTRIBUTE_LOG_EXPORTS, NULL, VERDICT_FAIL},
		{"neptune-backup-retention", ATTRIBUTE_BACKUP_RETENTION, "7", VERDICT_PASS},
		{"neptune-backup-retention", ATTRIBUTE_BACKUP_RETENTION, "35", VERDICT_PASS},
		{"neptune-backup-retention", ATTRIBUTE_BACKUP_RETENTION, "6", VERDICT_FAIL},
		{"neptune-backup-retention", ATTRIBUTE_BACKUP_RETENTION, "0", VERDICT_FAIL},
		{"neptune-backup-retention", ATTRIBUTE_BACKUP_RETENTION, "-7", VERDICT_UNKNOWN},
		{"neptune-backup-retention", ATTRIBUTE_BACKUP_RETENTION, "7 days", VERDICT_UNKNOWN},
		{"neptune-backup-retention", ATTRIBUTE_BACKUP_RETENTION, "", VERDICT_UNKNOWN},
		{"neptune-backup-retention", ATTRIBUTE_BACKUP_RETENTION, NULL, VERDICT_UNKNOWN},
		{"neptune-encryption-in-transit", ATTRIBUTE_ENFORCE_SSL, "1", VERDICT_PASS},
		{"neptune-encryption-in-transit", ATTRIBUTE_ENFORCE_SSL, "0", VERDICT_FAIL},
		{"neptune-encryption-in-transit", ATTRIBUTE_ENFORCE_SSL, "on", VERDICT_UNKNOWN},
		{"neptune-encryption-in-transit", ATTRIBUTE_ENFORCE_SSL, NULL, VERDICT_UNKNOWN},
		{"neptune-snapshot-not-public", ATTRIBUTE_SHARED_WITH, "", VERDICT_PASS},
		{"neptune-snapshot-not-public", ATTRIBUTE_SHARED_WITH, "all", VERDICT_FAIL},
		{"neptune-snapshot-not-public", ATTRIBUTE_SHARED_WITH, "000000000002,all", VERDICT_FAIL},
		{"neptune-snapshot-not-public", ATTRIBUTE_SHARED_WITH, "000000000002", VERDICT_PASS},
		{"neptune-snapshot-not-public", ATTRIBUTE_SHARED_WITH, "000000000001,000000000002",
		 VERDICT_PASS},
		{"neptune-snapshot-not-public", ATTRIBUTE_SHARED_WITH, "000000000002,000000000003",
		 VERDICT_FAIL},
		{"neptune-snapshot-not-public", ATTRIBUTE_SHARED_WITH, "x", VERDICT_FAIL},
		{"neptune-snapshot-not-public", ATTRIBUTE_SHARED_WITH, NULL, VERDICT_UNKNOWN},
		{"neptune-snapshot-not-public", ATTRIBUTE_SNAPSHOT_TYPE, "automated", VERDICT_PASS},
		{"neptune-snapshot-not-public", ATTRIBUTE_SNAPSHOT_TYPE, "manual", VERDICT_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct resource resource = {.kind = RESOURCE_SNAPSHOT};

		resource.values[rows[i].attribute] = rows[i].value;
		if (judge(rows[i].id, &resource).verdict != rows[i].verdict)
			fail_msg("%s: %s: %s", rows[i].id, rows[i].value ? rows[i].value : "absent",
				 verdict_name(judge(rows[i].id, &resource).verdict));
	}
}

static void test_sharing(void **state)
{
	struct resource snapshot = {
		.values = {[ATTRIBUTE_SHARED_WITH] = "000000000002,000000000003,000000000004"}};
	const struct policy nobody_listed = {.require_key = KEY_ANY};

	(void)state;
	/* Outsiders are named, insiders not. */
	assert_contains(judge("neptune-snapshot-not-public", &snapshot).reason, "000000000003, 000000000004");
	assert_null(strstr(judge("neptune-snapshot-not-public", &snapshot).reason, "000000000002"));
	assert_int_equal(judge_by("neptune-snapshot-not-public", &snapshot, nobody_listed).verdict,
			 VERDICT_UNKNOWN);
	snapshot.values[ATTRIBUTE_SHARED_WITH] = "all";
	assert_int_equal(judge_by("neptune-snapshot-not-public", &snapshot, nobody_listed).verdict,
			 VERDICT_FAIL);
	snapshot.values[ATTRIBUTE_SHARED_WITH] = NULL;
	snapshot.refusals[QUESTION_SHARING] = "rds:DescribeDBClusterSnapshotAttributes: AccessDenied";
	assert_int_equal(judge("neptune-snapshot-not-public", &snapshot).verdict, VERDICT_UNKNOWN);
	assert_contains(judge("neptune-snapshot-not-public", &snapshot).reason,
			"rds:DescribeDBClusterSnapshotAttributes");
	snapshot.is_gone = true;
	assert_int_equal(judge("neptune-snapshot-not-public", &snapshot).verdict, VERDICT_NOT_APPLICABLE);
}

static void test_a_refused_question_is_named(void **state)
{
	const struct resource cluster = {
		.values = {[ATTRIBUTE_ENFORCE_SSL] = "1"},
		.refusals = {[QUESTION_PARAMETERS] = "rds:DescribeDBClusterParameters: AccessDenied"}};

	(void)state;
	assert_int_equal(judge("neptune-encryption-in-transit", &cluster).verdict, VERDICT_UNKNOWN);
	assert_contains(judge("neptune-encryption-in-transit", &cluster).reason,
			"rds:DescribeDBClusterParameters");
}

/* ---- the catalogue ---- */

static void test_nothing_is_a_pass_by_absence(void **state)
{
	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		const struct resource nothing = {.id = ""};
		const struct judgement judgement = judge((*control)->id, &nothing);

		if (judgement.verdict == VERDICT_PASS)
			fail_msg("%s passes a resource of which nothing is known", (*control)->id);
	}
}

static void test_catalogue(void **state)
{
	const struct policy any = {.require_key = KEY_ANY}, kms = {.require_key = KEY_KMS};
	enum severity severity;
	size_t count = 0, hardening = 0, by_group = 0;

	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		assert_non_null((*control)->title);
		assert_non_null((*control)->rationale);
		assert_non_null((*control)->judged);
		assert_non_null((*control)->remediation);
		assert_non_null((*control)->references[0]);
		assert_true((*control)->kinds != 0 && (*control)->kinds < 1U << RESOURCE_KINDS);
		assert_true((*control)->needs != 0);
		assert_true((*control)->evidence[0] != ATTRIBUTE_COUNT);
		assert_true(control_is_named(*control, "all", &any));
		assert_true(control_is_named(*control, (*control)->id, &any));
		assert_true(control_is_named(*control, (*control)->group, &kms));
		assert_false(control_is_named(*control, "none", &kms));
		assert_true(severity_by_name(severity_name((*control)->severity), &severity));
		assert_int_equal(severity, (*control)->severity);
		hardening += control_is_named(*control, "hardening", &any);
		by_group += control_is_named(*control, "encryption", &any);
		count++;
		for (const struct control *const *other = controls; other < control; other++)
			assert_string_not_equal((*other)->id, (*control)->id);
	}
	assert_int_equal(count, 19);
	assert_int_equal(hardening, 10);
	assert_int_equal(by_group, 7); /* two have nothing to say as long as any key is good enough */
	assert_false(severity_by_name("grave", &severity));
}

/* One call for clusters alone, three for encryption. */
static void test_what_groups_need(void **state)
{
	const struct policy any = {.require_key = KEY_ANY};
	const uint32_t lists = ASKS(QUESTION_INSTANCES) - 1;
	uint32_t encryption_needs = 0, hardening_needs = 0;

	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		if (control_is_named(*control, "encryption", &any))
			encryption_needs |= control_needs(*control, &any);
		if (control_is_named(*control, "hardening", &any))
			hardening_needs |= control_needs(*control, &any);
	}
	assert_int_equal(control_needs(control_by_id("neptune-encryption-at-rest"), &any),
			 ASKS(QUESTION_CLUSTERS));
	assert_int_equal(encryption_needs & lists,
			 ASKS(QUESTION_CLUSTERS) | ASKS(QUESTION_SNAPSHOTS) | ASKS(QUESTION_BACKUPS));
	assert_int_equal(hardening_needs & lists, ASKS(QUESTION_CLUSTERS) | ASKS(QUESTION_SNAPSHOTS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encryption),
		cmocka_unit_test(test_without_engine),
		cmocka_unit_test(test_raw_values_are_told),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_pending_deletion_says_when),
		cmocka_unit_test(test_analytics),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_a_refused_question_is_named),
		cmocka_unit_test(test_nothing_is_a_pass_by_absence),
		cmocka_unit_test(test_catalogue),
		cmocka_unit_test(test_what_groups_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
