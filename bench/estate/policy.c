#include "bench/estate/policy.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The parsed document; it is evaluated for each request. */
struct policy {
	json_t *statements; /* an array */
};

/* ---- comparing ---- */

/* A pattern of IAM: * and ?, and no other special character. */
static bool glob(const char *pattern, const char *text, bool any_case)
{
	while (*pattern && *pattern != '*') {
		bool is_equal = any_case ? strncasecmp(pattern, text, 1) == 0 : *pattern == *text;

		if (!*text || (*pattern != '?' && !is_equal))
			return false;
		pattern++;
		text++;
	}
	if (!*pattern)
		return !*text;
	for (; *text; text++)
		if (glob(pattern + 1, text, any_case))
			return true;
	return glob(pattern + 1, text, any_case);
}

typedef bool comparison(const char *pattern, const char *value);

static bool is_equal(const char *pattern, const char *value)
{
	return strcmp(pattern, value) == 0;
}

static bool is_equal_in_any_case(const char *pattern, const char *value)
{
	return strcasecmp(pattern, value) == 0;
}

static bool is_like(const char *pattern, const char *value)
{
	return glob(pattern, value, false);
}

/* Component by component: a * of one of the first five reaches over no colon. */
static bool is_like_arn(const char *pattern, const char *value)
{
	for (int component = 0; component < 5; component++) {
		const char *pattern_end = strchr(pattern, ':'), *value_end = strchr(value, ':');
		char pattern_part[256], value_part[256];

		if (!pattern_end || !value_end)
			return strcmp(pattern, "*") == 0;
		snprintf(pattern_part, sizeof pattern_part, "%.*s", (int)(pattern_end - pattern), pattern);
		snprintf(value_part, sizeof value_part, "%.*s", (int)(value_end - value), value);
		if (!glob(pattern_part, value_part, false))
			return false;
		pattern = pattern_end + 1;
		value = value_end + 1;
	}
	return glob(pattern, value, false);
}

static const struct comparator {
	const char *name;
	comparison *compare;
	bool is_negated;
} comparators[] = {
	{"StringEquals", is_equal, false},
	{"StringNotEquals", is_equal, true},
	{"StringEqualsIgnoreCase", is_equal_in_any_case, false},
	{"StringNotEqualsIgnoreCase", is_equal_in_any_case, true},
	{"StringLike", is_like, false},
	{"StringNotLike", is_like, true},
	{"ArnEquals", is_like_arn, false},
	{"ArnLike", is_like_arn, false},
	{"ArnNotEquals", is_like_arn, true},
	{"ArnNotLike", is_like_arn, true},
	{"Bool", is_equal_in_any_case, false},
	{"Null", NULL, false},
};

/* ---- operators ---- */

enum quantifier { QUANTIFIER_NONE, QUANTIFIER_ALL, QUANTIFIER_ANY };

/* "ForAnyValue:StringLikeIfExists" */
struct condition {
	const struct comparator *comparator;
	enum quantifier quantifier;
	bool if_exists;
};

