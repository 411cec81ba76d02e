/*
 * Lists are asked page after page; what they name is asked one by one. Which question is asked in which phase,
 * and of whom, is said in questions_plan.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "config/partition.h"
#include "scanner/aws/graphs.h"
#include "scanner/aws/kms.h"
#include "scanner/cell_internal.h"
#include "scanner/questions.h"

/* ---- lists ---- */

/* How a region that is newer than this program is called in ARNs is not known: NULL. */
static const char *region_in_arns(const struct inquiry *inquiry)
{
	return partition_knows_region(inquiry->region) ? inquiry->region : NULL;
}

static const struct xml_handler *ask_list(struct inquiry *inquiry)
{
	const struct question_facts *facts = inquiry->facts;

	listing_init(&inquiry->reading.listing, facts->shape, &inquiry->cell->arena);
	listing_expect(&inquiry->reading.listing, inquiry->cell->account, region_in_arns(inquiry));
	neptune_ask_list(&inquiry->call, facts->operation, inquiry->region,
			 inquiry->without_filter ? NULL : facts->filter, inquiry->marker);
	return &inquiry->reading.listing.handler;
}

/* Without its filter, the list shows backups of clusters that still exist, too. */
static bool is_of_living_cluster(const struct resource *resource)
{
	const char *status = resource->values[ATTRIBUTE_STATUS];

	return resource->kind == RESOURCE_BACKUP && status && strcmp(status, "active") == 0;
}

