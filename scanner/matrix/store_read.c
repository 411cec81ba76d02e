#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/store_parts.h"

/* In their order, until memory runs out, which the arena remembers. A value may be null. */
static struct pair *read_pairs(const char *text, struct arena *arena)
{
	json_t *object = json_loads(text ? text : "", 0, NULL), *value;
	struct pair *first = NULL, **last = &first;
	const char *name;

	json_object_foreach(object, name, value)
	{
		struct pair *pair = arena_take(arena, sizeof *pair);

		if (!pair)
			break;
		pair->name = arena_copy(arena, name);
		pair->value = arena_copy(arena, json_string_value(value));
		if (arena->failed)
			break;
		*last = pair;
		last = &pair->next;
	}
	json_decref(object);
	return first;
}

static struct relation *read_relations(const char *text, struct arena *arena)
{
	json_t *object = json_loads(text ? text : "", 0, NULL), *targets, *target;
	struct relation *first = NULL, **last = &first;
	const char *role;
	size_t i;

	json_object_foreach(object, role, targets)
	{
		json_array_foreach(targets, i, target)
		{
			struct relation *relation = arena_take(arena, sizeof *relation);

			if (!relation || !json_is_string(target))
				continue;
			relation->role = arena_copy(arena, role);
			relation->target = arena_copy(arena, json_string_value(target));
			if (arena->failed)
				break;
			*last = relation;
			last = &relation->next;
		}
	}
	json_decref(object);
	return first;
}

static const struct control *control_named(const struct matrix *matrix, const char *id)
{
	for (const struct control **control = matrix->selected; control && *control; control++)
		if (strcmp((*control)->id, id) == 0)
			return *control;
	return NULL;
}

static enum verdict verdict_named(const char *name)
{
	return strcmp(name, verdict_name(VERDICT_PASS)) == 0   ? VERDICT_PASS
	       : strcmp(name, verdict_name(VERDICT_FAIL)) == 0 ? VERDICT_FAIL
							       : VERDICT_UNKNOWN;
}

enum cell_state store_state_named(const char *name)
{
	enum cell_state state = 0;

	while (state < CELL_STATE_COUNT && strcmp(cell_state_name(state), name) != 0)
		state++;
	return state < CELL_STATE_COUNT ? state : CELL_ERROR;
}

/* Stored of what fails only. */
static void read_observed(struct resource *resource, const char *text, struct arena *arena)
{
	for (const struct pair *pair = text ? read_pairs(text, arena) : NULL; pair; pair = pair->next) {
		enum attribute attribute = attribute_by_name(pair->name);

		if (attribute < ATTRIBUTE_COUNT)
			resource->values[attribute] = pair->value;
	}
}

static struct resource *read_resource(sqlite3_stmt *row, struct arena *arena)
{
	struct resource *resource = arena_take(arena, sizeof *resource);

	if (!resource)
		return NULL;
	resource->kind = resource_kind_by_name(store_text(row, 2));
	if (resource->kind == RESOURCE_KINDS)
		resource->kind = RESOURCE_CLUSTER;
	resource->id = arena_copy(arena, store_text(row, 3));
	resource->arn = arena_copy(arena, store_text(row, 4));
	resource->tags = read_pairs(store_text(row, 5), arena);
	resource->relations = read_relations(store_text(row, 6), arena);
	read_observed(resource, store_text(row, 14), arena);
	return resource;
}

static struct finding *read_finding(const struct matrix *matrix, sqlite3_stmt *row,
				    const struct resource *resource, struct arena *arena)
{
	const struct control *control = control_named(matrix, store_text(row, 7));
	struct finding *finding = control && resource ? arena_take(arena, sizeof *finding) : NULL;

	if (!finding)
		return NULL;
	*finding = (struct finding){
		.control = control,
		.resource = resource,
		.verdict = verdict_named(store_text(row, 8)),
		.reason = arena_copy(arena, store_text(row, 9)),
		.evidence = read_pairs(store_text(row, 10), arena),
		.exception = arena_copy(arena, store_text(row, 11)),
		.request_id = arena_copy(arena, store_text(row, 12)),
		.at = sqlite3_column_int64(row, 13),
	};
	return finding;
}

