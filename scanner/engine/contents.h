/*
 * contents.h - the resources that the queries of one cell found, before and after they are linked.
 *
 * Resources and all that is linked to them live in the cell's arena. Nothing here knows the cell itself.
 */
#ifndef SCANNER_ENGINE_CONTENTS_H
#define SCANNER_ENGINE_CONTENTS_H

#include "scanner/controls/controls.h"
#include "scanner/matrix/outcome.h"

struct contents {
	const char *account, *region;
	struct resource_list resources;
	struct arena *arena;
	uint32_t needs; /* QUERY_BIT()s of the selected controls */
};

/* Adds a relation to the front of the resource's. `target` NULL: none. */
void contents_relate(const struct contents *contents, struct resource *resource, const char *role,
		     const char *target);
/* By target: two runs list them in the same order, however the responses arrived. */
void contents_sort_relations(const struct contents *contents, struct resource *resource);

/*
 * A resource may stand on two pages, when another one is created or deleted while the list is read. It is one
 * resource, by its ARN or else its id, and the later page is newer. Called by contents_link.
 */
void contents_drop_duplicates(struct contents *contents);
/* Adds the keys that resources are encrypted with, as resources of their own, and links them. By contents_link.
 */
void contents_link_keys(struct contents *contents, const struct policy *policy, struct outcome *outcome);
/* Once, when the lists are complete: instances and snapshots with their cluster, resources with their key. */
void contents_link(struct contents *contents, const struct policy *policy, struct outcome *outcome);

#endif
