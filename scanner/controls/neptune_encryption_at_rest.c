#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	judge_encryption(resource, policy, judgement);
}

const struct control neptune_encryption_at_rest = {
	.id = "neptune-encryption-at-rest",
	.title = "Neptune clusters are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = ASKS(QUESTION_CLUSTERS),
	.evidence = ENCRYPTION_EVIDENCE,
	.judge = judge,
	.rationale = "Storage that is not encrypted can be read by whoever gets hold of the volumes, a "
		     "snapshot or a backup. The automated backups and replicas of a cluster are encrypted "
		     "exactly when the cluster is.",
	.judged = "StorageEncrypted and StorageEncryptionType are read together: true with no type or "
		  "sse-kms is a KMS key (pass); false with no type or none is not encrypted (fail); sse-"
		  "rds is an AWS-owned key (pass, unless controls.require_key asks for more); anything "
		  "else is unknown.",
	.remediation = "Encryption is chosen when a cluster is created and cannot be switched on later: "
		       "restore a snapshot into a new encrypted cluster, verify it, move the clients, delete "
		       "the old one.",
	.references = REFERENCES("Security Hub Neptune.1", "AWS Config neptune-cluster-encrypted"),
};
