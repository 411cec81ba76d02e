/*
 * Lists are asked page after page; what they name is asked one by one. Which query is asked in which phase,
 * and of whom, is said in plan_queries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "config/partition.h"
#include "scanner/aws/graphs.h"
#include "scanner/aws/kms.h"
#include "scanner/engine/cell_internal.h"
#include "scanner/engine/queries.h"

/* ---- lists ---- */

/* How a region that is newer than this program is called in ARNs is not known: NULL. */
static const char *region_in_arns(const struct query *query)
{
	return partition_knows_region(query->region) ? query->region : NULL;
}

static const struct xml_handler *ask_list(struct query *query)
{
	const struct query_spec *facts = query->facts;

	listing_init(&query->reading.listing, facts->shape, &query->cell->arena);
	listing_expect(&query->reading.listing, query->cell->account, region_in_arns(query));
	neptune_ask_list(&query->call, facts->operation, query->region,
			 query->without_filter ? NULL : facts->filter, query->marker);
	return &query->reading.listing.handler;
}

/* Without its filter, the list shows backups of clusters that still exist, too. */
static bool is_of_living_cluster(const struct resource *resource)
{
	const char *status = resource->values[ATTRIBUTE_STATUS];

	return resource->kind == RESOURCE_BACKUP && status && strcmp(status, "active") == 0;
}

static void keep(struct query *query, struct resource *first, const struct answer *answer)
{
	struct cell *cell = query->cell;
	const char *request_id =
		first && answer->request_id[0] ? arena_copy(&cell->arena, answer->request_id) : NULL;
	int64_t now = clock_wall_seconds();

	while (first) {
		struct resource *resource = first;

		first = first->next;
		resource->next = NULL;
		if (is_of_living_cluster(resource))
			continue;
		resource->account = cell->account;
		resource->request_id = request_id;
		resource->at = now;
		*cell->last_resource = resource;
		cell->last_resource = &resource->next;
	}
}

static enum query_next go_on(struct query *query, const char *marker)
{
	if (!marker || !cell_marker_moves(query, marker))
		return QUERY_DONE;
	query->marker = marker;
	return QUERY_NEXT_PAGE;
}

static enum query_next read_list(struct query *query, const struct answer *answer)
{
	cell_set_state(query->cell, CELL_EMPTY, NULL);
	keep(query, query->reading.listing.first, answer);
	return go_on(query, query->reading.listing.marker);
}

/* What comes after this page will never be known: the list is not whole. */
static enum query_next refuse_page(struct query *query, const char *problem)
{
	char reason[320];

	text_print(reason, sizeof reason, "%s: the response is not a list: %s",
		   query->call.operation->permission, problem);
	cell_end_list(query, reason);
	return QUERY_DONE;
}

static enum resource_kind graph_kind(const struct query *query)
{
	return query->facts->kind == QUERY_GRAPHS ? RESOURCE_GRAPH : RESOURCE_GRAPH_SNAPSHOT;
}

static const struct xml_handler *ask_graphs(struct query *query)
{
	graphs_ask(&query->call, graph_kind(query), query->region, query->marker);
	return NULL;
}

static enum query_next read_graphs(struct query *query, const struct answer *answer)
{
	struct resource *first = NULL, **last = &first;
	struct arena *arena = &query->cell->arena;
	const struct graphs_request request = {graph_kind(query), query->cell->account, region_in_arns(query)};
	struct json_page page;
	bool good = graphs_read(&page, answer->json, &request, arena, &last);

	cell_set_state(query->cell, CELL_EMPTY, NULL);
	keep(query, first, answer);
	return good ? go_on(query, arena_copy(arena, page.token)) : refuse_page(query, page.problem);
}

/* ---- about one resource ---- */

static void note_request(struct query *query, const struct answer *answer)
{
	if (answer->request_id[0])
		query->subject->detail_request_id = arena_copy(&query->cell->arena, answer->request_id);
}

