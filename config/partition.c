#include "config/partition.h"

#include <ctype.h>
#include <string.h>

#include "base/nearest.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The longer prefixes come first: "us-gov-west-1" must not be read as area "us". */
static const struct partition partitions[] = {
	{"aws-us-gov", "amazonaws.com", "api.aws", LIST("us-gov"), "us-gov-west-1",
	 LIST("us-gov-east-1", "us-gov-west-1"), true},
	{"aws-iso", "c2s.ic.gov", "api.aws.ic.gov", LIST("us-iso"), "us-iso-east-1",
	 LIST("us-iso-east-1", "us-iso-west-1"), false},
	{"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", LIST("us-isob"), "us-isob-east-1",
	 LIST("us-isob-east-1", "us-isob-west-1"), false},
	{"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", LIST("eu-isoe"), "eu-isoe-west-1",
	 LIST("eu-isoe-west-1"), false},
	{"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", LIST("us-isof"), "us-isof-south-1",
	 LIST("us-isof-east-1", "us-isof-south-1"), false},
	{"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", LIST("cn"), "cn-northwest-1",
	 LIST("cn-north-1", "cn-northwest-1"), false},
	{"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", LIST("eusc-de"), "eusc-de-east-1",
	 LIST("eusc-de-east-1"), false},
	{"aws", "amazonaws.com", "api.aws", LIST("us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"),
	 "us-east-1",
	 LIST("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
	      "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
	      "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",
	      "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
	      "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
	      "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
	 false},
};

enum { PARTITION_COUNT = sizeof partitions / sizeof partitions[0], LONGEST_REGION = 32 };

/* PREFIX-word-number, the word in lower case letters, digits and underscores */
static bool matches(const char *prefix, struct span region)
{
	size_t length = strlen(prefix), i = length;
	size_t word, number;

	if (region.length > LONGEST_REGION || !span_starts_with(region, prefix) || region.length <= i ||
	    region.at[i++] != '-')
		return false;
	for (word = 0; i < region.length && (islower((unsigned char)region.at[i]) ||
					     isdigit((unsigned char)region.at[i]) || region.at[i] == '_');
	     i++)
		word++;
	if (word == 0 || i >= region.length || region.at[i++] != '-')
		return false;
	for (number = 0; i < region.length && isdigit((unsigned char)region.at[i]); i++)
		number++;
	return number > 0 && number < 4 && i == region.length;
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

const char *partition_nearest_region(const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < PARTITION_COUNT; i++)
		for (const char *const *region = partitions[i].regions; *region; region++)
			nearest_consider(&nearest, *region);
	return nearest.name;
}

bool partition_knows_region(const char *name)
{
	for (size_t i = 0; i < PARTITION_COUNT; i++)
		for (const char *const *region = partitions[i].regions; *region; region++)
			if (strcmp(*region, name) == 0)
				return true;
	return false;
}
