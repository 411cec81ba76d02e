/*
 * arn.h - the parts of an ARN: "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE".
 *
 * Region and account are empty where a service has none; colons in the resource belong to it. Source: AWS IAM
 * User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
 */
#ifndef BASE_ARN_H
#define BASE_ARN_H

#include "base/span.h"

struct arn {
	struct span partition, service, region, account, resource;
};

/* The parts are pieces of `text`. False: it is no ARN, and all parts are absent. */
bool arn_split(struct span text, struct arn *arn);

#endif