static bool read_condition(const char *name, struct condition *condition)
{
	static const char *const prefixes[] = {
		[QUANTIFIER_NONE] = "", [QUANTIFIER_ALL] = "ForAllValues:", [QUANTIFIER_ANY] = "ForAnyValue:"};

	*condition = (struct condition){NULL, QUANTIFIER_NONE, false};
	for (enum quantifier i = QUANTIFIER_ALL; i <= QUANTIFIER_ANY; i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			condition->quantifier = i;
	name += strlen(prefixes[condition->quantifier]);
	for (size_t i = 0; i < sizeof comparators / sizeof comparators[0]; i++) {
		size_t length = strlen(comparators[i].name);
		const char *rest = name + length;

		if (strncmp(name, comparators[i].name, length) != 0 || (*rest && strcmp(rest, "IfExists") != 0))
			continue;
		condition->comparator = &comparators[i];
		condition->if_exists = *rest != '\0';
		return true;
	}
	return false;
}

/* "${aws:PrincipalOrgID}", and nothing beside it */
static bool is_variable(const char *text)
{
	return strncmp(text, "${", 2) == 0 && strcspn(text, "}") == strlen(text) - 1;
}

static json_t *as_list(json_t *value)
{
	return json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
}

static const char *text_of(const json_t *pattern)
{
	return json_is_boolean(pattern) ? json_is_true(pattern) ? "true" : "false" : json_string_value(pattern);
}

/* True: `text` fits one of the patterns. */
static bool fits_any(json_t *patterns, comparison *compare, const char *text)
{
	json_t *list = as_list(patterns), *pattern;
	bool found = false;
	size_t i;

	json_array_foreach(list, i, pattern) found = found || compare(text_of(pattern), text);
	json_decref(list);
	return found;
}

/* The value of the key; NULL: it is absent. */
static const char *value_of(const struct policy_request *request, const char *key, size_t length)
{
	for (size_t i = 0; i < request->key_count; i++)
		if (strlen(request->keys[i].name) == length &&
		    strncasecmp(request->keys[i].name, key, length) == 0)
			return request->keys[i].value;
	return NULL;
}

/* A value of a condition, which may be a policy variable, "${aws:PrincipalOrgID}". NULL: its key is absent. */
static const char *resolve(const struct policy_request *request, const char *wanted)
{
	return is_variable(wanted) ? value_of(request, wanted + 2, strlen(wanted) - 3) : wanted;
}

static bool holds_for(const struct condition *condition, const struct policy_request *request, json_t *wanted,
		      const char *value)
{
	json_t *list = as_list(wanted), *pattern;
	bool found = false;
	size_t i;

	json_array_foreach(list, i, pattern)
	{
		const char *resolved = resolve(request, text_of(pattern));

		found = found || (resolved && condition->comparator->compare(resolved, value));
	}
	json_decref(list);
	return found != condition->comparator->is_negated;
}

/*
 * A key that is absent: a positive operator does not match, a negated one does, and so does ForAllValues; with
 * IfExists, all match.
 */
static bool holds_without_key(const struct condition *condition)
{
	if (condition->if_exists || condition->quantifier == QUANTIFIER_ALL)
		return true;
	return condition->comparator->is_negated && condition->quantifier == QUANTIFIER_NONE;
}

static bool holds(const struct condition *condition, const char *key, json_t *wanted,
		  const struct policy_request *request)
{
	size_t values = 0, held = 0;

	for (size_t i = 0; i < request->key_count; i++) {
		if (strcasecmp(request->keys[i].name, key) != 0)
			continue;
		values++;
		held += condition->comparator->compare &&
			holds_for(condition, request, wanted, request->keys[i].value);
	}
	if (!condition->comparator->compare)
		return fits_any(wanted, is_equal_in_any_case, values == 0 ? "true" : "false");
	if (values == 0)
		return holds_without_key(condition);
	return condition->quantifier == QUANTIFIER_ANY ? held > 0 : held == values;
}

static bool all_hold(json_t *conditions, const struct policy_request *request)
{
	const char *name, *key;
	json_t *keys, *wanted;

	json_object_foreach(conditions, name, keys)
	{
		struct condition condition;

		if (!read_condition(name, &condition))
			return false; /* not after policy_load */
		json_object_foreach(keys, key, wanted)
		{
			if (!holds(&condition, key, wanted, request))
				return false;
		}
	}
	return true;
}

/* ---- loading ---- */

/* Values of a condition may be booleans, and whole variables. */
static bool is_texts(const json_t *value, bool of_condition)
{
	const char *text = json_string_value(value);
	json_t *each;
	size_t i;

	if (text)
		return !strstr(text, "${") || (of_condition && is_variable(text));
	if (!json_is_array(value))
		return of_condition && json_is_boolean(value);
	json_array_foreach(value, i, each)
	{
		if (json_is_array(each) || !is_texts(each, of_condition))
			return false;
	}
	return json_array_size(value) > 0;
}

static const char *conditions_problem(json_t *conditions)
{
	const char *name, *key;
	json_t *keys, *wanted;

	if (conditions && !json_is_object(conditions))
		return "its Condition is no object";
	json_object_foreach(conditions, name, keys)
	{
		struct condition condition;

		if (!read_condition(name, &condition))
			return "its Condition has an operator that is not known here";
		json_object_foreach(keys, key, wanted)
		{
			if (!is_texts(wanted, true))
				return "its Condition wants texts, or whole ${variables}";
		}
	}
	return NULL;
}

static const char *principal_problem(json_t *principal)
{
	const char *kind;
	json_t *names;

	if (json_is_string(principal))
		return strcmp(json_string_value(principal), "*") == 0 ? NULL : "its Principal is a text";
	if (json_object_size(principal) == 0)
		return "it wants a Principal";
	json_object_foreach(principal, kind, names)
	{
		if ((strcmp(kind, "AWS") != 0 && strcmp(kind, "Service") != 0 &&
		     strcmp(kind, "Federated") != 0) ||
		    !is_texts(names, false))
			return "its Principal is none of AWS, Service, Federated, with texts";
	}
	return NULL;
}

/* True: it has exactly one of both, with texts. */
static bool has_one(json_t *statement, const char *name, const char *opposite)
{
	json_t *one = json_object_get(statement, name), *other = json_object_get(statement, opposite);

	return !one != !other && is_texts(one ? one : other, false);
}

static const char *statement_problem(json_t *statement, enum policy_attachment attachment)
{
	static const char *const known[] = {"Sid",       "Effect",   "Principal",   "Action",
					    "NotAction", "Resource", "NotResource", "Condition"};
	const char *effect = json_string_value(json_object_get(statement, "Effect")), *name;
	json_t *principal = json_object_get(statement, "Principal"), *member;

	json_object_foreach(statement, name, member)
	{
		size_t i = 0;

		while (i < sizeof known / sizeof known[0] && strcmp(known[i], name) != 0)
			i++;
		if (i == sizeof known / sizeof known[0])
			return "it has an element that is not known here";
	}
	if (!effect || (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0))
		return "it wants an Effect, Allow or Deny";
	if (!has_one(statement, "Action", "NotAction"))
		return "it wants an Action or a NotAction";
	if (attachment == ATTACHED_TO_PRINCIPAL && principal)
		return "a Principal belongs into the policy of a resource";
	if (attachment != ATTACHED_TO_PRINCIPAL && principal_problem(principal))
		return principal_problem(principal);
	if (attachment == ATTACHED_TO_ROLE
		    ? json_object_get(statement, "Resource") || json_object_get(statement, "NotResource")
		    : !has_one(statement, "Resource", "NotResource"))
		return attachment == ATTACHED_TO_ROLE ? "a trust policy has no Resource"
						      : "it wants a Resource or a NotResource";
	return conditions_problem(json_object_get(statement, "Condition"));
}

/* Takes the document. `error`: why it is NULL. */
static struct policy *make_policy(json_t *document, const json_error_t *error,
				  enum policy_attachment attachment, char *problem, size_t size)
{
	json_t *statement = json_object_get(document, "Statement"), *each;
	struct policy *policy = calloc(1, sizeof *policy);
	size_t i;

	if (!document)
		snprintf(problem, size, "line %d: %s", error->line, error->text);
	else if (!statement)
		snprintf(problem, size, "a policy has a Statement");
	if (policy && statement)
		policy->statements = as_list(statement);
	json_decref(document);
	if (!policy || !policy->statements)
		goto failed;
	json_array_foreach(policy->statements, i, each)
	{
		const char *what = statement_problem(each, attachment);

		if (what) {
			snprintf(problem, size, "statement %zu: %s", i + 1, what);
			goto failed;
		}
	}
	return policy;
failed:
	policy_free(policy);
	return NULL;
}

struct policy *policy_parse(const char *text, enum policy_attachment attachment, char *problem, size_t size)
{
	json_error_t error;
	json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	return make_policy(document, &error, attachment, problem, size);
}

struct policy *policy_load(const char *path, enum policy_attachment attachment, char *problem, size_t size)
{
	json_error_t error;
	json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	char what[200];
	struct policy *policy = make_policy(document, &error, attachment, what, sizeof what);

	if (!policy)
		snprintf(problem, size, "%s: %s", path, what);
	return policy;
}

void policy_free(struct policy *policy)
{
	if (policy)
		json_decref(policy->statements);
	free(policy);
}

/* ---- evaluating ---- */

static bool is_action(const char *pattern, const char *action)
{
	return glob(pattern, action, true);
}

/* `name` fits, or `opposite` does not. A statement that has neither is about everything. */
static bool is_about(const json_t *statement, const char *name, const char *opposite, comparison *compare,
		     const char *text)
{
	json_t *patterns = json_object_get(statement, name), *others = json_object_get(statement, opposite);

	return (!patterns || fits_any(patterns, compare, text)) &&
	       (!others || !fits_any(others, compare, text));
}

static bool names_caller(json_t *principal, const struct policy_request *request)
{
	json_t *names = json_object_get(principal, request->kind);

	if (!principal || json_is_string(principal))
		return true;
	if (!names)
		return false;
	if (fits_any(names, is_equal, "*"))
		return true;
	for (size_t i = 0; i < POLICY_PRINCIPALS && request->principals[i]; i++)
		if (fits_any(names, is_equal, request->principals[i]))
			return true;
	return false;
}

static bool covers(const json_t *statement, const struct policy_request *request)
{
	return is_about(statement, "Action", "NotAction", is_action, request->action) &&
	       is_about(statement, "Resource", "NotResource", is_like, request->resource) &&
	       names_caller(json_object_get(statement, "Principal"), request) &&
	       all_hold(json_object_get(statement, "Condition"), request);
}

static bool denies(const json_t *statement)
{
	return strcmp(json_string_value(json_object_get(statement, "Effect")), "Deny") == 0;
}

enum permission policy_evaluate(const struct policy *policy, const struct policy_request *request)
{
	enum permission permission = PERMISSION_NOT_MENTIONED;
	json_t *statement;
	size_t i;

	json_array_foreach(policy->statements, i, statement)
	{
		if (!covers(statement, request))
			continue;
		if (denies(statement))
			return PERMISSION_DENIED;
		permission = PERMISSION_ALLOWED;
	}
	return permission;
}

bool policy_allows_anything(const struct policy *policy)
{
	json_t *statement;
	size_t i;

	json_array_foreach(policy->statements, i, statement)
	{
		if (!denies(statement))
			return true;
	}
	return false;
}

void policy_request_add(struct policy_request *request, const char *name, const char *value)
{
	if (!value)
		return;
	assert(request->key_count < POLICY_KEYS);
	request->keys[request->key_count++] = (struct policy_key){name, value};
}