/* An answer may end before the last page, where that does not come. */
static void note_answered(struct query *query)
{
	query->subject->answered |= QUERY_BIT(query->facts->kind);
}

static const struct xml_handler *ask_parameters(struct query *query)
{
	neptune_reading_of_parameters(&query->reading.about, &query->cell->arena);
	neptune_ask_parameters(&query->call, query->region, query->subject->values[ATTRIBUTE_PARAMETER_GROUP],
			       query->marker);
	return &query->reading.about.handler;
}

static enum query_next read_parameters(struct query *query, const struct answer *answer)
{
	const struct neptune_reading *reading = &query->reading.about;
	const char **values = query->subject->values;
	size_t known = 0;

	note_request(query, answer);
	for (size_t i = 0; i < NEPTUNE_PARAMETERS; i++) {
		if (reading->parameters[i])
			values[neptune_parameters[i]] = reading->parameters[i];
		known += values[neptune_parameters[i]] != NULL;
	}
	if (reading->marker && known < NEPTUNE_PARAMETERS)
		return go_on(query, reading->marker);
	note_answered(query);
	return QUERY_DONE;
}

static const struct xml_handler *ask_sharing(struct query *query)
{
	neptune_reading_of_sharing(&query->reading.about, &query->cell->arena, query->subject->id);
	neptune_ask_sharing(&query->call, query->region, query->subject->id);
	return &query->reading.about.handler;
}

static enum query_next read_sharing(struct query *query, const struct answer *answer)
{
	note_request(query, answer);
	query->subject->values[ATTRIBUTE_SHARED_WITH] = query->reading.about.shared_with;
	return QUERY_DONE;
}

static const struct xml_handler *ask_tags(struct query *query)
{
	neptune_reading_of_tags(&query->reading.about, &query->cell->arena);
	neptune_ask_tags(&query->call, query->region, query->subject->arn);
	return &query->reading.about.handler;
}

static enum query_next read_tags(struct query *query, const struct answer *answer)
{
	(void)answer;
	query->subject->tags = query->reading.about.tags;
	return QUERY_DONE;
}

static const struct xml_handler *ask_key(struct query *query)
{
	/* By the ARN where there is one: another account's key has no other name. */
	kms_ask_key(&query->call, query->region, resource_name(query->subject));
	return NULL;
}

static enum query_next read_key(struct query *query, const struct answer *answer)
{
	kms_read_key(answer->json, query->subject, &query->cell->arena);
	query->subject->request_id = arena_copy(&query->cell->arena, answer->request_id);
	return QUERY_DONE;
}

static const struct xml_handler *ask_aliases(struct query *query)
{
	kms_ask_aliases(&query->call, query->region, query->subject->id, query->marker);
	return NULL;
}

static enum query_next read_aliases(struct query *query, const struct answer *answer)
{
	struct json_page page;

	note_request(query, answer);
	if (!kms_read_aliases(&page, answer->json, query->subject))
		return refuse_page(query, page.problem);
	return go_on(query, arena_copy(&query->cell->arena, page.token));
}

/* KMS takes an alias for a key when it describes it, but not when it is asked for rotations (KMS API). */
static const char *rotation_name(const struct resource *key)
{
	return key->values[ATTRIBUTE_KEY_ARN] ? key->values[ATTRIBUTE_KEY_ARN] : resource_name(key);
}

static const struct xml_handler *ask_rotation(struct query *query)
{
	kms_ask_rotation(&query->call, query->region, rotation_name(query->subject));
	return NULL;
}

static enum query_next read_rotation(struct query *query, const struct answer *answer)
{
	note_request(query, answer);
	kms_read_rotation(answer->json, query->subject);
	return QUERY_DONE;
}

static const struct xml_handler *ask_rotations(struct query *query)
{
	kms_ask_rotations(&query->call, query->region, rotation_name(query->subject), query->marker);
	return NULL;
}

static enum query_next read_rotations(struct query *query, const struct answer *answer)
{
	struct arena *arena = &query->cell->arena;
	struct json_page page;

