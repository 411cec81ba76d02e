#include "scanner/controls/judging.h"

const struct control neptune_retained_backup_encryption = {
	.id = "neptune-retained-backup-encryption",
	.title = "Retained automated backups of deleted Neptune clusters are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_BACKUP),
	.needs = ASKS(QUESTION_BACKUPS),
	.evidence = ENCRYPTION_EVIDENCE,
	.judge = judge_encryption,
	.rationale = "When a cluster is deleted its automated backups may be retained. They hold its data, "
		     "and no list of clusters shows them any more.",
	.judged = ENCRYPTION_JUDGED,
	.remediation = "Let the retained backup expire or delete it; where the data is still needed, restore "
		       "it into a new cluster with a KMS key first.",
	.references = REFERENCES("NEPTUNE ENCRYPTION AT REST control"),
};
