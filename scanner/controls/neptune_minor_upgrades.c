#include "scanner/controls/criteria.h"

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	(void)policy;
	evaluate_flag(resource, ATTRIBUTE_MINOR_UPGRADES, true, evaluation);
}

const struct control neptune_minor_upgrades = {
	.id = "neptune-minor-upgrades",
	.title = "Neptune instances take minor engine upgrades by themselves",
	.group = "hardening",
	.severity = SEVERITY_LOW,
	.kinds = APPLIES_TO(RESOURCE_INSTANCE),
	.needs = QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_INSTANCES),
	.evidence = EVIDENCE(ATTRIBUTE_MINOR_UPGRADES, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "Minor versions carry security patches.",
	.criteria = "AutoMinorVersionUpgrade must be true.",
	.remediation = "modify-db-instance --auto-minor-version-upgrade",
	.references = REFERENCES("AWS Neptune API: DBInstance.AutoMinorVersionUpgrade"),
};