	note_request(query, answer);
	if (!kms_read_rotations(&page, answer->json, query->subject, arena))
		return refuse_page(query, page.problem);
	if (page.token)
		return go_on(query, arena_copy(arena, page.token));
	note_answered(query);
	return QUERY_DONE;
}

static bool is_code(const struct answer *answer, const char *code)
{
	return strcmp(answer->code, code) == 0;
}

bool query_refused(struct query *query, const struct answer *answer, const char *what)
{
	struct resource *subject = query->subject;

	subject->refusals[query->facts->kind] = arena_copy(&query->cell->arena, what);
	note_request(query, answer);
	switch (query->facts->kind) {
	case QUERY_SHARING:
		subject->is_gone = answer->class == ANSWER_NOT_FOUND;
		return subject->is_gone;
	case QUERY_KEY:
		if (answer->class == ANSWER_NOT_FOUND && kms_denies_key(answer->message)) {
			subject->refusals[QUERY_KEY] = NULL;
			subject->values[ATTRIBUTE_KEY_STATE] = arena_copy(&query->cell->arena, answer->code);
			return true;
		}
		/* Another account may hide its key; and a name that KMS cannot resolve leaves the key unknown,
		   and with it whatever is judged by it. */
		return answer->class == ANSWER_NOT_FOUND ||
		       (answer->class == ANSWER_ACCESS_DENIED && key_is_foreign(subject));
	case QUERY_ROTATION:
	case QUERY_ROTATIONS:
		if (is_code(answer, "UnsupportedOperationException")) {
			subject->refusals[query->facts->kind] = NULL;
			subject->values[ATTRIBUTE_KEY_ROTATION] = "not supported";
		}
		/* A state in which KMS does not say is judged by the key's state, and is else unknown. */
		return is_code(answer, "UnsupportedOperationException") ||
		       is_code(answer, "KMSInvalidStateException");
	case QUERY_TAGS: /* a failure without tags is covered by fewer exceptions, never by more */
		return answer->class == ANSWER_NOT_FOUND;
	case QUERY_ALIASES: /* only a second way to what DescribeKey was refused */
		return true;
	default:
		return false;
	}
}

const struct query_spec query_specs[QUERY_KINDS] = {
	[QUERY_CLUSTERS] = {.kind = QUERY_CLUSTERS,
			    .operation = NEPTUNE_DESCRIBE_DB_CLUSTERS,
			    .ask = ask_list,
			    .read = read_list,
			    .shape = &listing_clusters,
			    .filter = "engine"},
	[QUERY_SNAPSHOTS] = {.kind = QUERY_SNAPSHOTS,
			     .operation = NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOTS,
			     .ask = ask_list,
			     .read = read_list,
			     .shape = &listing_snapshots,
			     .filter = "engine"},
	[QUERY_BACKUPS] = {.kind = QUERY_BACKUPS,
			   .operation = NEPTUNE_DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS,
			   .ask = ask_list,
			   .read = read_list,
			   .shape = &listing_backups,
			   .filter = "status"},
	[QUERY_GRAPHS] = {.kind = QUERY_GRAPHS,
			  .operation = GRAPHS_LIST_GRAPHS,
			  .ask = ask_graphs,
			  .read = read_graphs},
	[QUERY_GRAPH_SNAPSHOTS] = {.kind = QUERY_GRAPH_SNAPSHOTS,
				   .operation = GRAPHS_LIST_GRAPH_SNAPSHOTS,
				   .ask = ask_graphs,
				   .read = read_graphs},
	[QUERY_INSTANCES] = {.kind = QUERY_INSTANCES,
			     .operation = NEPTUNE_DESCRIBE_DB_INSTANCES,
			     .ask = ask_list,
			     .read = read_list,
			     .shape = &listing_instances,
			     .filter = "engine"},
	[QUERY_GLOBAL_DATABASES] = {.kind = QUERY_GLOBAL_DATABASES,
				    .operation = NEPTUNE_DESCRIBE_GLOBAL_CLUSTERS,
				    .ask = ask_list,
				    .read = read_list,
				    .shape = &listing_global_databases},
	[QUERY_PARAMETERS] = {.kind = QUERY_PARAMETERS,
			      .operation = NEPTUNE_DESCRIBE_DB_CLUSTER_PARAMETERS,
			      .ask = ask_parameters,
			      .read = read_parameters},
	[QUERY_SHARING] = {.kind = QUERY_SHARING,
			   .operation = NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES,
			   .ask = ask_sharing,
			   .read = read_sharing},
	[QUERY_TAGS] = {.kind = QUERY_TAGS,
			.operation = NEPTUNE_LIST_TAGS_FOR_RESOURCE,
			.ask = ask_tags,
			.read = read_tags},
	[QUERY_KEY] = {.kind = QUERY_KEY, .operation = KMS_DESCRIBE_KEY, .ask = ask_key, .read = read_key},
	[QUERY_ALIASES] = {.kind = QUERY_ALIASES,
			   .operation = KMS_LIST_ALIASES,
			   .ask = ask_aliases,
			   .read = read_aliases},
	[QUERY_ROTATION] = {.kind = QUERY_ROTATION,
			    .operation = KMS_GET_KEY_ROTATION_STATUS,
			    .ask = ask_rotation,
			    .read = read_rotation},
	[QUERY_ROTATIONS] = {.kind = QUERY_ROTATIONS,
			     .operation = KMS_LIST_KEY_ROTATIONS,
			     .ask = ask_rotations,
			     .read = read_rotations},
};

