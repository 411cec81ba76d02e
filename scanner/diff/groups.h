/*
 * groups.h - the changes of a section as people read them: a cluster with its instances and snapshots is
 * one line, and so are all cells that could not be assessed for the same cause, whatever accounts and regions
 * they have.
 */
#ifndef SCANNER_DIFF_GROUPS_H
#define SCANNER_DIFF_GROUPS_H

#include "base/buffer.h"
#include "scanner/diff/diff.h"

enum { MAX_GROUP_REASONS = 3, MAX_GROUP_ACCOUNTS = 3, MAX_GROUP_REGIONS = 64, MAX_GROUP_REGIONS_NAMED = 6 };

struct diff_group {
	const struct item *first;
	const struct item *head; /* the cluster itself; NULL: it did not change */
	size_t resources, failing;
	size_t kinds[RESOURCE_KINDS]; /* of the resources */
	bool are_new;                 /* all resources */
	const char *reasons[MAX_GROUP_REASONS];
	size_t reason_count;
	const struct item *accounts[MAX_GROUP_ACCOUNTS]; /* the first item of each account */
	size_t account_count;
	const char *regions[MAX_GROUP_REGIONS];
	size_t region_count;
	bool has_more_regions;
};

/* New resources that newly fail are in the groups of that change. */
void diff_walk_groups(const struct differences *differences, enum change change,
		      void (*take)(void *userdata, const struct diff_group *group), void *userdata);
/* "graph-0003-c56a3428"; empty for a change of a cell. */
void diff_group_write_name(const struct diff_group *group, struct buffer *text);
/* "not encrypted (StorageEncrypted is false), with 2 instances, 3 snapshots" */
void diff_group_write_text(const struct diff_group *group, struct buffer *text);
/* "134625000125 core-dev-17"; "20 accounts: 134625000125 core-dev-17, ... and 17 more" */
void diff_group_write_accounts(const struct diff_group *group, struct buffer *text);
/* "us-east-1, us-west-2 and 3 more"; empty for a change of an account. */
void diff_group_write_regions(const struct diff_group *group, struct buffer *text);

#endif
