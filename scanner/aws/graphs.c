#include "scanner/aws/graphs.h"

#include "base/arn.h"
#include "base/text.h"
#include "scanner/aws/contradictions.h"

static const char page_size[] = "100"; /* the maximum of Neptune Analytics */

void graphs_request_list(struct call *call, enum resource_kind kind, const char *region, const char *token)
{
	call_begin(call, kind == RESOURCE_GRAPH ? GRAPHS_LIST_GRAPHS : GRAPHS_LIST_GRAPH_SNAPSHOTS, region);
	call_parameter(call, "maxResults", page_size);
	if (token)
		call_parameter(call, "nextToken", token);
}

static const char *text_of(const json_t *object, const char *name, struct arena *arena)
{
	return arena_copy(arena, json_string_value(json_object_get(object, name)));
}

/* NULL: out of memory. */
static struct resource *read_one(const json_t *item, const char *id, enum resource_kind kind,
				 struct arena *arena)
{
	struct resource *resource = arena_take(arena, sizeof *resource);

	if (!resource)
		return NULL;
	resource->kind = kind;
	resource->id = arena_copy(arena, id);
	resource->arn = text_of(item, "arn", arena);
	resource->values[ATTRIBUTE_STATUS] = text_of(item, "status", arena);
	resource->values[ATTRIBUTE_ANALYTICS_KEY_ID] = text_of(item, "kmsKeyIdentifier", arena);
	return resource->id ? resource : NULL;
}

static bool check_arns(struct json_page *page, const struct graphs_request *request)
{
	const json_t *item;
	size_t index;

	json_array_foreach(page->items, index, item)
	{
		const char *arn = json_string_value(json_object_get(item, "arn"));

		if (request->account && arn &&
		    !arn_belongs_to(arn, "neptune-graph", request->account, request->region))
			return json_page_refuse(page, "it lists %s, but the request was for account %s%s%s",
						text_brief(arn, 100).text, request->account,
						request->region ? " in " : "",
						request->region ? request->region : "");
	}
	return true;
}

/* Stops at the first item that is not a valid graph. False: there is one. */
static bool read_items(struct json_page *page, enum resource_kind kind, struct arena *arena,
		       struct resource ***last)
{
	const json_t *item;
	size_t index;

	json_array_foreach(page->items, index, item)
	{
		const char *id = json_page_text(page, item, "id");
		struct resource *resource = id ? read_one(item, id, kind, arena) : NULL;

		if (!id)
			return false;
		if (!resource)
			break;
		**last = resource;
		*last = &resource->next;
	}
	return true;
}

bool graphs_read(struct json_page *page, const json_t *answer, const struct graphs_request *request,
		 struct arena *arena, struct resource ***last)
{
	const char *list = request->kind == RESOURCE_GRAPH ? "graphs" : "graphSnapshots", *problem;
	struct resource *first = NULL, **end = &first;
	bool good;

	if (!json_page_read(page, answer, list, "nextToken") || !check_arns(page, request))
		return false;
	good = read_items(page, request->kind, arena, &end);
	problem = contradictions_in_page(first, NULL, arena);
	if (problem)
		return json_page_refuse(page, "%s", problem);
	if (first) {
		**last = first;
		*last = end;
	}
	return good;
}