static bool read_findings(struct store *store, const struct matrix *matrix, int64_t account,
			  struct cell_record *records, struct arena *arena)
{
	sqlite3_stmt *find = store_use(store, READ_FINDINGS);
	struct finding *nobody = NULL, **last = &nobody;
	const struct resource *resource = NULL;
	size_t before = SIZE_MAX;
	int64_t number = -1;
	int code;

	sqlite3_bind_int64(find, 1, account);
	while ((code = sqlite3_step(find)) == SQLITE_ROW) {
		size_t column = matrix_column_named(matrix, store_text(find, 0));
		struct finding *finding;

		if (column == matrix->column_count)
			continue;
		if (column != before)
			last = &records[column].findings;
		if (column != before || sqlite3_column_int64(find, 1) != number)
			resource = read_resource(find, arena);
		number = sqlite3_column_int64(find, 1);
		before = column;
		finding = read_finding(matrix, find, resource, arena);
		if (!finding)
			continue;
		*last = finding;
		last = &finding->next;
	}
	sqlite3_reset(find);
	return code == SQLITE_DONE && !arena->failed;
}

bool store_read_row(void *owner, const struct matrix *matrix, size_t row, struct cell_record *records,
		    struct arena *arena)
{
	struct store *store = owner;
	sqlite3_stmt *find = store_use(store, READ_CELLS);
	int code;

	sqlite3_bind_int64(find, 1, matrix->rows[row].key);
	while ((code = sqlite3_step(find)) == SQLITE_ROW) {
		size_t column = matrix_column_named(matrix, store_text(find, 0));

		if (column == matrix->column_count)
			continue;
		records[column].reason = arena_copy(arena, store_text(find, 9));
		records[column].request_id = arena_copy(arena, store_text(find, 10));
		records[column].at = sqlite3_column_int64(find, 11);
	}
	sqlite3_reset(find);
	return code == SQLITE_DONE && !arena->failed &&
	       read_findings(store, matrix, matrix->rows[row].key, records, arena) &&
	       store_is_unchanged(store, NULL);
}

struct cell_summary store_read_summary(sqlite3_stmt *row, int first)
{
	return (struct cell_summary){.state = (uint8_t)store_state_named(store_text(row, first)),
				     .beneath = (uint8_t)store_state_named(store_text(row, first + 1)),
				     .complete = sqlite3_column_int(row, first + 2) != 0,
				     .resources = (uint32_t)sqlite3_column_int64(row, first + 3),
				     .failing = (uint32_t)sqlite3_column_int64(row, first + 4),
				     .exempt = (uint32_t)sqlite3_column_int64(row, first + 5),
				     .unknown = (uint32_t)sqlite3_column_int64(row, first + 6),
				     .worst = (uint8_t)sqlite3_column_int(row, first + 7)};
}

/* A cell that is asked again is not recalled. */
static bool recall_cells(struct store *store, struct matrix *matrix, size_t row, bool retry_blind,
			 bool *any_blind)
{
	sqlite3_stmt *find = store_use(store, READ_CELLS);
	int code;

	sqlite3_bind_int64(find, 1, matrix->rows[row].key);
	while ((code = sqlite3_step(find)) == SQLITE_ROW) {
		const struct cell_summary summary = store_read_summary(find, 1);
		size_t column;

		/* A failing cell, too, may have been left before all of it was seen. */
		if (summary.state == CELL_PENDING || summary.beneath == CELL_PENDING ||
		    (retry_blind && !summary.complete)) {
			*any_blind = true;
			continue;
		}
		column = matrix_add_column(matrix, store_text(find, 0));
		matrix_show_column(matrix, column);
		matrix_recall(matrix, row, column, &summary);
	}
	sqlite3_reset(find);
	return code == SQLITE_DONE;
}

