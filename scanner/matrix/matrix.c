#include "scanner/matrix/matrix.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/matrix/exceptions.h"

void run_title(const struct run *run, char title[static RUN_TITLE_SIZE])
{
	text_join(title, RUN_TITLE_SIZE, run->shard ? "PART " : "", run->shard ? run->shard : "",
		  run->shard ? ": " : "", "Neptune encryption at rest", NULL);
}

int64_t run_seconds(const struct run *run)
{
	return run->finished > run->started ? run->finished - run->started : 0;
}

const char *run_partition(const struct run *run)
{
	return run->partition ? run->partition : "aws";
}

void matrix_init(struct matrix *matrix)
{
	*matrix = (struct matrix){0};
}

static void forget_reading(struct matrix_reading *reading)
{
	free(reading->records);
	arena_deinit(&reading->arena);
	*reading = (struct matrix_reading){.failed = reading->failed};
}

void matrix_deinit(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->row_count; i++) {
		free(matrix->rows[i].cells);
		free(matrix->rows[i].kept);
	}
	if (matrix->reading)
		forget_reading(matrix->reading);
	free(matrix->reading);
	free(matrix->rows);
	free(matrix->columns);
	free(matrix->index);
	arena_deinit(&matrix->arena);
	*matrix = (struct matrix){0};
}

static bool make_room_for_row(struct matrix *matrix)
{
	struct row *rows =
		array_grow(matrix->rows, matrix->row_count, &matrix->row_capacity, sizeof *matrix->rows);

	if (rows)
		matrix->rows = rows;
	else
		matrix->failed = true;
	return rows;
}

static bool make_room_for_column(struct matrix *matrix)
{
	struct column *columns = array_grow(matrix->columns, matrix->column_count, &matrix->column_capacity,
					    sizeof *matrix->columns);

	if (columns)
		matrix->columns = columns;
	else
		matrix->failed = true;
	return columns;
}

static const char *copy_text(struct matrix *matrix, const char *text)
{
	return arena_copy(&matrix->arena, text);
}

static size_t first_slot(const struct matrix *matrix, const char *account)
{
	uint64_t hash = hash64_text(HASH64_OF_NOTHING, account);

	return (size_t)(hash ^ hash >> 32) & (matrix->index_capacity - 1);
}

/* The slot of the account, or the free slot where it belongs. Open addressing with linear probing. */
static size_t *find_slot(const struct matrix *matrix, const char *account)
{
	size_t slot = first_slot(matrix, account);

	while (matrix->index[slot] && strcmp(matrix->rows[matrix->index[slot] - 1].id, account) != 0)
		slot = (slot + 1) & (matrix->index_capacity - 1);
	return &matrix->index[slot];
}

/* The index is at most half full. */
static bool grow_index(struct matrix *matrix)
{
	size_t larger = matrix->index_capacity ? matrix->index_capacity * 2 : 64;
	size_t *grown;

	if (matrix->row_count * 2 < matrix->index_capacity)
		return true;
	grown = calloc(larger, sizeof *grown);
	if (!grown) {
		matrix->failed = true;
		return false;
	}
	free(matrix->index);
	matrix->index = grown;
	matrix->index_capacity = larger;
	for (size_t row = 0; row < matrix->row_count; row++)
		*find_slot(matrix, matrix->rows[row].id) = row + 1;
	return true;
}

size_t matrix_add_row(struct matrix *matrix, const char *account)
{
	size_t row = matrix->row_count, *slot;

	if (!grow_index(matrix) || !make_room_for_row(matrix))
		return 0;
	/* Organizations may list an account twice when the organization changes meanwhile. */
	slot = find_slot(matrix, account);
	if (*slot)
		return *slot - 1;
	matrix->rows[row] = (struct row){.id = copy_text(matrix, account), .default_state = CELL_PENDING};
	if (!matrix->rows[row].id) {
		matrix->failed = true;
		return 0;
	}
	*slot = row + 1;
	matrix->row_count++;
	return row;
}

