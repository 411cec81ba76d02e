#include "bench/estate/policy.h"

#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parsed document; it is evaluated for each request. */
struct policy {
	json_t *statements; /* an array */
};

static json_t *as_list(json_t *value)
{
	return json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
}

static bool is_statement(const json_t *statement)
{
	const char *effect = json_string_value(json_object_get(statement, "Effect"));
	const json_t *action = json_object_get(statement, "Action");

	return effect && (strcmp(effect, "Allow") == 0 || strcmp(effect, "Deny") == 0) &&
	       (json_is_string(action) || json_is_array(action));
}

struct policy *policy_load(const char *path, char *problem, size_t size)
{
	json_error_t error;
	json_t *document = json_load_file(path, 0, &error);
	json_t *statement = json_object_get(document, "Statement"), *each;
	struct policy *policy = calloc(1, sizeof *policy);
	size_t i;

	if (!document)
		snprintf(problem, size, "%s:%d: %s", path, error.line, error.text);
	else if (!statement)
		snprintf(problem, size, "%s: a policy has a Statement", path);
	if (policy && statement)
		policy->statements = as_list(statement);
	json_decref(document);
	if (!policy || !policy->statements)
		goto failed;
	json_array_foreach(policy->statements, i, each)
	{
		if (!is_statement(each)) {
			snprintf(problem, size,
				 "%s: statement %zu: wants an Effect (Allow or Deny) and an Action; NotAction "
				 "is not known here",
				 path, i + 1);
			goto failed;
		}
	}
	return policy;
failed:
	policy_free(policy);
	return NULL;
}

void policy_free(struct policy *policy)
{
	if (policy)
		json_decref(policy->statements);
	free(policy);
}

static bool covers(const json_t *statement, const char *action)
{
	json_t *patterns = as_list(json_object_get(statement, "Action")), *pattern;
	bool found = false;
	size_t i;

	json_array_foreach(patterns, i, pattern)
	{
		const char *text = json_string_value(pattern);

		found = found || (text && fnmatch(text, action, FNM_CASEFOLD | FNM_NOESCAPE) == 0);
	}
	json_decref(patterns);
	return found;
}

enum permission policy_permits(const struct policy *policy, const char *action)
{
	enum permission permission = PERMISSION_NOT_MENTIONED;
	json_t *statement;
	size_t i;

	json_array_foreach(policy->statements, i, statement)
	{
		if (!covers(statement, action))
			continue;
		if (strcmp(json_string_value(json_object_get(statement, "Effect")), "Deny") == 0)
			return PERMISSION_DENIED;
		permission = PERMISSION_ALLOWED;
	}
	return permission;
}
