/*
 * operator_policy.h - what the scripts of a kind of resource call, for whoever gives permissions: an IAM
 * policy. That each call is in it, and nothing to spare, is held by tests/system/test_plan.py.
 */
#ifndef SCANNER_REMEDIATION_OPERATOR_POLICY_H
#define SCANNER_REMEDIATION_OPERATOR_POLICY_H

#include "scanner/remediation/plan.h"

/* A new reference. */
json_t *operator_policy(const struct plan_item *item);

#endif
