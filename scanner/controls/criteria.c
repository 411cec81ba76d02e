#include "scanner/controls/criteria.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum encryption { NOT_ENCRYPTED, KMS, AWS_OWNED };

static const struct {
	const char *type; /* NULL: absent */
	const char *encrypted;
	enum encryption encryption;
} table[] = {
	{NULL, "true", KMS},      {NULL, "false", NOT_ENCRYPTED},  {"none", "false", NOT_ENCRYPTED},
	{"sse-kms", "true", KMS}, {"sse-rds", "false", AWS_OWNED}, {"sse-rds", "true", AWS_OWNED},
};

void evaluation_set(struct evaluation *evaluation, enum verdict verdict, const char *format, ...)
{
	va_list arguments;

	evaluation->verdict = verdict;
	va_start(arguments, format);
	text_print_list(evaluation->reason, sizeof evaluation->reason, format, arguments);
	va_end(arguments);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool attribute_is(const struct resource *resource, enum attribute attribute, const char *text)
{
	return resource->values[attribute] && strcmp(resource->values[attribute], text) == 0;
}

const char *attribute_text(const struct resource *resource, enum attribute attribute)
{
	return resource->values[attribute] ? resource->values[attribute] : "absent";
}

void evaluate_key_manager(const struct resource *key, struct evaluation *evaluation)
{
	if (key && attribute_is(key, ATTRIBUTE_KEY_MANAGER, "CUSTOMER"))
		evaluation_set(evaluation, VERDICT_PASS, "encrypted with a customer managed key");
	else if (key && attribute_is(key, ATTRIBUTE_KEY_MANAGER, "AWS"))
		evaluation_set(evaluation, VERDICT_FAIL,
			       "encrypted with an AWS managed key, but a customer managed key is required");
	else if (!key)
		evaluation_set(evaluation, VERDICT_UNKNOWN, "KeyManager of its KMS key is not known");
	else if (!evaluate_refusal(key, QUERY_KEY, evaluation))
		evaluate_unclear(key, ATTRIBUTE_KEY_MANAGER, evaluation);
}

static void evaluate_kms_key(const struct resource *resource, const struct policy *policy,
			     struct evaluation *evaluation)
{
	const char *id = resource->values[ATTRIBUTE_KMS_KEY_ID];

	if (policy->require_key != KEY_ANY && !(id && *id))
		evaluation_set(evaluation, VERDICT_UNKNOWN, REASON_WITHOUT_KEY_ID);
	else if (policy->require_key == KEY_CUSTOMER)
		evaluate_key_manager(resource->key, evaluation);
	else
		evaluation_set(evaluation, VERDICT_PASS, "encrypted with a KMS key");
}

static void set_encryption_verdict(enum encryption encryption, const struct resource *resource,
				   const struct policy *policy, struct evaluation *evaluation)
{
	if (encryption == NOT_ENCRYPTED)
		evaluation_set(evaluation, VERDICT_FAIL, "not encrypted (StorageEncrypted is false)");
	else if (encryption == KMS)
		evaluate_kms_key(resource, policy, evaluation);
	else if (policy->require_key == KEY_ANY)
		evaluation_set(evaluation, VERDICT_PASS, "encrypted with an AWS owned key");
	else
		evaluation_set(evaluation, VERDICT_FAIL,
			       "encrypted with an AWS owned key, but a %s is required",
			       policy->require_key == KEY_KMS ? "KMS key" : "customer managed key");
}

/* Both values are documented, but not together. */
static bool contradict(const char *type, const char *encrypted)
{
	bool has_type = false;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		has_type |= same(table[i].type, type);
	return has_type && (same(encrypted, "true") || same(encrypted, "false"));
}

static void set_encryption_unknown(const char *type, const char *encrypted, struct evaluation *evaluation)
{
	if (!encrypted && !type)
		evaluation_set(evaluation, VERDICT_UNKNOWN,
			       "StorageEncrypted and StorageEncryptionType are missing from the AWS response");
	else if (!encrypted)
		evaluation_set(evaluation, VERDICT_UNKNOWN,
			       "StorageEncrypted is missing from the AWS response, StorageEncryptionType is %s",
			       text_brief(type, 40).text);
	else
		evaluation_set(evaluation, VERDICT_UNKNOWN,
			       "%s values: StorageEncrypted is %s, StorageEncryptionType is %s",
			       contradict(type, encrypted) ? "contradictory" : "unexpected",
			       text_brief(encrypted, 40).text, text_brief(type ? type : "absent", 40).text);
}

void evaluate_encryption(const struct resource *resource, const struct policy *policy,
			 struct evaluation *evaluation)
{
	const char *type = resource->values[ATTRIBUTE_STORAGE_ENCRYPTION_TYPE];
	const char *encrypted = resource->values[ATTRIBUTE_STORAGE_ENCRYPTED];
	const char *engine = resource->values[ATTRIBUTE_ENGINE];

	if (!engine || !*engine) {
		evaluation_set(evaluation, VERDICT_UNKNOWN, "Engine is missing from the AWS response");
		return;
	}
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (!same(table[i].type, type) || !same(table[i].encrypted, encrypted))
			continue;
		set_encryption_verdict(table[i].encryption, resource, policy, evaluation);
		return;
	}
	set_encryption_unknown(type, encrypted, evaluation);
}

void evaluate_unclear(const struct resource *resource, enum attribute attribute, struct evaluation *evaluation)
{
	const char *value = resource->values[attribute], *name = attribute_name(attribute);

	if (value)
		evaluation_set(evaluation, VERDICT_UNKNOWN, "unexpected value: %s is %s", name,
			       *value ? text_brief(value, 40).text : "empty");
	else
		evaluation_set(evaluation, VERDICT_UNKNOWN, "%s is missing from the AWS response", name);
}

void evaluate_flag(const struct resource *resource, enum attribute attribute, bool good,
		   struct evaluation *evaluation)
{
	const char *value = resource->values[attribute], *name = attribute_name(attribute);
	bool is_true = same(value, "true");

	if (!is_true && !same(value, "false"))
		evaluate_unclear(resource, attribute, evaluation);
	else
		evaluation_set(evaluation, is_true == good ? VERDICT_PASS : VERDICT_FAIL, "%s is %s", name,
			       value);
}

static int compare_account(const void *account, const void *item)
{
	return strcmp(account, *(const char *const *)item);
}

bool policy_owns_account(const struct policy *policy, const char *account)
{
	return policy->account_count > 0 && bsearch(account, policy->accounts, policy->account_count,
						    sizeof policy->accounts[0], compare_account);
}

bool evaluate_refusal(const struct resource *resource, enum query_kind query, struct evaluation *evaluation)
{
	if (!resource->refusals[query])
		return false;
	evaluation_set(evaluation, VERDICT_UNKNOWN, "%s", text_brief(resource->refusals[query], 270).text);
	return true;
}
