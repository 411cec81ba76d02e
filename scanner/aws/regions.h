/*
 * regions.h - the enabled regions of an account, by ec2:DescribeRegions with the account's session.
 *
 * The list decides which cells exist, so it is valid as a whole or not at all. It is invalid when an enabled
 * region's name cannot be part of a host name, when an item has no name, when it is empty, or when the region
 * that the request was sent to is missing. The valid names of an invalid list are kept, because they may be
 * regions that this program does not know. A region with any valid name is enabled, except one of another
 * partition, where the session is not valid (simulators list those, too). Duplicates count once.
 */
#ifndef SCANNER_AWS_REGIONS_H
#define SCANNER_AWS_REGIONS_H

#include "config/partition.h"
#include "scanner/aws/call.h"

enum { MAX_REGIONS = 4096 /* a longer list is not plausible */ };

struct regions_reading {
	struct xml_handler handler;
	const char *home; /* the region that the request is sent to */
	struct arena arena;
	const char **enabled; /* in the order of the response */
	size_t count, capacity;
	const char *foreign; /* regions of other partitions, "cn-north-1, cn-northwest-1"; NULL: none */
	const char
		*problem; /* why the list is invalid, as far as it was found while reading; NULL: no problem */
	bool is_implausible; /* it names more than MAX_REGIONS regions, and none is kept */
	/* State of the item that is being read. */
	const char *name, *status;
};

/* `home` must outlive the reading. */
void regions_reading_init(struct regions_reading *reading, const char *home);
void regions_request_list(struct call *call, const char *region);
/* To be called after a successful answer: why its list is invalid; NULL: valid. The reading owns the text. */
const char *regions_problem(const struct regions_reading *reading);
bool regions_enable(const struct regions_reading *reading, const char *region);
void regions_reading_deinit(struct regions_reading *reading);

#endif
