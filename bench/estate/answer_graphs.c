/*
 * Neptune Analytics: graphs and their snapshots. They are always encrypted, with AWS's key or the account's
 * own.
 */
#include <stdio.h>
#include <string.h>

#include "bench/estate/operations.h"
#include "bench/estate/paging.h"

static json_t *graph_object(const struct request *request, const struct graph *graph, const char *kind)
{
	const struct place place = request_place(request);
	char account[WORLD_ID], arn[160], key[KEY_ARN];

	world_account_id(place.world, place.account, account);
	snprintf(arn, sizeof arn, "arn:aws:neptune-graph:%s:%s:%s/%s", request->region, account, kind,
		 graph->id);
	key_arn(&place, KEY_ROTATED, key);
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", graph->id, "name", graph->name, "arn", arn, "status",
			 "AVAILABLE", "kmsKeyIdentifier", graph->own_key ? key : "AWS_OWNED_KEY");
}

static json_t *describe_graph(const struct request *request, size_t index)
{
	const struct place place = request_place(request);
	const struct graph graph = graph_at(&place, index);
	json_t *object = graph_object(request, &graph, "graph");
	char endpoint[120];

	snprintf(endpoint, sizeof endpoint, "%s.%s.neptune-graph.amazonaws.com", graph.id, request->region);
	json_object_update_new(object,
			       json_pack("{s:i,s:b,s:s,s:i,s:b}", "provisionedMemory", 16, "publicConnectivity",
					 0, "endpoint", endpoint, "replicaCount", 1, "deletionProtection", 1));
	return object;
}

static json_t *describe_snapshot(const struct request *request, size_t index)
{
	const struct place place = request_place(request);
	const struct graph snapshot = graph_snapshot_at(&place, index), graph = graph_at(&place, index);
	json_t *object = graph_object(request, &snapshot, "graph-snapshot");

	json_object_update_new(object, json_pack("{s:s,s:f}", "sourceGraphId", graph.id, "snapshotCreateTime",
						 1795495506.431));
	return object;
}

static void list(struct request *request, const char *name,
		 json_t *(*describe)(const struct request *request, size_t index))
{
	const struct place place = request_place(request);
	size_t count = graph_count(&place);
	struct listing listing;
	json_t *items, *answer;

	if (!listing_of_query(request, "maxResults", "nextToken", 100, &listing))
		return;
	items = json_array();
	for (size_t i = listing.first; listing_goes_on(&listing, i, count); i++) {
		json_array_append_new(items, describe(request, i));
		listing.listed++;
	}
	answer = json_pack("{s:o}", name, items);
	listing_add_token(answer, "nextToken", &listing);
	answer_json(request, answer);
}

void graph_list_graphs(struct request *request)
{
	list(request, "graphs", describe_graph);
}

void graph_list_graph_snapshots(struct request *request)
{
	list(request, "graphSnapshots", describe_snapshot);
}

void graph_get_graph(struct request *request)
{
	const struct place place = request_place(request);
	size_t count = graph_count(&place), found = SIZE_MAX;
	const struct span requested = {request->path.at + strlen("/graphs/"),
				       request->path.length - strlen("/graphs/")};
	json_t *answer;

	for (size_t i = 0; i < count; i++)
		if (span_equals(requested, graph_at(&place, i).id))
			found = i;
	if (found == SIZE_MAX) {
		refuse_with(request, 404, "ResourceNotFoundException", "Graph " SPAN_FORMAT " not found",
			    SPAN_ARGUMENTS(requested));
		return;
	}
	answer = describe_graph(request, found);
	json_object_update_new(answer, json_pack("{s:f,s:s}", "createTime", 1740819600.123, "buildNumber",
						 "1.1.20260101000000.0"));
	answer_json(request, answer);
}

void graph_list_tags_for_resource(struct request *request)
{
	answer_json(request, json_pack("{s:{s:s}}", "tags", "owner", "team graph"));
}
