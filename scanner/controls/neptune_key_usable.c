#include "base/text.h"
#include "scanner/controls/criteria.h"

static bool is_in_state(const struct resource *key, const char *state)
{
	return attribute_is(key, ATTRIBUTE_KEY_STATE, state);
}

/* Updating: KMS changes the primary region, and the key stays usable (KMS developer guide, "Key states"). */
static void evaluate_state(const struct resource *key, struct evaluation *evaluation)
{
	if (is_in_state(key, "Enabled"))
		evaluation_set(evaluation, VERDICT_PASS, "the key is enabled");
	else if (is_in_state(key, "Updating"))
		evaluation_set(evaluation, VERDICT_PASS, "the key is being updated and usable");
	else if (is_in_state(key, "PendingDeletion") || is_in_state(key, "PendingReplicaDeletion"))
		evaluation_set(evaluation, VERDICT_FAIL, "the key will be deleted%s%s",
			       key->values[ATTRIBUTE_KEY_DELETION] ? " at " : ", AWS did not say when",
			       text_brief(key->values[ATTRIBUTE_KEY_DELETION]
						  ? key->values[ATTRIBUTE_KEY_DELETION]
						  : "",
					  30)
				       .text);
	else if (is_in_state(key, "PendingImport"))
		evaluation_set(evaluation, VERDICT_FAIL,
			       "the key has no material: it expired, or was never imported");
	else if (is_in_state(key, "Disabled") || is_in_state(key, "Unavailable"))
		evaluation_set(evaluation, VERDICT_FAIL, "the key is %s",
			       is_in_state(key, "Disabled") ? "disabled" : "unavailable");
	else if (is_in_state(key, "NotFoundException"))
		evaluation_set(evaluation, VERDICT_FAIL, "there is no such key any more");
	else
		evaluation_set(evaluation, VERDICT_UNKNOWN, "AWS did not say clearly: KeyState is %s",
			       text_brief(attribute_text(key, ATTRIBUTE_KEY_STATE), 40).text);
}

static void evaluate_own(const struct resource *key, struct evaluation *evaluation)
{
	if (evaluate_refusal(key, QUERY_KEY, evaluation))
		return;
	if (!key->values[ATTRIBUTE_KEY_STATE] && attribute_is(key, ATTRIBUTE_KEY_MANAGER, "AWS"))
		evaluation_set(evaluation, VERDICT_PASS, "an AWS-managed key, which cannot be disabled");
	else
		evaluate_state(key, evaluation);
}

/* A bad state fails in any account; else the owner of the key decides. */
static void evaluate_foreign(const struct resource *key, const struct policy *policy,
			     struct evaluation *evaluation)
{
	const char *owner = key->values[ATTRIBUTE_KEY_ACCOUNT], *state = key->values[ATTRIBUTE_KEY_STATE];

	if (!evaluate_refusal(key, QUERY_KEY, evaluation))
		evaluate_state(key, evaluation);
	if (evaluation->verdict == VERDICT_FAIL)
		return;
	if (!policy->accounts)
		evaluation_set(evaluation, VERDICT_UNKNOWN,
			       "the key belongs to account %s, and it is not known whether that is one of the "
			       "organization's: its accounts were not listed",
			       text_brief(owner, 20).text);
	else if (!policy_owns_account(policy, owner))
		evaluation_set(evaluation, VERDICT_FAIL,
			       "the key belongs to account %s outside the organization, which can take it "
			       "away%s%s",
			       text_brief(owner, 20).text, state ? "; its state is " : "",
			       text_brief(state ? state : "", 40).text);
	else if (evaluation->verdict == VERDICT_PASS)
		evaluation_set(evaluation, VERDICT_PASS,
			       "the key is %s; it belongs to account %s of the organization",
			       is_in_state(key, "Enabled") ? "enabled" : "being updated and usable",
			       text_brief(owner, 20).text);
}

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	if (status_lost_key(resource->values[ATTRIBUTE_STATUS]))
		evaluation_set(evaluation, VERDICT_FAIL, "a cluster cannot reach the key: its status is %s",
			       text_brief(resource->values[ATTRIBUTE_STATUS], 60).text);
	else if (key_is_foreign(resource))
		evaluate_foreign(resource, policy, evaluation);
	else
		evaluate_own(resource, evaluation);
}

const struct control neptune_key_usable = {
	.id = "neptune-key-usable",
	.title = "KMS keys behind Neptune data are usable",
	.group = "encryption",
	.severity = SEVERITY_CRITICAL,
	.kinds = APPLIES_TO(RESOURCE_KEY),
	.needs = QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_SNAPSHOTS) | QUERY_BIT(QUERY_KEY),
	.evidence =
		EVIDENCE(ATTRIBUTE_KEY_STATE, ATTRIBUTE_KEY_DELETION, ATTRIBUTE_KEY_VALID_TO,
			 ATTRIBUTE_KEY_MANAGER, ATTRIBUTE_KEY_ORIGIN, ATTRIBUTE_KEY_ACCOUNT, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "Encrypted data is readable only as long as its KMS key can be used: a disabled key stops "
		     "the cluster, a deleted key makes its data and every backup of it unrecoverable.",
	.criteria =
		"Enabled and Updating pass. Disabled, pending deletion, material pending or expired, or gone "
		"fails; so does a key that a cluster cannot reach (inaccessible-encryption-credentials), and "
		"one that belongs to an account outside the organization. A key of another account of the "
		"organization is judged like one's own, by what kms:DescribeKey answers; where the "
		"organization was not listed (--accounts), a key of another account is unknown unless it "
		"fails in any case. A key that may not be described is unknown, and so is one of which KMS "
		"does not say clearly that it does not exist. An AWS-managed key that only its alias names "
		"passes: it cannot be disabled.",
	.remediation = "Cancel the deletion (cancel-key-deletion), enable the key (enable-key), or import its "
		       "material again, before AWS stops the cluster; then move the data to a key of the "
		       "account's own.",
	.references = REFERENCES("AWS KMS: key states", "NEPTUNE ENCRYPTION AT REST control"),
};
