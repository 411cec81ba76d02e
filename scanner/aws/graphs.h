/*
 * graphs.h - Neptune Analytics: graphs and their snapshots.
 */
#ifndef SCANNER_AWS_GRAPHS_H
#define SCANNER_AWS_GRAPHS_H

#include "scanner/aws/call.h"
#include "scanner/resources/resource.h"

/* `kind`: RESOURCE_GRAPH or RESOURCE_GRAPH_SNAPSHOT. */
void graphs_ask(struct call *call, enum resource_kind kind, const char *region, const char *token);
/*
 * Appends a page to the list that `last` ends. False: it is not a list. `token` is the next page's; NULL: this
 * was the last. Texts live in the arena.
 */
bool graphs_read(const json_t *answer, enum resource_kind kind, struct arena *arena, struct resource ***last,
		 const char **token);

#endif