/* With the time at which it was found out. */
static void recall_rest(struct matrix *matrix, size_t row, enum cell_state rest, sqlite3_stmt *found)
{
	matrix_set_rest(matrix, row, rest, store_text(found, 2), store_text(found, 3));
	matrix->rows[row].at = sqlite3_column_int64(found, 6);
}

bool store_recall(struct store *store, struct matrix *matrix, size_t row, bool retry_blind, bool *is_done,
		  struct error *error)
{
	sqlite3_stmt *find = store_use(store, FIND_ACCOUNT);
	struct row *account = &matrix->rows[row];
	bool any_blind = false, blind_rest;
	enum cell_state rest;
	int code;

	*is_done = false;
	sqlite3_bind_int64(find, 1, store->run);
	store_bind_text(find, 2, account->id);
	code = sqlite3_step(find);
	if (code != SQLITE_ROW) {
		sqlite3_reset(find);
		return code == SQLITE_DONE || store_complain(store, "read an account", error);
	}
	account->key = sqlite3_column_int64(find, 0);
	rest = store_state_named(store_text(find, 1));
	*is_done = sqlite3_column_int(find, 4) != 0;
	/* Where regions were named, the rest stays pending: there is none. */
	blind_rest = !cell_state_facts(rest)->looked_at && rest != CELL_PENDING;
	if (*is_done && !(retry_blind && blind_rest))
		recall_rest(matrix, row, rest, find);
	account->note = arena_copy(&matrix->arena, store_text(find, 5));
	sqlite3_reset(find);
	if (!recall_cells(store, matrix, row, retry_blind, &any_blind))
		return store_complain(store, "read cells", error);
	*is_done = *is_done && !any_blind && !(retry_blind && blind_rest);
	return true;
}

bool store_recall_exceptions(struct store *store, struct exceptions *exceptions, struct error *error)
{
	sqlite3_stmt *count = store_use(store, COUNT_COVERED);
	int code;

	for (size_t i = 0; i < exceptions->count; i++)
		if (!exceptions->items[i].is_expired)
			exceptions->items[i].findings = 0;
	sqlite3_bind_int64(count, 1, store->run);
	while ((code = sqlite3_step(count)) == SQLITE_ROW)
		for (size_t i = 0; i < exceptions->count; i++)
			if (strcmp(exceptions->items[i].name, store_text(count, 0)) == 0)
				exceptions->items[i].findings = (size_t)sqlite3_column_int64(count, 1);
	sqlite3_reset(count);
	return code == SQLITE_DONE || store_complain(store, "read exceptions", error);
}

bool store_find_oldest(struct store *store, int64_t *at, struct error *error)
{
	sqlite3_stmt *find = store_use(store, FIND_OLDEST);
	int code;

	sqlite3_bind_int64(find, 1, store->run);
	code = sqlite3_step(find);
	*at = code == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
	sqlite3_reset(find);
	return code == SQLITE_ROW || store_complain(store, "read cells", error);
}

bool store_read_requests(struct store *store, struct matrix *matrix)
{
	enum { MOST = 256 };
	struct request_count *counts = arena_take(&matrix->arena, MOST * sizeof *counts);
	sqlite3_stmt *find = store_use(store, READ_REQUESTS);
	size_t count = 0;
	int code;

	sqlite3_bind_int64(find, 1, store->run);
	while ((code = sqlite3_step(find)) == SQLITE_ROW && counts && count < MOST)
		counts[count++] =
			(struct request_count){.operation = arena_copy(&matrix->arena, store_text(find, 0)),
					       .sent = (uint64_t)sqlite3_column_int64(find, 1),
					       .retried = (uint64_t)sqlite3_column_int64(find, 2),
					       .throttled = (uint64_t)sqlite3_column_int64(find, 3)};
	sqlite3_reset(find);
	matrix->run.requests = counts;
	matrix->run.request_count = count;
	return counts && code == SQLITE_DONE;
}
