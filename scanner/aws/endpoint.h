/*
 * endpoint.h - where a service of a region is, and how requests to it are signed.
 *
 * Custom endpoints (simulator, moto, VPC endpoints) change the address only: the signing region stays
 * the logical one. One service's own address wins over the one for all. Organizations is always asked in
 * its home region: the rules of botocore 1.43 forget that for some FIPS and dual-stack names. A region that
 * fits no partition's pattern is looked for in the partition of the home region (aws.region).
 */
#ifndef SCANNER_AWS_ENDPOINT_H
#define SCANNER_AWS_ENDPOINT_H

#include "base/error.h"
#include "config/settings.h"
#include "scanner/aws/operation.h"

enum { ENDPOINT_URL_SIZE = 320, REGION_SIZE = 64 /* a host label and its NUL */ };

struct endpoint {
	char url[ENDPOINT_URL_SIZE];  /* ends in the slash of the path */
	char host[ENDPOINT_URL_SIZE]; /* for the Host header: the port only when it is not the scheme's */
	char path[ENDPOINT_URL_SIZE]; /* "/" unless a custom endpoint has one */
	char signing_region[REGION_SIZE];
};

/* False: the region's name is no host label, or the custom URL is too long. */
bool endpoint_resolve(struct endpoint *endpoint, const struct config *config, const struct service *service,
		      const char *region, struct error *error);

/*
 * AWS's rules make a FIPS name for any region, whether there is such an endpoint or not. True: FIPS is asked
 * for, and none is known there; a name that has no address then means that, and not a network in trouble.
 */
bool endpoint_may_lack_fips(const struct config *config, const struct service *service, const char *region);

/* Of an operation that is a path, without its first slash; NULL: none. False: it is too long. */
bool endpoint_add_path(struct endpoint *endpoint, const char *path);

#endif
