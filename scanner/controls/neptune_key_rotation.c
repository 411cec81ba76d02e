#include <string.h>

#include "scanner/controls/judging.h"

static bool is(const char *value, const char *text)
{
	return value && strcmp(value, text) == 0;
}

static bool is_foreign(const struct resource *key)
{
	return key->values[ATTRIBUTE_KEY_ACCOUNT] && key->account &&
	       strcmp(key->values[ATTRIBUTE_KEY_ACCOUNT], key->account) != 0;
}

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	(void)policy;
	if (is_foreign(resource) || is(resource->values[ATTRIBUTE_KEY_MANAGER], "AWS") ||
	    is(resource->values[ATTRIBUTE_KEY_STATE], "NotFoundException")) {
		judge_say(judgement, VERDICT_NOT_APPLICABLE, "not a customer-managed key of this account");
		return;
	}
	if (judge_refusal(resource, QUESTION_KEY, judgement))
		return;
	if (resource->values[ATTRIBUTE_KEY_ORIGIN] && resource->values[ATTRIBUTE_KEY_SPEC] &&
	    (!is(resource->values[ATTRIBUTE_KEY_ORIGIN], "AWS_KMS") ||
	     !is(resource->values[ATTRIBUTE_KEY_SPEC], "SYMMETRIC_DEFAULT"))) {
		judge_say(judgement, VERDICT_NOT_APPLICABLE, "a kind of key that cannot rotate by itself");
		return;
	}
	if (is(resource->values[ATTRIBUTE_KEY_ROTATION], "not supported"))
		judge_say(judgement, VERDICT_NOT_APPLICABLE, "KMS cannot rotate it in its state");
	else if (!judge_refusal(resource, QUESTION_ROTATION, judgement))
		judge_flag(resource, ATTRIBUTE_KEY_ROTATION, true, judgement);
}

const struct control neptune_key_rotation = {
	.id = "neptune-key-rotation",
	.title = "Customer-managed KMS keys behind Neptune data are rotated",
	.group = "encryption",
	.severity = SEVERITY_LOW,
	.kinds = APPLIES_TO(RESOURCE_KEY),
	.needs = ASKS(QUESTION_CLUSTERS) | ASKS(QUESTION_SNAPSHOTS) | ASKS(QUESTION_BACKUPS) |
		 ASKS(QUESTION_KEY) | ASKS(QUESTION_ROTATION),
	.evidence = EVIDENCE(ATTRIBUTE_KEY_ROTATION, ATTRIBUTE_KEY_MANAGER, ATTRIBUTE_KEY_ORIGIN,
			     ATTRIBUTE_KEY_SPEC, ATTRIBUTE_KEY_STATE),
	.judge = judge,
	.rationale = "Rotation bounds how much data one generation of key material protects.",
	.judged = "KeyRotationEnabled must be true for the account's own symmetric customer-managed keys "
		  "with material from KMS. AWS-managed keys rotate by themselves; imported, custom-store "
		  "and other accounts' keys cannot be judged here and are left out.",
	.remediation = "enable-key-rotation on the key; nothing that it encrypts has to change.",
	.references = REFERENCES("AWS KMS: rotating keys", "Security Hub KMS.4"),
};