enum operation_id query_operation(enum query_kind query)
{
	return query_specs[query].operation;
}

const struct listing_shape *query_shape(enum query_kind query)
{
	return query_specs[query].shape;
}

const char *query_permission(enum query_kind query)
{
	return operations[query_operation(query)].permission;
}

/* Aliases tell who manages a key that may not be described. */
bool query_is_fallback(enum query_kind query)
{
	return query == QUERY_ALIASES;
}

/* ---- who is asked what, and when ---- */

static bool has(const struct cell *cell, enum resource_kind kind)
{
	for (const struct resource *resource = cell->resources; resource; resource = resource->next)
		if (resource->kind == kind)
			return true;
	return false;
}

static void plan(struct cell *cell, enum query_kind query)
{
	if (cell_needs(cell, query))
		cell_add_query(cell, &query_specs[query], NULL);
}

/* The first list alone: whoever does not let us in says so once. */
static enum query_kind door(const struct cell *cell)
{
	enum query_kind query = 0;

	while (query < QUERY_INSTANCES && !cell_needs(cell, query))
		query++;
	return query;
}

static void plan_lists(struct cell *cell)
{
	for (enum query_kind query = door(cell) + 1; query < QUERY_INSTANCES; query++)
		plan(cell, query);
	if (has(cell, RESOURCE_CLUSTER)) {
		plan(cell, QUERY_INSTANCES);
		plan(cell, QUERY_GLOBAL_DATABASES);
	}
}

/* For some control's sake. */
static bool is_wanted(const struct cell *cell, const struct resource *resource, enum query_kind query)
{
	for (const struct control *const *control = cell->job.scan->selected; *control; control++)
		if (control_wants(*control, resource, &cell->policy, query))
			return true;
	return false;
}

static void plan_if_wanted(struct cell *cell, struct resource *resource, enum query_kind query)
{
	if (cell_needs(cell, query) && is_wanted(cell, resource, query))
		cell_add_query(cell, &query_specs[query], resource);
}

/* ---- parameter groups ---- */

static bool wants_parameters(const struct cell *cell, const struct resource *cluster)
{
	return cluster->kind == RESOURCE_CLUSTER && cluster->values[ATTRIBUTE_PARAMETER_GROUP] &&
	       is_wanted(cell, cluster, QUERY_PARAMETERS);
}

/* A cluster in whose group something is to be looked up. */
struct group_member {
	struct resource *cluster;
	size_t position;
};