static void keep(struct inquiry *inquiry, struct resource *first, const struct answer *answer)
{
	struct cell *cell = inquiry->cell;
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

static enum inquiry_next go_on(struct inquiry *inquiry, const char *marker)
{
	if (!marker || !cell_marker_moves(inquiry, marker))
		return INQUIRY_DONE;
	inquiry->marker = marker;
	return INQUIRY_PAGE;
}

static enum inquiry_next read_list(struct inquiry *inquiry, const struct answer *answer)
{
	cell_set_state(inquiry->cell, CELL_EMPTY, NULL);
	keep(inquiry, inquiry->reading.listing.first, answer);
	return go_on(inquiry, inquiry->reading.listing.marker);
}

/* What comes after this page will never be known: the list is not whole. */
static enum inquiry_next refuse_page(struct inquiry *inquiry, const char *problem)
{
	char reason[320];

	text_print(reason, sizeof reason, "%s: the response is not a list: %s",
		   inquiry->call.operation->permission, problem);
	cell_end_list(inquiry, reason);
	return INQUIRY_DONE;
}

static enum resource_kind graph_kind(const struct inquiry *inquiry)
{
	return inquiry->facts->question == QUESTION_GRAPHS ? RESOURCE_GRAPH : RESOURCE_GRAPH_SNAPSHOT;
}

static const struct xml_handler *ask_graphs(struct inquiry *inquiry)
{
	graphs_ask(&inquiry->call, graph_kind(inquiry), inquiry->region, inquiry->marker);
	return NULL;
}

static enum inquiry_next read_graphs(struct inquiry *inquiry, const struct answer *answer)
{
	struct resource *first = NULL, **last = &first;
	struct arena *arena = &inquiry->cell->arena;
	const struct graphs_request request = {graph_kind(inquiry), inquiry->cell->account,
					       region_in_arns(inquiry)};
	struct json_page page;
	bool good = graphs_read(&page, answer->json, &request, arena, &last);

	cell_set_state(inquiry->cell, CELL_EMPTY, NULL);
	keep(inquiry, first, answer);
	return good ? go_on(inquiry, arena_copy(arena, page.token)) : refuse_page(inquiry, page.problem);
}

/* ---- about one resource ---- */

static void note_request(struct inquiry *inquiry, const struct answer *answer)
{
	if (answer->request_id[0])
		inquiry->subject->detail_request_id = arena_copy(&inquiry->cell->arena, answer->request_id);
}

/* An answer may end before the last page, where that does not come. */
static void note_answered(struct inquiry *inquiry)
{
	inquiry->subject->answered |= ASKS(inquiry->facts->question);
}

static const struct xml_handler *ask_parameters(struct inquiry *inquiry)
{
	neptune_reading_of_parameters(&inquiry->reading.about, &inquiry->cell->arena);
	neptune_ask_parameters(&inquiry->call, inquiry->region,
			       inquiry->subject->values[ATTRIBUTE_PARAMETER_GROUP], inquiry->marker);
	return &inquiry->reading.about.handler;
}

static enum inquiry_next read_parameters(struct inquiry *inquiry, const struct answer *answer)
{
	const struct neptune_reading *reading = &inquiry->reading.about;
	const char **values = inquiry->subject->values;
	size_t known = 0;

	note_request(inquiry, answer);
	for (size_t i = 0; i < NEPTUNE_PARAMETERS; i++) {
		if (reading->parameters[i])
			values[neptune_parameters[i]] = reading->parameters[i];
		known += values[neptune_parameters[i]] != NULL;
	}
	if (reading->marker && known < NEPTUNE_PARAMETERS)
		return go_on(inquiry, reading->marker);
	note_answered(inquiry);
	return INQUIRY_DONE;
}

static const struct xml_handler *ask_sharing(struct inquiry *inquiry)
{
	neptune_reading_of_sharing(&inquiry->reading.about, &inquiry->cell->arena, inquiry->subject->id);
	neptune_ask_sharing(&inquiry->call, inquiry->region, inquiry->subject->id);
	return &inquiry->reading.about.handler;
}

static enum inquiry_next read_sharing(struct inquiry *inquiry, const struct answer *answer)
{
	note_request(inquiry, answer);
	inquiry->subject->values[ATTRIBUTE_SHARED_WITH] = inquiry->reading.about.shared_with;
	return INQUIRY_DONE;
}

static const struct xml_handler *ask_tags(struct inquiry *inquiry)
{
	neptune_reading_of_tags(&inquiry->reading.about, &inquiry->cell->arena);
	neptune_ask_tags(&inquiry->call, inquiry->region, inquiry->subject->arn);
	return &inquiry->reading.about.handler;
}

static enum inquiry_next read_tags(struct inquiry *inquiry, const struct answer *answer)
{
	(void)answer;
	inquiry->subject->tags = inquiry->reading.about.tags;
	return INQUIRY_DONE;
}

static const struct xml_handler *ask_key(struct inquiry *inquiry)
{
	/* By the ARN where there is one: another account's key has no other name. */
	kms_ask_key(&inquiry->call, inquiry->region, resource_name(inquiry->subject));
	return NULL;
}

static enum inquiry_next read_key(struct inquiry *inquiry, const struct answer *answer)
{
	kms_read_key(answer->json, inquiry->subject, &inquiry->cell->arena);
	inquiry->subject->request_id = arena_copy(&inquiry->cell->arena, answer->request_id);
	return INQUIRY_DONE;
}

static const struct xml_handler *ask_aliases(struct inquiry *inquiry)
{
	kms_ask_aliases(&inquiry->call, inquiry->region, inquiry->subject->id, inquiry->marker);
	return NULL;
}

static enum inquiry_next read_aliases(struct inquiry *inquiry, const struct answer *answer)
{
	struct json_page page;

	note_request(inquiry, answer);
	if (!kms_read_aliases(&page, answer->json, inquiry->subject))
		return refuse_page(inquiry, page.problem);
	return go_on(inquiry, arena_copy(&inquiry->cell->arena, page.token));
}

/* KMS takes an alias for a key when it describes it, but not when it is asked for rotations (KMS API). */
static const char *rotation_name(const struct resource *key)
{
	return key->values[ATTRIBUTE_KEY_ARN] ? key->values[ATTRIBUTE_KEY_ARN] : resource_name(key);
}

static const struct xml_handler *ask_rotation(struct inquiry *inquiry)
{
	kms_ask_rotation(&inquiry->call, inquiry->region, rotation_name(inquiry->subject));
	return NULL;
}

static enum inquiry_next read_rotation(struct inquiry *inquiry, const struct answer *answer)
{
	note_request(inquiry, answer);
	kms_read_rotation(answer->json, inquiry->subject);
	return INQUIRY_DONE;
}

static const struct xml_handler *ask_rotations(struct inquiry *inquiry)
{
	kms_ask_rotations(&inquiry->call, inquiry->region, rotation_name(inquiry->subject), inquiry->marker);
	return NULL;
}

static enum inquiry_next read_rotations(struct inquiry *inquiry, const struct answer *answer)
{
	struct arena *arena = &inquiry->cell->arena;
	struct json_page page;

	note_request(inquiry, answer);
	if (!kms_read_rotations(&page, answer->json, inquiry->subject, arena))
		return refuse_page(inquiry, page.problem);
	if (page.token)
		return go_on(inquiry, arena_copy(arena, page.token));
	note_answered(inquiry);
	return INQUIRY_DONE;
}

static bool is_code(const struct answer *answer, const char *code)
{
	return strcmp(answer->code, code) == 0;
}

bool questions_refused(struct inquiry *inquiry, const struct answer *answer, const char *what)
{
	struct resource *subject = inquiry->subject;

	subject->refusals[inquiry->facts->question] = arena_copy(&inquiry->cell->arena, what);
	note_request(inquiry, answer);
	switch (inquiry->facts->question) {
	case QUESTION_SHARING:
		subject->is_gone = answer->class == ANSWER_NOT_FOUND;
		return subject->is_gone;
	case QUESTION_KEY:
		if (answer->class == ANSWER_NOT_FOUND && kms_denies_key(answer->message)) {
			subject->refusals[QUESTION_KEY] = NULL;
			subject->values[ATTRIBUTE_KEY_STATE] = arena_copy(&inquiry->cell->arena, answer->code);
			return true;
		}
		/* Another account may hide its key; and a name that KMS cannot resolve leaves the key unknown,
		   and with it whatever is judged by it. */
		return answer->class == ANSWER_NOT_FOUND ||
		       (answer->class == ANSWER_ACCESS_DENIED && key_is_foreign(subject));
	case QUESTION_ROTATION:
	case QUESTION_ROTATIONS:
		if (is_code(answer, "UnsupportedOperationException")) {
			subject->refusals[inquiry->facts->question] = NULL;
			subject->values[ATTRIBUTE_KEY_ROTATION] = "not supported";
		}
		/* A state in which KMS does not say is judged by the key's state, and is else unknown. */
		return is_code(answer, "UnsupportedOperationException") ||
		       is_code(answer, "KMSInvalidStateException");
	case QUESTION_TAGS: /* a failure without tags is covered by fewer exceptions, never by more */
		return answer->class == ANSWER_NOT_FOUND;
	case QUESTION_ALIASES: /* only a second way to what DescribeKey was refused */
		return true;
	default:
		return false;
	}
}

const struct question_facts question_facts[QUESTIONS] = {
	[QUESTION_CLUSTERS] = {.question = QUESTION_CLUSTERS,
			       .operation = NEPTUNE_DESCRIBE_DB_CLUSTERS,
			       .ask = ask_list,
			       .read = read_list,
			       .shape = &listing_clusters,
			       .filter = "engine"},
	[QUESTION_SNAPSHOTS] = {.question = QUESTION_SNAPSHOTS,
				.operation = NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOTS,
				.ask = ask_list,
				.read = read_list,
				.shape = &listing_snapshots,
				.filter = "engine"},
	[QUESTION_BACKUPS] = {.question = QUESTION_BACKUPS,
			      .operation = NEPTUNE_DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS,
			      .ask = ask_list,
			      .read = read_list,
			      .shape = &listing_backups,
			      .filter = "status"},
	[QUESTION_GRAPHS] = {.question = QUESTION_GRAPHS,
			     .operation = GRAPHS_LIST_GRAPHS,
			     .ask = ask_graphs,
			     .read = read_graphs},
	[QUESTION_GRAPH_SNAPSHOTS] = {.question = QUESTION_GRAPH_SNAPSHOTS,
				      .operation = GRAPHS_LIST_GRAPH_SNAPSHOTS,
				      .ask = ask_graphs,
				      .read = read_graphs},
	[QUESTION_INSTANCES] = {.question = QUESTION_INSTANCES,
				.operation = NEPTUNE_DESCRIBE_DB_INSTANCES,
				.ask = ask_list,
				.read = read_list,
				.shape = &listing_instances,
				.filter = "engine"},
	[QUESTION_GLOBAL_DATABASES] = {.question = QUESTION_GLOBAL_DATABASES,
				       .operation = NEPTUNE_DESCRIBE_GLOBAL_CLUSTERS,
				       .ask = ask_list,
				       .read = read_list,
				       .shape = &listing_global_databases},
	[QUESTION_PARAMETERS] = {.question = QUESTION_PARAMETERS,
				 .operation = NEPTUNE_DESCRIBE_DB_CLUSTER_PARAMETERS,
				 .ask = ask_parameters,
				 .read = read_parameters},
	[QUESTION_SHARING] = {.question = QUESTION_SHARING,
			      .operation = NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES,
			      .ask = ask_sharing,
			      .read = read_sharing},
	[QUESTION_TAGS] = {.question = QUESTION_TAGS,
			   .operation = NEPTUNE_LIST_TAGS_FOR_RESOURCE,
			   .ask = ask_tags,
			   .read = read_tags},
	[QUESTION_KEY] = {.question = QUESTION_KEY,
			  .operation = KMS_DESCRIBE_KEY,
			  .ask = ask_key,
			  .read = read_key},
	[QUESTION_ALIASES] = {.question = QUESTION_ALIASES,
			      .operation = KMS_LIST_ALIASES,
			      .ask = ask_aliases,
			      .read = read_aliases},
	[QUESTION_ROTATION] = {.question = QUESTION_ROTATION,
			       .operation = KMS_GET_KEY_ROTATION_STATUS,
			       .ask = ask_rotation,
			       .read = read_rotation},
	[QUESTION_ROTATIONS] = {.question = QUESTION_ROTATIONS,
				.operation = KMS_LIST_KEY_ROTATIONS,
				.ask = ask_rotations,
				.read = read_rotations},
};

enum operation_id question_operation(enum question question)
{
	return question_facts[question].operation;
}

const struct listing_shape *question_shape(enum question question)
{
	return question_facts[question].shape;
}

const char *question_permission(enum question question)
{
	return operations[question_operation(question)].permission;
}

/* Aliases tell who manages a key that may not be described. */
bool question_is_stand_in(enum question question)
{
	return question == QUESTION_ALIASES;
}

/* ---- who is asked what, and when ---- */

static bool has(const struct cell *cell, enum resource_kind kind)
{
	for (const struct resource *resource = cell->resources; resource; resource = resource->next)
		if (resource->kind == kind)
			return true;
	return false;
}

static void plan(struct cell *cell, enum question question)
{
	if (cell_needs(cell, question))
		cell_ask(cell, &question_facts[question], NULL);
}

/* The first list alone: whoever does not let us in says so once. */
static enum question door(const struct cell *cell)
{
	enum question question = 0;

	while (question < QUESTION_INSTANCES && !cell_needs(cell, question))
		question++;
	return question;
}

static void plan_lists(struct cell *cell)
{
	for (enum question question = door(cell) + 1; question < QUESTION_INSTANCES; question++)
		plan(cell, question);
	if (has(cell, RESOURCE_CLUSTER)) {
		plan(cell, QUESTION_INSTANCES);
		plan(cell, QUESTION_GLOBAL_DATABASES);
	}
}

/* For some control's sake. */
static bool is_wanted(const struct cell *cell, const struct resource *resource, enum question question)
{
	for (const struct control *const *control = cell->job.scan->selected; *control; control++)
		if (control_wants(*control, resource, &cell->policy, question))
			return true;
	return false;
}

static void plan_if_wanted(struct cell *cell, struct resource *resource, enum question question)
{
	if (cell_needs(cell, question) && is_wanted(cell, resource, question))
		cell_ask(cell, &question_facts[question], resource);
}

/* ---- parameter groups ---- */

static bool wants_parameters(const struct cell *cell, const struct resource *cluster)
{
	return cluster->kind == RESOURCE_CLUSTER && cluster->values[ATTRIBUTE_PARAMETER_GROUP] &&
	       is_wanted(cell, cluster, QUESTION_PARAMETERS);
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
	if (cell_needs(cell, QUESTION_PARAMETERS))
		choose_by_group(cell);
	for (struct resource *resource = cell->resources; resource; resource = resource->next) {
		if (resource->asked_for_group == resource)
			cell_ask(cell, &question_facts[QUESTION_PARAMETERS], resource);
		plan_if_wanted(cell, resource, QUESTION_SHARING);
		if (resource->kind == RESOURCE_KEY && cell_needs(cell, QUESTION_KEY) &&
		    !kms_read_name(resource->id).is_aws_alias)
			cell_ask(cell, &question_facts[QUESTION_KEY], resource);
	}
}

static void plan_about_keys(struct cell *cell)
{
	for (struct resource *key = cell->resources; key; key = key->next) {
		if (key->kind != RESOURCE_KEY)
			continue;
		if (cell_needs(cell, QUESTION_ALIASES) && key->refusals[QUESTION_KEY] && !key_is_foreign(key))
			cell_ask(cell, &question_facts[QUESTION_ALIASES], key);
		plan_if_wanted(cell, key, QUESTION_ROTATION);
		plan_if_wanted(cell, key, QUESTION_ROTATIONS);
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
			cell_ask(cell, &question_facts[QUESTION_TAGS], resource);
	}
}

void questions_plan(struct cell *cell, enum phase phase)
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
		if (cell_needs(cell, QUESTION_TAGS))
			plan_tags(cell);
	}
}
