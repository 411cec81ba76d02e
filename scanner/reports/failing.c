#include "scanner/reports/failing.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/text.h"
#include "scanner/reports/row_order.h"

/* ---- sections ---- */

static struct failing_section *section_of(struct failing *failing, const struct control *control)
{
	size_t i = 0;

	while (i < failing->section_count && failing->sections[i].control != control)
		i++;
	if (i == MAX_TALLIED + 1)
		return NULL;
	if (i == failing->section_count)
		failing->sections[failing->section_count++] = (struct failing_section){.control = control};
	return &failing->sections[i];
}

static void count_finding(struct failing_section *section, const struct finding *finding,
			  struct failing *failing)
{
	if (finding->control->severity > section->severity)
		section->severity = finding->control->severity;
	section->resources[finding->resource->kind]++;
	if (!section->has_reason)
		section->reason = arena_copy(&failing->arena, finding->reason);
	else if (section->reason && strcmp(section->reason, finding->reason) != 0)
		section->reason = NULL;
	section->has_reason = true;
}

static void keep_item(struct failing *failing, struct failing_section *section,
		      const struct failing_limits *limits, struct failing_item item)
{
	struct failing_item *items;

	if (section->item_count >= limits->items)
		return;
	items = array_grow(section->items, section->item_count, &section->item_capacity, sizeof *items);
	if (!items) {
		failing->failed = true;
		return;
	}
	section->items = items;
	items[section->item_count++] = item;
	section->row_items++;
}

/* ---- resources ---- */

/* Whose line it stands on: its cluster's, where it has one. */
static const char *family_of(const struct resource *resource)
{
	const char *cluster = resource_cluster(resource);

	return cluster ? cluster : resource_name(resource);
}

/* Members of a family together, its cluster first. */
static int compare_members(const void *a, const void *b)
{
	const struct resource *left = *(const struct resource *const *)a;
	const struct resource *right = *(const struct resource *const *)b;
	int order = strcmp(family_of(left), family_of(right));

	return order ? order : (int)left->kind - (int)right->kind;
}

/* "key/1234" of a KMS key, the id of anything else. */
static const char *name_of(const struct resource *resource)
{
	return resource->kind == RESOURCE_KEY ? resource_short_name(resource_name(resource)) : resource->id;
}

/* "11 clusters, 27 instances, 17 snapshots" */
static const char *describe(struct failing *failing, const size_t resources[static RESOURCE_KINDS])
{
	/* What a cluster has comes behind it. */
	static const enum resource_kind order[RESOURCE_KINDS] = {
		RESOURCE_CLUSTER,         RESOURCE_INSTANCE, RESOURCE_SNAPSHOT, RESOURCE_BACKUP,
		RESOURCE_GLOBAL_DATABASE, RESOURCE_KEY,      RESOURCE_GRAPH,    RESOURCE_GRAPH_SNAPSHOT,
	};
	struct buffer text = {0};
	const char *copy;

	for (size_t i = 0; i < RESOURCE_KINDS; i++)
		if (resources[order[i]] > 0)
			buffer_print(&text, "%s%s %s", text.length ? ", " : "",
				     text_count(resources[order[i]]).text,
				     resource_kind_noun(order[i], resources[order[i]]));
	copy = arena_copy(&failing->arena, text.at ? text.at : "");
	failing->failed = failing->failed || text.failed;
	buffer_deinit(&text);
	return copy;
}

static const char *describe_members(struct failing *failing, const struct resource *const *members,
				    size_t count)
{
	size_t resources[RESOURCE_KINDS] = {0};

	for (size_t i = 0; i < count; i++)
		resources[members[i]->kind] += members[i]->kind != RESOURCE_CLUSTER;
	return describe(failing, resources);
}

/* One line: the cluster, or what belongs to one that does not fail itself. */
static void add_family(struct failing *failing, struct failing_section *section,
		       const struct failing_limits *limits, size_t row, size_t column,
		       const struct resource *const *members, size_t count)
{
	const char *family = family_of(members[0]);
	bool is_itself = members[0]->kind == RESOURCE_CLUSTER || family == resource_name(members[0]);

	section->units++;
	if (section->row_units++ >= limits->clusters_of_account || section->item_count >= limits->items)
		return;
	keep_item(failing, section, limits,
		  (struct failing_item){
			  .row = row,
			  .column = column,
			  .name = is_itself
					  ? arena_copy(&failing->arena, name_of(members[0]))
					  : arena_format(&failing->arena, "of %s", resource_short_name(family)),
			  .detail = describe_members(failing, members, count),
		  });
}

