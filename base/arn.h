/*
 * arn.h - the parts of an ARN: "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE".
 *
 * Region and account are empty where a service has none; colons in the resource belong to it. Source: AWS IAM
 * User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
 */
#ifndef BASE_ARN_H
#define BASE_ARN_H

#include <stdbool.h>

#include "base/span.h"

struct arn {
	struct span partition, service, region, account, resource;
};

/* The parts are pieces of `text`. False: it is no ARN, and all parts are absent. */
bool arn_split(struct span text, struct arn *arn);
/*
 * Does an ARN name something of this service in this account and region? `region` NULL: it is not compared. An
 * ARN without a region fits each of them: what it names belongs to none.
 */
bool arn_belongs_to(const char *text, const char *service, const char *account, const char *region);

#endif
