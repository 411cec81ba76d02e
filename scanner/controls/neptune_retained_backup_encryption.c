#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	judge_encryption(resource, policy, judgement);
}

const struct control neptune_retained_backup_encryption = {
	.id = "neptune-retained-backup-encryption",
	.title = "Retained automated backups of deleted Neptune clusters are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_BACKUP),
	.needs = ASKS(QUESTION_BACKUPS),
	.evidence = ENCRYPTION_EVIDENCE,
	.judge = judge,
	.rationale = "When a cluster is deleted its automated backups may be retained. They hold its data, "
		     "and no list of clusters shows them any more.",
	.judged = "StorageEncrypted and StorageEncryptionType are read together: true with no type or "
		  "sse-kms is a KMS key (pass); false with no type or none is not encrypted (fail); sse-"
		  "rds is an AWS-owned key (pass, unless controls.require_key asks for more); anything "
		  "else is unknown.",
	.remediation = "Let the retained backup expire or delete it; where the data is still needed, restore "
		       "it into a new cluster with a KMS key first.",
	.references = REFERENCES("NEPTUNE ENCRYPTION AT REST control"),
};
