#include "scanner/reports/walk.h"

#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/scope.h"

bool walk_unassessed(const struct matrix *matrix, size_t row, size_t column, struct unassessed *unassessed)
{
	struct cell_record cell;

	if (matrix_cell(matrix, row, column).complete)
		return false;
	cell = matrix_details_of(matrix, row, column);
	*unassessed = (struct unassessed){
		.matrix = matrix,
		.account = &matrix->rows[row],
		.region = column < matrix->column_count ? matrix->columns[column].region : NULL,
		.state = cell.state_without_failures,
		.is_part = cell_state_facts(cell.state)->looked_at,
		.reason = cell.reason && *cell.reason ? cell.reason
						      : cell_state_facts(cell.state_without_failures)->meaning,
		.request_id = cell.request_id,
		.at = cell.at,
		.gap = gap_of_cell(matrix, row, column),
	};
	return true;
}

static void walk_note(const struct walk_callbacks *callbacks, const struct note *note, void *userdata)
{
	if (callbacks->note && note->text && *note->text)
		callbacks->note(userdata, note);
}

bool walk_has_no_account(const struct matrix *matrix)
{
	return matrix->row_count == 0 && matrix->run.interrupted;
}

static size_t gap_count_of(const struct run *run)
{
	return run->exceptions ? run->exceptions->gaps.count : 0;
}

bool walk_has_run_notes(const struct matrix *matrix)
{
	return matrix->run.interrupted || matrix->run.note || matrix->run.shard ||
	       gap_count_of(&matrix->run) > 0;
}

static void walk_gaps(const struct matrix *matrix, const struct walk_callbacks *callbacks, void *userdata)
{
	struct buffer text = {0};

	for (size_t i = 0; callbacks->note && i < gap_count_of(&matrix->run); i++) {
		const struct gap *gap = &matrix->run.exceptions->gaps.items[i];

		buffer_clear(&text);
		gap_describe(matrix, gap, &text);
		walk_note(callbacks, &(struct note){.matrix = matrix, .text = text.at, .gap = gap}, userdata);
	}
	if (text.failed)
		json_oom_guard_fail();
	buffer_deinit(&text);
}

void walk_scope(const struct matrix *matrix, const struct walk_callbacks *callbacks, void *userdata)
{
	struct buffer text = {0};

	scope_describe(&matrix->run, &text);
	if (text.length > 0 && !matrix->run.shard) {
		buffer_clear(&text);
		scope_say(&matrix->run, &text);
		walk_note(callbacks, &(struct note){.matrix = matrix, .text = text.at, .is_scope = true},
			  userdata);
	}
	if (text.failed)
		json_oom_guard_fail();
	buffer_deinit(&text);
}

void walk_run(const struct matrix *matrix, const struct walk_callbacks *callbacks, void *userdata)
{
	const struct note interrupted = {
		.matrix = matrix, .text = matrix->run.interrupted, .is_interruption = true};
	const struct note note = {.matrix = matrix, .text = matrix->run.note};
	char text[160] = "";
	const struct note part = {.matrix = matrix, .text = text};

	if (matrix->run.shard)
		text_print(text, sizeof text,
			   "part %s of the accounts, without a verdict on the organization: the other accounts "
			   "are left to the other shards",
			   matrix->run.shard);
	walk_note(callbacks, &part, userdata);
	walk_note(callbacks, &interrupted, userdata);
	walk_note(callbacks, &note, userdata);
	walk_gaps(matrix, callbacks, userdata);
}

static void walk_cell(const struct matrix *matrix, const struct report_output *output, size_t row,
		      size_t column, const struct walk_callbacks *callbacks, void *userdata)
{
	struct found found = {.matrix = matrix, .account = &matrix->rows[row], .row = row, .column = column};
	struct unassessed unassessed;

	if (callbacks->finding && column < matrix->column_count) {
		found.region = matrix->columns[column].region;
		found.finding = matrix_findings(matrix, row, column);
	}
	for (; found.finding; found.finding = found.finding->next)
		if (!report_leaves_out(output, found.finding))
			callbacks->finding(userdata, &found);
	if (callbacks->unassessed && walk_unassessed(matrix, row, column, &unassessed))
		callbacks->unassessed(userdata, &unassessed);
}

void walk_row(const struct matrix *matrix, const struct report_output *output, size_t row,
	      const struct walk_callbacks *callbacks, void *userdata)
{
	const struct note note = {
		.matrix = matrix, .account = &matrix->rows[row], .text = matrix->rows[row].note};
	size_t columns = matrix->column_count ? matrix->column_count
					      : 1; /* without columns, the row's default state counts */

	walk_note(callbacks, &note, userdata);
	for (size_t column = 0; column < columns; column++)
		walk_cell(matrix, output, row, column, callbacks, userdata);
}

void walk_records(const struct matrix *matrix, const struct report_output *output,
		  const struct walk_callbacks *callbacks, void *userdata)
{
	walk_run(matrix, callbacks, userdata);
	for (size_t row = 0; row < matrix->row_count; row++)
		walk_row(matrix, output, row, callbacks, userdata);
}

void walk_findings(const struct matrix *matrix, const struct report_output *output,
		   void (*take)(void *context, const struct found *found), void *context)
{
	const struct walk_callbacks callbacks = {.finding = take};

	walk_records(matrix, output, &callbacks, context);
}

void found_append_id(const struct found *found, struct buffer *id)
{
	buffer_texts(id, "neptune-scan/", found->finding->control->id, "/", found->account->id, "/",
		     found->region, "/", resource_name(found->finding->resource), NULL);
}
