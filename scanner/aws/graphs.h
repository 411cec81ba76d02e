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

/* The scope of the request, which its response must match. */
struct graphs_request {
	enum resource_kind kind;
	const char *account, *region; /* NULL: not compared */
};

/*
 * Appends a page's graphs to the list that ends at `*last`. False: the page is invalid, its problem is set,
 * and nothing is appended: it names a resource of another service, account or region, or lists a resource
 * twice with different values. The arena owns the texts of resources.
 */
bool graphs_read(struct json_page *page, const json_t *answer, const struct graphs_request *request,
		 struct arena *arena, struct resource ***last);

#endif
