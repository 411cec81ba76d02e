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
 * Once, when the lists are complete: links instances and snapshots with their cluster. A resource that stands
 * on two pages, because another one was created or deleted while the list was read, becomes one resource: by
 * its ARN or else its id, as the later page has it.
 */
void contents_link(struct contents *contents);
/* Adds the keys that resources are encrypted with, as resources of their own, and links them. After
 * contents_link. */
void contents_link_keys(struct contents *contents, const struct policy *policy, struct outcome *outcome);

#endif
