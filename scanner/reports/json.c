/* One object after the other goes out, so that memory does not grow with the estate. */
#include "scanner/reports/json_objects.h"
#include "scanner/reports/reports.h"

/* Separates the items of a list; each stands on a line of its own. */
static void separate(FILE *stream, bool *first)
{
	fputs(*first ? "\n" : ",\n", stream);
	*first = false;
}

static void write_controls(const struct matrix *matrix, FILE *stream)
{
	bool first = true;

	fputs("\"controls\":[", stream);
	for (const struct control **control = matrix->selected; *control; control++) {
		separate(stream, &first);
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
		separate(stream, &first);
		json_write_object(stream, json_object_of_exception(&exceptions->items[i]));
	}
	fputs("\n],\n", stream);
}

static void write_accounts(const struct matrix *matrix, FILE *stream)
{
	bool first = true;

	fputs("\"accounts\":[", stream);
	for (size_t row = 0; row < matrix->row_count; row++) {
		separate(stream, &first);
		json_write_object(stream, json_object_of_account(matrix, row));
	}
	fputs("\n],\n", stream);
}

static void write_cells(const struct matrix *matrix, FILE *stream)
{
	bool first = true;

	fputs("\"cells\":[", stream);
	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t column = 0; column < matrix->column_count; column++) {
			separate(stream, &first);
			json_write_object(stream, json_object_of_cell(matrix, row, column));
		}
	}
	fputs("\n],\n", stream);
}

static void write_findings(const struct matrix *matrix, const struct report_output *output)
{
	bool first = true;

	fputs("\"findings\":[", output->stream);
	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t column = 0; column < matrix->column_count; column++) {
			const struct finding *finding = matrix_findings(matrix, row, column);

			for (; finding; finding = finding->next) {
				if (report_leaves_out(output, finding))
					continue;
				separate(output->stream, &first);
				json_write_object(output->stream,
						  json_object_of_finding(matrix, row, column, finding));
			}
		}
	}
	fputs("\n]\n", output->stream);
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
