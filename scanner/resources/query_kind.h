/*
 * query_kind.h - what a scan can query AWS for. The table of queries/queries.h says how.
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
	QUERY_ROTATION,  /* is automatic rotation on? Of keys with material from KMS */
	QUERY_ROTATIONS, /* which rotations were completed? Of keys with imported material */
	QUERY_KINDS
};

/* Query kinds as bits of a mask. */
#define QUERY_BIT(kind) (1U << (kind))

#endif
