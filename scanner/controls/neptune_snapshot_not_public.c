#include <stdio.h>
#include <string.h>

#include "scanner/controls/judging.h"

/* Accounts that a snapshot is shared with, one after the other. */
static void judge_shares(const char *shares, const struct policy *policy, struct judgement *judgement)
{
	char outside[200] = "";
	size_t used = 0, inside = 0, strangers = 0;

	while (*shares) {
		char account[16] = "";
		size_t length = strcspn(shares, ",");

		memcpy(account, shares, length < sizeof account ? length : sizeof account - 1);
		shares += length + (shares[length] == ',');
		if (judge_is_ours(policy, account)) {
			inside++;
			continue;
		}
		strangers++;
		if (used + 20 < sizeof outside)
			used += (size_t)snprintf(outside + used, sizeof outside - used, "%s%s",
						 used ? ", " : "", account);
	}
	if (strangers == 0)
		judge_say(judgement, VERDICT_PASS, "shared with %zu account%s of the organization", inside,
			  inside == 1 ? "" : "s");
	else if (!policy->accounts)
		judge_say(judgement, VERDICT_UNKNOWN, "shared with %s, and the organization was not listed",
			  outside);
	else
		judge_say(judgement, VERDICT_FAIL, "shared outside the organization, with %s", outside);
}

static bool is_automated(const struct resource *snapshot)
{
	return judge_is(snapshot, ATTRIBUTE_SNAPSHOT_TYPE, "automated");
}

static bool wants(const struct resource *resource, const struct policy *policy, enum question question)
{
	(void)policy;
	(void)question;
	return !is_automated(resource);
}

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	const char *shares = resource->values[ATTRIBUTE_SHARED_WITH];

	if (resource->is_gone)
		judge_say(judgement, VERDICT_NOT_APPLICABLE, "deleted since it was listed");
	else if (is_automated(resource))
		judge_say(judgement, VERDICT_PASS, "an automated snapshot, which cannot be shared");
	else if (judge_refusal(resource, QUESTION_SHARING, judgement))
		return;
	else if (!shares)
		judge_say(judgement, VERDICT_UNKNOWN, "AWS did not say: the attribute restore is absent");
	else if (strstr(shares, "all"))
		judge_say(judgement, VERDICT_FAIL, "public: every AWS account may restore it");
	else if (!*shares)
		judge_say(judgement, VERDICT_PASS, "shared with nobody");
	else
		judge_shares(shares, policy, judgement);
}

const struct control neptune_snapshot_not_public = {
	.id = "neptune-snapshot-not-public",
	.title = "Neptune cluster snapshots are shared with nobody outside the organization",
	.group = "hardening",
	.severity = SEVERITY_CRITICAL,
	.kinds = APPLIES_TO(RESOURCE_SNAPSHOT),
	.needs = ASKS(QUESTION_SNAPSHOTS) | ASKS(QUESTION_SHARING),
	.wants = wants,
	.evidence = EVIDENCE(ATTRIBUTE_SHARED_WITH, ATTRIBUTE_SNAPSHOT_TYPE),
	.judge = judge,
	.rationale = "Whoever a snapshot is shared with can restore it and read everything in it. A public "
		     "one can be restored by every AWS account.",
	.judged = "The snapshot attribute restore: all is public and fails; an account outside the "
		  "organization fails and is named; nobody, or accounts of the organization, pass. "
		  "Automated snapshots cannot be shared. Where the organization was not listed, a share "
		  "is unknown.",
	.remediation = "modify-db-cluster-snapshot-attribute --attribute-name restore --values-to-remove all "
		       "(or the account's id).",
	.references =
		REFERENCES("Security Hub Neptune.3", "AWS Config neptune-cluster-snapshot-public-prohibited"),
};