size_t matrix_row_named(const struct matrix *matrix, const char *account)
{
	size_t slot = matrix->index ? *find_slot(matrix, account) : 0;

	return slot ? slot - 1 : matrix->row_count;
}

bool matrix_has_row(const struct matrix *matrix, const char *account)
{
	return matrix_row_named(matrix, account) < matrix->row_count;
}

size_t matrix_add_column(struct matrix *matrix, const char *region)
{
	size_t column = matrix_column_named(matrix, region);

	if (column < matrix->column_count)
		return column;
	if (!make_room_for_column(matrix))
		return 0;
	matrix->columns[column] = (struct column){.region = copy_text(matrix, region)};
	if (!matrix->columns[column].region) {
		matrix->failed = true;
		return 0;
	}
	matrix->column_count++;
	return column;
}

void matrix_show_column(struct matrix *matrix, size_t column)
{
	if (column < matrix->column_count)
		matrix->columns[column].shown = true;
}

void matrix_set_default(struct matrix *matrix, size_t row, enum cell_state state, const char *reason,
			const char *request_id)
{
	struct row *changed = &matrix->rows[row];

	changed->default_state = state;
	changed->reason = copy_text(matrix, reason);
	changed->request_id = request_id && *request_id ? copy_text(matrix, request_id) : NULL;
	changed->at = clock_wall_seconds();
}

/* The arrays of a row grow together; the second one exists only when details are in memory. */
static bool make_cells(struct matrix *matrix, struct row *row, size_t column)
{
	size_t capacity = (column / 8 + 1) * 8, more = capacity - row->cell_capacity;
	struct cell_summary *cells;
	struct cell_record **kept;

	if (column < row->cell_capacity)
		return true;
	cells = realloc(row->cells, capacity * sizeof *cells);
	if (cells)
		row->cells = cells;
	kept = cells && !matrix->details ? realloc(row->kept, capacity * sizeof *kept) : row->kept;
	if (!cells || (!kept && !matrix->details)) {
		matrix->failed = true;
		return false;
	}
	memset(cells + row->cell_capacity, 0, more * sizeof *cells);
	if (!matrix->details) {
		memset(kept + row->cell_capacity, 0, more * sizeof *kept);
		row->kept = kept;
	}
	row->cell_capacity = capacity;
	return true;
}

static struct cell_summary summarize(const struct cell_record *record)
{
	struct cell_summary summary = {.state = (uint8_t)record->state,
				       .state_without_failures = (uint8_t)record->state_without_failures,
				       .recorded = true,
				       .complete = record->complete,
				       .resources = record->resources,
				       .failing = record->failing,
				       .exempt = record->exempt};

	for (const struct finding *finding = record->findings; finding; finding = finding->next) {
		uint8_t severity = (uint8_t)(finding->control->severity + 1);

		summary.unknown += finding->verdict == VERDICT_UNKNOWN;
		if (finding_fails(finding) && severity > summary.worst)
			summary.worst = severity;
	}
	return summary;
}

/* Most cells are empty, so their two short texts are copied; the arena is adopted only for findings. */
static void store_details(struct matrix *matrix, struct row *row, size_t column,
			  const struct cell_record *record, struct arena *arena)
{
	struct cell_record own = *record;

	if (record->findings) {
		arena_adopt(&matrix->arena, arena);
	} else {
		own.reason = copy_text(matrix, record->reason);
		own.request_id = copy_text(matrix, record->request_id);
	}
	if (!row->kept[column])
		row->kept[column] = arena_take(&matrix->arena, sizeof own);
	if (row->kept[column])
		*row->kept[column] = own;
	else
		matrix->failed = true;
}

void matrix_record(struct matrix *matrix, size_t row, size_t column, const struct cell_record *record,
		   struct arena *arena)
{
	struct row *changed = &matrix->rows[row];

	matrix->failed = matrix->failed || arena->failed;
	if (!make_cells(matrix, changed, column))
		return;
	changed->cells[column] = summarize(record);
	matrix->current_record = matrix->details ? record : NULL;
	if (!matrix->details) {
		store_details(matrix, changed, column, record, arena);
		return;
	}
	tally_add(&matrix->recorded, matrix->selected, record->findings);
	if (!matrix->details->put(matrix->details->owner, matrix, row, column, record))
		matrix->failed = true;
}

