/*
 * world.h - the truth about a simulated organization, computed from a seed.
 *
 * Nothing is stored: every account, region, cell and cluster is a function of the seed and its
 * numbers, so that the same seed gives the same bytes on every machine.
 */
#ifndef ESTATE_WORLD_H
#define ESTATE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world {
	uint64_t seed;
	size_t accounts; /* account 0 is the management account */
	size_t regions;
};

enum { WORLD_MOST_REGIONS = 34, WORLD_UNITS = 5, WORLD_ID = 13, WORLD_TEXT = 96 };

enum account_kind {
	ACCOUNT_ORDINARY,
	ACCOUNT_SUSPENDED,
	ACCOUNT_CLOSED_TO_US, /* its role may not be assumed */
};

enum cell_kind {
	CELL_OPEN,
	CELL_NOT_ENABLED, /* the region is not enabled in the account */
	CELL_FENCED,      /* a service control policy denies looking */
};

/* How a cluster is encrypted, or says that it is. */
enum encryption {
	ENCRYPTION_KMS,
	ENCRYPTION_NONE,
	ENCRYPTION_AWS_OWNED,
	ENCRYPTION_UNSAID,        /* the element is absent */
	ENCRYPTION_CONTRADICTORY, /* sse-kms, but not encrypted */
};

struct unit {
	const char *id, *name, *path, *parent; /* the root has no parent */
	const char *ids;                       /* from the root down, each with a slash behind it */
};

extern const struct unit world_units[WORLD_UNITS];

const char *world_region(size_t region);
/* SIZE_MAX: no such region. */
size_t world_region_by_name(const struct world *world, const char *name, size_t length);

void world_account_id(const struct world *world, size_t account, char id[WORLD_ID]);
/* SIZE_MAX: no such account. */
size_t world_account_by_id(const struct world *world, const char *id);
void world_account_name(const struct world *world, size_t account, char name[WORLD_TEXT]);
enum account_kind world_account_kind(const struct world *world, size_t account);
const struct unit *world_account_unit(const struct world *world, size_t account);

enum cell_kind world_cell_kind(const struct world *world, size_t account, size_t region);
/* Clusters of a cell, Neptune's and those of other engines. */
size_t world_cluster_count(const struct world *world, size_t account, size_t region);

struct world_cluster {
	char id[WORLD_TEXT];
	const char *engine;
	enum encryption encryption;
	char tag[WORLD_TEXT]; /* value of the tag "owner" */
	uint64_t number;      /* for ids and keys */
};

struct world_cluster world_cluster(const struct world *world, size_t account, size_t region, size_t index);

/* What a cluster's answer holds; NULL: the element is absent. */
const char *encryption_flag(enum encryption encryption);
const char *encryption_type(enum encryption encryption);

#endif
