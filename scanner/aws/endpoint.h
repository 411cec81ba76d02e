/*
 * endpoint.h - the endpoint of a service in a region, and its signing region.
 *
 * A custom endpoint (simulator, moto, VPC endpoint) changes only the address; the signing region stays that
 * of the service. An address for one service overrides the one for all services. Organizations is always
 * requested in its home region; the rules of botocore 1.43 omit that for some FIPS and dual-stack names. A
 * region that matches no partition's pattern belongs to the partition of the home region (aws.region).
 */
#ifndef SCANNER_AWS_ENDPOINT_H
#define SCANNER_AWS_ENDPOINT_H

#include "base/error.h"
#include "config/settings.h"
#include "scanner/aws/operation.h"

enum { ENDPOINT_URL_SIZE = 320, REGION_SIZE = 64 /* a host label and its NUL */ };

struct endpoint {
	char url[ENDPOINT_URL_SIZE];  /* ends in the slash of the path */
	char host[ENDPOINT_URL_SIZE]; /* for the Host header: with the port when it is not the scheme's default
				       */
	char path[ENDPOINT_URL_SIZE]; /* "/" unless a custom endpoint has one */
	char signing_region[REGION_SIZE];
};

/* False: the region's name is not a host label, or the custom URL is too long. */
bool endpoint_resolve(struct endpoint *endpoint, const struct config *config, const struct service *service,
		      const char *region, struct error *error);

/*
 * AWS's rules construct a FIPS name for any region, whether that endpoint exists or not. True: FIPS is
 * required, and no FIPS endpoint is known there; then a name without an address means that the endpoint does
 * not exist, not a network problem.
 */
bool endpoint_may_lack_fips(const struct config *config, const struct service *service, const char *region);

/*
 * Makes a resolved endpoint of S3 that of a bucket: the bucket is the first label of the host, or the first
 * part of the path, where the endpoint is a custom one, or where dots in the bucket's name do not match the
 * certificate (S3 user guide, "Virtual hosting of general purpose buckets"). Without a custom endpoint, the
 * host has S3's own form for dual-stack names. False: too long.
 */
bool endpoint_add_bucket(struct endpoint *endpoint, const struct config *config, const char *bucket);

/* Appends the path of an operation, without its first slash; NULL: none. False: too long. */
bool endpoint_add_path(struct endpoint *endpoint, const char *path);

#endif