static int compare_members(const void *a, const void *b)
{
	const struct group_member *one = a, *other = b;
	int order = strcmp(one->cluster->values[ATTRIBUTE_PARAMETER_GROUP],
			   other->cluster->values[ATTRIBUTE_PARAMETER_GROUP]);

	return order ? order : one->position < other->position ? -1 : 1;
}

static bool is_of_group(const struct group_member *member, const struct group_member *other)
{
	return strcmp(member->cluster->values[ATTRIBUTE_PARAMETER_GROUP],
		      other->cluster->values[ATTRIBUTE_PARAMETER_GROUP]) == 0;
}

/* The first cluster of each group is asked for the others. */
static void choose_by_group(struct cell *cell)
{
	struct group_member *members;
	size_t count = 0, i = 0;

	for (struct resource *resource = cell->resources; resource; resource = resource->next)
		count += wants_parameters(cell, resource);
	members = arena_take(&cell->arena, (count + 1) * sizeof *members);
	if (!members)
		return;
	for (struct resource *resource = cell->resources; resource; resource = resource->next)
		if (wants_parameters(cell, resource)) {
			members[i] = (struct group_member){resource, i};
			i++;
		}
	if (count > 1)
		qsort(members, count, sizeof *members, compare_members);
	for (i = 0; i < count; i++)
		members[i].cluster->asked_for_group = i > 0 && is_of_group(&members[i], &members[i - 1])
							      ? members[i - 1].cluster->asked_for_group
							      : members[i].cluster;
}

/* ---- about each resource ---- */

static void plan_about_each(struct cell *cell)
{
	if (cell_needs(cell, QUERY_PARAMETERS))
		choose_by_group(cell);
	for (struct resource *resource = cell->resources; resource; resource = resource->next) {
		if (resource->asked_for_group == resource)
			cell_add_query(cell, &query_specs[QUERY_PARAMETERS], resource);
		plan_if_wanted(cell, resource, QUERY_SHARING);
		if (resource->kind == RESOURCE_KEY && cell_needs(cell, QUERY_KEY) &&
		    !kms_read_name(resource->id).is_aws_alias)
			cell_add_query(cell, &query_specs[QUERY_KEY], resource);
	}
}

static void plan_about_keys(struct cell *cell)
{
	for (struct resource *key = cell->resources; key; key = key->next) {
		if (key->kind != RESOURCE_KEY)
			continue;
		if (cell_needs(cell, QUERY_ALIASES) && key->refusals[QUERY_KEY] && !key_is_foreign(key))
			cell_add_query(cell, &query_specs[QUERY_ALIASES], key);
		plan_if_wanted(cell, key, QUERY_ROTATION);
		plan_if_wanted(cell, key, QUERY_ROTATIONS);
	}
}

static bool lacks_tags(const struct resource *resource)
{
	return !resource->has_tag_list && resource->kind <= RESOURCE_INSTANCE && resource->arn;
}

/* Where an exception goes by a tag, and the list did not bring tags along. Findings stand in the order of their
 * resources. */
static void plan_tags(struct cell *cell)
{
	const struct finding *finding = cell->record.findings;

	for (struct resource *resource = cell->resources; resource; resource = resource->next) {
		bool fails = false;

		for (; finding && finding->resource == resource; finding = finding->next)
			fails = fails || finding->verdict == VERDICT_FAIL;
		if (fails && lacks_tags(resource))
			cell_add_query(cell, &query_specs[QUERY_TAGS], resource);
	}
}

void plan_queries(struct cell *cell, enum phase phase)
{
	switch (phase) {
	case PHASE_PROBE:
		plan(cell, door(cell));
		break;
	case PHASE_LISTS:
		plan_lists(cell);
		break;
	case PHASE_RESOURCES:
		plan_about_each(cell);
		break;
	case PHASE_KEYS:
		plan_about_keys(cell);
		break;
	default:
		if (cell_needs(cell, QUERY_TAGS))
			plan_tags(cell);
	}
}
