/*
 * Every region that has a member of a global database lists it. It is one resource, so one cell of the account
 * reports it: the one of its writer's region, if that cell got to see it, else the first one by name that did.
 *
 * Which cells see it is known when all of the account's are back: the writer's region may be disabled,
 * excluded, denied, or out of reach. So a cell that sees one with members in other regions of the scan is held
 * back until then; no other cell is. A cell of an earlier program, or one that did not see the other members,
 * may have reported it already.
 */
#include "scanner/global_databases.h"

#include <stdio.h>
#include <string.h>

#include "base/arn.h"
#include "scanner/aws/endpoint.h"
#include "scanner/cell_parts.h"

/* Does the scan come to the account and region of this member? The region may still turn out to be disabled. */
static bool is_scanned(const struct cell *cell, const char *member)
{
	const struct config *config = cell->job.scan->config;
	char region[REGION_SIZE];
	struct arn arn;

	if (!arn_split(span_of(member), &arn) || !span_equals(arn.account, cell->account) ||
	    arn.region.length >= sizeof region)
		return false;
	snprintf(region, sizeof region, SPAN_FORMAT, SPAN_ARGUMENTS(arn.region));
	return !text_list_contains(config->exclude_regions, region) &&
	       (config_asks_for_enabled_regions(config) || text_list_contains(config->regions, region));
}

static bool is_in_region(const char *member, const char *region)
{
	struct arn arn;

	return arn_split(span_of(member), &arn) && span_equals(arn.region, region);
}

bool global_database_is_shared(const struct cell *cell, const struct resource *resource)
{
	if (resource->kind != RESOURCE_GLOBAL_DATABASE)
		return false;
	for (const struct relation *member = resource->relations; member; member = member->next)
		if (!is_in_region(member->target, cell->region) && is_scanned(cell, member->target))
			return true;
	return false;
}

bool cell_has_shared_databases(const struct cell *cell)
{
	for (const struct resource *resource = cell->resources; resource; resource = resource->next)
		if (global_database_is_shared(cell, resource))
			return true;
	return false;
}

static bool is_writers(const struct cell *cell, const struct resource *database)
{
	for (const struct relation *member = database->relations; member; member = member->next)
		if (strcmp(member->role, "writer") == 0 && is_in_region(member->target, cell->region))
			return true;
	return false;
}

/* The cell's view of the same database; NULL: it does not see it. */
static const struct resource *same_database(const struct cell *cell, const struct resource *database)
{
	for (const struct resource *resource = cell->resources; resource; resource = resource->next)
		if (global_database_is_shared(cell, resource) &&
		    strcmp(resource_name(resource), resource_name(database)) == 0)
			return resource;
	return NULL;
}

static bool goes_before(const struct cell *cell, const struct resource *view, const struct cell *other,
			const struct resource *other_view)
{
	bool is_first = is_writers(cell, view), other_is_first = is_writers(other, other_view);

	return is_first == other_is_first ? strcmp(cell->region, other->region) < 0 : is_first;
}

static bool is_reported_by_other(const struct cell *cells, const struct cell *cell,
				 const struct resource *database)
{
	for (const struct cell *other = cells; other; other = other->next) {
		const struct resource *view = other == cell ? NULL : same_database(other, database);

		if (view && goes_before(other, view, cell, database))
			return true;
	}
	return false;
}

void cells_report_shared_databases(struct cell *cells, is_database_reported *is_reported, void *owner)
{
	for (struct cell *cell = cells; cell; cell = cell->next)
		for (const struct resource *resource = cell->resources; resource; resource = resource->next)
			if (global_database_is_shared(cell, resource) &&
			    !is_reported(owner, cell, resource_name(resource)) &&
			    !is_reported_by_other(cells, cell, resource))
				verdicts_judge_one(cell, resource);
}
