#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json_oom_guard.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/store/store_internal.h"

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

/* Stored for failing resources only. */
static void read_observed(struct resource *resource, const char *text, struct arena *arena)
{
	for (const struct pair *pair = store_read_pairs(text, arena); pair; pair = pair->next) {
		enum attribute attribute = attribute_by_name(pair->name);

		if (attribute < ATTRIBUTE_COUNT)
			resource->values[attribute] = pair->value;
	}
}

/* A resource of a cell, with its findings. */
struct group {
	int64_t region, number;
	size_t column;
	struct resource *resource;
	struct finding *first, **last;
};

/* The state of reading an account. */
struct reading {
	const struct matrix *matrix;
	struct cell_record *records; /* by column */
	struct arena *arena;
	int64_t *regions; /* by column: the region's number in the store; 0: no cell */
	struct group *groups;
	size_t count, capacity;
	size_t next; /* the group that the next finding may belong to */
};

static size_t column_of_region(const struct reading *reading, int64_t region)
{
	size_t column = 0;

	while (column < reading->matrix->column_count && reading->regions[column] != region)
		column++;
	return column;
}

static void take_cell(struct reading *reading, sqlite3_stmt *row)
{
	size_t column = matrix_column_named(reading->matrix, store_word(row, 1));

	if (column == reading->matrix->column_count)
		return;
	reading->regions[column] = sqlite3_column_int64(row, 0);
	reading->records[column].reason = store_copy(reading->arena, row, 10);
	reading->records[column].request_id = store_copy(reading->arena, row, 11);
	reading->records[column].at = sqlite3_column_int64(row, 12);
}

static struct resource *read_resource(sqlite3_stmt *row, struct arena *arena)
{
	struct resource *resource = arena_take(arena, sizeof *resource);

	if (!resource)
		return NULL;
	resource->kind = resource_kind_by_name(store_word(row, 2));
	if (resource->kind == RESOURCE_KINDS)
		resource->kind = RESOURCE_CLUSTER;
	resource->id = store_copy_word(arena, row, 3);
	resource->arn = store_copy(arena, row, 4);
	resource->tags = store_read_pairs(store_text(row, 5), arena);
	resource->relations = store_read_relations(store_text(row, 6), arena);
	read_observed(resource, store_text(row, 7), arena);
	return resource;
}

static bool take_resource(struct reading *reading, sqlite3_stmt *row)
{
	const struct group group = {.region = sqlite3_column_int64(row, 0),
				    .number = sqlite3_column_int64(row, 1),
				    .column = column_of_region(reading, sqlite3_column_int64(row, 0))};
	struct group *grown, *added;

	grown = array_grow(reading->groups, reading->count, &reading->capacity, sizeof *grown);
	if (!grown) {
		reading->arena->failed = true;
		return false;
	}
	reading->groups = grown;
	added = &reading->groups[reading->count++];
	*added = group;
	if (group.column < reading->matrix->column_count)
		added->resource = read_resource(row, reading->arena);
	return true;
}

static bool is_before(const struct group *group, int64_t region, int64_t number)
{
	return group->region < region || (group->region == region && group->number < number);
}

static struct finding *read_finding(const struct matrix *matrix, sqlite3_stmt *row,
				    const struct resource *resource, struct arena *arena)
{
	const struct control *control = control_named(matrix, store_word(row, 2));
	struct finding *finding = control && resource ? arena_take(arena, sizeof *finding) : NULL;

	if (!finding)
		return NULL;
	*finding = (struct finding){
		.control = control,
		.resource = resource,
		.verdict = verdict_named(store_word(row, 3)),
		.reason = store_copy(arena, row, 5),
		.evidence = store_read_pairs(store_text(row, 6), arena),
		.exception = store_copy(arena, row, 7),
		.request_id = store_copy(arena, row, 8),
		.at = sqlite3_column_int64(row, 9),
	};
	return finding;
}

/* Resources and findings have the same order. */
static void take_finding(struct reading *reading, sqlite3_stmt *row)
{
	int64_t region = sqlite3_column_int64(row, 0), number = sqlite3_column_int64(row, 1);
	struct finding *finding;
	struct group *group;

	while (reading->next < reading->count && is_before(&reading->groups[reading->next], region, number))
		reading->next++;
	if (reading->next == reading->count)
		return;
	group = &reading->groups[reading->next];
	if (group->region != region || group->number != number)
		return;
	finding = read_finding(reading->matrix, row, group->resource, reading->arena);
	if (!finding)
		return;
	if (!group->first)
		group->last = &group->first;
	*group->last = finding;
	group->last = &finding->next;
}

static bool take_row(void *userdata, enum statement list, sqlite3_stmt *row)
{
	struct reading *reading = userdata;

	if (list == ROWS_CELLS)
		take_cell(reading, row);
	else if (list == ROWS_FINDINGS)
		take_finding(reading, row);
	else if (list == ROWS_RESOURCES)
		return take_resource(reading, row);
	return !reading->arena->failed;
}

