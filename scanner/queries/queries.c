#include "scanner/queries/queries.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "config/partition.h"
#include "scanner/aws/graphs.h"
#include "scanner/aws/kms.h"

enum { MAX_PAGES = 10000 /* of one list: a million clusters */ };

/* ---- paging ---- */

static const char *permission_of(const struct query *query)
{
	return operations[query->spec->operation].permission;
}

/* The rest of the list is not known. */
static enum query_result break_off(struct query *query, struct query_page *page, const char *problem)
{
	page->problem = arena_copy(query->arena, problem);
	return QUERY_BROKEN;
}

static enum query_result refuse_page(struct query *query, struct query_page *page, const char *problem)
{
	char reason[320];

	text_print(reason, sizeof reason, "%s: the response is not a list: %s", permission_of(query), problem);
	return break_off(query, page, reason);
}

/* `marker` NULL: that was the last page. A marker that repeats would never end. */
static enum query_result go_on(struct query *query, struct query_page *page, const char *marker)
{
	char reason[160];

	if (!marker)
		return QUERY_DONE;
	if (query->marker && strcmp(query->marker, marker) == 0) {
		snprintf(reason, sizeof reason, "%s: page %zu repeats the marker of the page before",
			 permission_of(query), query->pages);
		return break_off(query, page, reason);
	}
	if (query->pages >= MAX_PAGES) {
		snprintf(reason, sizeof reason, "%s: no end after %d pages", permission_of(query), MAX_PAGES);
		return break_off(query, page, reason);
	}
	query->marker = marker;
	return QUERY_NEXT_PAGE;
}

/* ---- lists ---- */

/* The name in ARNs of a region that is newer than this program is not known: NULL. */
static const char *region_in_arns(const struct query *query)
{
	return partition_knows_region(query->region) ? query->region : NULL;
}

static const struct xml_handler *begin_list(struct query *query, struct call *call)
{
	const struct query_spec *spec = query->spec;

	listing_init(&query->reading.listing, spec->shape, query->arena);
	listing_expect(&query->reading.listing, query->account, region_in_arns(query));
	neptune_request_list(call, spec->operation, query->region, query->without_filter ? NULL : spec->filter,
			     query->marker);
	return &query->reading.listing.handler;
}

/* Without its filter, the list holds backups of clusters that still exist, too. */
static bool is_of_living_cluster(const struct resource *resource)
{
	const char *status = resource->values[ATTRIBUTE_STATUS];

	return resource->kind == RESOURCE_BACKUP && status && strcmp(status, "active") == 0;
}

/* The resources that are kept, stamped with where and when they were seen. */
static struct resource *stamp(struct query *query, struct resource *resource, const struct answer *answer)
{
	const char *request_id =
		resource && answer->request_id[0] ? arena_copy(query->arena, answer->request_id) : NULL;
	int64_t now = clock_wall_seconds();
	struct resource_list kept;

	resource_list_init(&kept);
	while (resource) {
		struct resource *next = resource->next;

		resource->account = query->account;
		resource->request_id = request_id;
		resource->at = now;
		if (!is_of_living_cluster(resource))
			resource_list_append(&kept, resource);
		resource = next;
	}
	*kept.last = NULL;
	return kept.first;
}

static enum query_result read_list(struct query *query, const struct answer *answer, struct query_page *page)
{
	page->first = stamp(query, query->reading.listing.first, answer);
	return go_on(query, page, query->reading.listing.marker);
}

static enum resource_kind graph_kind(const struct query *query)
{
	return query->spec->kind == QUERY_GRAPHS ? RESOURCE_GRAPH : RESOURCE_GRAPH_SNAPSHOT;
}

static const struct xml_handler *begin_graphs(struct query *query, struct call *call)
{
	graphs_request_list(call, graph_kind(query), query->region, query->marker);
	return NULL;
}

static enum query_result read_graphs(struct query *query, const struct answer *answer, struct query_page *page)
{
	const struct graphs_request request = {graph_kind(query), query->account, region_in_arns(query)};
	struct resource *first = NULL, **last = &first;
	struct json_page read;
	bool good = graphs_read(&read, answer->json, &request, query->arena, &last);

	page->first = stamp(query, first, answer);
	return good ? go_on(query, page, arena_copy(query->arena, read.token))
		    : refuse_page(query, page, read.problem);
}

/* ---- about one resource ---- */

