/*
 * Every control, by tables of observations and verdicts.
 */
#include "scanner/controls/control_text.h"
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

static struct evaluation evaluate_by(const char *id, const struct resource *resource, struct policy policy)
{
	struct evaluation evaluation = {.verdict = VERDICT_NOT_APPLICABLE};

	if (policy.min_backup_days == 0)
		policy.min_backup_days = 7;
	control_evaluate(control_by_id(id), resource, &policy, &evaluation);
	assert_true(evaluation.reason[0]);
	return evaluation;
}

static struct evaluation evaluate(const char *id, const struct resource *resource)
{
	return evaluate_by(id, resource, (struct policy){.accounts = own_accounts, .account_count = 2});
}

/* ---- encryption ---- */

static const char key_arn[] = "arn:aws:kms:us-east-1:000000000001:key/k";
static const struct resource customer_key = {.kind = RESOURCE_KEY,
					     .values = {[ATTRIBUTE_KEY_MANAGER] = "CUSTOMER"}};

static const struct {
	const char *type, *encrypted; /* NULL: absent */
	enum verdict any, kms;        /* by the setting require_key; "customer" equals "kms" for such a key */
} encryption[] = {
	/* The table of the control. */
	{NULL, "true", VERDICT_PASS, VERDICT_PASS},
	{NULL, "false", VERDICT_FAIL, VERDICT_FAIL},
	{"none", "false", VERDICT_FAIL, VERDICT_FAIL},
	{"sse-kms", "true", VERDICT_PASS, VERDICT_PASS},
	{"sse-rds", "false", VERDICT_PASS, VERDICT_FAIL},
	{"sse-rds", "true", VERDICT_PASS, VERDICT_FAIL},
	/* Absent, unreadable, contradictory or unknown values never pass. */
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
			.key = &customer_key,
			.values = {[ATTRIBUTE_ENGINE] = "neptune",
				   [ATTRIBUTE_KMS_KEY_ID] = key_arn,
				   [ATTRIBUTE_STORAGE_ENCRYPTED] = encryption[i].encrypted,
				   [ATTRIBUTE_STORAGE_ENCRYPTION_TYPE] = encryption[i].type}};
		struct relation writer = {.role = "writer", .target = "arn:c", .resource = &cluster};
		struct resource resource = cluster;

		resource.cluster = &cluster;
		resource.relations = &writer;
		for (size_t id = 0; id < 5; id++) {
			for (enum key_requirement key = KEY_ANY; key <= KEY_CUSTOMER; key++) {
				const struct evaluation evaluation =
					evaluate_by(ids[id], &resource, (struct policy){.require_key = key});

				if (evaluation.verdict !=
				    (key == KEY_ANY ? encryption[i].any : encryption[i].kms))
					fail_msg("%s: type %s, encrypted %s: %s", ids[id],
						 encryption[i].type ? encryption[i].type : "absent",
						 encryption[i].encrypted ? encryption[i].encrypted : "absent",
						 verdict_name(evaluation.verdict));
			}
		}
	}
}

static void test_without_engine(void **state)
{
	const struct resource resource = {.values = {[ATTRIBUTE_STORAGE_ENCRYPTED] = "true"}};

	(void)state;
	assert_int_equal(evaluate("neptune-encryption-at-rest", &resource).verdict, VERDICT_UNKNOWN);
}