void matrix_recall(struct matrix *matrix, size_t row, size_t column, const struct cell_summary *summary)
{
	if (!make_cells(matrix, &matrix->rows[row], column))
		return;
	matrix->rows[row].cells[column] = *summary;
	matrix->rows[row].cells[column].recorded = matrix->rows[row].cells[column].recalled = true;
}

bool matrix_is_recorded(const struct matrix *matrix, size_t row, size_t column)
{
	const struct row *of = &matrix->rows[row];

	return column < of->cell_capacity && of->cells[column].recorded;
}

struct cell_summary matrix_cell(const struct matrix *matrix, size_t row, size_t column)
{
	const struct row *of = &matrix->rows[row];

	if (matrix_is_recorded(matrix, row, column))
		return of->cells[column];
	return (struct cell_summary){.state = (uint8_t)of->default_state,
				     .state_without_failures = (uint8_t)of->default_state,
				     .complete = cell_state_facts(of->default_state)->looked_at};
}

static const struct cell_record *read_details(const struct matrix *matrix, size_t row, size_t column)
{
	struct matrix_reading *reading = matrix->reading;

	if (!matrix->details)
		return matrix->rows[row].kept[column];
	if (!reading)
		return NULL;
	if (reading->row != row + 1) {
		forget_reading(reading);
		reading->records = json_oom_guard_calloc(matrix->column_count, sizeof *reading->records);
		if (!reading->records || !matrix->details->read(matrix->details->owner, matrix, row,
								reading->records, &reading->arena)) {
			reading->failed = true;
			return NULL;
		}
		reading->row = row + 1;
	}
	return &reading->records[column];
}

struct cell_record matrix_details_of(const struct matrix *matrix, size_t row, size_t column)
{
	const struct row *of = &matrix->rows[row];
	struct cell_summary cell = matrix_cell(matrix, row, column);
	struct cell_record record = {.state = (enum cell_state)cell.state,
				     .state_without_failures = (enum cell_state)cell.state_without_failures,
				     .complete = cell.complete,
				     .resources = cell.resources,
				     .failing = cell.failing,
				     .exempt = cell.exempt};
	const struct cell_record *details = NULL;

	if (matrix->current_record)
		details = matrix->current_record;
	else if (cell.recorded)
		details = read_details(matrix, row, column);
	record.reason = details ? details->reason : cell.recorded ? NULL : of->reason;
	record.request_id = details ? details->request_id : cell.recorded ? NULL : of->request_id;
	record.at = details ? details->at : cell.recorded ? 0 : of->at;
	record.findings = details ? details->findings : NULL;
	return record;
}

const struct finding *matrix_findings(const struct matrix *matrix, size_t row, size_t column)
{
	return matrix_cell(matrix, row, column).resources == 0
		       ? NULL
		       : matrix_details_of(matrix, row, column).findings;
}

static bool has_recalled_cells(const struct matrix *matrix)
{
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->rows[row].cell_capacity; column++)
			if (matrix->rows[row].cells[column].recalled)
				return true;
	return false;
}

struct tally matrix_tally(const struct matrix *matrix)
{
	struct tally tally = {0};

	if (matrix->details && !has_recalled_cells(matrix))
		return matrix->recorded;
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			tally_add(&tally, matrix->selected, matrix_findings(matrix, row, column));
	return tally;
}

static bool has_finding_on(const struct finding *findings, const char *resource)
{
	for (const struct finding *finding = findings; finding; finding = finding->next)
		if (strcmp(resource_name(finding->resource), resource) == 0)
			return true;
	return false;
}

