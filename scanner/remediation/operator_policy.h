/*
 * operator_policy.h - what the scripts of a folder call, for those who give permissions: an IAM policy. Every
 * action is held to the resources of the plan where IAM can do that (Service Authorization Reference, "Actions,
 * resources, and condition keys for Amazon RDS", "... for AWS KMS"; Neptune user guide, "IAM resource types for
 * administering Amazon Neptune"). That each call is allowed, and nothing to spare, is held by
 * tests/system/test_plan.py.
 */
#ifndef SCANNER_REMEDIATION_OPERATOR_POLICY_H
#define SCANNER_REMEDIATION_OPERATOR_POLICY_H

#include "scanner/remediation/facts.h"

/* A new reference. */
json_t *operator_policy(const struct plan *plan, const struct plan_item *item, const struct plan_names *names);

#endif
