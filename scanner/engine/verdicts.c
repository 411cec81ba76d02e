/*
 * From resources to findings. First they are connected: an instance with its cluster, whatever is encrypted
 * with its key, and a key with its users. Then every selected control judges each one that it applies to.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/aws/kms.h"
#include "scanner/controls/evaluation.h"
#include "scanner/engine/cell_internal.h"

/* ---- connecting ---- */

void cell_relate(struct cell *cell, struct resource *resource, const char *role, const char *target)
{
	struct relation *relation = target ? arena_take(&cell->arena, sizeof *relation) : NULL;

	if (!relation)
		return;
	*relation = (struct relation){.next = resource->relations, .role = role, .target = target};
	resource->relations = relation;
}

static int compare_targets(const void *a, const void *b)
{
	return strcmp((*(struct relation *const *)a)->target, (*(struct relation *const *)b)->target);
}

/* Answers come in any order; two runs shall say the same. */
void cell_sort_relations(struct cell *cell, struct resource *resource)
{
	struct relation **items, **last = &resource->relations;
	size_t count = 0, i = 0;

	for (struct relation *relation = resource->relations; relation; relation = relation->next)
		count++;
	items = arena_take(&cell->arena, (count + 1) * sizeof *items);
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

static int compare_ids(const void *a, const void *b)
{
	return strcmp((*(struct resource *const *)a)->id, (*(struct resource *const *)b)->id);
}

/* Clusters by id. */
struct clusters {
	struct resource **items;
	size_t count;
};

static struct clusters sort_clusters(struct cell *cell)
{
	struct clusters clusters = {NULL, 0};
	size_t count = 0;

	for (struct resource *resource = cell->resources; resource; resource = resource->next)
		count += resource->kind == RESOURCE_CLUSTER;
	clusters.items = arena_take(&cell->arena, (count + 1) * sizeof *clusters.items);
	for (struct resource *resource = cell->resources; clusters.items && resource; resource = resource->next)
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

static void connect_cluster(struct cell *cell, const struct clusters *clusters, struct resource *resource)
{
	const char *id = resource->values[ATTRIBUTE_CLUSTER_ID];
	struct resource *cluster = resource->kind == RESOURCE_BACKUP ? NULL : cluster_named(clusters, id);

	resource->cluster = cluster;
	cell_relate(cell, resource, "cluster", cluster ? resource_name(cluster) : id);
}

/* Those in other regions are in other cells. */
static void connect_members(const struct clusters *clusters, struct resource *global)
{
	for (struct relation *relation = global->relations; relation; relation = relation->next) {
		const char *colon = strrchr(relation->target, ':');
		const struct resource *cluster = colon ? cluster_named(clusters, colon + 1) : NULL;

		if (cluster && cluster->arn && strcmp(cluster->arn, relation->target) == 0)
			relation->resource = cluster;
	}
}

void verdicts_connect(struct cell *cell)
{
	struct clusters clusters;
	const uint32_t connected = QUERY_BIT(QUERY_INSTANCES) | QUERY_BIT(QUERY_SNAPSHOTS) |
				   QUERY_BIT(QUERY_BACKUPS) | QUERY_BIT(QUERY_GLOBAL_DATABASES) |
				   QUERY_BIT(QUERY_KEY);

	cell->is_connected = true;
	repetitions_drop(cell);
	if (!(cell->job.scan->needs & connected))
		return;
	clusters = sort_clusters(cell);
	for (struct resource *resource = cell->resources; resource; resource = resource->next) {
		if (resource->kind == RESOURCE_INSTANCE || resource->kind == RESOURCE_SNAPSHOT ||
		    resource->kind == RESOURCE_BACKUP)
			connect_cluster(cell, &clusters, resource);
		if (resource->kind == RESOURCE_GLOBAL_DATABASE)
			connect_members(&clusters, resource);
	}
	if (cell_needs(cell, QUERY_KEY))
		key_links_make(cell);
}

/* ---- what is known by now ---- */

bool verdicts_want_accounts(const struct cell *cell)
{
	for (const struct resource *resource = cell->resources; resource; resource = resource->next) {
		const char *shares = resource->values[ATTRIBUTE_SHARED_WITH];

		if ((resource->kind == RESOURCE_KEY && key_is_foreign(resource)) || (shares && *shares))
			return true;
	}
	return false;
}

/* A parameter group was asked for one of its clusters. */
static void spread_parameters(struct cell *cell)
{
	for (struct resource *resource = cell->resources; resource; resource = resource->next) {
		const struct resource *asked = resource->asked_for_group;

		if (!asked || asked == resource)
			continue;
		for (size_t i = 0; i < NEPTUNE_PARAMETERS; i++)
			resource->values[neptune_parameters[i]] = asked->values[neptune_parameters[i]];
		resource->answered |= asked->answered & QUERY_BIT(QUERY_PARAMETERS);
		resource->refusals[QUERY_PARAMETERS] = asked->refusals[QUERY_PARAMETERS];
		resource->detail_request_id = asked->detail_request_id;
	}
}

static void relate_shares(struct cell *cell, struct resource *snapshot)
{
	struct span rest = span_of(snapshot->values[ATTRIBUTE_SHARED_WITH]), account;

	while (snapshot->kind == RESOURCE_SNAPSHOT && span_split(&rest, ',', &account))
		if (account.length > 0)
			cell_relate(cell, snapshot, "shared-with", arena_copy_span(&cell->arena, account));
}

/* ---- evaluation ---- */

static struct pair *gather_evidence(struct cell *cell, const struct control *control,
				    const struct resource *resource)
{
	struct pair *first = NULL, **last = &first;

	for (const enum attribute *attribute = control->evidence; *attribute != ATTRIBUTE_COUNT; attribute++) {
		struct pair *pair = arena_take(&cell->arena, sizeof *pair);

		if (!pair)
			break;
		*pair = (struct pair){NULL, attribute_name(*attribute), resource->values[*attribute]};
		*last = pair;
		last = &pair->next;
	}
	return first;
}

/* The answer that the verdict rests on most: what was asked about the resource alone, or the list. */
static const char *deciding_request(const struct control *control, const struct resource *resource)
{
	const uint32_t details = QUERY_BIT(QUERY_PARAMETERS) | QUERY_BIT(QUERY_SHARING) |
				 QUERY_BIT(QUERY_ROTATION) | QUERY_BIT(QUERY_ROTATIONS);
	bool by_detail = (control->needs & details) || !resource->request_id;

	return by_detail && resource->detail_request_id ? resource->detail_request_id : resource->request_id;
}

static void add_finding(struct cell *cell, const struct control *control, const struct resource *resource,
			const struct evaluation *evaluation)
{
	struct finding *finding = arena_take(&cell->arena, sizeof *finding);

	if (!finding)
		return;
	*finding = (struct finding){
		.control = control,
		.resource = resource,
		.evidence = gather_evidence(cell, control, resource),
		.verdict = evaluation->verdict,
		.reason = arena_copy(&cell->arena, evaluation->reason),
		.request_id = deciding_request(control, resource),
		.at = resource->at,
	};
	*cell->last_finding = finding;
	cell->last_finding = &finding->next;
}

static void evaluate(struct cell *cell, const struct resource *resource)
{
	static const enum cell_state states[] = {
		[VERDICT_PASS] = CELL_PASS, [VERDICT_FAIL] = CELL_FAIL, [VERDICT_UNKNOWN] = CELL_UNKNOWN};
	bool applies = false, failing = false;

	for (const struct control *const *control = cell->job.scan->selected; *control; control++) {
		struct evaluation evaluation = {0};

		if (!control_applies_to(*control, resource->kind))
			continue;
		control_evaluate(*control, resource, &cell->policy, &evaluation);
		if (evaluation.verdict == VERDICT_NOT_APPLICABLE) {
			if (resource->kind != RESOURCE_KEY) /* it is there: the cell is not empty */
				cell_set_state(cell, CELL_PASS, NULL);
			continue;
		}
		/* Perhaps only because it was not asked any more; the cell's own state says that. */
		if (evaluation.verdict == VERDICT_UNKNOWN && cell->is_over)
			continue;
		applies = true;
		add_finding(cell, *control, resource, &evaluation);
		cell_set_state(cell, states[evaluation.verdict],
			       evaluation.verdict == VERDICT_UNKNOWN ? evaluation.reason : NULL);
		failing = failing || evaluation.verdict == VERDICT_FAIL;
	}
	cell->record.resources += applies;
	cell->record.failing += failing;
}

void verdicts_judge(struct cell *cell)
{
	if (cell->is_judged)
		return;
	cell->is_judged = true;
	if (!cell->is_connected)
		verdicts_connect(cell);
	if (cell_needs(cell, QUERY_PARAMETERS))
		spread_parameters(cell);
	for (struct resource *resource = cell->resources; resource; resource = resource->next) {
		relate_shares(cell, resource);
		if (resource->kind != RESOURCE_GLOBAL_DATABASE) /* global_databases.h */
			evaluate(cell, resource);
	}
}

void verdicts_judge_one(struct cell *cell, const struct resource *resource)
{
	evaluate(cell, resource);
}
