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

/* The parts point into `text`. False: it is not an ARN, and all parts are absent. */
bool arn_split(struct span text, struct arn *arn);
/*
 * True: the ARN names a resource of this service in this account and region. `region` NULL: not compared. An
 * ARN without a region matches every region, because its resource belongs to none.
 */
bool arn_belongs_to(const char *text, const char *service, const char *account, const char *region);

#endif
