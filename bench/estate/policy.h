/*
 * policy.h - evaluates an IAM policy document: identity-based, service control, trust, session, key and other
 * resource-based policies, permissions boundaries.
 *
 * Evaluated are Effect, Principal, Action, NotAction, Resource, NotResource and Condition with the operators
 * String*, Arn*, Bool and Null, ForAllValues, ForAnyValue and ...IfExists; a value of a condition may be a
 * policy variable. A document with anything else is refused when it is loaded, because an element that is
 * ignored would allow too much: NotPrincipal, numbers, dates, addresses, variables inside a text. Facts: IAM
 * User Guide, "IAM JSON policy elements reference", and there "Condition operators", "Variables and tags",
 * "Multivalued context keys" and "Policy evaluation logic".
 *
 * A policy is read-only once it is loaded.
 */
#ifndef ESTATE_POLICY_H
#define ESTATE_POLICY_H

#include <stdbool.h>
#include <stddef.h>

struct policy;

enum permission { PERMISSION_ALLOWED, PERMISSION_NOT_MENTIONED, PERMISSION_DENIED };

enum policy_attachment {
	ATTACHED_TO_PRINCIPAL, /* its statements have a Resource, and no Principal */
	ATTACHED_TO_ROLE,      /* a trust policy: a Principal, and no Resource */
	ATTACHED_TO_RESOURCE,  /* a Principal and a Resource */
};

enum { POLICY_PRINCIPALS = 4, POLICY_KEYS = 32 };

/* A condition key of the request. A key with several values is there several times. */
struct policy_key {
	const char *name, *value;
};

struct policy_request {
	const char *action;   /* "rds:DescribeDBClusters" */
	const char *resource; /* an ARN */
	const char *kind;     /* of the caller, as in a Principal: "AWS", "Service" or "Federated" */
	/* What a Principal may call it by: its ARN, its role's, its account. Those after the last are NULL. */
	const char *principals[POLICY_PRINCIPALS];
	struct policy_key keys[POLICY_KEYS];
	size_t key_count;
};

/* NULL: `problem` describes the error. */
struct policy *policy_parse(const char *text, enum policy_attachment attachment, char *problem, size_t size);
struct policy *policy_load(const char *path, enum policy_attachment attachment, char *problem, size_t size);
void policy_free(struct policy *policy);
enum permission policy_evaluate(const struct policy *policy, const struct policy_request *request);
/* False: it only denies, as a service control policy does that stands beside FullAWSAccess. */
bool policy_allows_anything(const struct policy *policy);

/* A request with more than POLICY_KEYS keys is an error of the program. `value` NULL: the key is absent. */
void policy_request_add(struct policy_request *request, const char *name, const char *value);

#endif
