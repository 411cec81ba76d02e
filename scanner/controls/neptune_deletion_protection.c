#include "scanner/controls/criteria.h"

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	(void)policy;
	evaluate_flag(resource, ATTRIBUTE_DELETION_PROTECTION, true, evaluation);
}

const struct control neptune_deletion_protection = {
	.id = "neptune-deletion-protection",
	.title = "Neptune clusters are protected against deletion",
	.group = "hardening",
	.severity = SEVERITY_LOW,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = QUERY_BIT(QUERY_CLUSTERS),
	.evidence = EVIDENCE(ATTRIBUTE_DELETION_PROTECTION, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "Without protection one call deletes a cluster; with it, two are needed, and the first "
		     "one is in CloudTrail.",
	.criteria = "DeletionProtection must be true.",
	.remediation = "modify-db-cluster --deletion-protection",
	.references =
		REFERENCES("Security Hub Neptune.4", "AWS Config neptune-cluster-deletion-protection-enabled"),
};
