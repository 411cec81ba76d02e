#include <string.h>

#include "base/text.h"
#include "scanner/controls/criteria.h"

static bool contradicts(const struct resource *instance, enum attribute attribute)
{
	const char *own = instance->values[attribute], *theirs = instance->cluster->values[attribute];

	return own && (!theirs || strcmp(own, theirs) != 0);
}

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	if (!resource->cluster)
		evaluation_set(evaluation, VERDICT_UNKNOWN, "its cluster %s was not listed",
			       text_brief(attribute_text(resource, ATTRIBUTE_CLUSTER_ID), 60).text);
	else if (contradicts(resource, ATTRIBUTE_STORAGE_ENCRYPTED) ||
		 contradicts(resource, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE))
		evaluation_set(
			evaluation, VERDICT_UNKNOWN,
			"instance and cluster disagree: StorageEncrypted is %s (StorageEncryptionType %s) on "
			"the instance, %s (%s) on the cluster",
			text_brief(attribute_text(resource, ATTRIBUTE_STORAGE_ENCRYPTED), 20).text,
			text_brief(attribute_text(resource, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE), 20).text,
			text_brief(attribute_text(resource->cluster, ATTRIBUTE_STORAGE_ENCRYPTED), 20).text,
			text_brief(attribute_text(resource->cluster, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE), 20)
				.text);
	else
		evaluate_encryption(resource->cluster, policy, evaluation);
}

const struct control neptune_instance_encryption = {
	.id = "neptune-instance-encryption",
	.title = "Neptune instances and replicas are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_INSTANCE),
	.needs = QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_INSTANCES),
	.needs_for_customer = NEEDS_FOR_CUSTOMER,
	.evidence = ENCRYPTION_EVIDENCE,
	.evaluate = evaluate,
	.rationale = "Instances, readers included, share the storage of their cluster. One that says "
		     "otherwise than its cluster is a sign that something is wrong.",
	.criteria = "An instance has its cluster's verdict, that on its key included. Where its own "
		    "StorageEncrypted or "
		    "StorageEncryptionType contradicts the cluster's, or the cluster was not seen, it is "
		    "unknown.",
	.remediation = "See neptune-encryption-at-rest: the cluster is replaced. A contradiction is a case for "
		       "AWS Support.",
	.references = REFERENCES("NEPTUNE ENCRYPTION AT REST control"),
};