bool matrix_reports(struct matrix *matrix, size_t row, const char *resource)
{
	struct cell_record *records = calloc(matrix->column_count + 1, sizeof *records);
	struct arena arena = {0};
	bool found = false;

	if (!records ||
	    (matrix->details && !matrix->details->read(matrix->details->owner, matrix, row, records, &arena)))
		matrix->failed = true;
	for (size_t column = 0; !matrix->failed && !found && column < matrix->column_count; column++) {
		if (!matrix_is_recorded(matrix, row, column))
			continue;
		found = has_finding_on(matrix->details ? records[column].findings
						       : matrix->rows[row].kept[column]->findings,
				       resource);
	}
	free(records);
	arena_deinit(&arena);
	return found;
}

enum cell_state matrix_row_state(const struct matrix *matrix, size_t row)
{
	enum cell_state worst = CELL_SKIPPED;
	bool any = false;

	for (size_t i = 0; i < matrix->column_count; i++) {
		if (!matrix->columns[i].shown)
			continue;
		worst = cell_state_worse(worst, (enum cell_state)matrix_cell(matrix, row, i).state);
		any = true;
	}
	return any ? worst : matrix->rows[row].default_state;
}

static void add_cell(struct totals *totals, const struct cell_summary *cell, bool is_accepted)
{
	bool is_assessed = cell_state_facts((enum cell_state)cell->state)->looked_at;

	totals->cells++;
	totals->by_state[cell->state]++;
	totals->blind += !is_assessed;
	totals->accepted += is_accepted;
	totals->accepted_by_state[cell->state] += is_accepted;
	if (is_assessed && !cell->complete) {
		totals->partly_by_state[cell->state_without_failures]++;
		totals->partly++;
	}
	totals->resources += cell->resources;
	totals->failing += cell->failing;
	totals->exempt += cell->exempt;
	totals->unknown += cell->unknown;
	if ((!is_assessed || !cell->complete) && !is_accepted)
		totals->is_assessed = false;
}

static bool is_accepted(const struct matrix *matrix, size_t row, size_t column, const struct cell_summary *cell)
{
	const struct exceptions *exceptions = matrix->run.exceptions;

	return !cell->complete && exceptions &&
	       gaps_find(&exceptions->gaps, &matrix->rows[row], matrix->columns[column].region, cell);
}

static void add_row(struct totals *totals, const struct matrix *matrix, size_t row)
{
	totals->accounts++;
	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct cell_summary cell = matrix_cell(matrix, row, column);

		if (matrix->columns[column].shown)
			add_cell(totals, &cell, is_accepted(matrix, row, column, &cell));
	}
}

struct totals matrix_row_totals(const struct matrix *matrix, size_t row)
{
	struct totals totals = {.is_assessed = true};

	add_row(&totals, matrix, row);
	totals.complete = totals.is_assessed;
	totals.regions = totals.cells;
	return totals;
}

size_t cells_examined(const struct totals *totals)
{
	return totals->by_state[CELL_PASS] + totals->by_state[CELL_FAIL] + totals->by_state[CELL_EXEMPT] +
	       totals->by_state[CELL_EMPTY];
}

bool gaps_leave_nothing(const struct totals *totals)
{
	return totals->accepted > 0 && totals->accepted == totals->blind && cells_examined(totals) == 0;
}

bool gaps_leave_too_little(const struct totals *totals)
{
	return 2 * totals->accounts_accepted > totals->accounts_in_scope ||
	       (totals->accepted > 0 && cells_examined(totals) == 0);
}

static void add_account(struct totals *totals, const struct matrix *matrix, size_t row)
{
	const struct totals of_row = matrix_row_totals(matrix, row);

	totals->accounts_in_scope += of_row.by_state[CELL_SKIPPED] < of_row.cells;
	totals->accounts_accepted += gaps_leave_nothing(&of_row);
}

struct totals matrix_totals(const struct matrix *matrix)
{
	const struct exceptions *exceptions = matrix->run.exceptions;
	struct totals totals = {.is_assessed = !matrix->run.interrupted};

	for (size_t column = 0; column < matrix->column_count; column++)
		totals.regions += matrix->columns[column].shown;
	for (size_t row = 0; row < matrix->row_count; row++) {
		add_row(&totals, matrix, row);
		if (exceptions && exceptions->gaps.count > 0 && !matrix->run.shard)
			add_account(&totals, matrix, row);
	}
	if (totals.cells == 0 || gaps_leave_too_little(&totals))
		totals.is_assessed = false;
	totals.complete = totals.is_assessed && !matrix->run.shard;
	return totals;
}

