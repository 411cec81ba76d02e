#include "scanner/diff/groups.h"

#include <string.h>

#include "base/text.h"

/* ---- what belongs together ---- */

static const char *text_of(const struct item *item)
{
	return item->brief ? item->brief : item->detail;
}

static bool is_of_cell(const struct item *item)
{
	return item->region && !item->resource;
}

/* AWS writes the account and the region into its messages. */
static bool has_same_cause(const struct item *a, const struct item *b)
{
	const struct span places[][2] = {{span_of(a->account), span_of(b->account)},
					 {span_of(a->region), span_of(b->region)}};

	return text_is_same_but_for(text_of(a), text_of(b), places, sizeof places / sizeof places[0]);
}

static bool is_same_resource(const struct item *a, const struct item *b)
{
	return strcmp(a->resource, b->resource) == 0;
}

static bool belongs(const struct item *first, const struct item *item)
{
	if (!first->region || !item->region)
		return item == first;
	if (!first->resource || !item->resource)
		return !first->resource && !item->resource && has_same_cause(first, item);
	if (strcmp(first->region, item->region) != 0)
		return false;
	if (!first->cluster || !item->cluster)
		return is_same_resource(first, item);
	return strcmp(first->cluster, item->cluster) == 0;
}

static void add_reason(struct diff_group *group, const char *reason)
{
	for (size_t i = 0; i < group->reason_count && i < MAX_GROUP_REASONS; i++)
		if (strcmp(group->reasons[i], reason) == 0)
			return;
	if (group->reason_count < MAX_GROUP_REASONS)
		group->reasons[group->reason_count] = reason;
	group->reason_count++;
}

static void add_account(struct diff_group *group, const struct item *item)
{
	if (group->account_count < MAX_GROUP_ACCOUNTS)
		group->accounts[group->account_count] = item;
	group->account_count++;
}

static void add_region(struct diff_group *group, const char *region)
{
	for (size_t i = 0; i < group->region_count; i++)
		if (strcmp(group->regions[i], region) == 0)
			return;
	if (group->region_count < MAX_GROUP_REGIONS)
		group->regions[group->region_count++] = region;
	else
		group->has_more_regions = true;
}

/* `before`: the item of the group that was added last. Items of one resource follow each other. */
static void add_item(struct diff_group *group, const struct item *item, const struct item *before)
{
	if (is_of_cell(item) ? !before : text_of(item) && !item->verdict)
		add_reason(group, text_of(item));
	if (!before || strcmp(before->account, item->account) != 0)
		add_account(group, item);
	if (is_of_cell(item))
		add_region(group, item->region);
	if (!item->resource || (before && is_same_resource(before, item)))
		return;
	if (item->kind == RESOURCE_CLUSTER)
		group->head = item;
	group->are_new = group->are_new && item->is_new;
	group->kinds[item->kind]++;
	group->failing += item->fails;
	group->resources++;
}

void diff_walk_groups(const struct differences *differences, enum change change,
		      void (*take)(void *userdata, const struct diff_group *group), void *userdata)
{
	for (struct item *item = differences->first[change]; item; item = item->next)
		item->is_grouped = change == APPEARED && item->is_worse;
	for (struct item *first = differences->first[change]; first; first = first->next) {
		struct diff_group group = {.first = first, .are_new = true};
		const struct item *before = NULL;

		if (first->is_grouped)
			continue;
		for (struct item *item = first;
		     item && (is_of_cell(first) || strcmp(item->account, first->account) == 0);
		     item = item->next) {
			if (item->is_grouped || !belongs(first, item))
				continue;
			add_item(&group, item, before);
			item->is_grouped = true;
			before = item;
		}
		take(userdata, &group);
	}
}

/* ---- in words ---- */

void diff_group_write_name(const struct diff_group *group, struct buffer *text)
{
	const struct item *first = group->first;

	if (first->cluster)
		buffer_text(text, first->cluster);
	else if (first->resource)
		buffer_texts(text, resource_kind_name(first->kind), "/", first->id, NULL);
}

/* "2 instances, 3 snapshots": what belongs to a cluster. */
static void write_members(const struct diff_group *group, struct buffer *text)
{
	static const enum resource_kind kinds[] = {RESOURCE_INSTANCE, RESOURCE_SNAPSHOT, RESOURCE_BACKUP};
	const char *before = "";

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		size_t count = group->kinds[kinds[i]];

		if (count == 0)
			continue;
		buffer_print(text, "%s%zu %s", before, count, resource_kind_noun(kinds[i], count));
		before = ", ";
	}
}

static void write_reasons(const struct diff_group *group, struct buffer *text)
{
	for (size_t i = 0; i < group->reason_count && i < MAX_GROUP_REASONS; i++)
		buffer_texts(text, i ? "; " : "", group->reasons[i], NULL);
	if (group->reason_count > MAX_GROUP_REASONS)
		buffer_print(text, "; and %zu more reasons", group->reason_count - MAX_GROUP_REASONS);
}

/* A cluster with what belongs to it, or a resource that belongs to none. */
static void write_head(const struct diff_group *group, struct buffer *text)
{
	const struct item *head = group->head ? group->head : group->first;

	write_reasons(group, text);
	if (head->verdict)
		buffer_texts(text, resource_kind_noun(head->kind, 1), ", ", head->verdict, NULL);
	if (group->resources > 1) {
		buffer_text(text, ", with ");
		write_members(group, text);
	}
}

/* Of a cluster that did not change itself. */
static void write_headless(const struct diff_group *group, struct buffer *text)
{
	const struct item *first = group->first;

	if (group->resources == 1)
		buffer_texts(text, resource_kind_noun(first->kind, 1), " ", first->id, NULL);
	else
		write_members(group, text);
	if (group->reason_count > 0)
		buffer_text(text, ": ");
	write_reasons(group, text);
	if (group->resources == 1 && first->verdict)
		buffer_texts(text, ", ", first->verdict, NULL);
}

void diff_group_write_text(const struct diff_group *group, struct buffer *text)
{
	if (group->first->cluster && !group->head)
		write_headless(group, text);
	else
		write_head(group, text);
	if (group->failing > 0 && group->resources > 1)
		buffer_print(text, " (%zu of them failing)", group->failing);
	if (group->resources > 0 && group->are_new && !group->first->verdict)
		buffer_text(text, group->resources == 1 ? " (new resource)" : " (new resources)");
}

void diff_group_write_regions(const struct diff_group *group, struct buffer *text)
{
	for (size_t i = 0; i < group->region_count && i < MAX_GROUP_REGIONS_NAMED; i++)
		buffer_texts(text, i ? ", " : "", group->regions[i], NULL);
	if (group->region_count > MAX_GROUP_REGIONS_NAMED)
		buffer_print(text, " and %zu%s more", group->region_count - MAX_GROUP_REGIONS_NAMED,
			     group->has_more_regions ? " or" : "");
	if (group->region_count == 0 && group->first->region)
		buffer_text(text, group->first->region);
}

void diff_group_write_accounts(const struct diff_group *group, struct buffer *text)
{
	size_t named = group->account_count < MAX_GROUP_ACCOUNTS ? group->account_count : MAX_GROUP_ACCOUNTS;

	if (group->account_count > 1)
		buffer_print(text, "%zu accounts: ", group->account_count);
	for (size_t i = 0; i < named; i++) {
		const struct item *item = group->accounts[i];

		buffer_texts(text, i ? ", " : "", item->account, item->name ? " " : "",
			     item->name ? item->name : "", NULL);
	}
	if (group->account_count > named)
		buffer_print(text, " and %zu more", group->account_count - named);
}