/* The reason of an unknown verdict has AWS's raw values, and says what is wrong with them. */
static void test_reasons_of_unknown_encryption(void **state)
{
	static const struct {
		const char *encrypted, *type, *reason;
	} rows[] = {
		{NULL, NULL, "StorageEncrypted and StorageEncryptionType are missing from the AWS response"},
		{NULL, "sse-kms",
		 "StorageEncrypted is missing from the AWS response, StorageEncryptionType is sse-kms"},
		{"true", "none",
		 "contradictory values: StorageEncrypted is true, StorageEncryptionType is none"},
		{"false", "sse-kms",
		 "contradictory values: StorageEncrypted is false, StorageEncryptionType is sse-kms"},
		{"true", "sse-new",
		 "unexpected values: StorageEncrypted is true, StorageEncryptionType is sse-new"},
		{"yes", NULL, "unexpected values: StorageEncrypted is yes, StorageEncryptionType is absent"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct resource resource = {
			.values = {[ATTRIBUTE_ENGINE] = "neptune",
				   [ATTRIBUTE_STORAGE_ENCRYPTED] = rows[i].encrypted,
				   [ATTRIBUTE_STORAGE_ENCRYPTION_TYPE] = rows[i].type}};

		assert_string_equal(evaluate("neptune-encryption-at-rest", &resource).reason, rows[i].reason);
	}
}

/* The key of a resource that is encrypted with a KMS key, and the verdict for each requirement. */
static const struct {
	const char *id, *manager, *refusal; /* of the key; NULL: absent, or not denied */
	bool is_linked;                     /* KMS was queried about it */
	enum verdict any, kms, customer;
} required[] = {
	{key_arn, "CUSTOMER", NULL, true, VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
	{key_arn, "AWS", NULL, true, VERDICT_PASS, VERDICT_PASS, VERDICT_FAIL},
	{"alias/aws/rds", "AWS", NULL, true, VERDICT_PASS, VERDICT_PASS, VERDICT_FAIL},
	{"arn:aws-us-gov:kms:us-gov-west-1:000000000001:key/mrk-1", "CUSTOMER", NULL, true, VERDICT_PASS,
	 VERDICT_PASS, VERDICT_PASS},
	/* The key may not be described, was not queried, has no manager, or an unknown one. */
	{key_arn, NULL, "kms:DescribeKey: AccessDenied", true, VERDICT_PASS, VERDICT_PASS, VERDICT_UNKNOWN},
	{key_arn, NULL, NULL, false, VERDICT_PASS, VERDICT_PASS, VERDICT_UNKNOWN},
	{key_arn, NULL, NULL, true, VERDICT_PASS, VERDICT_PASS, VERDICT_UNKNOWN},
	{key_arn, "customer", NULL, true, VERDICT_PASS, VERDICT_PASS, VERDICT_UNKNOWN},
	/* Without a key id the key is not known. */
	{NULL, NULL, NULL, false, VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{"", NULL, NULL, false, VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
};

static void test_required_key(void **state)
{
	static const char *const ids[] = {"neptune-encryption-at-rest", "neptune-snapshot-encryption",
					  "neptune-retained-backup-encryption",
					  "neptune-global-database-encryption", "neptune-instance-encryption"};

	(void)state;
	for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
		const struct resource key = {.kind = RESOURCE_KEY,
					     .values = {[ATTRIBUTE_KEY_MANAGER] = required[i].manager},
					     .refusals = {[QUERY_KEY] = required[i].refusal}};
		const struct resource cluster = {.key = required[i].is_linked ? &key : NULL,
						 .values = {[ATTRIBUTE_ENGINE] = "neptune",
							    [ATTRIBUTE_KMS_KEY_ID] = required[i].id,
							    [ATTRIBUTE_STORAGE_ENCRYPTED] = "true"}};
		const enum verdict expected[] = {required[i].any, required[i].kms, required[i].customer};
		struct relation writer = {.role = "writer", .target = "arn:c", .resource = &cluster};
		struct resource resource = cluster;

		resource.cluster = &cluster;
		resource.relations = &writer;
		for (size_t id = 0; id < sizeof ids / sizeof ids[0]; id++)
			for (enum key_requirement need = KEY_ANY; need <= KEY_CUSTOMER; need++)
				if (evaluate_by(ids[id], &resource, (struct policy){.require_key = need})
					    .verdict != expected[need])
					fail_msg("%s, row %zu, requirement %d", ids[id], i, (int)need);
	}
}

/* Each control that needs the key reports that, also when it is selected alone. */
static void test_what_a_required_key_needs(void **state)
{
	const struct policy any = {.require_key = KEY_ANY}, customer = {.require_key = KEY_CUSTOMER};
	const uint32_t key = QUERY_BIT(QUERY_KEY) | QUERY_BIT(QUERY_ALIASES);

	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		bool is_about_keys = control_applies_to(*control, RESOURCE_KEY);
		bool is_encryption = strcmp((*control)->group, "hardening") != 0;

		if (!is_about_keys && (control_needs(*control, &any) & key))
			fail_msg("%s asks KMS although any key is good enough", (*control)->id);
		if (is_encryption && !is_about_keys && (control_needs(*control, &customer) & key) != key)
			fail_msg("%s does not ask KMS whose the key is", (*control)->id);
	}
}

/*
 * A global database has no key of its own: its members decide, and those in other regions are not known here.
 */
static void test_global_database_by_its_members(void **state)
{
	static const char id[] = "neptune-global-database-encryption";
	const struct policy customer = {.require_key = KEY_CUSTOMER};
	const struct resource aws_key = {.values = {[ATTRIBUTE_KEY_MANAGER] = "AWS"}};
	struct resource good = {.key = &customer_key,
				.values = {[ATTRIBUTE_ENGINE] = "neptune",
					   [ATTRIBUTE_KMS_KEY_ID] = key_arn,
					   [ATTRIBUTE_STORAGE_ENCRYPTED] = "true"}};
	struct resource bad = good;
	struct relation second = {.role = "member", .target = "arn:two"};
	struct relation first = {.next = &second, .role = "writer", .target = "arn:one"};
	struct resource global = {
		.kind = RESOURCE_GLOBAL_DATABASE,
		.relations = &first,
		.values = {[ATTRIBUTE_ENGINE] = "neptune", [ATTRIBUTE_STORAGE_ENCRYPTED] = "true"}};

	(void)state;
	bad.key = &aws_key;
	first.resource = second.resource = &good;
	assert_int_equal(evaluate_by(id, &global, customer).verdict, VERDICT_PASS);
	second.resource = NULL;
	assert_int_equal(evaluate_by(id, &global, customer).verdict, VERDICT_UNKNOWN);
	assert_contains(evaluate_by(id, &global, customer).reason, "arn:two");
	assert_int_equal(evaluate(id, &global).verdict, VERDICT_PASS); /* any key is allowed */
	first.resource = &bad; /* one bad key fails, whatever the others are */
	assert_int_equal(evaluate_by(id, &global, customer).verdict, VERDICT_FAIL);
	assert_contains(evaluate_by(id, &global, customer).reason, "arn:one");
	first.resource = NULL;
	second.resource = &bad;
	assert_int_equal(evaluate_by(id, &global, customer).verdict, VERDICT_FAIL);
	global.relations = NULL;
	assert_int_equal(evaluate_by(id, &global, customer).verdict, VERDICT_UNKNOWN);
	global.values[ATTRIBUTE_STORAGE_ENCRYPTED] = "false";
	assert_int_equal(evaluate_by(id, &global, customer).verdict, VERDICT_FAIL);
}

/* An instance has its cluster's verdict; its own flag may only confirm it. */
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

		assert_int_equal(evaluate("neptune-instance-encryption", &instance).verdict, rows[i].verdict);
		instance.cluster = NULL;
		assert_int_equal(evaluate("neptune-instance-encryption", &instance).verdict, VERDICT_UNKNOWN);
	}
}

