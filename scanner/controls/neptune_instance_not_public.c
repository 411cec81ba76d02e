#include "scanner/controls/criteria.h"

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	(void)policy;
	evaluate_flag(resource, ATTRIBUTE_PUBLIC, false, evaluation);
}

const struct control neptune_instance_not_public = {
	.id = "neptune-instance-not-public",
	.title = "Neptune instances have no public address",
	.group = "hardening",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_INSTANCE),
	.needs = QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_INSTANCES),
	.evidence = EVIDENCE(ATTRIBUTE_PUBLIC, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "A database that the internet can reach depends on its security group alone.",
	.criteria = "PubliclyAccessible must be false.",
	.remediation = "modify-db-instance --no-publicly-accessible",
	.references = REFERENCES("AWS Neptune API: DBInstance.PubliclyAccessible"),
};
