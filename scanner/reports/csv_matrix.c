/*
 * A line for each account, a column for each region; then columns for what states do not express.
 */
#include "base/buffer.h"
#include "base/json_oom_guard.h"
#include "scanner/reports/csv_field.h"
#include "scanner/reports/scope.h"
#include "scanner/reports/unassessed.h"

/* "us-east-1 (denied); us-west-2 (error)": failing cells that were assessed only in part. */
static void write_partly_assessed(const struct matrix *matrix, size_t row, FILE *stream)
{
	bool any = false;

	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct cell_summary cell = matrix_cell(matrix, row, column);

		if (cell.complete || !cell_state_facts((enum cell_state)cell.state)->looked_at)
			continue;
		fprintf(stream, "%s%s (%s)", any ? "; " : "", matrix->columns[column].region,
			cell_state_name((enum cell_state)cell.state_without_failures));
		any = true;
	}
}

/* "us-east-1 (closed-regions); us-west-2 (closed-regions)": cells in accepted gaps. */
static void write_accepted(const struct matrix *matrix, size_t row, FILE *stream)
{
	bool any = false;

	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct gap *gap = gap_of_cell(matrix, row, column);

		if (gap)
			fprintf(stream, "%s%s (%s)", any ? "; " : "", matrix->columns[column].region,
				gap->name);
		any = any || gap;
	}
}

/* What is the same in every line. */
struct run_texts {
	struct buffer note, scope;
};

static void write_account(const struct matrix *matrix, size_t row, const struct run_texts *run, FILE *stream)
{
	const struct row *account = &matrix->rows[row];
	const char *const fields[] = {account->id, account->name, account->ou, account->status,
				      cell_state_name(matrix_row_state(matrix, row))};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (i > 0)
			fputc(',', stream);
		csv_write_field(stream, fields[i]);
	}
	for (size_t column = 0; column < matrix->column_count; column++)
		fprintf(stream, ",%s",
			cell_state_name((enum cell_state)matrix_cell(matrix, row, column).state));
	fputc(',', stream);
	csv_write_field(stream, account->organization);
	fputc(',', stream);
	write_partly_assessed(matrix, row, stream);
	fputc(',', stream);
	csv_write_field(stream, account->note);
	fputc(',', stream);
	csv_write_field(stream, run->note.at);
	fputc(',', stream);
	write_accepted(matrix, row, stream);
	fputc(',', stream);
	csv_write_field(stream, run->scope.at);
	fputs("\r\n", stream);
}

/* "run" is not an account id, and "not-assessed" is not a state, so readers can tell this line apart. */
static void write_run(const struct matrix *matrix, const struct run_texts *run, FILE *stream)
{
	fputs("run,,,," RUN_NOT_ASSESSED, stream);
	for (size_t column = 0; column < matrix->column_count; column++)
		fputs("," RUN_NOT_ASSESSED, stream);
	fputc(',', stream);
	csv_write_field(stream, matrix->run.organization);
	fputs(",,,", stream);
	csv_write_field(stream, run->note.at);
	fputs(",,", stream);
	csv_write_field(stream, run->scope.at);
	fputs("\r\n", stream);
}

static void add_note(void *userdata, const struct note *note)
{
	struct buffer *text = userdata;

	buffer_texts(text, text->length ? "; " : "", note->gap ? note_title(note) : "", note->gap ? " " : "",
		     note->text, NULL);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = add_note};
	struct run_texts run = {.note = {0}};
	FILE *stream = output->stream;
	bool is_whole;

	walk_run(matrix, &callbacks, &run.note);
	scope_describe(&matrix->run, &run.scope);
	csv_begin(stream, output->csv_bom);
	fputs("account,account_name,ou,status,state", stream);
	for (size_t column = 0; column < matrix->column_count; column++)
		fprintf(stream, ",%s", matrix->columns[column].region);
	fputs(",organization,partly_assessed,note,run_note,accepted_gaps,scope\r\n", stream);
	if (walk_has_no_account(matrix))
		write_run(matrix, &run, stream);
	for (size_t row = 0; row < matrix->row_count; row++)
		write_account(matrix, row, &run, stream);
	is_whole = !run.note.failed && !run.scope.failed && !json_oom_guard_failed();
	buffer_deinit(&run.note);
	buffer_deinit(&run.scope);
	return is_whole;
}

const struct report_format report_csv_matrix = {
	.name = "csv-matrix",
	.description = "one line for each account, one column for each region",
	.write = write,
};
