#include "scanner/controls/criteria.h"

const struct control neptune_snapshot_encryption = {
	.id = "neptune-snapshot-encryption",
	.title = "Neptune cluster snapshots are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_SNAPSHOT),
	.needs = QUERY_BIT(QUERY_SNAPSHOTS),
	.needs_for_customer = NEEDS_FOR_CUSTOMER,
	.evidence = ENCRYPTION_EVIDENCE,
	.evaluate = evaluate_encryption,
	.rationale = "A snapshot holds all data of its cluster, outlives it, and can be copied and shared. "
		     "Manual, automated and AWS Backup's snapshots count.",
	.criteria = ENCRYPTION_CRITERIA,
	.remediation = "An unencrypted snapshot cannot be encrypted by copying it: restore it with a KMS key "
		       "into a new cluster (restore-db-cluster-from-snapshot --kms-key-id), take a snapshot of "
		       "that cluster, verify it, delete the unencrypted one. Automated snapshots become "
		       "encrypted with their cluster.",
	.references = REFERENCES("Security Hub Neptune.6", "AWS Config neptune-cluster-snapshot-encrypted"),
};