static void add_families(struct failing *failing, const struct failing_limits *limits, size_t row,
			 size_t column, const struct resource **members, size_t count)
{
	struct failing_section *section = section_of(failing, NULL);

	qsort(members, count, sizeof *members, compare_members);
	for (size_t first = 0, next; section && first < count; first = next) {
		for (next = first + 1; next < count; next++)
			if (strcmp(family_of(members[first]), family_of(members[next])) != 0)
				break;
		add_family(failing, section, limits, row, column, members + first, next - first);
	}
}

static void add_resource(struct failing *failing, const struct failing_limits *limits, size_t row,
			 size_t column, const struct finding *finding)
{
	struct failing_section *section = section_of(failing, finding->control);

	if (!section)
		return;
	count_finding(section, finding, failing);
	section->units++;
	if (section->row_units++ < limits->of_account && section->item_count < limits->items)
		keep_item(failing, section, limits,
			  (struct failing_item){
				  .row = row,
				  .column = column,
				  .name = arena_copy(&failing->arena, name_of(finding->resource)),
				  .detail = arena_copy(&failing->arena, finding->reason),
			  });
}

/* ---- cells and accounts ---- */

static size_t count_failing(const struct finding *finding)
{
	size_t count = 0;

	for (; finding; finding = finding->next)
		count += finding_fails(finding);
	return count;
}

/* Findings of a resource stand together. */
static size_t count_resources(const struct finding *finding)
{
	const struct resource *last = NULL;
	size_t count = 0;

	for (; finding; finding = finding->next)
		if (finding_fails(finding) && finding->resource != last) {
			last = finding->resource;
			count++;
		}
	return count;
}

static void collect_cell(struct failing *failing, const struct matrix *matrix,
			 const struct failing_limits *limits, size_t row, size_t column)
{
	const struct finding *first = matrix_findings(matrix, row, column);
	size_t failures = count_failing(first), count = 0;
	const struct resource **members = failures ? calloc(failures, sizeof *members) : NULL;

	failing->failed = failing->failed || (failures > 0 && !members);
	failing->resources += count_resources(first);
	for (const struct finding *finding = first; members && finding; finding = finding->next) {
		if (!finding_fails(finding))
			continue;
		if (!finding_is_of_unencrypted(finding)) {
			add_resource(failing, limits, row, column, finding);
			continue;
		}
		if (section_of(failing, NULL))
			count_finding(section_of(failing, NULL), finding, failing);
		members[count++] = finding->resource;
	}
	if (count > 0)
		add_families(failing, limits, row, column, members, count);
	free(members);
}

/* What of the account was counted and not kept stands on its last line. */
static void end_row(struct failing *failing, const struct failing_limits *limits, size_t row)
{
	for (size_t i = 0; i < failing->section_count; i++) {
		struct failing_section *section = &failing->sections[i];

		section->accounts += section->row_units > 0;
		if (section->row_items > 0 && section->row_units > section->row_items)
			keep_item(failing, section, limits,
				  (struct failing_item){.row = row,
							.rest = section->row_units - section->row_items});
		section->row_units = section->row_items = 0;
	}
}

static int compare_sections(const void *a, const void *b)
{
	const struct failing_section *left = a, *right = b;

	if (!left->control || !right->control)
		return left->control ? 1 : -1;
	if (left->severity != right->severity)
		return right->severity > left->severity ? 1 : -1;
	return strcmp(left->control->id, right->control->id);
}

void failing_collect(const struct matrix *matrix, const struct failing_limits *limits, struct failing *failing)
{
	size_t *rows = row_order_new(matrix);

	*failing = (struct failing){.failed = !rows};
	for (size_t i = 0; rows && i < matrix->row_count; i++) {
		size_t before = failing->resources;

		if (matrix_row_totals(matrix, rows[i]).failing == 0)
			continue;
		for (size_t column = 0; column < matrix->column_count; column++)
			if (matrix_cell(matrix, rows[i], column).failing > 0)
				collect_cell(failing, matrix, limits, rows[i], column);
		failing->accounts += failing->resources > before;
		end_row(failing, limits, rows[i]);
	}
	for (size_t i = 0; i < failing->section_count; i++)
		failing->sections[i].summary = describe(failing, failing->sections[i].resources);
	qsort(failing->sections, failing->section_count, sizeof *failing->sections, compare_sections);
	free(rows);
	if (!failing->failed && !failing->arena.failed)
		return;
	failing_deinit(failing);
	*failing = (struct failing){.failed = true};
}

void failing_deinit(struct failing *failing)
{
	for (size_t i = 0; i < failing->section_count; i++)
		free(failing->sections[i].items);
	arena_deinit(&failing->arena);
}

/* ---- words ---- */

const char *failing_title(const struct failing_section *section)
{
	return section->control ? section->control->id : "not encrypted";
}

const char *failing_selector(const struct failing_section *section)
{
	return section->control ? section->control->id : "encryption";
}
