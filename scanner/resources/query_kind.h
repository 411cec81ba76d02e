/*
 * query_kind.h - the kinds of queries that a scan can send. queries/queries.h has their table.
 */
#ifndef SCANNER_RESOURCES_QUERY_KIND_H
#define SCANNER_RESOURCES_QUERY_KIND_H

/* The lists come first, in the order in which a cell requests them. */
enum query_kind {
	QUERY_CLUSTERS,
	QUERY_SNAPSHOTS,
	QUERY_BACKUPS,
	QUERY_GRAPHS,
	QUERY_GRAPH_SNAPSHOTS,
	/* Lists that are requested only where there are clusters. */
	QUERY_INSTANCES,
	QUERY_GLOBAL_DATABASES,
	/* About a single resource. */
	QUERY_PARAMETERS,
	QUERY_SHARING,
	QUERY_TAGS,
	QUERY_KEY,
	QUERY_ALIASES,
	QUERY_ROTATION,  /* automatic rotation status, of keys with material from KMS */
	QUERY_ROTATIONS, /* completed rotations, of keys with imported material */
	QUERY_KINDS
};

/* Query kinds as bits of a mask. */
#define QUERY_BIT(kind) (1U << (kind))

#endif