/* The order of reports: by ARN and id, independent of AWS's order. */
static int compare_groups(const void *a, const void *b)
{
	const struct group *left = a, *right = b;
	int order;

	if (left->column != right->column)
		return left->column < right->column ? -1 : 1;
	if (!left->resource || !right->resource)
		return (left->resource != NULL) - (right->resource != NULL);
	order = resource_compare(left->resource, right->resource);
	return order ? order : (left->number > right->number) - (left->number < right->number);
}

static void link_findings(struct reading *reading)
{
	struct finding *no_findings = NULL, **last = &no_findings;
	size_t column = SIZE_MAX;

	if (reading->count > 0)
		qsort(reading->groups, reading->count, sizeof *reading->groups, compare_groups);
	for (size_t i = 0; i < reading->count; i++) {
		struct group *group = &reading->groups[i];

		if (!group->first)
			continue;
		if (group->column != column)
			last = &reading->records[group->column].findings;
		column = group->column;
		*last = group->first;
		while (*last)
			last = &(*last)->next;
	}
}

bool store_read_row(void *owner, const struct matrix *matrix, size_t row, struct cell_record *records,
		    struct arena *arena)
{
	struct store *store = owner;
	struct reading reading = {
		.matrix = matrix,
		.records = records,
		.arena = arena,
		.regions = arena_take(arena, (matrix->column_count + 1) * sizeof *reading.regions),
	};
	bool good = reading.regions &&
		    store_read_account(store, matrix->rows[row].key, take_row, &reading, NULL) !=
			    STORE_SEAL_DAMAGED &&
		    store_is_unchanged(store, NULL);

	if (good && !arena->failed)
		link_findings(&reading);
	free(reading.groups);
	if (arena->failed || store->out_of_memory)
		json_oom_guard_fail(); /* otherwise the store would be called damaged */
	return good && !arena->failed;
}

struct cell_summary store_read_summary(sqlite3_stmt *row, int first)
{
	return (struct cell_summary){.state = (uint8_t)store_state_named(store_word(row, first)),
				     .state_without_failures =
					     (uint8_t)store_state_named(store_word(row, first + 1)),
				     .complete = sqlite3_column_int(row, first + 2) != 0,
				     .resources = (uint32_t)sqlite3_column_int64(row, first + 3),
				     .failing = (uint32_t)sqlite3_column_int64(row, first + 4),
				     .exempt = (uint32_t)sqlite3_column_int64(row, first + 5),
				     .unknown = (uint32_t)sqlite3_column_int64(row, first + 6),
				     .worst = (uint8_t)sqlite3_column_int(row, first + 7)};
}

/* A row of ROWS_ACCOUNTS; the arena owns the texts. */
struct stored_account {
	int64_t key, at;
	const char *id, *name, *ou, *status, *reason, *request_id, *organization, *note;
	enum cell_state default_state;
	bool is_done;
};

static struct stored_account read_account(struct arena *arena, sqlite3_stmt *row)
{
	return (struct stored_account){.key = sqlite3_column_int64(row, 0),
				       .id = store_copy_word(arena, row, 1),
				       .name = store_copy(arena, row, 2),
				       .ou = store_copy(arena, row, 3),
				       .status = store_copy(arena, row, 4),
				       .default_state = store_state_named(store_word(row, 5)),
				       .reason = store_copy(arena, row, 6),
				       .request_id = store_copy(arena, row, 7),
				       .at = sqlite3_column_int64(row, 8),
				       .is_done = sqlite3_column_int(row, 9) != 0,
				       .organization = store_copy(arena, row, 10),
				       .note = store_copy(arena, row, 11)};
}

/* ---- resuming a run ---- */

struct recall {
	struct matrix *matrix;
	size_t row;
	bool retry_blind, any_blind;
	bool keeps_pending; /* keeps pending cells instead of scanning them again */
};

static bool is_scanned_again(const struct recall *recall, const struct cell_summary *summary)
{
	/* A failing cell may have been left before it was complete. */
	return !recall->keeps_pending &&
	       (summary->state == CELL_PENDING || summary->state_without_failures == CELL_PENDING ||
		(recall->retry_blind && !summary->complete));
}

static bool recall_cell(void *userdata, enum statement list, sqlite3_stmt *row)
{
	struct recall *recall = userdata;
	struct matrix *matrix = recall->matrix;
	struct cell_summary summary;
	size_t column;

	if (list != ROWS_CELLS)
		return true;
	summary = store_read_summary(row, 2);
	if (is_scanned_again(recall, &summary)) {
		recall->any_blind = true;
		return true;
	}
	column = matrix_add_column(matrix, store_word(row, 1));
	matrix_show_column(matrix, column);
	if (!matrix_is_recorded(matrix, recall->row, column))
		matrix_recall(matrix, recall->row, column, &summary);
	return !matrix->failed;
}

