/* One test suite an account, one test case a finding; blind cells are errors, for nobody looked. */
#include "base/clock.h"
#include "scanner/reports/reports.h"
#include "scanner/reports/walk.h"
#include "scanner/reports/xml_text.h"

struct counts {
	size_t tests, failures, errors, skipped;
};

static bool is_blind(const struct matrix *matrix, size_t row, size_t column)
{
	const struct cell_summary cell = matrix_cell(matrix, row, column);

	/* An unknown verdict is told by its finding. */
	return !cell_state_facts((enum cell_state)cell.beneath)->looked_at && cell.beneath != CELL_UNKNOWN;
}

static struct counts count_row(const struct matrix *matrix, const struct report_output *output, size_t row)
{
	struct counts counts = {0, 0, 0, 0};

	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct finding *finding = matrix_findings(matrix, row, column);

		for (; finding; finding = finding->next) {
			if (report_leaves_out(output, finding))
				continue;
			counts.tests++;
			counts.skipped += finding->exception != NULL;
			counts.failures += finding->verdict == VERDICT_FAIL && !finding->exception;
			counts.errors += finding->verdict == VERDICT_UNKNOWN;
		}
		counts.tests += is_blind(matrix, row, column);
		counts.errors += is_blind(matrix, row, column);
	}
	return counts;
}

static void write_result(const char *element, const char *message, FILE *stream)
{
	fprintf(stream, "<%s message=\"", element);
	xml_text_write(stream, message);
	fputs("\"/>", stream);
}

static void write_finding(const struct matrix *matrix, size_t row, size_t column, const struct finding *finding,
			  FILE *stream)
{
	fprintf(stream, "  <testcase classname=\"%s.%s\" name=\"%s ", matrix->rows[row].id,
		matrix->columns[column].region, finding->control->id);
	xml_text_write(stream, resource_name(finding->resource));
	fputs("\">", stream);
	if (finding->exception)
		write_result("skipped", finding->exception, stream);
	else if (finding->verdict == VERDICT_FAIL)
		write_result("failure", finding->reason, stream);
	else if (finding->verdict == VERDICT_UNKNOWN)
		write_result("error", finding->reason, stream);
	fputs("</testcase>\n", stream);
}

static void write_blind(const struct matrix *matrix, size_t row, size_t column, FILE *stream)
{
	const struct cell_record cell = matrix_details_of(matrix, row, column);

	fprintf(stream, "  <testcase classname=\"%s.%s\" name=\"could be looked into\">", matrix->rows[row].id,
		matrix->columns[column].region);
	fprintf(stream, "<error type=\"%s\" message=\"", cell_state_name(cell.beneath));
	xml_text_write(stream, cell.reason ? cell.reason : "nobody looked");
	fputs("\"/></testcase>\n", stream);
}

static void write_row(const struct matrix *matrix, const struct report_output *output, size_t row)
{
	const struct counts counts = count_row(matrix, output, row);
	FILE *stream = output->stream;

	fprintf(stream, " <testsuite name=\"%s ", matrix->rows[row].id);
	xml_text_write(stream, matrix->rows[row].name);
	fprintf(stream, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", counts.tests,
		counts.failures, counts.errors, counts.skipped);
	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct finding *finding = matrix_findings(matrix, row, column);

		for (; finding; finding = finding->next)
			if (!report_leaves_out(output, finding))
				write_finding(matrix, row, column, finding, stream);
		if (is_blind(matrix, row, column))
			write_blind(matrix, row, column, stream);
	}
	fputs(" </testsuite>\n", stream);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"neptune-scan\">\n",
	      output->stream);
	for (size_t row = 0; row < matrix->row_count; row++)
		write_row(matrix, output, row);
	fputs("</testsuites>\n", output->stream);
}

const struct report_format report_junit = {
	.name = "junit",
	.description = "XML for continuous integration: a test case a finding, blind cells are errors",
	.write = write,
};