static void note_request(struct query *query, const struct answer *answer)
{
	if (answer->request_id[0])
		query->subject->detail_request_id = arena_copy(query->arena, answer->request_id);
}

/* Nothing more is needed, whether the last page was read or not. */
static enum query_result complete(struct query *query)
{
	query->subject->answered |= QUERY_BIT(query->spec->kind);
	return QUERY_DONE;
}

static const struct xml_handler *begin_parameters(struct query *query, struct call *call)
{
	neptune_reading_of_parameters(&query->reading.about, query->arena);
	neptune_request_parameters(call, query->region, query->subject->values[ATTRIBUTE_PARAMETER_GROUP],
				   query->marker);
	return &query->reading.about.handler;
}

static enum query_result read_parameters(struct query *query, const struct answer *answer,
					 struct query_page *page)
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
		return go_on(query, page, reading->marker);
	return complete(query);
}

static const struct xml_handler *begin_sharing(struct query *query, struct call *call)
{
	neptune_reading_of_sharing(&query->reading.about, query->arena, query->subject->id);
	neptune_request_sharing(call, query->region, query->subject->id);
	return &query->reading.about.handler;
}

static enum query_result read_sharing(struct query *query, const struct answer *answer, struct query_page *page)
{
	(void)page;
	note_request(query, answer);
	query->subject->values[ATTRIBUTE_SHARED_WITH] = query->reading.about.shared_with;
	return QUERY_DONE;
}

static enum query_refusal refuse_sharing(struct query *query, const struct answer *answer)
{
	query->subject->is_gone = answer->class == ANSWER_NOT_FOUND;
	return query->subject->is_gone ? REFUSAL_EXPLAINED : REFUSAL_UNKNOWN;
}

static const struct xml_handler *begin_tags(struct query *query, struct call *call)
{
	neptune_reading_of_tags(&query->reading.about, query->arena);
	neptune_request_tags(call, query->region, query->subject->arn);
	return &query->reading.about.handler;
}

static enum query_result read_tags(struct query *query, const struct answer *answer, struct query_page *page)
{
	(void)answer, (void)page;
	query->subject->tags = query->reading.about.tags;
	return QUERY_DONE;
}

/* Without its tags a failing resource is covered by fewer exceptions, never by more. */
static enum query_refusal refuse_tags(struct query *query, const struct answer *answer)
{
	(void)query;
	return answer->class == ANSWER_NOT_FOUND ? REFUSAL_EXPLAINED : REFUSAL_UNKNOWN;
}

/* ---- about a key ---- */

static const struct xml_handler *begin_key(struct query *query, struct call *call)
{
	/* By the ARN where there is one: another account's key has no other name. */
	kms_request_key(call, query->region, resource_name(query->subject));
	return NULL;
}

static enum query_result read_key(struct query *query, const struct answer *answer, struct query_page *page)
{
	(void)page;
	kms_read_key(answer->json, query->subject, query->arena);
	query->subject->request_id = arena_copy(query->arena, answer->request_id);
	return QUERY_DONE;
}

/*
 * That the key does not exist is a state of the key. Another account may hide its key; and a name that KMS
 * cannot resolve leaves the key unknown, and with it what is evaluated by the key.
 */
static enum query_refusal refuse_key(struct query *query, const struct answer *answer)
{
	struct resource *key = query->subject;

	if (answer->class == ANSWER_NOT_FOUND && kms_denies_key(answer->message)) {
		key->refusals[QUERY_KEY] = NULL;
		key->values[ATTRIBUTE_KEY_STATE] = arena_copy(query->arena, answer->code);
		return REFUSAL_EXPLAINED;
	}
	return answer->class == ANSWER_NOT_FOUND ||
			       (answer->class == ANSWER_ACCESS_DENIED && key_is_foreign(key))
		       ? REFUSAL_EXPLAINED
		       : REFUSAL_UNKNOWN;
}

static const struct xml_handler *begin_aliases(struct query *query, struct call *call)
{
	kms_request_aliases(call, query->region, query->subject->id, query->marker);
	return NULL;
}

static enum query_result read_aliases(struct query *query, const struct answer *answer, struct query_page *page)
{
	struct json_page read;

	note_request(query, answer);
	if (!kms_read_aliases(&read, answer->json, query->subject))
		return refuse_page(query, page, read.problem);
	return go_on(query, page, arena_copy(query->arena, read.token));
}

