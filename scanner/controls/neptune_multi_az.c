#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	(void)policy;
	judge_flag(resource, ATTRIBUTE_MULTI_AZ, true, judgement);
}

const struct control neptune_multi_az = {
	.id = "neptune-multi-az",
	.title = "Neptune clusters have instances in several availability zones",
	.group = "hardening",
	.severity = SEVERITY_MEDIUM,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = ASKS(QUESTION_CLUSTERS),
	.evidence = EVIDENCE(ATTRIBUTE_MULTI_AZ, ATTRIBUTE_STATUS),
	.judge = judge,
	.rationale = "With instances in one zone only, the loss of that zone ends the service.",
	.judged = "MultiAZ must be true.",
	.remediation = "create-db-instance in another availability zone of the cluster's subnet group.",
	.references = REFERENCES("Security Hub Neptune.9", "AWS Config neptune-cluster-multi-az-enabled"),
};
