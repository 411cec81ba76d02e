#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	(void)policy;
	judge_flag(resource, ATTRIBUTE_PUBLIC, false, judgement);
}

const struct control neptune_instance_not_public = {
	.id = "neptune-instance-not-public",
	.title = "Neptune instances have no public address",
	.group = "hardening",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_INSTANCE),
	.needs = ASKS(QUESTION_CLUSTERS) | ASKS(QUESTION_INSTANCES),
	.evidence = EVIDENCE(ATTRIBUTE_PUBLIC, ATTRIBUTE_STATUS),
	.judge = judge,
	.rationale = "A database that the internet can reach depends on its security group alone.",
	.judged = "PubliclyAccessible must be false.",
	.remediation = "modify-db-instance --no-publicly-accessible",
	.references = REFERENCES("AWS Neptune API: DBInstance.PubliclyAccessible"),
};
