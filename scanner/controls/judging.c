#include "scanner/controls/judging.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum meaning { NOT_ENCRYPTED, KMS, AWS_OWNED };

static const struct {
	const char *type; /* NULL: absent */
	const char *encrypted;
	enum meaning meaning;
} table[] = {
	{NULL, "true", KMS},      {NULL, "false", NOT_ENCRYPTED},  {"none", "false", NOT_ENCRYPTED},
	{"sse-kms", "true", KMS}, {"sse-rds", "false", AWS_OWNED}, {"sse-rds", "true", AWS_OWNED},
};

void judge_say(struct judgement *judgement, enum verdict verdict, const char *format, ...)
{
	va_list arguments;

	judgement->verdict = verdict;
	va_start(arguments, format);
	text_print_list(judgement->reason, sizeof judgement->reason, format, arguments);
	va_end(arguments);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool judge_is(const struct resource *resource, enum attribute attribute, const char *text)
{
	return resource->values[attribute] && strcmp(resource->values[attribute], text) == 0;
}

const char *judge_value(const struct resource *resource, enum attribute attribute)
{
	return resource->values[attribute] ? resource->values[attribute] : "absent";
}

void judge_key_manager(const struct resource *key, struct judgement *judgement)
{
	if (key && judge_is(key, ATTRIBUTE_KEY_MANAGER, "CUSTOMER"))
		judge_say(judgement, VERDICT_PASS, "encrypted with a customer managed key");
	else if (key && judge_is(key, ATTRIBUTE_KEY_MANAGER, "AWS"))
		judge_say(judgement, VERDICT_FAIL,
			  "encrypted with an AWS managed key, but a customer managed key is required");
	else if (!key || !judge_refusal(key, QUESTION_KEY, judgement))
		judge_say(judgement, VERDICT_UNKNOWN, "AWS did not say clearly: KeyManager is %s",
			  text_brief(key ? judge_value(key, ATTRIBUTE_KEY_MANAGER) : "absent", 40).text);
}

static void say_kms(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	const char *id = resource->values[ATTRIBUTE_KMS_KEY_ID];

	if (policy->require_key != KEY_ANY && !(id && *id))
		judge_say(judgement, VERDICT_UNKNOWN, JUDGED_WITHOUT_KEY_ID);
	else if (policy->require_key == KEY_CUSTOMER)
		judge_key_manager(resource->key, judgement);
	else
		judge_say(judgement, VERDICT_PASS, "encrypted with a KMS key");
}

static void say_meaning(enum meaning meaning, const struct resource *resource, const struct policy *policy,
			struct judgement *judgement)
{
	if (meaning == NOT_ENCRYPTED)
		judge_say(judgement, VERDICT_FAIL, "StorageEncrypted is false");
	else if (meaning == KMS)
		say_kms(resource, policy, judgement);
	else if (policy->require_key == KEY_ANY)
		judge_say(judgement, VERDICT_PASS, "encrypted with an AWS-owned key");
	else
		judge_say(judgement, VERDICT_FAIL, "encrypted with an AWS-owned key, but a %s is required",
			  policy->require_key == KEY_KMS ? "KMS key" : "customer-managed key");
}

void judge_encryption(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	const char *type = resource->values[ATTRIBUTE_STORAGE_ENCRYPTION_TYPE];
	const char *encrypted = resource->values[ATTRIBUTE_STORAGE_ENCRYPTED];
	const char *engine = resource->values[ATTRIBUTE_ENGINE];

	if (!engine || !*engine) {
		judge_say(judgement, VERDICT_UNKNOWN, "AWS did not say which engine this is");
		return;
	}
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (!same(table[i].type, type) || !same(table[i].encrypted, encrypted))
			continue;
		say_meaning(table[i].meaning, resource, policy, judgement);
		return;
	}
	judge_say(judgement, VERDICT_UNKNOWN,
		  "AWS did not say%s: StorageEncrypted is %s, StorageEncryptionType is %s",
		  encrypted ? " clearly" : "",
		  text_brief(judge_value(resource, ATTRIBUTE_STORAGE_ENCRYPTED), 40).text,
		  text_brief(judge_value(resource, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE), 40).text);
}

void judge_flag(const struct resource *resource, enum attribute attribute, bool good,
		struct judgement *judgement)
{
	const char *value = resource->values[attribute], *name = attribute_name(attribute);
	bool is_true = same(value, "true");

	if (!value)
		judge_say(judgement, VERDICT_UNKNOWN, "AWS did not say: %s is absent", name);
	else if (!is_true && !same(value, "false"))
		judge_say(judgement, VERDICT_UNKNOWN, "AWS did not say clearly: %s is %s", name,
			  text_brief(value, 40).text);
	else
		judge_say(judgement, is_true == good ? VERDICT_PASS : VERDICT_FAIL, "%s is %s", name, value);
}

static int compare_account(const void *account, const void *item)
{
	return strcmp(account, *(const char *const *)item);
}

bool judge_is_ours(const struct policy *policy, const char *account)
{
	return policy->account_count > 0 && bsearch(account, policy->accounts, policy->account_count,
						    sizeof policy->accounts[0], compare_account);
}

bool judge_refusal(const struct resource *resource, enum question question, struct judgement *judgement)
{
	if (!resource->refusals[question])
		return false;
	judge_say(judgement, VERDICT_UNKNOWN, "%s", text_brief(resource->refusals[question], 270).text);
	return true;
}