static bool recall_cells(struct store *store, struct recall *recall, struct error *error)
{
	struct row *account = &recall->matrix->rows[recall->row];
	enum store_seal seal = store_read_account(store, account->key, recall_cell, recall, error);

	account->is_sealed = seal == STORE_SEAL_WHOLE;
	if (recall->matrix->failed)
		return error_out_of_memory(error);
	return seal != STORE_SEAL_DAMAGED;
}

/* An exception may match an account by name, so findings under the old name are not reused. */
static bool is_renamed(const struct row *account, const char *stored)
{
	return account->name && stored && strcmp(account->name, stored) != 0;
}

/* Reads a row of FIND_ACCOUNT, with the time of the assessment. */
static void recall_default(struct matrix *matrix, size_t row, const struct stored_account *stored)
{
	matrix_set_default(matrix, row, stored->default_state, stored->reason, stored->request_id);
	matrix->rows[row].at = stored->at;
}

bool store_recall(struct store *store, struct matrix *matrix, size_t row, bool retry_blind, bool *is_done,
		  struct error *error)
{
	sqlite3_stmt *find = store_use(store, FIND_ACCOUNT);
	struct recall recall = {.matrix = matrix, .row = row, .retry_blind = retry_blind};
	struct row *account = &matrix->rows[row];
	struct stored_account stored = {.key = 0};
	int code;

	*is_done = false;
	sqlite3_bind_int64(find, 1, store->run);
	store_bind_text(find, 2, account->id);
	code = sqlite3_step(find);
	if (code == SQLITE_ROW)
		stored = read_account(&matrix->arena, find);
	sqlite3_reset(find);
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE || store_fail(store, "read an account", error);
	account->key = stored.key;
	if (is_renamed(account, stored.name))
		return store_unseal(store, account);
	account->note = stored.note;
	if (!recall_cells(store, &recall, error))
		return false;
	/* With named regions, the default state stays pending, and no cell has it. */
	*is_done = stored.is_done && !recall.any_blind &&
		   !(retry_blind && !cell_state_facts(stored.default_state)->looked_at &&
		     stored.default_state != CELL_PENDING);
	if (*is_done)
		recall_default(matrix, row, &stored);
	return true;
}

/* ---- cells of earlier processes ---- */

struct restore {
	struct store *store;
	struct matrix *matrix;
	bool of_all; /* also accounts that are not in the matrix */
	struct error *error;
	bool failed;
};

static void restore_account(struct restore *restore, size_t row, const struct stored_account *stored)
{
	struct recall recall = {.matrix = restore->matrix, .row = row, .keeps_pending = true};
	struct row *account = &restore->matrix->rows[row];

	if (account->is_closed || account->default_state != CELL_PENDING || is_renamed(account, stored->name))
		return;
	account->key = stored->key;
	restore->failed = !recall_cells(restore->store, &recall, restore->error);
	recall_default(restore->matrix, row, stored);
	account->note = stored->note;
}

static bool take_stored_account(void *userdata, enum statement list, sqlite3_stmt *found)
{
	struct restore *restore = userdata;
	struct matrix *matrix = restore->matrix;
	const struct stored_account stored = read_account(&matrix->arena, found);
	size_t row = matrix_row_named(matrix, stored.id);

	(void)list;
	if (row == matrix->row_count && restore->of_all) {
		row = matrix_add_row(matrix, stored.id);
		if (matrix->failed)
			return false;
		matrix->rows[row].name = stored.name;
		matrix->rows[row].ou = stored.ou;
		matrix->rows[row].status = stored.status;
		matrix->rows[row].organization = stored.organization;
	}
	if (row < matrix->row_count)
		restore_account(restore, row, &stored);
	return !restore->failed && !matrix->failed;
}

bool store_restore(struct store *store, struct matrix *matrix, bool of_all, struct error *error)
{
	struct restore restore = {.store = store, .matrix = matrix, .of_all = of_all, .error = error};

	if (store_read_list(store, ROWS_ACCOUNTS, store->run, take_stored_account, &restore))
		return true;
	if (restore.failed)
		return false;
	store_has_memory(store, !matrix->failed);
	return store_fail(store, "read an account", error);
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
			if (strcmp(exceptions->items[i].name, store_word(count, 0)) == 0)
				exceptions->items[i].findings = (size_t)sqlite3_column_int64(count, 1);
	sqlite3_reset(count);
	return code == SQLITE_DONE || store_fail(store, "read exceptions", error);
}

bool store_find_oldest(struct store *store, int64_t *at, struct error *error)
{
	sqlite3_stmt *find = store_use(store, FIND_OLDEST);
	int code;

	sqlite3_bind_int64(find, 1, store->run);
	code = sqlite3_step(find);
	*at = code == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
	sqlite3_reset(find);
	return code == SQLITE_ROW || store_fail(store, "read cells", error);
}