const char *matrix_join(struct matrix *matrix, const char *before, const char *one)
{
	struct span rest = span_of(before), part;

	if (!before || !one)
		return before ? before : arena_copy(&matrix->arena, one);
	while (span_split(&rest, ',', &part))
		if (span_equals(span_trim(part), one))
			return before;
	return arena_format(&matrix->arena, "%s, %s", before, one);
}

static const char *add_note(struct matrix *matrix, const char *before, const char *text)
{
	if (!before)
		return copy_text(matrix, text);
	return strstr(before, text) ? before : arena_format(&matrix->arena, "%s; %s", before, text);
}

const char *matrix_line(struct matrix *matrix, const char *text)
{
	struct buffer line = {0};
	const char *copy;

	for (size_t length; *text; text += length + strspn(text + length, "\n ")) {
		char last = line.length ? line.at[line.length - 1] : ':';
		bool is_sentence = strncmp(text, "Fix: ", 5) == 0 || strncmp(text, "Caller: ", 8) == 0;

		if (line.length)
			buffer_text(&line, strchr(":.?!", last) ? " " : is_sentence ? ". " : "; ");
		length = strcspn(text, "\n");
		buffer_append(&line, text, length);
	}
	copy = line.failed ? NULL : arena_copy(&matrix->arena, line.at ? line.at : "");
	matrix->failed = matrix->failed || !copy;
	buffer_deinit(&line);
	return copy;
}

void matrix_note_run(struct matrix *matrix, const char *text)
{
	matrix->run.note = add_note(matrix, matrix->run.note, text);
}

void matrix_note_row(struct matrix *matrix, size_t row, const char *text)
{
	matrix->rows[row].note = add_note(matrix, matrix->rows[row].note, text);
}

bool matrix_has_several_organizations(const struct matrix *matrix)
{
	const char *first = NULL;

	for (size_t row = 0; row < matrix->row_count; row++) {
		const char *one = matrix->rows[row].organization;

		if (one && first && strcmp(one, first) != 0)
			return true;
		first = one ? one : first;
	}
	return false;
}

bool row_is_named(const struct row *row, const char *name)
{
	return strcmp(row->id, name) == 0 ||
	       (!text_is_digits(name, ACCOUNT_ID_DIGITS) && row->name && strcmp(row->name, name) == 0);
}

size_t matrix_rows_named(const struct matrix *matrix, const char *name, size_t *first)
{
	size_t count = 0;

	*first = matrix->row_count;
	for (size_t row = matrix->row_count; row-- > 0;) {
		if (!row_is_named(&matrix->rows[row], name))
			continue;
		count++;
		*first = row;
	}
	return count;
}

size_t matrix_column_named(const struct matrix *matrix, const char *region)
{
	size_t column = 0;

	while (column < matrix->column_count && strcmp(matrix->columns[column].region, region) != 0)
		column++;
	return column;
}

void matrix_drop_row(struct matrix *matrix, size_t row)
{
	free(matrix->rows[row].cells);
	free(matrix->rows[row].kept);
	matrix->row_count--;
	memmove(&matrix->rows[row], &matrix->rows[row + 1], (matrix->row_count - row) * sizeof *matrix->rows);
}

/* ---- order ---- */

static int compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->id, ((const struct row *)b)->id);
}

int matrix_compare_findings(const struct finding *a, const struct finding *b)
{
	int order = resource_compare(a->resource, b->resource);

	return order ? order : strcmp(a->control->id, b->control->id);
}

/* Merge sort, because a cell may have thousands of findings. */
static struct finding *sort_findings(struct finding *list)
{
	struct finding *slow = list, *fast = list ? list->next : NULL, *right, *head = NULL, **tail = &head;

