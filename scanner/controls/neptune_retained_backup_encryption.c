#include "scanner/controls/criteria.h"

/*
 * AWS documents retained automated backups of clusters for Aurora (Aurora user guide, "Retaining automated
 * backups"), and DescribeDBClusterAutomatedBackups is in the API model of RDS but not of Neptune. Therefore
 * no default group selects this control.
 */
const struct control neptune_retained_backup_encryption = {
	.id = "neptune-retained-backup-encryption",
	.title = "Retained automated backups of deleted Neptune clusters are encrypted at rest",
	.group = "extended",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_BACKUP),
	.needs = QUERY_BIT(QUERY_BACKUPS),
	.needs_for_customer = NEEDS_FOR_CUSTOMER,
	.evidence = ENCRYPTION_EVIDENCE,
	.evaluate = evaluate_encryption,
	.rationale = "A retained automated backup holds the data of its deleted cluster, and is in no list of "
		     "clusters. AWS documents retained backups for Aurora only, and "
		     "DescribeDBClusterAutomatedBackups is in the RDS API model, not in Neptune's: a Neptune "
		     "cluster should leave none. This control gives evidence of that. It costs one request in "
		     "every cell, so no group but extended and all selects it.",
	.criteria = ENCRYPTION_CRITERIA " Backups of clusters that still exist are left out.",
	.remediation = "Let the retained backup expire or delete it; where the data is still needed, restore "
		       "it into a new cluster with a KMS key first.",
	.references = REFERENCES("NEPTUNE ENCRYPTION AT REST control",
				 "Aurora user guide: retaining automated backups"),
};
