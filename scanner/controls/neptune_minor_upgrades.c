#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	(void)policy;
	judge_flag(resource, ATTRIBUTE_MINOR_UPGRADES, true, judgement);
}

const struct control neptune_minor_upgrades = {
	.id = "neptune-minor-upgrades",
	.title = "Neptune instances take minor engine upgrades by themselves",
	.group = "hardening",
	.severity = SEVERITY_LOW,
	.kinds = APPLIES_TO(RESOURCE_INSTANCE),
	.needs = ASKS(QUESTION_CLUSTERS) | ASKS(QUESTION_INSTANCES),
	.evidence = EVIDENCE(ATTRIBUTE_MINOR_UPGRADES, ATTRIBUTE_STATUS),
	.judge = judge,
	.rationale = "Minor versions carry security patches.",
	.judged = "AutoMinorVersionUpgrade must be true.",
	.remediation = "modify-db-instance --auto-minor-version-upgrade",
	.references = REFERENCES("AWS Neptune API: DBInstance.AutoMinorVersionUpgrade"),
};