	if (!list || !list->next)
		return list;
	while (fast && fast->next) {
		slow = slow->next;
		fast = fast->next->next;
	}
	right = slow->next;
	slow->next = NULL;
	list = sort_findings(list);
	right = sort_findings(right);
	while (list && right) {
		struct finding **smaller = matrix_compare_findings(list, right) > 0 ? &right : &list;

		*tail = *smaller;
		tail = &(*tail)->next;
		*smaller = (*smaller)->next;
	}
	*tail = list ? list : right;
	return head;
}

/* The position of each shown column after sorting. */
static size_t sort_columns(struct matrix *matrix, size_t *order)
{
	size_t count = 0;

	for (size_t i = 0; i < matrix->column_count; i++) {
		size_t j = count;

		if (!matrix->columns[i].shown)
			continue;
		for (; j > 0 && strcmp(matrix->columns[i].region, matrix->columns[order[j - 1]].region) < 0;
		     j--)
			order[j] = order[j - 1];
		order[j] = i;
		count++;
	}
	return count;
}

/* Memory to sort a row in. */
struct scratch {
	struct cell_summary *cells;
	struct cell_record **kept;
};

static void reorder_row(struct matrix *matrix, struct row *row, const size_t *order, size_t count,
			const struct scratch *scratch)
{
	for (size_t i = 0; i < count; i++) {
		bool there = order[i] < row->cell_capacity;

		scratch->cells[i] = there ? row->cells[order[i]] : (struct cell_summary){0};
		scratch->kept[i] = there && row->kept ? row->kept[order[i]] : NULL;
	}
	if (count > 0 && !make_cells(matrix, row, count - 1))
		return;
	for (size_t i = 0; i < row->cell_capacity; i++) {
		row->cells[i] = i < count ? scratch->cells[i] : (struct cell_summary){0};
		if (!row->kept)
			continue;
		row->kept[i] = i < count ? scratch->kept[i] : NULL;
		if (row->kept[i])
			row->kept[i]->findings = sort_findings(row->kept[i]->findings);
	}
}

static bool has_unrecorded_cells(const struct matrix *matrix, size_t row)
{
	for (size_t column = 0; column < matrix->column_count; column++)
		if (matrix->columns[column].shown && !matrix_is_recorded(matrix, row, column))
			return true;
	return false;
}

/* Gives every pending cell a reason, however the run ended. */
static void explain_pending(struct matrix *matrix)
{
	for (size_t row = 0; row < matrix->row_count; row++)
		if (matrix->rows[row].default_state == CELL_PENDING && !matrix->rows[row].reason &&
		    has_unrecorded_cells(matrix, row))
			matrix->rows[row].reason = matrix->run.interrupted
							   ? matrix->run.interrupted
							   : "the scan ended before this account was scanned";
}

void matrix_finish(struct matrix *matrix)
{
	size_t *order = arena_take(&matrix->arena, (matrix->column_count + 1) * sizeof *order);
	struct column *columns = arena_take(&matrix->arena, (matrix->column_count + 1) * sizeof *columns);
	const struct scratch scratch = {
		arena_take(&matrix->arena, (matrix->column_count + 1) * sizeof *scratch.cells),
		arena_take(&matrix->arena, (matrix->column_count + 1) * sizeof *scratch.kept),
	};
	size_t count;

	matrix->current_record = NULL;
	explain_pending(matrix);
	if (!matrix->reading)
		matrix->reading = calloc(1, sizeof *matrix->reading);
	if (!order || !columns || !scratch.cells || !scratch.kept || !matrix->reading) {
		matrix->failed = true;
		return;
	}
	count = sort_columns(matrix, order);
	for (size_t i = 0; i < matrix->row_count; i++)
		reorder_row(matrix, &matrix->rows[i], order, count, &scratch);
	for (size_t i = 0; i < count; i++)
		columns[i] = matrix->columns[order[i]];
	if (count > 0)
		memcpy(matrix->columns, columns, count * sizeof *columns);
	matrix->column_count = count;
	if (matrix->row_count > 0)
		qsort(matrix->rows, matrix->row_count, sizeof *matrix->rows, compare_rows);
}
