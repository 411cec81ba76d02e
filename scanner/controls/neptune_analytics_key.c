#include "base/arn.h"
#include "scanner/controls/criteria.h"

/* The ARN of a key or an alias, in any partition. */
static bool is_kms_key(const char *text)
{
	struct arn arn;

	return arn_split(span_of(text), &arn) && span_equals(arn.service, "kms") && arn.resource.length > 0;
}

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	const char *id = resource->values[ATTRIBUTE_ANALYTICS_KEY_ID];

	if (!id)
		evaluate_unclear(resource, ATTRIBUTE_ANALYTICS_KEY_ID, evaluation);
	else if (!is_kms_key(id))
		evaluation_set(evaluation, policy->require_key == KEY_ANY ? VERDICT_PASS : VERDICT_FAIL,
			       "encrypted with an AWS owned key%s",
			       policy->require_key == KEY_ANY   ? ""
			       : policy->require_key == KEY_KMS ? ", but a KMS key is required"
								: ", but a customer managed key is required");
	else if (policy->require_key == KEY_CUSTOMER)
		evaluate_key_manager(resource->key, evaluation);
	else
		evaluation_set(evaluation, VERDICT_PASS, "encrypted with a KMS key");
}

const struct control neptune_analytics_key = {
	.id = "neptune-analytics-key",
	.title = "Neptune Analytics graphs and graph snapshots use the kind of key that policy requires",
	.group = "encryption",
	.severity = SEVERITY_MEDIUM,
	.kinds = APPLIES_TO(RESOURCE_GRAPH) | APPLIES_TO(RESOURCE_GRAPH_SNAPSHOT),
	.needs = QUERY_BIT(QUERY_GRAPHS) | QUERY_BIT(QUERY_GRAPH_SNAPSHOTS),
	.needs_for_customer = NEEDS_FOR_CUSTOMER,
	.only_when_key_required = true,
	.evidence = EVIDENCE(ATTRIBUTE_ANALYTICS_KEY_ID, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "Neptune Analytics always encrypts; only the kind of key can be chosen, and only when a"
		     " graph is created.",
	.criteria = "kmsKeyIdentifier that is the ARN of a KMS key is one; anything else is an AWS owned "
		    "key, which passes only with controls.require_key = any. With customer, the key must be"
		    " customer managed.",
	.remediation =
		"Create a new graph with --kms-key-identifier, export the data and import it there, move the "
		"clients, delete the old graph. A restore from a snapshot cannot change the key.",
	.references = REFERENCES("Neptune Analytics user guide: encryption at rest"),
};
