#include "bench/estate/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { BUCKETS = 65536, MICROSECONDS = 1000000 };

struct bucket {
	uint64_t key;
	int64_t filled; /* when `tokens` was computed; microseconds */
	double tokens;
};

struct limits {
	struct bucket buckets[BUCKETS];
	bool organizations_is_busy;
};

static bool is_organizations(const char *service)
{
	return strcmp(service, "organizations") == 0;
}

static const struct rate {
	const char *service, *operation; /* `operation` NULL: all operations of the service together */
	unsigned a_second, at_once;
} rates[] = {
	{"sts", NULL, 600, 60},
	{"account", NULL, 5, 5},
	{"ec2", NULL, 20, 20},
	{"rds", "ListTagsForResource", 12, 12},
	{"rds", NULL, 40, 40},
	{"kms", "DescribeKey", 2000, 2000},
	{"kms", "ListAliases", 500, 500},
	{"kms", "GetKeyRotationStatus", 1000, 1000},
	{"neptune-graph", NULL, 20, 20},
};

static const struct rate *rate_of(const char *service, const char *operation)
{
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
		if (strcmp(rates[i].service, service) == 0 &&
		    (!rates[i].operation || strcmp(rates[i].operation, operation) == 0))
			return &rates[i];
	return NULL;
}

struct limits *limits_new(void)
{
	return calloc(1, sizeof(struct limits));
}

void limits_free(struct limits *limits)
{
	free(limits);
}

struct limit limits_of(const char *service, const char *operation)
{
	const struct rate *rate = rate_of(service, operation);

	return rate ? (struct limit){rate->a_second, rate->at_once} : (struct limit){0, 0};
}

static uint64_t hash(const struct rate *rate, size_t account, const char *region)
{
	uint64_t key = hash64_text((uint64_t)(rate - rates) + 1, region);

	key = (key ^ account) * 0x9E3779B97F4A7C15ULL;
	return key ^ (key >> 29);
}

bool limits_take(struct limits *limits, const char *service, const char *operation, size_t account,
		 const char *region, int64_t now)
{
	const struct rate *rate = rate_of(service, operation);
	struct bucket *bucket;
	uint64_t key;

	if (is_organizations(service)) {
		bool was_busy = limits->organizations_is_busy;

		limits->organizations_is_busy = true;
		return !was_busy;
	}
	if (!rate)
		return true;
	key = hash(rate, account, region);
	bucket = &limits->buckets[key % BUCKETS];
	if (bucket->key != key)
		*bucket = (struct bucket){key, now, rate->at_once};
	bucket->tokens += (double)(now - bucket->filled) * rate->a_second / MICROSECONDS;
	if (bucket->tokens > rate->at_once)
		bucket->tokens = rate->at_once;
	bucket->filled = now;
	if (bucket->tokens < 1)
		return false;
	bucket->tokens -= 1;
	return true;
}

void limits_done(struct limits *limits, const char *service)
{
	if (is_organizations(service))
		limits->organizations_is_busy = false;
}
