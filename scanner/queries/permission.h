/*
 * permission.h - the IAM permissions that queries need, for those who send none: `iam-policy`, doctor, and the
 * session policy that narrows a role.
 *
 * A session has the permissions that both the role's policies and the session policy allow (IAM user guide,
 * "Session policies"). The text may have 2,048 characters, and AWS refuses it when it is too large in its
 * packed form together with session tags (STS API reference, AssumeRole, Policy and PackedPolicyTooLarge).
 */
#ifndef SCANNER_QUERIES_PERMISSION_H
#define SCANNER_QUERIES_PERMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "scanner/resources/query_kind.h"

/* "rds:DescribeDBClusters" */
const char *query_permission(enum query_kind kind);
/* Sent only where another query was refused: a role has the permission of that one instead. */
bool query_is_fallback(enum query_kind kind);

enum { MAX_SCAN_PERMISSIONS = QUERY_KINDS + 1, MAX_SESSION_POLICY = 2048 /* characters */ };
/*
 * The permissions in each account for these QUERY_BIT()s, sorted, without repetitions. Returns their number.
 * `with_fallbacks`: also those of queries that are sent only where another was refused.
 */
size_t scan_permissions(uint32_t needs, bool with_fallbacks, const char *names[static MAX_SCAN_PERMISSIONS]);
/*
 * Appends the session policy: exactly the calls that a scan may send in an account, with fallbacks, because a
 * role may have only the permission of a fallback.
 */
void session_policy_write(uint32_t needs, struct buffer *text);

#endif
