#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	judge_encryption(resource, policy, judgement);
}

const struct control neptune_snapshot_encryption = {
	.id = "neptune-snapshot-encryption",
	.title = "Neptune cluster snapshots are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_SNAPSHOT),
	.needs = ASKS(QUESTION_SNAPSHOTS),
	.evidence = ENCRYPTION_EVIDENCE,
	.judge = judge,
	.rationale = "A snapshot holds all data of its cluster, outlives it, and can be copied and shared. "
		     "Manual, automated and AWS Backup's snapshots count.",
	.judged = "StorageEncrypted and StorageEncryptionType are read together: true with no type or "
		  "sse-kms is a KMS key (pass); false with no type or none is not encrypted (fail); sse-"
		  "rds is an AWS-owned key (pass, unless controls.require_key asks for more); anything "
		  "else is unknown.",
	.remediation = "Copy the snapshot with a KMS key (copy-db-cluster-snapshot --kms-key-id), verify the "
		       "copy, delete the one that is not encrypted. Automated snapshots become encrypted with "
		       "their cluster.",
	.references = REFERENCES("Security Hub Neptune.6", "AWS Config neptune-cluster-snapshot-encrypted"),
};
