/* Instances and snapshots with their cluster, global databases with their members. */
#include <stdlib.h>
#include <string.h>

#include "scanner/engine/contents.h"

/* ---- clusters ---- */

static int compare_ids(const void *a, const void *b)
{
	return strcmp((*(struct resource *const *)a)->id, (*(struct resource *const *)b)->id);
}

/* Clusters by id. */
struct clusters {
	struct resource **items;
	size_t count;
};

static struct clusters sort_clusters(const struct contents *contents)
{
	struct clusters clusters = {NULL, 0};
	size_t count = 0;

	for (struct resource *resource = contents->resources.first; resource; resource = resource->next)
		count += resource->kind == RESOURCE_CLUSTER;
	clusters.items = arena_take(contents->arena, (count + 1) * sizeof *clusters.items);
	for (struct resource *resource = contents->resources.first; clusters.items && resource;
	     resource = resource->next)
		if (resource->kind == RESOURCE_CLUSTER)
			clusters.items[clusters.count++] = resource;
	if (clusters.count > 1)
		qsort(clusters.items, clusters.count, sizeof *clusters.items, compare_ids);
	return clusters;
}

static struct resource *cluster_named(const struct clusters *clusters, const char *id)
{
	struct resource wanted = {.id = id}, *key = &wanted, **found = NULL;

	if (id && clusters->count > 0)
		found = bsearch(&key, clusters->items, clusters->count, sizeof *clusters->items, compare_ids);
	return found ? *found : NULL;
}

static void link_cluster(const struct contents *contents, const struct clusters *clusters,
			 struct resource *resource)
{
	const char *id = resource->values[ATTRIBUTE_CLUSTER_ID];
	struct resource *cluster = resource->kind == RESOURCE_BACKUP ? NULL : cluster_named(clusters, id);

	resource->cluster = cluster;
	contents_relate(contents, resource, "cluster", cluster ? resource_name(cluster) : id);
}

/* Members in other regions are in other cells. */
static void link_members(const struct clusters *clusters, struct resource *global)
{
	for (struct relation *relation = global->relations; relation; relation = relation->next) {
		const char *colon = strrchr(relation->target, ':');
		const struct resource *cluster = colon ? cluster_named(clusters, colon + 1) : NULL;

		if (cluster && cluster->arn && strcmp(cluster->arn, relation->target) == 0)
			relation->resource = cluster;
	}
}

void contents_link(struct contents *contents, const struct policy *policy, struct outcome *outcome)
{
	const uint32_t linked = QUERY_BIT(QUERY_INSTANCES) | QUERY_BIT(QUERY_SNAPSHOTS) |
				QUERY_BIT(QUERY_BACKUPS) | QUERY_BIT(QUERY_GLOBAL_DATABASES) |
				QUERY_BIT(QUERY_KEY);
	struct clusters clusters;

	contents_drop_duplicates(contents);
	if (!(contents->needs & linked))
		return;
	clusters = sort_clusters(contents);
	for (struct resource *resource = contents->resources.first; resource; resource = resource->next) {
		if (resource->kind == RESOURCE_INSTANCE || resource->kind == RESOURCE_SNAPSHOT ||
		    resource->kind == RESOURCE_BACKUP)
			link_cluster(contents, &clusters, resource);
		if (resource->kind == RESOURCE_GLOBAL_DATABASE)
			link_members(&clusters, resource);
	}
	if (contents->needs & QUERY_BIT(QUERY_KEY))
		contents_link_keys(contents, policy, outcome);
}
