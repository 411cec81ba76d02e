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
		evaluation_set(evaluation, VERDICT_PASS, "KMS key is enabled");
	else if (is_in_state(key, "Updating"))
		evaluation_set(evaluation, VERDICT_PASS, "KMS key is usable while it is being updated");
	else if (is_in_state(key, "PendingDeletion") || is_in_state(key, "PendingReplicaDeletion"))
		evaluation_set(
			evaluation, VERDICT_FAIL, "KMS key is scheduled for deletion%s%s",
			key->values[ATTRIBUTE_KEY_DELETION] ? " on " : ", without a date in the AWS response",
			text_brief(key->values[ATTRIBUTE_KEY_DELETION] ? key->values[ATTRIBUTE_KEY_DELETION]
								       : "",
				   30)
				.text);
	else if (is_in_state(key, "PendingImport"))
		evaluation_set(evaluation, VERDICT_FAIL,
			       "KMS key has no key material: it has expired, or was never imported");
	else if (is_in_state(key, "Disabled") || is_in_state(key, "Unavailable"))
		evaluation_set(evaluation, VERDICT_FAIL, "KMS key is %s",
			       is_in_state(key, "Disabled") ? "disabled" : "unavailable");
	else if (is_in_state(key, "NotFoundException"))
		evaluation_set(evaluation, VERDICT_FAIL, "KMS key does not exist");
	else
		evaluate_unclear(key, ATTRIBUTE_KEY_STATE, evaluation);
}

static void evaluate_own(const struct resource *key, struct evaluation *evaluation)
{
	if (evaluate_refusal(key, QUERY_KEY, evaluation))
		return;
	if (!key->values[ATTRIBUTE_KEY_STATE] && attribute_is(key, ATTRIBUTE_KEY_MANAGER, "AWS"))
		evaluation_set(evaluation, VERDICT_PASS, "AWS managed KMS key, which cannot be disabled");
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
		evaluation_set(
			evaluation, VERDICT_UNKNOWN,
			"KMS key is owned by account %s; whether that belongs to the organization is not "
			"known, because its accounts were not listed",
			text_brief(owner, 20).text);
	else if (!policy_owns_account(policy, owner))
		evaluation_set(evaluation, VERDICT_FAIL,
			       "KMS key is owned by account %s outside the organization, which can revoke "
			       "access%s%s",
			       text_brief(owner, 20).text, state ? "; its state is " : "",
			       text_brief(state ? state : "", 40).text);
	else if (evaluation->verdict == VERDICT_PASS)
		evaluation_set(evaluation, VERDICT_PASS,
			       "KMS key is %s; it is owned by account %s of the organization",
			       is_in_state(key, "Enabled") ? "enabled" : "usable while it is being updated",
			       text_brief(owner, 20).text);
}

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	if (status_lost_key(resource->values[ATTRIBUTE_STATUS]))
		evaluation_set(evaluation, VERDICT_FAIL, "a cluster cannot use the KMS key: its status is %s",
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
		"Pass: Enabled, Updating; an AWS managed key that is known by its alias only, because it "
		"cannot be disabled. Fail: disabled, pending deletion, key material pending or expired, not "
		"found; a key that a cluster cannot use (inaccessible-encryption-credentials); a key of an "
		"account outside the organization. A key of another account of the organization is evaluated "
		"by the same rules. Unknown: kms:DescribeKey is denied, or its response is not clear; a key "
		"of another account that does not fail, if the organization was not listed (--accounts).",
	.remediation = "Cancel the deletion (cancel-key-deletion), enable the key (enable-key), or import its "
		       "material again, before AWS stops the cluster; then move the data to a key of the "
		       "account's own.",
	.references = REFERENCES("AWS KMS: key states", "NEPTUNE ENCRYPTION AT REST control"),
};
