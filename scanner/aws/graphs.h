/*
 * graphs.h - Neptune Analytics: graphs and their snapshots.
 */
#ifndef SCANNER_AWS_GRAPHS_H
#define SCANNER_AWS_GRAPHS_H

#include "scanner/aws/call.h"
#include "scanner/aws/json_page.h"
#include "scanner/resources/resource.h"

/* `kind`: RESOURCE_GRAPH or RESOURCE_GRAPH_SNAPSHOT. */
void graphs_request_list(struct call *call, enum resource_kind kind, const char *region, const char *token);

/* What the list was asked for. */
struct graphs_request {
	enum resource_kind kind;
	const char *account, *region; /* NULL: not compared */
};

/*
 * Appends a page's graphs to the list that `last` ends. False: it is no page, and its problem says why. A page
 * that names a resource of another service, account or region answers another request, and one
 * that lists a resource twice with other values is none: nothing of them is appended. Texts of resources live
 * in the arena.
 */
bool graphs_read(struct json_page *page, const json_t *answer, const struct graphs_request *request,
		 struct arena *arena, struct resource ***last);

#endif
