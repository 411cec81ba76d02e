/*
 * Encryption at rest, by StorageEncrypted and StorageEncryptionType.
 *
 * StorageEncrypted=false alone does not prove that storage is not encrypted: resources under an
 * AWS-owned key say sse-rds and false. So the two are read together, by the table below; what is not in
 * it is unknown.
 */
#include <stdio.h>
#include <string.h>

#include "scanner/controls/controls.h"

enum meaning { NOT_ENCRYPTED, KMS_KEY, AWS_OWNED_KEY };

static const struct {
	const char *type; /* NULL: absent */
	const char *encrypted;
	enum meaning meaning;
} table[] = {
	{NULL, "true", KMS_KEY},      {NULL, "false", NOT_ENCRYPTED},      {"none", "false", NOT_ENCRYPTED},
	{"sse-kms", "true", KMS_KEY}, {"sse-rds", "false", AWS_OWNED_KEY}, {"sse-rds", "true", AWS_OWNED_KEY},
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void say(struct judgement *judgement, enum verdict verdict, const char *reason)
{
	judgement->verdict = verdict;
	snprintf(judgement->reason, sizeof judgement->reason, "%s", reason);
}

static void say_unknown(struct judgement *judgement, const struct observation *observation)
{
	judgement->verdict = VERDICT_UNKNOWN;
	if (!observation->storage_encrypted)
		snprintf(judgement->reason, sizeof judgement->reason,
			 "AWS did not say: StorageEncrypted is absent, StorageEncryptionType is %.40s",
			 observation->storage_encryption_type ? observation->storage_encryption_type
							      : "absent");
	else
		snprintf(judgement->reason, sizeof judgement->reason,
			 "AWS did not say clearly: StorageEncrypted is %.40s, StorageEncryptionType is %.40s",
			 observation->storage_encrypted,
			 observation->storage_encryption_type ? observation->storage_encryption_type
							      : "absent");
}

static void judge(const struct observation *observation, const struct policy *policy,
		  struct judgement *judgement)
{
	if (!observation->engine) {
		say(judgement, VERDICT_UNKNOWN, "AWS did not say which engine this is");
		return;
	}
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (!same(table[i].type, observation->storage_encryption_type) ||
		    !same(table[i].encrypted, observation->storage_encrypted))
			continue;
		if (table[i].meaning == NOT_ENCRYPTED)
			say(judgement, VERDICT_FAIL, "StorageEncrypted is false");
		else if (table[i].meaning == KMS_KEY)
			say(judgement, VERDICT_PASS, "encrypted with a KMS key");
		else if (policy->require_kms)
			say(judgement, VERDICT_FAIL,
			    "encrypted with an AWS-owned key, but a KMS key is required");
		else
			say(judgement, VERDICT_PASS, "encrypted with an AWS-owned key");
		return;
	}
	say_unknown(judgement, observation);
}

const struct control neptune_encryption_at_rest = {
	.id = "neptune-encryption-at-rest",
	.title = "Neptune clusters are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.applies_to = RESOURCE_CLUSTER,
	.judge = judge,
	.references =
		(const char *const[]){"Security Hub Neptune.1", "AWS Config neptune-cluster-encrypted", NULL},
	.remediation =
		"Encryption is chosen when a cluster is created and cannot be switched on later: restore a "
		"snapshot into a new encrypted cluster, verify it, move the clients, delete the old one.",
};