/* The refusal of DescribeKey, for which this stands in, is reported already. */
static enum query_refusal refuse_aliases(struct query *query, const struct answer *answer)
{
	(void)query, (void)answer;
	return REFUSAL_EXPLAINED;
}

/* DescribeKey accepts an alias for a key, the operations on rotations do not (KMS API reference). */
static const char *rotation_name(const struct resource *key)
{
	return key->values[ATTRIBUTE_KEY_ARN] ? key->values[ATTRIBUTE_KEY_ARN] : resource_name(key);
}

static const struct xml_handler *begin_rotation(struct query *query, struct call *call)
{
	kms_request_rotation(call, query->region, rotation_name(query->subject));
	return NULL;
}

static enum query_result read_rotation(struct query *query, const struct answer *answer,
				       struct query_page *page)
{
	(void)page;
	note_request(query, answer);
	kms_read_rotation(answer->json, query->subject);
	return QUERY_DONE;
}

static const struct xml_handler *begin_rotations(struct query *query, struct call *call)
{
	kms_request_rotations(call, query->region, rotation_name(query->subject), query->marker);
	return NULL;
}

static enum query_result read_rotations(struct query *query, const struct answer *answer,
					struct query_page *page)
{
	struct json_page read;

	note_request(query, answer);
	if (!kms_read_rotations(&read, answer->json, query->subject, query->arena))
		return refuse_page(query, page, read.problem);
	if (read.token)
		return go_on(query, page, arena_copy(query->arena, read.token));
	return complete(query);
}

static bool has_code(const struct answer *answer, const char *code)
{
	return strcmp(answer->code, code) == 0;
}

/* In a state in which KMS does not tell, rotation follows from the key's state, or else is unknown. */
static enum query_refusal refuse_rotation(struct query *query, const struct answer *answer)
{
	if (has_code(answer, "UnsupportedOperationException")) {
		query->subject->refusals[query->spec->kind] = NULL;
		query->subject->values[ATTRIBUTE_KEY_ROTATION] = "not supported";
		return REFUSAL_EXPLAINED;
	}
	return has_code(answer, "KMSInvalidStateException") ? REFUSAL_EXPLAINED : REFUSAL_UNKNOWN;
}

/* ---- about the account ---- */

static const struct xml_handler *begin_regions(struct query *query, struct call *call)
{
	regions_reading_init(&query->reading.regions, query->region);
	regions_request_list(call, query->region);
	return &query->reading.regions.handler;
}

/* The reading itself is the result. */
static enum query_result read_regions(struct query *query, const struct answer *answer, struct query_page *page)
{
	(void)query, (void)answer, (void)page;
	return QUERY_DONE;
}

/* ---- the table ---- */

#define OF_RDS(id, list, filtered)                                                                             \
	.operation = (id), .about = SUBJECT_REGION, .begin = begin_list, .read = read_list, .shape = &(list),  \
	.filter = (filtered)

