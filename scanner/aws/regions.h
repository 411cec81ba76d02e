/*
 * regions.h - which regions an account has enabled, by ec2:DescribeRegions with the account's session.
 */
#ifndef SCANNER_AWS_REGIONS_H
#define SCANNER_AWS_REGIONS_H

#include "config/partition.h"
#include "scanner/aws/call.h"

enum { MOST_REGIONS = 128 };

struct regions_reading {
	struct xml_handler handler;
	const struct partition *partition; /* regions of other partitions do not count */
	struct arena arena;
	const char *enabled[MOST_REGIONS];
	size_t count;
	bool too_many;
	/* The item being read. */
	struct span name, status;
	struct arena item;
};

void regions_reading_init(struct regions_reading *reading, const struct partition *partition);
void regions_ask(struct call *call, const char *region);
void regions_reading_free(struct regions_reading *reading);

#endif
