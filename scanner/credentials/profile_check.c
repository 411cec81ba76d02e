/*
 * Credential settings of a profile must mean the same to all AWS tools. Where tools read a line differently,
 * or ignore it, another source could be used, and a scan could run as another identity; such a line is
 * refused.
 */
#include <string.h>

#include "scanner/credentials/sources.h"

/* The allowed forms of a value. */
enum { MAY_BE_EMPTY = 1, MAY_GO_ON = 2, MAY_HAVE_COMMENT_SIGN = 4 };

struct rule {
	const char *key;
	unsigned int allowed;
};

static const struct rule profile_rules[] = {
	{"aws_access_key_id", 0},
	{"aws_secret_access_key", 0},
	{"aws_session_token", MAY_BE_EMPTY},
	{"aws_security_token", MAY_BE_EMPTY},
	{"credential_process", MAY_GO_ON | MAY_HAVE_COMMENT_SIGN},
	{"role_arn", 0},
	{"source_profile", 0},
	{"credential_source", 0},
	{"external_id", 0},
	{"role_session_name", 0},
	{"duration_seconds", 0},
	{"mfa_serial", 0},
	{"web_identity_token_file", 0},
	{"sso_session", 0},
	{"sso_account_id", 0},
	{"sso_role_name", 0},
	{"sso_start_url", 0},
	{"sso_region", 0},
	{"login_session", 0},
	{NULL, 0},
};

static const struct rule session_rules[] = {{"sso_start_url", 0}, {"sso_region", 0}, {NULL, 0}};

/* A comment for most AWS SDKs, a part of the value for the AWS CLI. */
static bool has_comment_sign(struct span value)
{
	for (size_t i = 1; i < value.length; i++)
		if ((value.at[i] == '#' || value.at[i] == ';') && strchr(" \t", value.at[i - 1]))
			return true;
	return false;
}

static bool check(const struct profile_entry *entry, const struct rule *rule, struct error *error)
{
	const char *wrong = NULL;

	if (!entry)
		return true;
	if (entry->has_block)
		wrong = "has no value in its line, and the indented lines below are settings of their own for "
			"AWS's "
			"tools: write the value behind the =";
	else if (entry->value.length == 0 && !(rule->allowed & MAY_BE_EMPTY))
		wrong = "has no value: give it one, or remove the line";
	else if (entry->continued && !(rule->allowed & MAY_GO_ON))
		wrong = "goes on in the next line, which is indented: write it in one line, and the next key "
			"without "
			"blanks before it";
	else if (has_comment_sign(entry->value) && !(rule->allowed & MAY_HAVE_COMMENT_SIGN))
		wrong = "is followed by a comment, which is a part of the value for the AWS CLI and none for "
			"other AWS "
			"SDKs: give the comment a line of its own";
	return !wrong || error_set(error, ERROR_CREDENTIALS, "%s:%d: %s %s", entry->file->path, entry->line,
				   rule->key, wrong);
}

static bool check_session(const struct credentials_context *context, struct error *error)
{
	const char *session = credentials_setting(context, "sso_session");

	for (const struct rule *rule = session_rules; session && rule->key; rule++)
		if (!check(profiles_entry(context->profiles, PROFILE_SSO_SESSION, session, rule->key), rule,
			   error))
			return false;
	return true;
}

bool credentials_check_profile(const struct credentials_context *context, struct error *error)
{
	for (const struct rule *rule = profile_rules; rule->key; rule++)
		if (!check(profiles_setting(context->profiles, context->profile, rule->key), rule, error))
			return false;
	return check_session(context, error);
}
