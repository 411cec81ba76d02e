/*
 * limits.h - AWS's rate limits, as token buckets, and Organizations, which accepts one request at a time.
 *
 * Published: STS 600 a second for each calling account and region; account:ListRegions 5 a second; KMS. Not
 * published, assumed: EC2, RDS and Neptune Analytics, for each account and region. A bucket holds the tokens
 * of a second; that of STS a tenth, because 600 a second must also hold for short intervals. Buckets are in a
 * table of fixed size: when two collide, the one that was used longer ago is replaced by a full one.
 */
#ifndef ESTATE_LIMITS_H
#define ESTATE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits;

struct limits *limits_new(void); /* NULL: out of memory */
void limits_free(struct limits *limits);

struct limit {
	unsigned a_second, at_once; /* 0: no limit */
};

struct limit limits_of(const char *service, const char *operation);
/* False: throttled. `now` in microseconds. */
bool limits_take(struct limits *limits, const char *service, const char *operation, size_t account,
		 const char *region, int64_t now);
/* To be called at the end of each request that was accepted. */
void limits_done(struct limits *limits, const char *service);

#endif
