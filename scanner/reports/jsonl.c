/*
 * The objects of the JSON report, one for each line, with their kind. Cells and findings are written while
 * the scan records them; at the end follow the cells that were not scanned, the accounts, the controls and
 * the run.
 */
#include "scanner/reports/json_objects.h"
#include "scanner/reports/reports.h"

static void begin_line(struct json_stream *out, const char *kind)
{
	json_open_object(&out->json, NULL);
	json_put_text(&out->json, "kind", kind);
}

static void end_line(struct json_stream *out)
{
	json_close_object(&out->json);
	json_stream_end_line(out);
}

static void put_cell(struct json_stream *out, const struct matrix *matrix, size_t row, size_t column,
		     const struct report_output *output)
{
	if (!matrix->columns[column].shown)
		return; /* no account has the region enabled yet */
	begin_line(out, "cell");
	json_put_cell_members(&out->json, matrix, row, column);
	end_line(out);
	for (const struct finding *finding = matrix_findings(matrix, row, column); finding;
	     finding = finding->next) {
		if (report_leaves_out(output, finding))
			continue;
		begin_line(out, "finding");
		json_put_finding_members(&out->json, matrix, row, column, finding);
		end_line(out);
	}
}

static bool write_cell(const struct matrix *matrix, size_t row, size_t column,
		       const struct report_output *output)
{
	struct json_stream out;

	json_stream_open(&out, output->stream);
	put_cell(&out, matrix, row, column, output);
	fflush(output->stream);
	return json_stream_close(&out);
}

/* The cells that were not written when they were recorded. */
static bool write(const struct matrix *matrix, const struct report_output *output)
{
	const struct exceptions *exceptions = matrix->run.exceptions;
	struct json_stream out;

	json_stream_open(&out, output->stream);
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			if (!matrix_is_recorded(matrix, row, column) ||
			    matrix_cell(matrix, row, column).recalled)
				put_cell(&out, matrix, row, column, output);
	for (size_t row = 0; row < matrix->row_count; row++) {
		begin_line(&out, "account");
		json_put_account_members(&out.json, matrix, row);
		end_line(&out);
	}
	for (const struct control **control = matrix->selected; *control; control++) {
		begin_line(&out, "control");
		json_put_control_members(&out.json, *control);
		end_line(&out);
	}
	for (size_t i = 0; exceptions && i < exceptions->count; i++) {
		begin_line(&out, "exception");
		json_put_exception_members(&out.json, &exceptions->items[i]);
		end_line(&out);
	}
	for (size_t i = 0; exceptions && i < exceptions->gaps.count; i++) {
		begin_line(&out, "gap");
		json_put_gap_members(&out.json, matrix, &exceptions->gaps.items[i]);
		end_line(&out);
	}
	begin_line(&out, "run");
	json_put_run_members(&out.json, &matrix->run, output->conclusion);
	end_line(&out);
	return json_stream_close(&out);
}

const struct report_format report_jsonl = {
	.name = "jsonl",
	.description = "the same objects, one on each line, written as cells finish",
	.needs = REPORT_NEEDS_CONCLUSION,
	.write = write,
	.write_cell = write_cell,
};
