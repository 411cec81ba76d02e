#include "base/text.h"
#include "scanner/controls/criteria.h"

/* True: another account or AWS owns or manages the key, so this account does not rotate it. */
static bool is_others(const struct resource *key)
{
	return key_is_foreign(key) || attribute_is(key, ATTRIBUTE_KEY_MANAGER, "AWS") ||
	       attribute_is(key, ATTRIBUTE_KEY_STATE, "NotFoundException");
}

/*
 * In these states rotation is meaningless: KMS returns false for a key that is pending deletion (KMS API,
 * GetKeyRotationStatus), and one that is pending import has no key material. neptune-key-usable fails both.
 */
static bool is_out_of_use(const struct resource *key)
{
	return attribute_is(key, ATTRIBUTE_KEY_STATE, "PendingDeletion") ||
	       attribute_is(key, ATTRIBUTE_KEY_STATE, "PendingReplicaDeletion") ||
	       attribute_is(key, ATTRIBUTE_KEY_STATE, "PendingImport");
}

static bool is_or_absent(const struct resource *key, enum attribute attribute, const char *text)
{
	return !key->values[attribute] || attribute_is(key, attribute, text);
}

static bool is_imported(const struct resource *key)
{
	return attribute_is(key, ATTRIBUTE_KEY_ORIGIN, "EXTERNAL");
}

/*
 * Symmetric keys with material from KMS rotate automatically, those with imported material on demand; keys in
 * a custom key store, asymmetric and HMAC keys do neither (KMS developer guide, "Rotate AWS KMS keys"). When
 * the response lacks origin or spec, the rotation is requested all the same.
 */
static bool may_rotate(const struct resource *key)
{
	return is_or_absent(key, ATTRIBUTE_KEY_SPEC, "SYMMETRIC_DEFAULT") &&
	       (is_imported(key) || is_or_absent(key, ATTRIBUTE_KEY_ORIGIN, "AWS_KMS"));
}

static bool wants(const struct resource *resource, const struct policy *policy, enum query_kind query)
{
	(void)policy;
	if (query != QUERY_ROTATION && query != QUERY_ROTATIONS)
		return true;
	return attribute_is(resource, ATTRIBUTE_KEY_MANAGER, "CUSTOMER") && !is_others(resource) &&
	       !is_out_of_use(resource) && may_rotate(resource) &&
	       is_imported(resource) == (query == QUERY_ROTATIONS);
}

/* A single rotation passes: automatic rotation may have a period of seven years, and passes as well. */
static void evaluate_imported(const struct resource *key, struct evaluation *evaluation)
{
	if (key->values[ATTRIBUTE_KEY_ROTATED]) /* further pages are not needed */
		evaluation_set(evaluation, VERDICT_PASS, "imported key material, last rotated on demand at %s",
			       text_brief(key->values[ATTRIBUTE_KEY_ROTATED], 30).text);
	else if (evaluate_refusal(key, QUERY_ROTATIONS, evaluation))
		return;
	else if (key->answered & QUERY_BIT(QUERY_ROTATIONS))
		evaluation_set(evaluation, VERDICT_FAIL,
			       "imported key material was never rotated on demand (kms:ListKeyRotations)");
	else
		evaluation_set(evaluation, VERDICT_UNKNOWN,
			       "rotations of the imported key material are not known");
}

static void evaluate_rotation(const struct resource *key, struct evaluation *evaluation)
{
	if (attribute_is(key, ATTRIBUTE_KEY_ROTATION, "true"))
		evaluation_set(evaluation, VERDICT_PASS, "automatic key rotation is on");
	else if (attribute_is(key, ATTRIBUTE_KEY_ROTATION, "false"))
		evaluation_set(evaluation, VERDICT_FAIL,
			       "automatic key rotation is off (KeyRotationEnabled is false)");
	else
		evaluate_unclear(key, ATTRIBUTE_KEY_ROTATION, evaluation);
}

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	(void)policy;
	if (is_others(resource))
		evaluation_set(evaluation, VERDICT_NOT_APPLICABLE,
			       "not a customer managed key of this account");
	else if (is_out_of_use(resource))
		evaluation_set(evaluation, VERDICT_NOT_APPLICABLE,
			       "KMS does not rotate a key whose state is %s",
			       text_brief(resource->values[ATTRIBUTE_KEY_STATE], 40).text);
	else if (evaluate_refusal(resource, QUERY_KEY, evaluation))
		return;
	else if (!may_rotate(resource) || attribute_is(resource, ATTRIBUTE_KEY_ROTATION, "not supported"))
		evaluation_set(evaluation, VERDICT_NOT_APPLICABLE, "KMS cannot rotate this kind of key");
	else if (is_imported(resource))
		evaluate_imported(resource, evaluation);
	else if (!evaluate_refusal(resource, QUERY_ROTATION, evaluation))
		evaluate_rotation(resource, evaluation);
}

const struct control neptune_key_rotation = {
	.id = "neptune-key-rotation",
	.title = "Customer managed KMS keys behind Neptune data are rotated",
	.group = "encryption",
	.severity = SEVERITY_LOW,
	.kinds = APPLIES_TO(RESOURCE_KEY),
	.needs = QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_SNAPSHOTS) | QUERY_BIT(QUERY_KEY) |
		 QUERY_BIT(QUERY_ROTATION) | QUERY_BIT(QUERY_ROTATIONS),
	.wants = wants,
	.evidence = EVIDENCE(ATTRIBUTE_KEY_ROTATION, ATTRIBUTE_KEY_ROTATED, ATTRIBUTE_KEY_MANAGER,
			     ATTRIBUTE_KEY_ORIGIN, ATTRIBUTE_KEY_SPEC, ATTRIBUTE_KEY_STATE),
	.evaluate = evaluate,
	.rationale = "Rotation bounds how much data one generation of key material protects.",
	.criteria =
		"KeyRotationEnabled must be true for the account's own symmetric customer managed keys "
		"with material from KMS. Imported material cannot rotate automatically: there a completed "
		"rotation on demand passes, whenever it was (kms:ListKeyRotations), and none fails. Not "
		"applicable to AWS managed keys, which rotate by themselves, to keys of custom key stores "
		"and of "
		"other accounts, and to keys that are pending deletion (KMS then answers false whatever was "
		"set) "
		"or pending import.",
	.remediation = "enable-key-rotation on the key; for imported material, import-key-material with "
		       "NEW_KEY_MATERIAL and rotate-key-on-demand. Nothing that it encrypts has to change.",
	.references = REFERENCES("AWS KMS: rotating keys", "Security Hub KMS.4"),
};
