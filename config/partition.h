/*
 * partition.h - AWS's partitions: the names of their regions, and the domains of their endpoints.
 *
 * Source: botocore 1.43 data/partitions.json. A region belongs to the partition whose pattern its name
 * matches, so a region that AWS launches later works as well. A region whose area no pattern has ("nz" in
 * nz-north-1) belongs to the partition of the home region, because credentials are never valid in two
 * partitions.
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
	const char *const *regions;       /* known when this was written; NULL-terminated */
	/*
	 * Regions that no account can disable: launched before 2019-03-20 (AWS Account Management, "Enable or
	 * disable AWS Regions in your account"). NULL: all; the partition has no opt-in regions.
	 */
	const char *const *always_enabled;
	bool is_fips; /* the standard endpoints of some services are FIPS endpoints, without a FIPS name */
};

/*
 * True: a DNS label of lower-case letters, digits and hyphens (RFC 1123), which may become a part of a host
 * name.
 */
bool region_is_host_label(struct span region);
/* True: AREA-WORD-NUMBER, with a known area or not: the form of a region's name. */
bool region_is_plausible(struct span region);

/* NULL: the name matches no partition's pattern. */
const struct partition *partition_of_region(struct span region);
/* NULL: no partition has this id. */
const struct partition *partition_named(const char *id);
/*
 * The partition of a home region, and of regions used with it that match no pattern. For a home region that
 * matches none, or NULL, it is `aws`, as in the endpoint rules of AWS's SDKs. Never NULL.
 */
const struct partition *partition_of_home(const char *home);
bool partition_always_enables(const struct partition *partition, const char *region);
bool partition_has_region(const struct partition *partition, struct span region);
/* The known region whose name is closest to a misspelled one; NULL: none is close. */
const char *partition_nearest_region(const char *name);
/* True: the region was known when this was written. Another name may be misspelled or new. */
bool partition_knows_region(const char *name);

#endif
