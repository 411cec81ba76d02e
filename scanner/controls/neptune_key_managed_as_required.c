#include "scanner/controls/criteria.h"

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	if (policy->require_key == KEY_ANY)
		evaluation_set(evaluation, VERDICT_NOT_APPLICABLE, "any kind of key is good enough");
	else if (policy->require_key == KEY_KMS)
		evaluation_set(evaluation, VERDICT_PASS, "a KMS key");
	else
		evaluate_key_manager(resource, evaluation);
}

const struct control neptune_key_managed_as_required = {
	.id = "neptune-key-managed-as-required",
	.title = "KMS keys behind Neptune data are of the kind that policy requires",
	.group = "encryption",
	.severity = SEVERITY_MEDIUM,
	.kinds = APPLIES_TO(RESOURCE_KEY),
	.needs = QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_SNAPSHOTS) | QUERY_BIT(QUERY_KEY) |
		 QUERY_BIT(QUERY_ALIASES),
	.only_when_key_required = true,
	.evidence = EVIDENCE(ATTRIBUTE_KEY_MANAGER, ATTRIBUTE_KEY_ACCOUNT, ATTRIBUTE_KEY_ORIGIN),
	.evaluate = evaluate,
	.rationale = "Only a customer managed key has a key policy and grants that the organization controls "
		     "and can withdraw.",
	.criteria = "With controls.require_key = kms every KMS key passes; with customer, KeyManager must "
		    "be CUSTOMER. With any there is nothing to judge. Where the key may not be described, "
		    "the aliases of its account tell AWS managed keys.",
	.remediation = "Restore a snapshot into a new cluster with a customer managed key (restore-db-cluster-"
		       "from-snapshot --kms-key-id), then move the clients.",
	.references = REFERENCES("AWS KMS: AWS managed keys and customer managed keys"),
};
