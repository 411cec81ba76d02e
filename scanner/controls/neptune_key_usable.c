#include <string.h>

#include "scanner/controls/judging.h"

static bool is(const char *value, const char *text)
{
	return value && strcmp(value, text) == 0;
}

/* AWS's word for a cluster that lost its key, with or without a way back. */
static bool is_lost(const struct resource *key)
{
	const char *status = key->values[ATTRIBUTE_STATUS];

	return status && strncmp(status, "inaccessible-encryption-credentials", 35) == 0;
}

static bool is_foreign(const struct resource *key)
{
	return key->values[ATTRIBUTE_KEY_ACCOUNT] && key->account &&
	       strcmp(key->values[ATTRIBUTE_KEY_ACCOUNT], key->account) != 0;
}

static void judge_state(const struct resource *key, struct judgement *judgement)
{
	const char *state = key->values[ATTRIBUTE_KEY_STATE];

	if (is(state, "Enabled"))
		judge_say(judgement, VERDICT_PASS, "the key is enabled");
	else if (is(state, "PendingDeletion") || is(state, "PendingReplicaDeletion"))
		judge_say(judgement, VERDICT_FAIL, "the key will be deleted%s%.30s",
			  key->values[ATTRIBUTE_KEY_DELETION] ? " at " : ", AWS did not say when",
			  key->values[ATTRIBUTE_KEY_DELETION] ? key->values[ATTRIBUTE_KEY_DELETION] : "");
	else if (is(state, "PendingImport"))
		judge_say(judgement, VERDICT_FAIL,
			  "the key has no material: it expired, or was never imported");
	else if (is(state, "Disabled") || is(state, "Unavailable"))
		judge_say(judgement, VERDICT_FAIL, "the key is %s",
			  is(state, "Disabled") ? "disabled" : "unavailable");
	else if (is(state, "NotFoundException"))
		judge_say(judgement, VERDICT_FAIL, "there is no such key any more");
	else
		judge_say(judgement, VERDICT_UNKNOWN, "AWS did not say clearly: KeyState is %.40s",
			  judge_value(key, ATTRIBUTE_KEY_STATE));
}

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	(void)policy;
	if (is_lost(resource))
		judge_say(judgement, VERDICT_FAIL, "a cluster cannot reach the key: its status is %.60s",
			  resource->values[ATTRIBUTE_STATUS]);
	else if (is_foreign(resource))
		judge_say(judgement, VERDICT_FAIL,
			  "the key belongs to account %.20s, which can take it away%s%.40s",
			  resource->values[ATTRIBUTE_KEY_ACCOUNT],
			  resource->values[ATTRIBUTE_KEY_STATE] ? "; its state is " : "",
			  resource->values[ATTRIBUTE_KEY_STATE] ? resource->values[ATTRIBUTE_KEY_STATE] : "");
	else if (judge_refusal(resource, QUESTION_KEY, judgement))
		return;
	else if (!resource->values[ATTRIBUTE_KEY_STATE] && is(resource->values[ATTRIBUTE_KEY_MANAGER], "AWS"))
		judge_say(judgement, VERDICT_PASS, "an AWS-managed key, which nobody can disable");
	else
		judge_state(resource, judgement);
}

const struct control neptune_key_usable = {
	.id = "neptune-key-usable",
	.title = "KMS keys behind Neptune data are usable",
	.group = "encryption",
	.severity = SEVERITY_CRITICAL,
	.kinds = APPLIES_TO(RESOURCE_KEY),
	.needs = ASKS(QUESTION_CLUSTERS) | ASKS(QUESTION_SNAPSHOTS) | ASKS(QUESTION_BACKUPS) |
		 ASKS(QUESTION_KEY),
	.evidence =
		EVIDENCE(ATTRIBUTE_KEY_STATE, ATTRIBUTE_KEY_DELETION, ATTRIBUTE_KEY_VALID_TO,
			 ATTRIBUTE_KEY_MANAGER, ATTRIBUTE_KEY_ORIGIN, ATTRIBUTE_KEY_ACCOUNT, ATTRIBUTE_STATUS),
	.judge = judge,
	.rationale = "What is encrypted with a key is lost with that key: a disabled key stops the cluster, "
		     "a deleted one ends its data and every backup of it.",
	.judged = "Enabled is good. Disabled, pending deletion, material pending or expired, gone, or "
		  "owned by another account fails; so does a key that a cluster cannot reach "
		  "(inaccessible-encryption-credentials). A key that may not be described is unknown. An "
		  "AWS-managed key that only its alias names passes: nobody can disable it.",
	.remediation = "Cancel the deletion (cancel-key-deletion), enable the key (enable-key), or import its "
		       "material again, before AWS stops the cluster; then move the data to a key of the "
		       "account's own.",
	.references = REFERENCES("AWS KMS: key states", "NEPTUNE ENCRYPTION AT REST control"),
};
