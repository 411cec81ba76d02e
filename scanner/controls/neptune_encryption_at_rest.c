#include "scanner/controls/criteria.h"

const struct control neptune_encryption_at_rest = {
	.id = "neptune-encryption-at-rest",
	.title = "Neptune clusters are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = QUERY_BIT(QUERY_CLUSTERS),
	.needs_for_customer = NEEDS_FOR_CUSTOMER,
	.evidence = ENCRYPTION_EVIDENCE,
	.evaluate = evaluate_encryption,
	.rationale = "Unencrypted storage can be read by anyone who obtains the volumes, a snapshot or a "
		     "backup. The automated backups and replicas of a cluster are encrypted if, and only if, "
		     "the cluster is.",
	.criteria = ENCRYPTION_CRITERIA,
	.remediation = "Encryption is chosen when a cluster is created and cannot be switched on later: "
		       "restore a snapshot into a new encrypted cluster, verify it, move the clients, delete "
		       "the old one.",
	.references = REFERENCES("Security Hub Neptune.1", "AWS Config neptune-cluster-encrypted"),
};
