/*
 * regions.h - which regions an account has enabled, by ec2:DescribeRegions with the account's session.
 *
 * The list decides which cells exist, so it counts as a whole or not at all: an enabled region whose name
 * cannot stand in a host name, an item without a name, no region, or a list without the region that the request
 * was sent to, make it none. Its good names are kept all the same: they may be of regions that this program
 * does not know. A region is enabled whatever its name is, except one of another partition, in which the
 * session is not valid (simulators list those, too). A region that is listed twice counts once.
 */
#ifndef SCANNER_AWS_REGIONS_H
#define SCANNER_AWS_REGIONS_H

#include "config/partition.h"
#include "scanner/aws/call.h"

enum { MAX_REGIONS = 4096 /* of a list: beyond it the server makes them up */ };

struct regions_reading {
	struct xml_handler handler;
	const char *home; /* the region that the request is sent to */
	struct arena arena;
	const char **enabled; /* in the order of the list */
	size_t count, capacity;
	const char *foreign; /* regions of other partitions, "cn-north-1, cn-northwest-1"; NULL: none */
	const char *problem; /* why it is no list; NULL: nothing was found while it was read */
	bool is_made_up;     /* it names more regions than there can be: none of them is kept */
	/* The item being read. */
	const char *name, *status;
};

/* `home` must outlive the reading. */
void regions_reading_init(struct regions_reading *reading, const char *home);
void regions_request_list(struct call *call, const char *region);
/* After a good answer: why its list cannot be used; NULL: it can. Lives as long as the reading. */
const char *regions_problem(const struct regions_reading *reading);
bool regions_enable(const struct regions_reading *reading, const char *region);
void regions_reading_deinit(struct regions_reading *reading);

#endif