const struct query_spec query_specs[QUERY_KINDS] = {
	[QUERY_CLUSTERS] = {.kind = QUERY_CLUSTERS,
			    OF_RDS(NEPTUNE_DESCRIBE_DB_CLUSTERS, listing_clusters, "engine")},
	[QUERY_SNAPSHOTS] = {.kind = QUERY_SNAPSHOTS,
			     OF_RDS(NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOTS, listing_snapshots, "engine")},
	[QUERY_BACKUPS] = {.kind = QUERY_BACKUPS,
			   OF_RDS(NEPTUNE_DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS, listing_backups, "status")},
	[QUERY_GRAPHS] =
		{
			.kind = QUERY_GRAPHS,
			.operation = GRAPHS_LIST_GRAPHS,
			.about = SUBJECT_REGION,
			.begin = begin_graphs,
			.read = read_graphs,
		},
	[QUERY_GRAPH_SNAPSHOTS] =
		{
			.kind = QUERY_GRAPH_SNAPSHOTS,
			.operation = GRAPHS_LIST_GRAPH_SNAPSHOTS,
			.about = SUBJECT_REGION,
			.begin = begin_graphs,
			.read = read_graphs,
		},
	[QUERY_INSTANCES] = {.kind = QUERY_INSTANCES,
			     OF_RDS(NEPTUNE_DESCRIBE_DB_INSTANCES, listing_instances, "engine")},
	[QUERY_GLOBAL_DATABASES] = {.kind = QUERY_GLOBAL_DATABASES,
				    OF_RDS(NEPTUNE_DESCRIBE_GLOBAL_CLUSTERS, listing_global_databases, NULL)},
	[QUERY_PARAMETERS] =
		{
			.kind = QUERY_PARAMETERS,
			.operation = NEPTUNE_DESCRIBE_DB_CLUSTER_PARAMETERS,
			.about = SUBJECT_CLUSTER,
			.begin = begin_parameters,
			.read = read_parameters,
		},
	[QUERY_SHARING] =
		{
			.kind = QUERY_SHARING,
			.operation = NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES,
			.about = SUBJECT_SNAPSHOT,
			.begin = begin_sharing,
			.read = read_sharing,
			.refuse = refuse_sharing,
		},
	[QUERY_TAGS] =
		{
			.kind = QUERY_TAGS,
			.operation = NEPTUNE_LIST_TAGS_FOR_RESOURCE,
			.about = SUBJECT_CLUSTER,
			.begin = begin_tags,
			.read = read_tags,
			.refuse = refuse_tags,
		},
	[QUERY_KEY] =
		{
			.kind = QUERY_KEY,
			.operation = KMS_DESCRIBE_KEY,
			.about = SUBJECT_KEY,
			.begin = begin_key,
			.read = read_key,
			.refuse = refuse_key,
		},
	[QUERY_ALIASES] =
		{
			.kind = QUERY_ALIASES,
			.operation = KMS_LIST_ALIASES,
			.about = SUBJECT_KEY,
			.begin = begin_aliases,
			.read = read_aliases,
			.refuse = refuse_aliases,
			.is_fallback = true,
		},
	[QUERY_ROTATION] =
		{
			.kind = QUERY_ROTATION,
			.operation = KMS_GET_KEY_ROTATION_STATUS,
			.about = SUBJECT_KEY,
			.begin = begin_rotation,
			.read = read_rotation,
			.refuse = refuse_rotation,
		},
	[QUERY_ROTATIONS] =
		{
			.kind = QUERY_ROTATIONS,
			.operation = KMS_LIST_KEY_ROTATIONS,
			.about = SUBJECT_KEY,
			.begin = begin_rotations,
			.read = read_rotations,
			.refuse = refuse_rotation,
		},
};

const struct query_spec query_regions = {.kind = QUERY_KINDS,
					 .operation = EC2_DESCRIBE_REGIONS,
					 .about = SUBJECT_REGION,
					 .begin = begin_regions,
					 .read = read_regions};

const char *query_permission(enum query_kind kind)
{
	return operations[query_specs[kind].operation].permission;
}

bool query_is_fallback(enum query_kind kind)
{
	return query_specs[kind].is_fallback;
}

/* ---- one query ---- */

void query_init(struct query *query, const struct query_spec *spec, struct resource *subject,
		const char *account, const char *region, struct arena *arena)
{
	query->spec = spec;
	query->subject = subject;
	query->account = account;
	query->region = region;
	query->arena = arena;
	query->marker = NULL;
	query->pages = 0;
	query->without_filter = false;
	if (spec == &query_regions)
		query->reading.regions = (struct regions_reading){0};
}

const struct xml_handler *query_begin(struct query *query, struct call *call)
{
	return query->spec->begin(query, call);
}

enum query_result query_read(struct query *query, const struct answer *answer, struct query_page *page)
{
	enum query_result result;

	*page = (struct query_page){0};
	query->pages++;
	result = query->spec->read(query, answer, page);
	if (result == QUERY_BROKEN && query->subject)
		query->subject->refusals[query->spec->kind] = page->problem;
	return result;
}

enum query_refusal query_refuse(struct query *query, const struct answer *answer, const char *reason)
{
	query->subject->refusals[query->spec->kind] = arena_copy(query->arena, reason);
	note_request(query, answer);
	return query->spec->refuse ? query->spec->refuse(query, answer) : REFUSAL_UNKNOWN;
}

bool query_drops_filter(struct query *query, const struct answer *answer)
{
	if (answer->class != ANSWER_BAD_REQUEST || !query->spec->filter || query->without_filter ||
	    query->pages > 0)
		return false;
	query->without_filter = true;
	return true;
}

void query_deinit(struct query *query)
{
	if (query->spec == &query_regions)
		regions_reading_deinit(&query->reading.regions);
}
