#include "scanner/controls/criteria.h"

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	(void)policy;
	evaluate_flag(resource, ATTRIBUTE_IAM_AUTHENTICATION, true, evaluation);
}

const struct control neptune_iam_authentication = {
	.id = "neptune-iam-authentication",
	.title = "Neptune clusters authenticate their clients by IAM",
	.group = "hardening",
	.severity = SEVERITY_MEDIUM,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = QUERY_BIT(QUERY_CLUSTERS),
	.evidence = EVIDENCE(ATTRIBUTE_IAM_AUTHENTICATION, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "Without it, any client that reaches the port can read and change all data.",
	.criteria = "IAMDatabaseAuthenticationEnabled must be true.",
	.remediation = "modify-db-cluster --enable-iam-database-authentication, once all clients sign their "
		       "requests.",
	.references =
		REFERENCES("Security Hub Neptune.7", "AWS Config neptune-cluster-iam-database-authentication"),
};