/* ---- keys ---- */

static const struct key_row {
	const char *state, *manager, *origin, *spec, *rotation, *owner, *user, *refusal; /* NULL: absent */
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
	{"Enabled", "CUSTOMER", "AWS_CLOUDHSM", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL, VERDICT_PASS,
	 VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"Enabled", "CUSTOMER", "AWS_KMS", "RSA_2048", NULL, "1", NULL, NULL, VERDICT_PASS, VERDICT_PASS,
	 VERDICT_NOT_APPLICABLE},
	{"Enabled", "AWS", "AWS_KMS", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL, VERDICT_PASS, VERDICT_FAIL,
	 VERDICT_NOT_APPLICABLE},
	{NULL, "AWS", NULL, NULL, NULL, "1", NULL, NULL, VERDICT_PASS, VERDICT_FAIL, VERDICT_NOT_APPLICABLE},
	{"Disabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "false", "1", NULL, NULL, VERDICT_FAIL,
	 VERDICT_PASS, VERDICT_FAIL},
	/* KMS returns false for a key that is pending deletion. */
	{"PendingDeletion", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "false", "1", NULL, NULL, VERDICT_FAIL,
	 VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"PendingReplicaDeletion", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "false", "1", NULL, NULL,
	 VERDICT_FAIL, VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"Updating", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "true", "1", NULL, NULL, VERDICT_PASS,
	 VERDICT_PASS, VERDICT_PASS},
	/* Rotation counts even when the response lacks origin or spec. */
	{"Enabled", "CUSTOMER", NULL, NULL, "false", "1", NULL, NULL, VERDICT_PASS, VERDICT_PASS, VERDICT_FAIL},
	{"Enabled", "CUSTOMER", "AWS_KMS", NULL, "not supported", "1", NULL, NULL, VERDICT_PASS, VERDICT_PASS,
	 VERDICT_NOT_APPLICABLE},
	{"PendingImport", "CUSTOMER", "EXTERNAL", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL, VERDICT_FAIL,
	 VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"Unavailable", "CUSTOMER", "EXTERNAL_KEY_STORE", "SYMMETRIC_DEFAULT", NULL, "1", NULL, NULL,
	 VERDICT_FAIL, VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{"NotFoundException", NULL, NULL, NULL, NULL, "1", NULL, NULL, VERDICT_FAIL, VERDICT_UNKNOWN,
	 VERDICT_NOT_APPLICABLE},
	/* Transitional, unknown or missing states. */
	{"Creating", "CUSTOMER", NULL, NULL, "true", "1", NULL, NULL, VERDICT_UNKNOWN, VERDICT_PASS,
	 VERDICT_PASS},
	{"Renewing", "CUSTOMER", NULL, NULL, "maybe", "1", NULL, NULL, VERDICT_UNKNOWN, VERDICT_PASS,
	 VERDICT_UNKNOWN},
	{"enabled", "customer", NULL, NULL, "True", "1", NULL, NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN,
	 VERDICT_UNKNOWN},
	{NULL, NULL, NULL, NULL, NULL, "1", NULL, NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	/* The key may not be described. */
	{NULL, NULL, NULL, NULL, NULL, "1", NULL, "kms:DescribeKey: AccessDenied", VERDICT_UNKNOWN,
	 VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	{NULL, "AWS", NULL, NULL, NULL, "1", NULL, "kms:DescribeKey: AccessDenied", VERDICT_UNKNOWN,
	 VERDICT_FAIL, VERDICT_NOT_APPLICABLE},
	/* A key of an account outside the organization. */
	{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", NULL, "2", NULL, NULL, VERDICT_FAIL,
	 VERDICT_PASS, VERDICT_NOT_APPLICABLE},
	{NULL, NULL, NULL, NULL, NULL, "2", NULL, "kms:DescribeKey: AccessDenied", VERDICT_FAIL,
	 VERDICT_UNKNOWN, VERDICT_NOT_APPLICABLE},
	/* A cluster lost its key, whatever KMS returns. */
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
					     .refusals = {[QUERY_KEY] = row->refusal}};
		const char *id = "neptune-key-managed-as-required";

		if (evaluate("neptune-key-usable", &key).verdict != row->usable ||
		    evaluate("neptune-key-rotation", &key).verdict != row->rotated ||
		    evaluate_by(id, &key, (struct policy){.require_key = KEY_CUSTOMER}).verdict !=
			    row->customer ||
		    evaluate_by(id, &key, (struct policy){.require_key = KEY_KMS}).verdict != VERDICT_PASS ||
		    evaluate(id, &key).verdict != VERDICT_NOT_APPLICABLE)
			fail_msg(
				"key %zu: usable %s, rotated %s, customer %s", i,
				verdict_name(evaluate("neptune-key-usable", &key).verdict),
				verdict_name(evaluate("neptune-key-rotation", &key).verdict),
				verdict_name(evaluate_by(id, &key, (struct policy){.require_key = KEY_CUSTOMER})
						     .verdict));
	}
}

/* The owner of a key matters, but a bad state fails in any account. */
static void test_keys_of_other_accounts(void **state)
{
	static const char denied[] = "kms:DescribeKey: AccessDenied";
	static const struct {
		const char *state, *owner, *refusal;
		enum verdict listed, not_listed; /* accounts of the organization listed, or not */
		const char *reason;              /* a part of the reason where they are listed */
	} rows[] = {
		{"Enabled", "000000000002", NULL, VERDICT_PASS, VERDICT_UNKNOWN, "of the organization"},
		{"Updating", "000000000002", NULL, VERDICT_PASS, VERDICT_UNKNOWN, "of the organization"},
		{"Disabled", "000000000002", NULL, VERDICT_FAIL, VERDICT_FAIL, "disabled"},
		{"PendingDeletion", "000000000002", NULL, VERDICT_FAIL, VERDICT_FAIL, "scheduled for deletion"},
		{"NotFoundException", "000000000002", NULL, VERDICT_FAIL, VERDICT_FAIL, "does not exist"},
		{"Renewing", "000000000002", NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN, "Renewing"},
		{NULL, "000000000002", denied, VERDICT_UNKNOWN, VERDICT_UNKNOWN, "kms:DescribeKey"},
		{"Enabled", "999999999999", NULL, VERDICT_FAIL, VERDICT_UNKNOWN, "outside the organization"},
		{NULL, "999999999999", denied, VERDICT_FAIL, VERDICT_UNKNOWN, "outside the organization"},
		{"Disabled", "999999999999", NULL, VERDICT_FAIL, VERDICT_FAIL, "disabled"},
		{"Enabled", "00000000000", NULL, VERDICT_FAIL, VERDICT_UNKNOWN, "outside the organization"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct resource key = {.kind = RESOURCE_KEY,
					     .account = "000000000001",
					     .values = {[ATTRIBUTE_KEY_STATE] = rows[i].state,
							[ATTRIBUTE_KEY_MANAGER] = "CUSTOMER",
							[ATTRIBUTE_KEY_ACCOUNT] = rows[i].owner},
					     .refusals = {[QUERY_KEY] = rows[i].refusal}};
		const struct evaluation listed = evaluate("neptune-key-usable", &key);
		const struct evaluation not_listed =
			evaluate_by("neptune-key-usable", &key, (struct policy){.require_key = KEY_ANY});

		if (listed.verdict != rows[i].listed || not_listed.verdict != rows[i].not_listed)
			fail_msg("row %zu: %s, %s", i, verdict_name(listed.verdict),
				 verdict_name(not_listed.verdict));
		assert_contains(listed.reason, rows[i].reason);
		if (not_listed.verdict == VERDICT_UNKNOWN)
			assert_contains(not_listed.reason, "not listed");
		assert_int_equal(evaluate("neptune-key-rotation", &key).verdict, VERDICT_NOT_APPLICABLE);
	}
}

/* Imported material cannot rotate automatically; a rotation on demand counts. */
static void test_imported_keys(void **state)
{
	static const char id[] = "neptune-key-rotation", state_of[] = "Enabled";
	struct resource key = {.kind = RESOURCE_KEY,
			       .account = "000000000001",
			       .values = {[ATTRIBUTE_KEY_STATE] = state_of,
					  [ATTRIBUTE_KEY_MANAGER] = "CUSTOMER",
					  [ATTRIBUTE_KEY_ORIGIN] = "EXTERNAL",
					  [ATTRIBUTE_KEY_SPEC] = "SYMMETRIC_DEFAULT"}};
	const struct control *control = control_by_id(id);
	const struct policy policy = {.require_key = KEY_ANY};

	(void)state;
	assert_true(control_wants(control, &key, &policy, QUERY_ROTATIONS));
	assert_false(control_wants(control, &key, &policy, QUERY_ROTATION));
	assert_int_equal(evaluate(id, &key).verdict, VERDICT_UNKNOWN);
	key.answered = QUERY_BIT(QUERY_ROTATIONS);
	assert_int_equal(evaluate(id, &key).verdict, VERDICT_FAIL);
	key.values[ATTRIBUTE_KEY_ROTATED] = "2026-06-01T00:00:00Z";
	assert_int_equal(evaluate(id, &key).verdict, VERDICT_PASS);
	assert_contains(evaluate(id, &key).reason, "2026-06-01T00:00:00Z");
	key.values[ATTRIBUTE_KEY_ROTATED] = NULL;
	key.refusals[QUERY_ROTATIONS] = "kms:ListKeyRotations: AccessDenied";
	assert_int_equal(evaluate(id, &key).verdict, VERDICT_UNKNOWN);
	assert_contains(evaluate(id, &key).reason, "kms:ListKeyRotations");
	key.refusals[QUERY_ROTATIONS] = NULL;
	/* KMS does not rotate this kind of key, or the state makes rotation meaningless. */
	key.values[ATTRIBUTE_KEY_ROTATION] = "not supported";
	assert_int_equal(evaluate(id, &key).verdict, VERDICT_NOT_APPLICABLE);
	key.values[ATTRIBUTE_KEY_ROTATION] = NULL;
	key.values[ATTRIBUTE_KEY_STATE] = "PendingDeletion";
	assert_int_equal(evaluate(id, &key).verdict, VERDICT_NOT_APPLICABLE);
	assert_false(control_wants(control, &key, &policy, QUERY_ROTATIONS));
}

/* The keys for which the rotation is queried. */
static void test_which_keys_may_rotate(void **state)
{
	static const struct {
		const char *state, *manager, *origin, *spec, *owner;
		bool wanted;
	} rows[] = {
		{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "1", true},
		{"Disabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "1", true},
		{"Enabled", "CUSTOMER", "AWS_KMS", NULL, "1", true},
		{"Enabled", "CUSTOMER", NULL, NULL, NULL, true},
		{"Enabled", "CUSTOMER", "AWS_CLOUDHSM", "SYMMETRIC_DEFAULT", "1", false},
		{"Enabled", "CUSTOMER", "EXTERNAL_KEY_STORE", NULL, "1", false},
		{"Enabled", "CUSTOMER", "AWS_KMS", "HMAC_256", "1", false},
		{"Enabled", "AWS", "AWS_KMS", "SYMMETRIC_DEFAULT", "1", false},
		{"Enabled", NULL, "AWS_KMS", "SYMMETRIC_DEFAULT", "1", false},
		{"Enabled", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "2", false},
		{"PendingDeletion", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "1", false},
		{"PendingReplicaDeletion", "CUSTOMER", "AWS_KMS", "SYMMETRIC_DEFAULT", "1", false},
		{"NotFoundException", NULL, NULL, NULL, "1", false},
	};
	const struct policy policy = {.require_key = KEY_ANY};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct resource key = {.kind = RESOURCE_KEY,
					     .account = "1",
					     .values = {[ATTRIBUTE_KEY_STATE] = rows[i].state,
							[ATTRIBUTE_KEY_MANAGER] = rows[i].manager,
							[ATTRIBUTE_KEY_ORIGIN] = rows[i].origin,
							[ATTRIBUTE_KEY_SPEC] = rows[i].spec,
							[ATTRIBUTE_KEY_ACCOUNT] = rows[i].owner}};

		if (control_wants(control_by_id("neptune-key-rotation"), &key, &policy, QUERY_ROTATION) !=
		    rows[i].wanted)
			fail_msg("row %zu", i);
	}
}

static void test_pending_deletion_says_when(void **state)
{
	struct resource key = {.kind = RESOURCE_KEY,
			       .account = "1",
			       .values = {[ATTRIBUTE_KEY_STATE] = "PendingDeletion",
					  [ATTRIBUTE_KEY_DELETION] = "2026-12-04T16:00:00Z"}};

	(void)state;
	assert_contains(evaluate("neptune-key-usable", &key).reason, "2026-12-04T16:00:00Z");
	key.values[ATTRIBUTE_KEY_DELETION] = NULL;
	assert_contains(evaluate("neptune-key-usable", &key).reason, "without a date in the AWS response");
}

static void test_analytics(void **state)
{
	static const char arn[] = "arn:aws:kms:us-east-1:000000000001:key/k";
	static const struct {
		const char *id, *manager;
		enum verdict any, kms, customer;
	} rows[] = {
		{"arn:aws:kms:us-east-1:000000000001:alias/graph", "CUSTOMER", VERDICT_PASS, VERDICT_PASS,
		 VERDICT_PASS},
		{"arn:aws-us-gov:kms:us-gov-west-1:000000000001:key/mrk-1", "CUSTOMER", VERDICT_PASS,
		 VERDICT_PASS, VERDICT_PASS},
		{"arn:aws:s3:::kms:key/", NULL, VERDICT_PASS, VERDICT_FAIL, VERDICT_FAIL},
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
			assert_int_equal(evaluate_by("neptune-analytics-key", &graph,
						     (struct policy){.require_key = need})
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
		assert_int_equal(evaluate(flags[i].id, &resource).verdict,
				 flags[i].good ? VERDICT_PASS : VERDICT_FAIL);
		resource.values[flags[i].attribute] = "false";
		assert_int_equal(evaluate(flags[i].id, &resource).verdict,
				 flags[i].good ? VERDICT_FAIL : VERDICT_PASS);
		for (size_t j = 0; j < sizeof unclear / sizeof unclear[0]; j++) {
			resource.values[flags[i].attribute] = unclear[j];
			assert_int_equal(evaluate(flags[i].id, &resource).verdict, VERDICT_UNKNOWN);
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
		{"neptune-encryption-in-transit", ATTRIBUTE_ENFORCE_SSL, "0", VERDICT_UNKNOWN},
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
		if (evaluate(rows[i].id, &resource).verdict != rows[i].verdict)
			fail_msg("%s: %s: %s", rows[i].id, rows[i].value ? rows[i].value : "absent",
				 verdict_name(evaluate(rows[i].id, &resource).verdict));
	}
}

/* Engine versions: 1.0.4.0 and later accept HTTPS only, older ones depend on the parameter. */
static void test_in_transit(void **state)
{
	static const struct {
		const char *version;
		enum verdict on, off, unset; /* parameter 1, 0, or not in the group */
	} rows[] = {
		{"1.0.4.0", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{"1.0.4.1", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{"1.0.4.1.R2.1", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{"1.0.4", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{"1.0.10.0", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{"1.2.1.0.R2", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{"1.10", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{"2.0.0.0", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{"10.0.1.0", VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{"1.0.3.0", VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS},
		{"1.0.3.0.R3", VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS},
		{"1.0.2.99", VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS},
		{"1.0.1.0.200310.0", VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS},
		{"0.9.9.9", VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS},
		/* Absent, unreadable or ambiguous versions: only the parameter can prove HTTPS. */
		{NULL, VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"1", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"1.0", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"1.0.", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"v1.3.0.0", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"1.x.0.0", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"-1.3", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"+1.3", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"1 .3", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"1..3", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"99999999999999999999999999999.0", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
		{"neptune", VERDICT_PASS, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	};
	static const char *const unclear[] = {"true", "on", "", "01", "2", "1,0"};
	static const char id[] = "neptune-encryption-in-transit";
	struct resource cluster = {.values = {[ATTRIBUTE_PARAMETER_GROUP] = "g"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const enum verdict expected[] = {rows[i].on, rows[i].off, rows[i].unset};
		static const char *const values[] = {"1", "0", NULL};

		cluster.answered = QUERY_BIT(QUERY_PARAMETERS);
		cluster.values[ATTRIBUTE_ENGINE_VERSION] = rows[i].version;
		for (size_t j = 0; j < 3; j++) {
			cluster.values[ATTRIBUTE_ENFORCE_SSL] = values[j];
			if (evaluate(id, &cluster).verdict != expected[j])
				fail_msg("engine %s, parameter %s: %s",
					 rows[i].version ? rows[i].version : "absent",
					 values[j] ? values[j] : "absent",
					 verdict_name(evaluate(id, &cluster).verdict));
		}
		/* A version that passes needs no parameter. */
		assert_int_equal(control_wants(control_by_id(id), &cluster,
					       &(struct policy){.require_key = KEY_ANY}, QUERY_PARAMETERS),
				 rows[i].off != VERDICT_PASS);
	}
	cluster.values[ATTRIBUTE_ENGINE_VERSION] = "1.0.3.0";
	for (size_t i = 0; i < sizeof unclear / sizeof unclear[0]; i++) {
		cluster.values[ATTRIBUTE_ENFORCE_SSL] = unclear[i];
		assert_int_equal(evaluate(id, &cluster).verdict, VERDICT_UNKNOWN);
	}
	/* A group that was not read differs from one without the parameter. */
	cluster.values[ATTRIBUTE_ENFORCE_SSL] = NULL;
	cluster.answered = 0;
	assert_int_equal(evaluate(id, &cluster).verdict, VERDICT_UNKNOWN);
}

/* Passes only when logs are written and exported. */
static void test_audit_logs(void **state)
{
	static const char *const exporting[] = {"audit", "slowquery,audit", "audit,slowquery"};
	static const struct {
		const char *value;
		enum verdict verdict;
		const char *reason;
	} rows[] = {
		{"1", VERDICT_PASS, "exported"},
		{"0", VERDICT_FAIL, "exported, but switched off"},
		{NULL, VERDICT_FAIL, "its default is 0"},
		{"true", VERDICT_UNKNOWN, "neptune_enable_audit_log is true"},
		{"on", VERDICT_UNKNOWN, "neptune_enable_audit_log is on"},
		{"", VERDICT_UNKNOWN, "unexpected value: neptune_enable_audit_log is"},
		{"01", VERDICT_UNKNOWN, "unexpected value: neptune_enable_audit_log is"},
	};
	static const char id[] = "neptune-audit-logs";
	const struct control *control = control_by_id(id);
	const struct policy aws = {.partition = "aws"}, china = {.partition = "aws-cn"};
	struct resource cluster = {.values = {[ATTRIBUTE_PARAMETER_GROUP] = "g"}};

	(void)state;
	for (size_t i = 0; i < sizeof exporting / sizeof exporting[0]; i++) {
		cluster.values[ATTRIBUTE_LOG_EXPORTS] = exporting[i];
		for (size_t j = 0; j < sizeof rows / sizeof rows[0]; j++) {
			cluster.answered = QUERY_BIT(QUERY_PARAMETERS);
			cluster.values[ATTRIBUTE_AUDIT_LOG] = rows[j].value;
			assert_int_equal(evaluate_by(id, &cluster, aws).verdict, rows[j].verdict);
			assert_contains(evaluate_by(id, &cluster, aws).reason, rows[j].reason);
			assert_int_equal(evaluate_by(id, &cluster, china).verdict, VERDICT_NOT_APPLICABLE);
		}
		assert_true(control_wants(control, &cluster, &aws, QUERY_PARAMETERS));
		assert_false(control_wants(control, &cluster, &china, QUERY_PARAMETERS));
	}
	/* Not read: AWS named no group, or the scan was interrupted. */
	cluster.values[ATTRIBUTE_AUDIT_LOG] = NULL;
	cluster.answered = 0;
	assert_int_equal(evaluate_by(id, &cluster, aws).verdict, VERDICT_UNKNOWN);
	cluster.refusals[QUERY_PARAMETERS] = "rds:DescribeDBClusterParameters: AccessDenied";
	assert_int_equal(evaluate_by(id, &cluster, aws).verdict, VERDICT_UNKNOWN);
	assert_contains(evaluate_by(id, &cluster, aws).reason, "rds:DescribeDBClusterParameters");
	/* Without log export it fails, and the parameter is not queried. */
	cluster.values[ATTRIBUTE_LOG_EXPORTS] = "slowquery";
	assert_int_equal(evaluate_by(id, &cluster, aws).verdict, VERDICT_FAIL);
	assert_false(control_wants(control, &cluster, &aws, QUERY_PARAMETERS));
}

/* Hardening does not apply to a resource that is being deleted; encryption still does. */
static void test_what_is_being_deleted(void **state)
{
	static const struct {
		const char *status;
		bool leaves;
	} rows[] = {{"deleting", true},
		    {"available", false},
		    {"Deleting", false},
		    {"creating", false},
		    {NULL, false}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (const struct control *const *control = controls; *control; control++) {
			struct resource resource = {.id = "r", .values = {[ATTRIBUTE_STATUS] = rows[i].status}};
			bool is_hardening = strcmp((*control)->group, "hardening") == 0, expected;

			while (!control_applies_to(*control, resource.kind))
				resource.kind++;
			expected = rows[i].leaves && is_hardening && resource.kind != RESOURCE_SNAPSHOT;
			resource.cluster = &resource;
			resource.values[ATTRIBUTE_ENGINE] = "neptune";
			resource.values[ATTRIBUTE_STORAGE_ENCRYPTED] = "false";
			resource.values[ATTRIBUTE_KEY_STATE] = "Disabled";
			resource.values[ATTRIBUTE_KEY_MANAGER] = "CUSTOMER";
			if ((evaluate_by((*control)->id, &resource,
					 (struct policy){.require_key = KEY_CUSTOMER})
				     .verdict == VERDICT_NOT_APPLICABLE) != expected)
				fail_msg("%s, %s", (*control)->id, rows[i].status ? rows[i].status : "absent");
			if (expected)
				assert_false(control_wants(*control, &resource,
							   &(struct policy){.partition = "aws"},
							   QUERY_PARAMETERS));
		}
	}
}

/* An instance has the status "available" until its cluster is deleted. */
static void test_instance_of_a_leaving_cluster(void **state)
{
	const struct resource cluster = {.kind = RESOURCE_CLUSTER, .values = {[ATTRIBUTE_STATUS] = "deleting"}};
	const struct resource instance = {
		.kind = RESOURCE_INSTANCE,
		.cluster = &cluster,
		.values = {[ATTRIBUTE_STATUS] = "available", [ATTRIBUTE_PUBLIC] = "true"}};

	(void)state;
	assert_int_equal(evaluate_by("neptune-instance-not-public", &instance, (struct policy){0}).verdict,
			 VERDICT_NOT_APPLICABLE);
}

/* One rotation on demand suffices, even if the next page was denied. */
static void test_a_rotation_before_a_refusal(void **state)
{
	struct resource key = {.kind = RESOURCE_KEY,
			       .account = "000000000001",
			       .values = {[ATTRIBUTE_KEY_STATE] = "Enabled",
					  [ATTRIBUTE_KEY_MANAGER] = "CUSTOMER",
					  [ATTRIBUTE_KEY_ORIGIN] = "EXTERNAL",
					  [ATTRIBUTE_KEY_SPEC] = "SYMMETRIC_DEFAULT",
					  [ATTRIBUTE_KEY_ROTATED] = "2026-01-01T00:00:00Z"}};

	(void)state;
	key.refusals[QUERY_ROTATIONS] = "kms:ListKeyRotations: ThrottlingException";
	assert_int_equal(evaluate_by("neptune-key-rotation", &key, (struct policy){0}).verdict, VERDICT_PASS);
	key.values[ATTRIBUTE_KEY_ROTATED] = NULL;
	assert_int_equal(evaluate_by("neptune-key-rotation", &key, (struct policy){0}).verdict,
			 VERDICT_UNKNOWN);
}

static void test_sharing(void **state)
{
	struct resource snapshot = {
		.values = {[ATTRIBUTE_SHARED_WITH] = "000000000002,000000000003,000000000004"}};
	const struct policy nobody_listed = {.require_key = KEY_ANY};

	(void)state;
	/* Only accounts outside the organization are named. */
	assert_contains(evaluate("neptune-snapshot-not-public", &snapshot).reason,
			"000000000003, 000000000004");
	assert_null(strstr(evaluate("neptune-snapshot-not-public", &snapshot).reason, "000000000002"));
	assert_int_equal(evaluate_by("neptune-snapshot-not-public", &snapshot, nobody_listed).verdict,
			 VERDICT_UNKNOWN);
	snapshot.values[ATTRIBUTE_SHARED_WITH] = "all";
	assert_int_equal(evaluate_by("neptune-snapshot-not-public", &snapshot, nobody_listed).verdict,
			 VERDICT_FAIL);
	snapshot.values[ATTRIBUTE_SHARED_WITH] = NULL;
	snapshot.refusals[QUERY_SHARING] = "rds:DescribeDBClusterSnapshotAttributes: AccessDenied";
	assert_int_equal(evaluate("neptune-snapshot-not-public", &snapshot).verdict, VERDICT_UNKNOWN);
	assert_contains(evaluate("neptune-snapshot-not-public", &snapshot).reason,
			"rds:DescribeDBClusterSnapshotAttributes");
	snapshot.is_gone = true;
	assert_int_equal(evaluate("neptune-snapshot-not-public", &snapshot).verdict, VERDICT_NOT_APPLICABLE);
}

static void test_a_refused_query_is_named(void **state)
{
	const struct resource cluster = {
		.values = {[ATTRIBUTE_ENFORCE_SSL] = "1"},
		.refusals = {[QUERY_PARAMETERS] = "rds:DescribeDBClusterParameters: AccessDenied"}};

	(void)state;
	assert_int_equal(evaluate("neptune-encryption-in-transit", &cluster).verdict, VERDICT_UNKNOWN);
	assert_contains(evaluate("neptune-encryption-in-transit", &cluster).reason,
			"rds:DescribeDBClusterParameters");
}

/* ---- the catalogue ---- */

static void test_nothing_is_a_pass_by_absence(void **state)
{
	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		const struct resource nothing = {.id = ""};
		const struct evaluation evaluation = evaluate((*control)->id, &nothing);

		if (evaluation.verdict == VERDICT_PASS)
			fail_msg("%s passes a resource of which nothing is known", (*control)->id);
	}
}

static void test_catalogue(void **state)
{
	const struct policy any = {.require_key = KEY_ANY}, kms = {.require_key = KEY_KMS};
	enum severity severity;
	size_t count = 0, hardening = 0, by_group = 0, extended = 0;

	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		assert_non_null((*control)->title);
		assert_non_null((*control)->rationale);
		assert_non_null((*control)->criteria);
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
		extended += control_is_named(*control, "extended", &kms);
		count++;
		for (const struct control *const *other = controls; other < control; other++)
			assert_string_not_equal((*other)->id, (*control)->id);
	}
	assert_int_equal(count, 19);
	assert_int_equal(hardening, 10);
	assert_int_equal(by_group, 6); /* two cannot fail as long as any key is allowed */
	assert_int_equal(extended, 1); /* not documented by AWS for Neptune */
	assert_false(severity_by_name("grave", &severity));
}

/* Every part is there, in the one order. */
static void test_texts(void **state)
{
	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		const char *before = NULL;
		int level = control_profile_level(*control);

		assert_true(level == 1 || level == 2);
		for (enum control_part part = 0; part < CONTROL_PARTS; part++) {
			struct span text = control_part(*control, part);

			if (!text.at || text.length < 4)
				fail_msg("%s has no part %d", (*control)->id, (int)part);
			if (text.at <= before)
				fail_msg("%s: part %d is not in its place", (*control)->id, (int)part);
			before = text.at;
		}
	}
}

static void test_documents(void **state)
{
	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		struct buffer document = {0};
		struct span plan = control_part(*control, CONTROL_IMPLEMENTATION_PLAN);

		control_document(*control, 2, &document);
		assert_false(document.failed);
		assert_contains(document.at, (*control)->title);
		assert_contains(document.at, (*control)->rationale);
		assert_contains(document.at, (*control)->criteria);
		assert_contains(document.at, (*control)->remediation);
		assert_contains(document.at, (*control)->references[0]);
		assert_contains(document.at, "\n\n## Evaluation\n\n");
		assert_contains(document.at, "\n\n### Remediation plan\n\n");
		assert_non_null(memmem(document.at, document.length, plan.at, plan.length));
		assert_null(strstr(document.at, "\n\n\n"));
		buffer_deinit(&document);
	}
}

/* One of an older version, which a stored run may name. */
static void test_control_without_text(void **state)
{
	const struct control old = {.id = "neptune-old", .title = "old"};
	struct buffer document = {0};

	(void)state;
	assert_null(control_part(&old, CONTROL_DESCRIPTION).at);
	assert_int_equal(control_profile_level(&old), 0);
	control_document(&old, 2, &document);
	assert_int_equal(document.length, 0);
}

/* One query for clusters alone, two for encryption: no key control queries retained backups by itself. */
static void test_what_groups_need(void **state)
{
	const struct policy any = {.require_key = KEY_ANY};
	const uint32_t lists = QUERY_BIT(QUERY_INSTANCES) - 1;
	uint32_t encryption_needs = 0, hardening_needs = 0;

	(void)state;
	for (const struct control *const *control = controls; *control; control++) {
		if (control_is_named(*control, "encryption", &any))
			encryption_needs |= control_needs(*control, &any);
		if (control_is_named(*control, "hardening", &any))
			hardening_needs |= control_needs(*control, &any);
	}
	assert_int_equal(control_needs(control_by_id("neptune-encryption-at-rest"), &any),
			 QUERY_BIT(QUERY_CLUSTERS));
	assert_int_equal(encryption_needs & lists, QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_SNAPSHOTS));
	assert_int_equal(control_needs(control_by_id("neptune-retained-backup-encryption"), &any),
			 QUERY_BIT(QUERY_BACKUPS));
	assert_int_equal(hardening_needs & lists, QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_SNAPSHOTS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encryption),
		cmocka_unit_test(test_without_engine),
		cmocka_unit_test(test_reasons_of_unknown_encryption),
		cmocka_unit_test(test_required_key),
		cmocka_unit_test(test_what_a_required_key_needs),
		cmocka_unit_test(test_global_database_by_its_members),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_of_other_accounts),
		cmocka_unit_test(test_imported_keys),
		cmocka_unit_test(test_which_keys_may_rotate),
		cmocka_unit_test(test_pending_deletion_says_when),
		cmocka_unit_test(test_analytics),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_in_transit),
		cmocka_unit_test(test_audit_logs),
		cmocka_unit_test(test_what_is_being_deleted),
		cmocka_unit_test(test_instance_of_a_leaving_cluster),
		cmocka_unit_test(test_a_rotation_before_a_refusal),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_a_refused_query_is_named),
		cmocka_unit_test(test_nothing_is_a_pass_by_absence),
		cmocka_unit_test(test_catalogue),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_control_without_text),
		cmocka_unit_test(test_what_groups_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
