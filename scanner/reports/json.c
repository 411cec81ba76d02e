/* One object after the other goes out, so that memory does not grow with the estate. */
#include "scanner/reports/json_objects.h"
#include "scanner/reports/reports.h"
#include "scanner/reports/walk.h"

static void write_controls(const struct matrix *matrix, FILE *stream)
{
	bool first = true;

	fputs("\"controls\":[", stream);
	for (const struct control **control = matrix->selected; *control; control++) {
		json_separate(stream, &first);
		json_write_object(stream, json_object_of_control(*control));
	}
	fputs("\n],\n\"regions\":[", stream);
	for (size_t i = 0; i < matrix->column_count; i++)
		fprintf(stream, "%s\"%s\"", i ? "," : "", matrix->columns[i].region);
	fputs("],\n", stream);
}

static void write_exceptions(const struct matrix *matrix, FILE *stream)
{
	const struct exceptions *exceptions = matrix->run.exceptions;
	bool first = true;

	fputs("\"exceptions\":[", stream);
	for (size_t i = 0; exceptions && i < exceptions->count; i++) {
		json_separate(stream, &first);
		json_write_object(stream, json_object_of_exception(&exceptions->items[i]));
	}
	fputs("\n],\n", stream);
}

static void write_accounts(const struct matrix *matrix, FILE *stream)
{
	bool first = true;

	fputs("\"accounts\":[", stream);
	for (size_t row = 0; row < matrix->row_count; row++) {
		json_separate(stream, &first);
		json_write_object(stream, json_object_of_account(matrix, row));
	}
	fputs("\n],\n", stream);
}

static void write_cells(const struct matrix *matrix, FILE *stream)
{
	struct buffer text = {0};
	bool first = true;

	fputs("\"cells\":[", stream);
	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t column = 0; column < matrix->column_count; column++) {
			json_separate(stream, &first);
			json_text_of_cell(&text, matrix, row, column);
			json_write_text(stream, &text);
		}
	}
	fputs("\n],\n", stream);
	buffer_free(&text);
}

struct writing {
	FILE *stream;
	bool first;
	struct buffer text;
};

static void write_finding(void *context, const struct found *found)
{
	struct writing *writing = context;

	json_separate(writing->stream, &writing->first);
	json_text_of_finding(&writing->text, found->matrix, found->row, found->column, found->finding);
	json_write_text(writing->stream, &writing->text);
}

static void write_findings(const struct matrix *matrix, const struct report_output *output)
{
	struct writing writing = {.stream = output->stream, .first = true};

	fputs("\"findings\":[", output->stream);
	walk_findings(matrix, output, write_finding, &writing);
	fputs("\n]\n", output->stream);
	buffer_free(&writing.text);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	fputs("{\"schema\":\"" REPORT_SCHEMA "\",\n\"run\":", output->stream);
	json_write_object(output->stream, json_object_of_run(matrix));
	fputs(",\n", output->stream);
	write_controls(matrix, output->stream);
	write_exceptions(matrix, output->stream);
	write_accounts(matrix, output->stream);
	write_cells(matrix, output->stream);
	write_findings(matrix, output);
	fputs("}\n", output->stream);
}

const struct report_format report_json = {
	.name = "json",
	.description = "everything, as one JSON document (" REPORT_SCHEMA ")",
	.write = write,
};
