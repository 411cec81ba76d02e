/*
 * operator_policy.h - an IAM policy for the operator, with what the scripts of a folder call. Every action is
 * restricted to the resources of the plan where IAM supports that (Service Authorization Reference, "Actions,
 * resources, and condition keys for Amazon RDS", "... for AWS KMS"; Neptune user guide, "IAM resource types
 * for administering Amazon Neptune"). tests/system/test_plan.py checks that each call is allowed, and nothing
 * else.
 */
#ifndef SCANNER_REMEDIATION_OPERATOR_POLICY_H
#define SCANNER_REMEDIATION_OPERATOR_POLICY_H

#include "scanner/remediation/facts.h"

/* A new reference. */
json_t *operator_policy(const struct plan *plan, const struct plan_item *item, const struct plan_names *names);

/* What is needed besides where writes are replayed; the table's name is for the reader to put in. */
json_t *operator_policy_replay(const struct plan *plan, const struct plan_item *item);

#endif
