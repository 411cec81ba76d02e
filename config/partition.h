/*
 * partition.h - AWS's partitions: how their regions are called, and where their endpoints live.
 *
 * Source: botocore 1.43 data/partitions.json. A region belongs to the partition whose pattern its name
 * matches, so that a region launched tomorrow works today.
 */
#ifndef CONFIG_PARTITION_H
#define CONFIG_PARTITION_H

#include <stdbool.h>

#include "base/span.h"

struct partition {
	const char *id; /* also the partition field of an ARN */
	const char *dns_suffix, *dualstack_suffix;
	const char *const *area_prefixes; /* "us", "eu" ...; NULL-terminated */
	const char *home_region;          /* of Organizations, and the default for STS */
	const char *const *regions;       /* those known when this was written; NULL-terminated */
	bool is_fips; /* the usual endpoints of some services are FIPS endpoints: they have no other name */
};

/* NULL when the name fits no partition's pattern. */
const struct partition *partition_of_region(struct span region);
/* By its id; NULL: there is none. */
const struct partition *partition_named(const char *id);
bool partition_has_region(const struct partition *partition, struct span region);
/* The known region whose name is nearest to a misspelt one; NULL when none is near. */
const char *partition_nearest_region(const char *name);
/* Was the region known when this was written? One that is not may be a slip, or new. */
bool partition_knows_region(const char *name);

#endif
