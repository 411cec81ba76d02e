#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	(void)policy;
	judge_flag(resource, ATTRIBUTE_DELETION_PROTECTION, true, judgement);
}

const struct control neptune_deletion_protection = {
	.id = "neptune-deletion-protection",
	.title = "Neptune clusters are protected against deletion",
	.group = "hardening",
	.severity = SEVERITY_LOW,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = ASKS(QUESTION_CLUSTERS),
	.evidence = EVIDENCE(ATTRIBUTE_DELETION_PROTECTION, ATTRIBUTE_STATUS),
	.judge = judge,
	.rationale = "One call deletes a cluster; with protection it takes two, and the first leaves a "
		     "trace.",
	.judged = "DeletionProtection must be true.",
	.remediation = "modify-db-cluster --deletion-protection",
	.references =
		REFERENCES("Security Hub Neptune.4", "AWS Config neptune-cluster-deletion-protection-enabled"),
};
