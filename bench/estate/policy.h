/*
 * policy.h - which actions the scanner's role may use: the Allow and Deny lists of an IAM policy.
 *
 * Effect and Action are enforced, with * and ? in actions, in any case. Resource and Condition are not
 * looked at; NotAction is refused, since passing over it would allow too much.
 */
#ifndef ESTATE_POLICY_H
#define ESTATE_POLICY_H

#include <stdbool.h>
#include <stddef.h>

struct policy;

enum permission { PERMISSION_ALLOWED, PERMISSION_NOT_MENTIONED, PERMISSION_DENIED };

/* NULL: what is wrong with the file is in `problem`. */
struct policy *policy_load(const char *path, char *problem, size_t size);
void policy_free(struct policy *policy);
/* `action`: "rds:DescribeDBClusters" */
enum permission policy_permits(const struct policy *policy, const char *action);

#endif
