#include "scanner/controls/judging.h"

const struct control neptune_global_database_encryption = {
	.id = "neptune-global-database-encryption",
	.title = "Neptune global databases are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_GLOBAL_DATABASE),
	.needs = ASKS(QUESTION_CLUSTERS) | ASKS(QUESTION_GLOBAL_DATABASES),
	.evidence = EVIDENCE(ATTRIBUTE_STORAGE_ENCRYPTED, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE, ATTRIBUTE_STATUS),
	.judge = judge_encryption,
	.rationale = "A global database replicates its data into other regions; all of its clusters are "
		     "encrypted, or none.",
	.judged = ENCRYPTION_JUDGED " It is told once, in the region of its writer.",
	.remediation = "Take the secondary clusters out, make the primary cluster anew with encryption, and "
		       "build the global database from that.",
	.references = REFERENCES("NEPTUNE ENCRYPTION AT REST control"),
};
