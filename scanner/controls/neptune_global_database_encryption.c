#include <string.h>

#include "base/text.h"
#include "scanner/controls/criteria.h"

static bool is_member(const struct relation *relation)
{
	return strcmp(relation->role, "member") == 0 || strcmp(relation->role, "writer") == 0;
}

/* A failing member decides, else an unknown one. */
static bool is_worse(enum verdict member, enum verdict others)
{
	return others != VERDICT_FAIL &&
	       (member == VERDICT_FAIL || (member == VERDICT_UNKNOWN && others == VERDICT_PASS));
}

/*
 * Each regional cluster has its own key, and the global database has none (Neptune API, GlobalCluster). Only
 * the members in the cell's region are known here, so a pass requires all members in this region.
 */
static void evaluate_members(const struct resource *global, const struct policy *policy,
			     struct evaluation *evaluation)
{
	size_t members = 0;

	evaluation_set(evaluation, VERDICT_PASS, "the KMS keys of all its clusters comply");
	for (const struct relation *relation = global->relations; relation; relation = relation->next) {
		struct evaluation of_member = {.verdict = VERDICT_UNKNOWN};

		if (!is_member(relation))
			continue;
		members++;
		if (relation->resource)
			evaluate_encryption(relation->resource, policy, &of_member);
		else
			evaluation_set(&of_member, VERDICT_UNKNOWN,
				       "its KMS key is evaluated in its own region");
		if (is_worse(of_member.verdict, evaluation->verdict))
			evaluation_set(evaluation, of_member.verdict, "%s: %s",
				       text_brief(relation->target, 120).text,
				       text_brief(of_member.reason, 140).text);
	}
	if (members == 0)
		evaluation_set(evaluation, VERDICT_UNKNOWN, "no member was listed, so no KMS key is known");
}

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	const struct policy any = {.require_key = KEY_ANY};

	evaluate_encryption(resource, &any, evaluation);
	if (evaluation->verdict != VERDICT_PASS || policy->require_key == KEY_ANY)
		return;
	if (attribute_is(resource, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE, "sse-rds"))
		evaluate_encryption(resource, policy, evaluation);
	else
		evaluate_members(resource, policy, evaluation);
}

const struct control neptune_global_database_encryption = {
	.id = "neptune-global-database-encryption",
	.title = "Neptune global databases are encrypted at rest",
	.group = "encryption",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_GLOBAL_DATABASE),
	.needs = QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_GLOBAL_DATABASES),
	.needs_for_customer = NEEDS_FOR_CUSTOMER,
	.evidence = EVIDENCE(ATTRIBUTE_STORAGE_ENCRYPTED, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "A global database replicates its data into other regions; all of its clusters are "
		     "encrypted, or none.",
	.criteria =
		"StorageEncrypted and StorageEncryptionType are read together, as for clusters. A global "
		"database "
		"has no key of its own: if controls.require_key is kms or customer, it fails if a member "
		"cluster in the same region fails, and passes only if all of its members are in that region "
		"and pass; with members in other regions it is unknown, and neptune-encryption-at-rest "
		"evaluates each of them. It is reported once, in the region of its writer.",
	.remediation = "Replace the primary cluster by an encrypted one, create a new global database from it, "
		       "add encrypted secondary clusters, and delete the old members.",
	.references = REFERENCES("NEPTUNE ENCRYPTION AT REST control"),
};
