/*
 * world.h - a simulated organization, computed from a seed.
 *
 * Nothing is stored: every account, OU, region and cell is a function of the seed and its numbers, so the
 * same seed gives the same bytes on every machine, and an estate of any size starts at once. resources.h
 * computes the resources of a cell.
 */
#ifndef ESTATE_WORLD_H
#define ESTATE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WORLD_MAX_ACCOUNTS = 100000,
	WORLD_MAX_REGIONS = 34,
	WORLD_MAX_DEPTH = 5, /* of organizational units, AWS's own limit */
	WORLD_UNIT_CHILDREN = 3,
	WORLD_ID = 13,
	WORLD_TEXT = 96,
	WORLD_PATH = 200,
	WORLD_MAX_ROLELESS = 16
};

struct world {
	uint64_t seed;
	size_t accounts; /* account 0 is the management account */
	size_t regions;
	unsigned depth;         /* of the tree of OUs; 0: only the root */
	bool same_everywhere;   /* Instead of the realistic distribution: */
	size_t clusters_a_cell; /* equal Neptune clusters in every cell */
	unsigned night;         /* the number of nights since the start, in each of which a few items change */
	bool odd_names;         /* ambiguous names, see world_unit_name */
	bool is_calm;           /* no account is closed to us, no cell is fenced */
	size_t roleless[WORLD_MAX_ROLELESS], roleless_count; /* accounts without the role */
};

enum account_kind {
	ACCOUNT_ORDINARY,
	ACCOUNT_SUSPENDED,
	ACCOUNT_CLOSED_TO_US, /* its role cannot be assumed */
};

enum cell_kind {
	CELL_OPEN,
	CELL_NOT_ENABLED, /* the region is not enabled in the account */
	CELL_FENCED,      /* a service control policy denies access */
};

enum { WORLD_ORGANIZATION = 16 };

/* "o-estate0001" */
void world_organization_id(const struct world *world, char id[static WORLD_ORGANIZATION]);

/* Random decisions; each has its own stream of draws. */
enum draw {
	DRAW_KIND = 1,
	DRAW_UNIT,
	DRAW_NAME,
	DRAW_ENABLED,
	DRAW_FENCED,
	DRAW_COUNT,
	DRAW_CROWD,
	DRAW_CLUSTER,
	DRAW_ENGINE,
	DRAW_ENCRYPTION,
	DRAW_APPETITE,
	DRAW_INSTANCE,
	DRAW_SNAPSHOT,
	DRAW_BACKUP,
	DRAW_GLOBAL,
	DRAW_KEY,
	DRAW_GRAPH,
	DRAW_JITTER,
	DRAW_FAULT,
	DRAW_NIGHT,
};

uint64_t world_draw(const struct world *world, enum draw what, size_t a, size_t b, size_t c);
/* The latest night up to now in which the item changed, to be added to a draw's number; 0: none. */
size_t world_changed(const struct world *world, enum draw what, size_t a, size_t b, size_t c);
/* True with the probability `share` / `of`. */
bool world_chance(uint64_t draw, uint64_t share, uint64_t of);

const char *world_region(size_t region);
bool world_region_is_opt_in(size_t region);
/* SIZE_MAX: no such region. */
size_t world_region_by_name(const struct world *world, const char *name);

void world_account_id(const struct world *world, size_t account, char id[WORLD_ID]);
/* SIZE_MAX: no such account. */
size_t world_account_by_id(const struct world *world, const char *id);
/* With odd names, accounts 2n and 2n + 1 have equal names, and the last account's is the id of account 1. */
void world_account_name(const struct world *world, size_t account, char name[WORLD_TEXT]);
enum account_kind world_account_kind(const struct world *world, size_t account);
size_t world_account_unit(const struct world *world, size_t account);

/* OUs are numbered; 0 is the root. */
size_t world_unit_count(const struct world *world);
size_t world_unit_parent(size_t unit); /* not for the root */
void world_unit_id(size_t unit, char id[WORLD_TEXT]);
/* SIZE_MAX: no such unit. */
size_t world_unit_by_id(const struct world *world, const char *id);
/*
 * With odd names, an OU below the root is called "Prod/Payments & Cards" (which is the path of another one),
 * and one has a backslash in its name.
 */
const char *world_unit_name(const struct world *world, size_t unit);
/* "/Prod/Payments & Cards"; a backslash escapes a slash or backslash inside a name. */
void world_unit_path(const struct world *world, size_t unit, char path[WORLD_PATH]);
void world_unit_id_path(size_t unit, char path[WORLD_PATH]); /* "r-est8/ou-est8-00000001/" */

enum cell_kind world_cell_kind(const struct world *world, size_t account, size_t region);

#endif
