#include "scanner/controls/criteria.h"

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	(void)policy;
	evaluate_flag(resource, ATTRIBUTE_MULTI_AZ, true, evaluation);
}

const struct control neptune_multi_az = {
	.id = "neptune-multi-az",
	.title = "Neptune clusters have instances in several availability zones",
	.group = "hardening",
	.severity = SEVERITY_MEDIUM,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = QUERY_BIT(QUERY_CLUSTERS),
	.evidence = EVIDENCE(ATTRIBUTE_MULTI_AZ, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "With instances in one zone only, the loss of that zone ends the service.",
	.criteria = "MultiAZ must be true.",
	.remediation = "create-db-instance in another availability zone of the cluster's subnet group.",
	.references = REFERENCES("Security Hub Neptune.9", "AWS Config neptune-cluster-multi-az-enabled"),
};
