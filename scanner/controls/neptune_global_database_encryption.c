#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	judge_encryption(resource, policy, judgement);
}

const struct control neptune_global_database_encryption = {
	.id = "neptune-global-database-encryption",
	.title = "Neptune global databases are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_GLOBAL_DATABASE),
	.needs = ASKS(QUESTION_CLUSTERS) | ASKS(QUESTION_GLOBAL_DATABASES),
	.evidence = EVIDENCE(ATTRIBUTE_STORAGE_ENCRYPTED, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE, ATTRIBUTE_STATUS),
	.judge = judge,
	.rationale = "A global database replicates its data into other regions; all of its clusters are "
		     "encrypted, or none.",
	.judged = "StorageEncrypted and StorageEncryptionType are read together: true with no type or "
		  "sse-kms is a KMS key (pass); false with no type or none is not encrypted (fail); sse-"
		  "rds is an AWS-owned key (pass, unless controls.require_key asks for more); anything "
		  "else is unknown. It is told once, in the region of its writer.",
	.remediation = "Take the secondary clusters out, make the primary cluster anew with encryption, and "
		       "build the global database from that.",
	.references = REFERENCES("NEPTUNE ENCRYPTION AT REST control"),
};
