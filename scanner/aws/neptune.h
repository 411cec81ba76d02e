/*
 * neptune.h - Neptune's clusters, by the RDS API.
 *
 * The API answers every engine's clusters, so the engine is asked for and checked. Texts are AWS's own,
 * unread: NULL where the element was absent, which is not the same as false.
 */
#ifndef SCANNER_AWS_NEPTUNE_H
#define SCANNER_AWS_NEPTUNE_H

#include "scanner/aws/call.h"

struct tag {
	struct tag *next;
	const char *key, *value;
};

struct cluster {
	struct cluster *next;
	const char *id, *arn, *engine, *status;
	const char *storage_encrypted, *storage_encryption_type, *kms_key_id;
	struct tag *tags;
};

/* One page of DescribeDBClusters. */
struct clusters_reading {
	struct xml_handler handler;
	struct arena *arena;      /* the caller's; the clusters live in it */
	struct cluster *clusters; /* without those of other engines, as AWS listed them */
	struct cluster **last;
	size_t other_engines;
	const char *marker; /* of the next page; NULL: this was the last */
	struct cluster *current;
	struct tag *tag;
};

void clusters_reading_init(struct clusters_reading *reading, struct arena *arena);
void neptune_ask_clusters(struct call *call, const char *region, const char *marker);

#endif
