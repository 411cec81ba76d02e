#include "scanner/engine/contents.h"

#include <stdlib.h>
#include <string.h>

/* ---- relations ---- */

void contents_relate(const struct contents *contents, struct resource *resource, const char *role,
		     const char *target)
{
	struct relation *relation = target ? arena_take(contents->arena, sizeof *relation) : NULL;

	if (!relation)
		return;
	*relation = (struct relation){.next = resource->relations, .role = role, .target = target};
	resource->relations = relation;
}

static int compare_targets(const void *a, const void *b)
{
	return strcmp((*(struct relation *const *)a)->target, (*(struct relation *const *)b)->target);
}

void contents_sort_relations(const struct contents *contents, struct resource *resource)
{
	struct relation **items, **last = &resource->relations;
	size_t count = 0, i = 0;

	for (struct relation *relation = resource->relations; relation; relation = relation->next)
		count++;
	items = arena_take(contents->arena, (count + 1) * sizeof *items);
	for (struct relation *relation = resource->relations; items && relation; relation = relation->next)
		items[i++] = relation;
	if (i > 1)
		qsort(items, i, sizeof *items, compare_targets);
	for (size_t j = 0; j < i; j++) {
		*last = items[j];
		last = &items[j]->next;
	}
	*last = NULL;
}

/* ---- duplicates ---- */

struct listed {
	struct resource *resource;
	size_t position;
	bool is_older; /* a later page has it, too */
};

static bool is_same(const struct resource *a, const struct resource *b)
{
	return a->kind == b->kind && strcmp(resource_name(a), resource_name(b)) == 0 && *resource_name(a) &&
	       (!*a->id || !*b->id || strcmp(a->id, b->id) == 0);
}

static int compare_listed(const void *a, const void *b)
{
	const struct listed *one = a, *other = b;
	int order = (int)one->resource->kind - (int)other->resource->kind;

	if (order == 0)
		order = strcmp(resource_name(one->resource), resource_name(other->resource));
	return order ? order : one->position < other->position ? -1 : 1;
}

static int compare_positions(const void *a, const void *b)
{
	const struct listed *one = a, *other = b;

	return one->position < other->position ? -1 : 1;
}

static void drop_duplicates(struct contents *contents)
{
	struct resource **link = &contents->resources.first;
	struct listed *items;
	size_t count = 0;

	for (const struct resource *resource = contents->resources.first; resource; resource = resource->next)
		count++;
	items = arena_take(contents->arena, (count + 1) * sizeof *items);
	if (!items || count == 0)
		return;
	count = 0;
	for (struct resource *resource = contents->resources.first; resource;
	     resource = resource->next, count++)
		items[count] = (struct listed){.resource = resource, .position = count};
	qsort(items, count, sizeof *items, compare_listed);
	for (size_t i = 0; i + 1 < count; i++)
		items[i].is_older = is_same(items[i].resource, items[i + 1].resource);
	qsort(items, count, sizeof *items, compare_positions);
	for (size_t i = 0; i < count; i++) {
		if (items[i].is_older)
			continue;
		*link = items[i].resource;
		link = &items[i].resource->next;
	}
	*link = NULL;
	contents->resources.last = link;
}

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

void contents_link(struct contents *contents)
{
	const uint32_t linked = QUERY_BIT(QUERY_INSTANCES) | QUERY_BIT(QUERY_SNAPSHOTS) |
				QUERY_BIT(QUERY_BACKUPS) | QUERY_BIT(QUERY_GLOBAL_DATABASES) |
				QUERY_BIT(QUERY_KEY);
	struct clusters clusters;

	drop_duplicates(contents);
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
}
