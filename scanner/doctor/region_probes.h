/*
 * region_probes.h - the queries that doctor sends in the regions of accounts, and their responses.
 *
 * They are sent in three rounds:
 *
 *   1. in each cell (an account's region), the list that a scan begins with, and one query of each other
 *      service;
 *   2. the other lists: in each region in one account that may list and in one that may not, because a policy
 *      may deny a single action in a single region;
 *   3. the queries about single resources, in each region in one account that has resources; and where round 2
 *      found that only some lists are denied, these lists in the other accounts.
 *
 * With --all, rounds 2 and 3 include each cell: what a scan would query there.
 */
#ifndef SCANNER_DOCTOR_REGION_PROBES_H
#define SCANNER_DOCTOR_REGION_PROBES_H

#include "scanner/doctor/probe.h"

enum { PROBED_SERVICES = 3 };

struct region_probe {
	struct region_probe *next;
	struct region_cell *cell;
	enum query_kind query;
	size_t service;              /* an index */
	bool is_done;                /* the response, or that of the same endpoint, is known */
	const struct answer *answer; /* NULL: the request is allowed */
	const char *what;
};

struct probed_region {
	const char *name;
	bool is_tried[PROBED_SERVICES];
	const struct region_probe *unreachable[PROBED_SERVICES]; /* not NULL: the endpoint did not respond */
	bool is_closed; /* by a policy of the organization, in each member account that has it (regions.c) */
};

struct region_cell {
	struct doctor_account *account;
	struct probed_region *region;
	struct region_probe *first;           /* of the list that decides whether the region is open */
	uint32_t sent, sent_with_key, listed; /* QUERY_BIT()s; `listed`: lists that were allowed */
	bool has_clusters, has_resources;     /* or a list has more pages, which are not read */
	const char *key; /* a KMS key of the account that encrypts a resource; NULL: none seen */
};

struct region_probes {
	struct region_probe *head, **last;
	struct region_probe *const *unsent; /* where the round begins */
	struct region_cell *cells;
	size_t cell_count;
	struct probed_region *regions;
	size_t region_count;
	const struct service *services[PROBED_SERVICES];
	uint32_t lists, dependent_lists, others; /* QUERY_BIT()s: dependent ones are of clusters */
};

const struct operation *region_probe_operation(const struct region_probe *probe);
/* A policy of the organization denies it. */
bool region_probe_is_closed(const struct region_probe *probe);
/* True: whether the cell has resources is known, as far as a scan would know. */
bool region_cell_is_known(const struct region_probes *probes, const struct region_cell *cell);

#endif
