/*
 * policy.h - the permissions of the scan role: the Allow and Deny statements of an IAM policy.
 *
 * Effect and Action are enforced, with * and ? in actions, case-insensitively. Resource and Condition are
 * ignored; NotAction is refused, because ignoring it would allow too much.
 */
#ifndef ESTATE_POLICY_H
#define ESTATE_POLICY_H

#include <stdbool.h>
#include <stddef.h>

struct policy;

enum permission { PERMISSION_ALLOWED, PERMISSION_NOT_MENTIONED, PERMISSION_DENIED };

/* NULL: `problem` describes the error. */
struct policy *policy_load(const char *path, char *problem, size_t size);
void policy_free(struct policy *policy);
/* `action`: "rds:DescribeDBClusters" */
enum permission policy_permits(const struct policy *policy, const char *action);

#endif
