/*
 * partition.h - AWS's partitions: how their regions are called, and where their endpoints live.
 *
 * Source: botocore 1.43 data/partitions.json. A region belongs to the partition whose pattern its name
 * matches, so that a region launched tomorrow works today. A region in an area that no pattern knows ("nz" in
 * nz-north-1) belongs to the partition of the home region: credentials never work in two partitions.
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
	/*
	 * Those that no account can disable: launched before 2019-03-20 (AWS Account Management, "Enable or
	 * disable AWS Regions in your account"). NULL: all, the partition has no opt-in regions.
	 */
	const char *const *always_enabled;
	bool is_fips; /* the usual endpoints of some services are FIPS endpoints: they have no other name */
};

/* A DNS label of lower-case letters, digits and hyphens (RFC 1123): it may become a part of a host name. */
bool region_is_host_label(struct span region);
/* AREA-WORD-NUMBER, whether the area is known or not: what a user may call a region. */
bool region_is_plausible(struct span region);

/* NULL when the name fits no partition's pattern. */
const struct partition *partition_of_region(struct span region);
/* By its id; NULL: there is none. */
const struct partition *partition_named(const char *id);
/*
 * Of a home region, and of each region beside it that fits no pattern. A home that fits none itself, or NULL,
 * is in `aws`, as in the endpoint rules of AWS's SDKs. Never NULL.
 */
const struct partition *partition_of_home(const char *home);
bool partition_always_enables(const struct partition *partition, const char *region);
bool partition_has_region(const struct partition *partition, struct span region);
/* The known region whose name is nearest to a misspelt one; NULL when none is near. */
const char *partition_nearest_region(const char *name);
/* Was the region known when this was written? One that is not may be a slip, or new. */
bool partition_knows_region(const char *name);

#endif
