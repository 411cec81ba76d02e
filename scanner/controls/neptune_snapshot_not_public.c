#include <stdio.h>
#include <string.h>

#include "scanner/controls/criteria.h"

#include "base/text.h"

/* Evaluates each account that the snapshot is shared with. */
static void evaluate_shares(const char *shares, const struct policy *policy, struct evaluation *evaluation)
{
	char outside[200] = "";
	size_t used = 0, inside = 0, strangers = 0;

	while (*shares) {
		char account[16] = "";
		size_t length = strcspn(shares, ",");

		memcpy(account, shares, length < sizeof account ? length : sizeof account - 1);
		shares += length + (shares[length] == ',');
		if (policy_owns_account(policy, account)) {
			inside++;
			continue;
		}
		strangers++;
		if (used + 20 < sizeof outside)
			used += (size_t)snprintf(outside + used, sizeof outside - used, "%s%s",
						 used ? ", " : "", account);
	}
	if (strangers == 0)
		evaluation_set(evaluation, VERDICT_PASS, "shared with %zu account%s of the organization",
			       inside, text_plural(inside));
	else if (!policy->accounts)
		evaluation_set(evaluation, VERDICT_UNKNOWN,
			       "shared with %s; the accounts of the organization were not listed", outside);
	else
		evaluation_set(evaluation, VERDICT_FAIL, "shared outside the organization, with %s", outside);
}

static bool is_automated(const struct resource *snapshot)
{
	return attribute_is(snapshot, ATTRIBUTE_SNAPSHOT_TYPE, "automated");
}

static bool wants(const struct resource *resource, const struct policy *policy, enum query_kind query)
{
	(void)policy;
	(void)query;
	return !is_automated(resource);
}

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	const char *shares = resource->values[ATTRIBUTE_SHARED_WITH];

	if (resource->is_gone)
		evaluation_set(evaluation, VERDICT_NOT_APPLICABLE, "deleted since it was listed");
	else if (is_automated(resource))
		evaluation_set(evaluation, VERDICT_PASS, "an automated snapshot, which cannot be shared");
	else if (evaluate_refusal(resource, QUERY_SHARING, evaluation))
		return;
	else if (!shares)
		evaluation_set(evaluation, VERDICT_UNKNOWN,
			       "the attribute restore is missing from the AWS response");
	else if (strstr(shares, "all"))
		evaluation_set(evaluation, VERDICT_FAIL, "public: every AWS account can restore it");
	else if (!*shares)
		evaluation_set(evaluation, VERDICT_PASS, "not shared");
	else
		evaluate_shares(shares, policy, evaluation);
}

const struct control neptune_snapshot_not_public = {
	.id = "neptune-snapshot-not-public",
	.title = "Neptune cluster snapshots are not shared outside the organization",
	.group = "hardening",
	.severity = SEVERITY_CRITICAL,
	.kinds = APPLIES_TO(RESOURCE_SNAPSHOT),
	.needs = QUERY_BIT(QUERY_SNAPSHOTS) | QUERY_BIT(QUERY_SHARING),
	.wants = wants,
	.evidence = EVIDENCE(ATTRIBUTE_SHARED_WITH, ATTRIBUTE_SNAPSHOT_TYPE),
	.evaluate = evaluate,
	.rationale = "Every account that a snapshot is shared with can restore it and read everything in it. A "
		     "public snapshot can be restored by every AWS account.",
	.criteria = "The snapshot attribute restore: all is public and fails; an account outside the "
		    "organization fails and is named; no account, or only accounts of the organization, "
		    "passes. Automated snapshots cannot be shared. Where the organization was not listed, a "
		    "share is unknown.",
	.remediation = "modify-db-cluster-snapshot-attribute --attribute-name restore --values-to-remove all "
		       "(or the account's id).",
	.references =
		REFERENCES("Security Hub Neptune.3", "AWS Config neptune-cluster-snapshot-public-prohibited"),
};
