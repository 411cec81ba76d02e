#include "scanner/engine/global_databases.h"

#include <string.h>

#include "base/arn.h"
#include "scanner/engine/cell_internal.h"

bool cell_has_global_databases(const struct cell *cell)
{
	for (const struct resource *resource = cell->contents.resources.first; resource;
	     resource = resource->next)
		if (resource->kind == RESOURCE_GLOBAL_DATABASE)
			return true;
	return false;
}

static bool is_writers(const struct cell *cell, const struct resource *database)
{
	struct arn arn;

	for (const struct relation *member = database->relations; member; member = member->next)
		if (strcmp(member->role, "writer") == 0 && arn_split(span_of(member->target), &arn) &&
		    span_equals(arn.region, cell->contents.region))
			return true;
	return false;
}

/* A resource without a name equals only itself. */
static bool is_same(const struct resource *one, const struct resource *other)
{
	return one == other || (one->kind == other->kind && *resource_name(one) &&
				strcmp(resource_name(one), resource_name(other)) == 0);
}

/* The first entry of the database in the cell's list; NULL: the cell does not list it. */
static struct resource *find_listed(const struct cell *cell, const struct resource *database)
{
	for (struct resource *resource = cell->contents.resources.first; resource; resource = resource->next)
		if (is_same(resource, database))
			return resource;
	return NULL;
}

/* The lower one reports. */
static int rank(const struct cell *cell, const struct resource *database)
{
	enum { NOT_THE_WRITER = 1, INCOMPLETE = 2, PENDING = 4 };

	return (is_writers(cell, database) ? 0 : NOT_THE_WRITER) +
	       (cell->outcome.record.complete ? 0 : INCOMPLETE) +
	       (cell->outcome.record.state_without_failures == CELL_PENDING ? PENDING : 0);
}

/* `database` is what the cell lists, `others` what the other one does. */
static bool goes_before(const struct cell *cell, const struct resource *database, const struct cell *other,
			const struct resource *others)
{
	int order = rank(cell, database) - rank(other, others);

	return order < 0 || (order == 0 && strcmp(cell->contents.region, other->contents.region) < 0);
}

/* "true in us-east-1, false in us-west-2", if the regions disagree; else NULL. */
static const char *find_contradiction(const struct cell *first, const struct resource *database,
				      enum attribute attribute, struct arena *arena)
{
	const char *told = database->values[attribute], *text = NULL;
	bool any = false;

	for (const struct cell *cell = first; cell; cell = cell->next) {
		const struct resource *listed = find_listed(cell, database);
		const char *value = listed ? listed->values[attribute] : NULL;

		if (!value)
			continue;
		any = any || (told && strcmp(value, told) != 0);
		text = text ? arena_format(arena, "%s, %s in %s", text, value, cell->contents.region)
			    : arena_format(arena, "%s in %s", value, cell->contents.region);
	}
	return any ? text : NULL;
}

/* The database as all regions list it: a value on which they disagree is replaced by the contradiction. */
static struct resource *reconcile(const struct cell *first, struct cell *reporter, struct resource *database)
{
	static const enum attribute compared[] = {ATTRIBUTE_STORAGE_ENCRYPTED,
						  ATTRIBUTE_STORAGE_ENCRYPTION_TYPE};
	struct resource *seen = NULL;

	for (size_t i = 0; i < sizeof compared / sizeof compared[0]; i++) {
		const char *text = find_contradiction(first, database, compared[i], &reporter->arena);

		if (text && !seen) {
			seen = arena_take(&reporter->arena, sizeof *seen);
			if (!seen)
				return database;
			*seen = *database;
		}
		if (text)
			seen->values[compared[i]] = text;
	}
	return seen ? seen : database;
}

/* In the cell of the lowest rank, of those from `first` on. Once: a verdict may change a cell's rank. */
static void report(struct cell *first, struct resource *database, is_database_reported *is_reported,
		   void *owner)
{
	struct evaluation_rules rules;
	struct cell *reporter = first;

	for (struct cell *cell = first->next; cell; cell = cell->next) {
		struct resource *listed = find_listed(cell, database);

		if (!listed || !goes_before(cell, listed, reporter, database))
			continue;
		reporter = cell;
		database = listed;
	}
	if (is_reported(owner, reporter, resource_name(database)))
		return;
	rules = cell_rules(reporter);
	evaluate_resource(reconcile(first, reporter, database), &rules, &reporter->outcome);
}

static bool is_listed_before(const struct cell *cells, const struct cell *cell, const struct resource *database)
{
	for (; cells != cell; cells = cells->next)
		if (find_listed(cells, database))
			return true;
	return false;
}

void cells_report_global_databases(struct cell *cells, is_database_reported *is_reported, void *owner)
{
	for (struct cell *cell = cells; cell; cell = cell->next)
		for (struct resource *resource = cell->contents.resources.first; resource;
		     resource = resource->next)
			if (resource->kind == RESOURCE_GLOBAL_DATABASE &&
			    find_listed(cell, resource) == resource && !is_listed_before(cells, cell, resource))
				report(cell, resource, is_reported, owner);
}
