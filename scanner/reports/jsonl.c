/*
 * The objects of the JSON report, one a line, with their kind. Cells and findings are written as they
 * are recorded; at the end come the cells that nobody scanned, the accounts, the controls and the run.
 */
#include "scanner/reports/json_objects.h"
#include "scanner/reports/reports.h"

static void write_line(FILE *stream, const char *kind, json_t *members)
{
	json_t *line = json_object();

	json_object_set_new(line, "kind", json_string(kind));
	json_object_update(line, members);
	json_decref(members);
	json_write_object(stream, line);
	fputc('\n', stream);
}

/* The same of an object as text, and empties it. */
static void write_text_line(FILE *stream, const char *kind, struct buffer *members)
{
	if (!members->failed)
		members->at[0] = ','; /* where its brace was: they come behind the kind */
	fprintf(stream, "{\"kind\":\"%s\"", kind);
	json_write_text(stream, members);
	fputc('\n', stream);
}

static void write_cell(const struct matrix *matrix, size_t row, size_t column,
		       const struct report_output *output)
{
	const struct finding *finding = matrix_findings(matrix, row, column);
	struct buffer text = {0};

	if (!matrix->columns[column].shown)
		return; /* enabled nowhere, so far */
	json_text_of_cell(&text, matrix, row, column);
	write_text_line(output->stream, "cell", &text);
	for (; finding; finding = finding->next) {
		if (report_leaves_out(output, finding))
			continue;
		json_text_of_finding(&text, matrix, row, column, finding);
		write_text_line(output->stream, "finding", &text);
	}
	buffer_free(&text);
	fflush(output->stream);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			if (!matrix_is_recorded(matrix, row, column) ||
			    matrix_cell(matrix, row, column).recalled)
				write_cell(matrix, row, column, output);
	for (size_t row = 0; row < matrix->row_count; row++)
		write_line(output->stream, "account", json_object_of_account(matrix, row));
	for (const struct control **control = matrix->selected; *control; control++)
		write_line(output->stream, "control", json_object_of_control(*control));
	for (size_t i = 0; matrix->run.exceptions && i < matrix->run.exceptions->count; i++)
		write_line(output->stream, "exception",
			   json_object_of_exception(&matrix->run.exceptions->items[i]));
	write_line(output->stream, "run", json_object_of_run(matrix));
}

const struct report_format report_jsonl = {
	.name = "jsonl",
	.description = "the same objects, one a line, written as cells finish",
	.write = write,
	.write_cell = write_cell,
};
