#include "config/partition.h"

#include <string.h>

#include "base/suggestion.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Longer prefixes come first: "us-gov-west-1" must not match the area "us". The last one is the default. */
static const struct partition partitions[] = {
	{"aws-us-gov", "amazonaws.com", "api.aws", LIST("us-gov"), "us-gov-west-1",
	 LIST("us-gov-east-1", "us-gov-west-1"), NULL, true},
	{"aws-iso", "c2s.ic.gov", "api.aws.ic.gov", LIST("us-iso"), "us-iso-east-1",
	 LIST("us-iso-east-1", "us-iso-west-1"), NULL, false},
	{"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", LIST("us-isob"), "us-isob-east-1",
	 LIST("us-isob-east-1", "us-isob-west-1"), NULL, false},
	{"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", LIST("eu-isoe"), "eu-isoe-west-1",
	 LIST("eu-isoe-west-1"), NULL, false},
	{"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", LIST("us-isof"), "us-isof-south-1",
	 LIST("us-isof-east-1", "us-isof-south-1"), NULL, false},
	{"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", LIST("cn"), "cn-northwest-1",
	 LIST("cn-north-1", "cn-northwest-1"), NULL, false},
	{"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", LIST("eusc-de"), "eusc-de-east-1",
	 LIST("eusc-de-east-1"), NULL, false},
	{"aws", "amazonaws.com", "api.aws", LIST("us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"),
	 "us-east-1",
	 LIST("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
	      "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
	      "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",
	      "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
	      "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
	      "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
	 LIST("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
	      "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2",
	      "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
	 false},
};

enum {
	PARTITION_COUNT = sizeof partitions / sizeof partitions[0],
	MAX_LABEL = 63, /* of a host name */
	MAX_DIGITS = 3, /* of a region's number */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

bool region_is_host_label(struct span region)
{
	if (region.length == 0 || region.length > MAX_LABEL || region.at[0] == '-' ||
	    region.at[region.length - 1] == '-')
		return false;
	for (size_t i = 0; i < region.length; i++)
		if (!is_letter(region.at[i]) && !is_digit(region.at[i]) && region.at[i] != '-')
			return false;
	return true;
}

static bool is_number(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if (!is_digit(text.at[i]))
			return false;
	return text.length > 0 && text.length <= MAX_DIGITS;
}

bool region_is_plausible(struct span region)
{
	struct span rest = region, part = {NULL, 0};
	size_t parts = 0;

	if (!region_is_host_label(region) || !is_letter(region.at[0]))
		return false;
	while (span_split(&rest, '-', &part)) {
		if (part.length == 0)
			return false;
		parts++;
	}
	return parts >= 3 && is_number(part);
}

/* PREFIX-word-number */
static bool matches(const char *prefix, struct span region)
{
	size_t length = strlen(prefix);
	struct span word;

	if (!span_starts_with(region, prefix) || region.length == length || region.at[length] != '-' ||
	    !region_is_plausible(region))
		return false;
	region.at += length + 1;
	region.length -= length + 1;
	return span_split(&region, '-', &word) && is_number(region);
}

bool partition_has_region(const struct partition *partition, struct span region)
{
	for (const char *const *prefix = partition->area_prefixes; *prefix; prefix++)
		if (matches(*prefix, region))
			return true;
	return false;
}

const struct partition *partition_of_region(struct span region)
{
	for (size_t i = 0; i < PARTITION_COUNT; i++)
		if (partition_has_region(&partitions[i], region))
			return &partitions[i];
	return NULL;
}

const struct partition *partition_named(const char *id)
{
	for (size_t i = 0; i < PARTITION_COUNT; i++)
		if (strcmp(partitions[i].id, id) == 0)
			return &partitions[i];
	return NULL;
}

const struct partition *partition_of_home(const char *home)
{
	const struct partition *partition = home ? partition_of_region(span_of(home)) : NULL;

	return partition ? partition : &partitions[PARTITION_COUNT - 1];
}

static bool lists(const char *const *regions, const char *name)
{
	for (; *regions; regions++)
		if (strcmp(*regions, name) == 0)
			return true;
	return false;
}

bool partition_always_enables(const struct partition *partition, const char *region)
{
	return !partition->always_enabled || lists(partition->always_enabled, region);
}

const char *partition_nearest_region(const char *name)
{
	struct suggestion nearest = suggestion_for(name);

	for (size_t i = 0; i < PARTITION_COUNT; i++)
		for (const char *const *region = partitions[i].regions; *region; region++)
			suggestion_consider(&nearest, *region);
	return nearest.name;
}

bool partition_knows_region(const char *name)
{
	for (size_t i = 0; i < PARTITION_COUNT; i++)
		if (lists(partitions[i].regions, name))
			return true;
	return false;
}
