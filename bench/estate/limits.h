/*
 * limits.h - AWS's rate limits: token buckets, and Organizations, which takes one request at a time.
 *
 * Published: STS 600 a second for each calling account and region; account:ListRegions 5 a second; KMS.
 * Not published, assumed: EC2, RDS and Neptune Analytics, per account and region. A bucket holds one
 * second's worth; that of STS a tenth, since 600 a second means that no second sees many more. Buckets live in
 * a table of fixed size: of two that meet in it, the one that was used longer ago is forgotten, and starts full
 * again.
 */
#ifndef ESTATE_LIMITS_H
#define ESTATE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits;

struct limits *limits_new(void); /* NULL: no memory */
void limits_free(struct limits *limits);

struct limit {
	unsigned a_second, at_once; /* 0: there is none */
};

struct limit limits_of(const char *service, const char *operation);
/* False: throttled. `now` in microseconds. */
bool limits_take(struct limits *limits, const char *service, const char *operation, size_t account,
		 const char *region, int64_t now);
/* Each request that was taken ends with this. */
void limits_done(struct limits *limits, const char *service);

#endif
