/*
 * Which key each resource is encrypted with. Each distinct key is a resource of its own, appended in the order
 * in which keys are first used. A cell may have tens of thousands of resources and keys.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/aws/kms.h"
#include "scanner/controls/criteria.h"
#include "scanner/engine/contents.h"

/* A resource, and the key that it names. */
struct key_use {
	struct resource *resource;
	const char *text; /* as AWS names it */
	/* The key's. An id without an ARN belongs to the cell's account and region. */
	struct span id, account, region;
	size_t position; /* in the list of resources */
	size_t first;    /* the position of the first use of the same key */
};

/* In the order of the resources. */
struct key_uses {
	struct key_use *items;
	size_t count;
};

/* ---- which key ---- */

static bool is_encrypted_by_kms(const struct resource *resource)
{
	const char *encrypted = resource->values[ATTRIBUTE_STORAGE_ENCRYPTED];
	const char *type = resource->values[ATTRIBUTE_STORAGE_ENCRYPTION_TYPE];

	return encrypted && strcmp(encrypted, "true") == 0 && !(type && strcmp(type, "sse-rds") == 0);
}

/*
 * What names the key that the data is encrypted with; NULL: none. An instance's storage is its cluster's, and
 * a global database has none of its own.
 */
static const char *key_text(const struct resource *resource)
{
	const char *key = resource->values[ATTRIBUTE_KMS_KEY_ID];

	switch (resource->kind) {
	case RESOURCE_CLUSTER:
	case RESOURCE_SNAPSHOT:
	case RESOURCE_BACKUP:
		return key && *key && is_encrypted_by_kms(resource) ? key : NULL;
	case RESOURCE_GRAPH:
	case RESOURCE_GRAPH_SNAPSHOT:
		key = resource->values[ATTRIBUTE_ANALYTICS_KEY_ID];
		return key && strncmp(key, "arn:", 4) == 0 ? key : NULL;
	default:
		return NULL;
	}
}

/* Encrypted with a key that AWS does not name: where policy asks for a kind of key, that is a gap. */
static bool lacks_key(const struct policy *policy, const struct resource *resource)
{
	const char *key = resource->values[ATTRIBUTE_KMS_KEY_ID];

	return policy->require_key != KEY_ANY && resource->kind <= RESOURCE_BACKUP &&
	       is_encrypted_by_kms(resource) && !(key && *key);
}

/* ---- which uses are of the same key ---- */

static int compare_keys(const struct key_use *a, const struct key_use *b)
{
	int order = span_compare(a->id, b->id);

	if (order == 0)
		order = span_compare(a->account, b->account);
	return order ? order : span_compare(a->region, b->region);
}

static int compare_uses(const void *a, const void *b)
{
	const struct key_use *one = a, *other = b;
	int order = compare_keys(one, other);

	return order ? order : one->position < other->position ? -1 : 1;
}

static int compare_positions(const void *a, const void *b)
{
	const struct key_use *one = a, *other = b;

	return one->position < other->position ? -1 : 1;
}

static struct key_uses find_uses(struct contents *contents)
{
	struct key_uses uses = {NULL, 0};
	size_t count = 0;

	for (struct resource *resource = contents->resources.first; resource; resource = resource->next)
		count += key_text(resource) != NULL;
	uses.items = arena_take(contents->arena, (count + 1) * sizeof *uses.items);
	for (struct resource *resource = contents->resources.first; uses.items && resource;
	     resource = resource->next) {
		const char *text = key_text(resource);
		struct key_name name;

		if (!text)
			continue;
		name = kms_read_name(text);
		uses.items[uses.count] = (struct key_use){
			.resource = resource,
			.text = text,
			.id = name.id,
			.account = name.account.length > 0 ? name.account : span_of(contents->account),
			.region = name.region.length > 0 ? name.region : span_of(contents->region),
			.position = uses.count};
		uses.count++;
	}
	return uses;
}

static void find_first_uses(struct key_uses *uses)
{
	struct key_use *items = uses->items;

	if (uses->count > 1)
		qsort(items, uses->count, sizeof *items, compare_uses);
	for (size_t i = 0; i < uses->count; i++)
		items[i].first = i > 0 && compare_keys(&items[i], &items[i - 1]) == 0 ? items[i - 1].first
										      : items[i].position;
	if (uses->count > 1)
		qsort(items, uses->count, sizeof *items, compare_positions);
}

/* ---- linking ---- */

static struct resource *make_key(struct contents *contents, const char *text)
{
	struct resource *key = arena_take(contents->arena, sizeof *key);
	const struct key_name name = kms_read_name(text);

	if (!key)
		return NULL;
	key->kind = RESOURCE_KEY;
	key->id = arena_copy_span(contents->arena, name.id);
	key->arn = name.region.length > 0 ? text : NULL;
	key->account = contents->account;
	key->at = clock_wall_seconds();
	if (name.account.length > 0)
		key->values[ATTRIBUTE_KEY_ACCOUNT] = arena_copy_span(contents->arena, name.account);
	if (name.is_aws_alias)
		key->values[ATTRIBUTE_KEY_MANAGER] = "AWS";
	if (!key->id)
		key->id = "";
	resource_list_append(&contents->resources, key);
	return key;
}

static void link_use(struct contents *contents, struct resource *key, const struct key_use *use)
{
	struct resource *resource = use->resource;
	const char *status = resource->values[ATTRIBUTE_STATUS];

	if (!key->arn && kms_read_name(use->text).region.length > 0)
		key->arn = use->text;
	resource->key = key;
	contents_relate(contents, key, "user", resource_name(resource));
	if (status_lost_key(status))
		key->values[ATTRIBUTE_STATUS] = status;
}

void contents_link_keys(struct contents *contents, const struct policy *policy, struct outcome *outcome)
{
	struct resource **keys = contents->resources.last, **by_position;
	struct key_uses uses;

	for (const struct resource *resource = contents->resources.first; resource; resource = resource->next)
		if (lacks_key(policy, resource))
			outcome_add(outcome, CELL_UNKNOWN, REASON_WITHOUT_KEY_ID);
	uses = find_uses(contents);
	find_first_uses(&uses);
	by_position = arena_take(contents->arena, (uses.count + 1) * sizeof(struct resource *));
	for (size_t i = 0; by_position && i < uses.count; i++) {
		struct key_use *use = &uses.items[i];

		by_position[i] = use->first == i ? make_key(contents, use->text) : by_position[use->first];
		if (by_position[i])
			link_use(contents, by_position[i], use);
	}
	for (struct resource *key = *keys; key; key = key->next)
		contents_sort_relations(contents, key);
}
