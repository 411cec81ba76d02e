/*
 * One test suite for each account, one test case for each finding. A cell that could not be assessed, or only
 * in part, is a test case with an error; in an accepted gap it is skipped. An account that was assessed
 * completely has a passing test case of its own: Jenkins fails a build without any test. Notes are the output
 * of their suite; those on the run have a suite of their own.
 *
 * Readers differ in what they show of a failure: its message, its type, or its text. Each says enough.
 */
#include "scanner/reports/scope.h"
#include "scanner/reports/unassessed.h"
#include "scanner/reports/xml_text.h"

#define ASSESSED_CASE "assessed"

struct counts {
	size_t tests, failures, errors, skipped;
};

static void count_finding(void *userdata, const struct found *found)
{
	const struct finding *finding = found->finding;
	struct counts *counts = userdata;

	counts->tests++;
	counts->skipped += finding->exception != NULL;
	counts->failures += finding_fails(finding);
	counts->errors += finding->verdict == VERDICT_UNKNOWN;
}

static void count_unassessed(void *userdata, const struct unassessed *unassessed)
{
	struct counts *counts = userdata;

	counts->tests++;
	counts->errors += !unassessed->gap;
	counts->skipped += unassessed->gap != NULL;
}

static void write_skipped(const char *exception, FILE *stream)
{
	fputs("<skipped message=\"exempt: ", stream);
	xml_text_write(stream, exception);
	fputs("\"/>", stream);
}

/* A failure or an error. */
static void write_result(const char *element, const struct finding *finding, FILE *stream)
{
	const char *reason = finding->reason ? finding->reason : finding->control->title;

	fprintf(stream, "<%s type=\"%s\" message=\"", element, severity_name(finding->control->severity));
	xml_text_write(stream, reason);
	fputs("\">", stream);
	xml_text_write(stream, reason);
	fprintf(stream, "\n%s: ", resource_kind_name(finding->resource->kind));
	xml_text_write(stream, resource_name(finding->resource));
	for (const struct pair *pair = finding->evidence; pair; pair = pair->next) {
		fputc('\n', stream);
		xml_text_write(stream, pair->name);
		fputs(": ", stream);
		xml_text_write(stream, pair->value ? pair->value : "(absent)");
	}
	fputs("\nfix: ", stream);
	xml_text_write(stream, finding->control->remediation);
	fprintf(stream, "</%s>", element);
}

static void write_finding(void *userdata, const struct found *found)
{
	const struct finding *finding = found->finding;
	FILE *stream = userdata;

	fprintf(stream, "  <testcase classname=\"%s.%s\" name=\"%s ", found->account->id, found->region,
		finding->control->id);
	xml_text_write(stream, resource_name(finding->resource));
	fputs("\">", stream);
	if (finding->exception)
		write_skipped(finding->exception, stream);
	else if (finding->verdict == VERDICT_FAIL)
		write_result("failure", finding, stream);
	else if (finding->verdict == VERDICT_UNKNOWN)
		write_result("error", finding, stream);
	fputs("</testcase>\n", stream);
}

static void write_accepted(const struct unassessed *unassessed, FILE *stream)
{
	fprintf(stream, "<skipped message=\"%s, accepted gap %s: ", cell_state_name(unassessed->state),
		unassessed->gap->name);
	xml_text_write(stream, unassessed->reason);
	fputs("\"/></testcase>\n", stream);
}

static void write_unassessed(void *userdata, const struct unassessed *unassessed)
{
	FILE *stream = userdata;

	fprintf(stream, "  <testcase classname=\"%s%s%s\" name=\"%s\">", unassessed->account->id,
		unassessed->region ? "." : "", unassessed->region ? unassessed->region : "",
		unassessed_label(unassessed));
	if (unassessed->gap) {
		write_accepted(unassessed, stream);
		return;
	}
	fprintf(stream, "<error type=\"%s\" message=\"", cell_state_name(unassessed->state));
	xml_text_write(stream, unassessed->reason);
	fputs("\">", stream);
	xml_text_write(stream, unassessed->reason);
	fputs("</error></testcase>\n", stream);
}

static void write_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	fprintf(stream, "%s: ", note_title(note));
	xml_text_write(stream, note->text);
	fputc('\n', stream);
}

static const struct walk_callbacks counting = {.finding = count_finding, .unassessed = count_unassessed},
				   cases = {.finding = write_finding, .unassessed = write_unassessed},
				   notes = {.note = write_note};

/* All cells in scope were assessed, and there is at least one. */
static bool is_assessed(const struct matrix *matrix, size_t row)
{
	const struct totals totals = matrix_row_totals(matrix, row);

	return totals.complete && totals.accepted == 0 && totals.by_state[CELL_SKIPPED] < totals.cells;
}

static void write_row(const struct matrix *matrix, const struct report_output *output, size_t row)
{
	bool assessed = is_assessed(matrix, row);
	struct counts counts = {.tests = assessed};
	FILE *stream = output->stream;

	walk_row(matrix, output, row, &counting, &counts);
	fprintf(stream, " <testsuite name=\"%s ", matrix->rows[row].id);
	xml_text_write(stream, matrix->rows[row].name);
	fprintf(stream, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", counts.tests,
		counts.failures, counts.errors, counts.skipped);
	if (assessed)
		fprintf(stream, "  <testcase classname=\"%s\" name=\"" ASSESSED_CASE "\"/>\n",
			matrix->rows[row].id);
	walk_row(matrix, output, row, &cases, stream);
	if (matrix->rows[row].note) {
		fputs("  <system-out>", stream);
		walk_row(matrix, output, row, &notes, stream);
		fputs("</system-out>\n", stream);
	}
	fputs(" </testsuite>\n", stream);
}

/* A run without accounts has no test case, and must not count as success. */
static void write_interruption(const struct matrix *matrix, FILE *stream)
{
	fprintf(stream, "  <testcase classname=\"run\" name=\"%s\"><error type=\"%s\" message=\"",
		RUN_NOT_ASSESSED, RUN_NOT_ASSESSED);
	xml_text_write(stream, matrix->run.interrupted);
	fputs("\"/></testcase>\n", stream);
}

static bool has_scope(const struct run *run)
{
	struct scope_walk walk = scope_begin(run);
	struct scope_setting setting;

	return scope_next(&walk, &setting);
}

/* The settings and filters that narrow the scope. */
static void write_scope(const struct run *run, FILE *stream)
{
	struct scope_walk walk = scope_begin(run);
	struct scope_setting setting;

	fputs("  <properties>\n", stream);
	while (scope_next(&walk, &setting)) {
		fputs("   <property name=\"", stream);
		xml_span_write(stream, setting.name);
		fputs("\" value=\"", stream);
		xml_span_write(stream, setting.value);
		fputs("\"/>\n", stream);
	}
	fputs("  </properties>\n", stream);
}

static void write_run(const struct matrix *matrix, FILE *stream)
{
	bool is_error = walk_has_no_account(matrix);

	if (!walk_has_run_notes(matrix) && !has_scope(&matrix->run))
		return;
	fprintf(stream, " <testsuite name=\"run\" tests=\"%d\" failures=\"0\" errors=\"%d\" skipped=\"0\">\n",
		is_error, is_error);
	if (has_scope(&matrix->run))
		write_scope(&matrix->run, stream);
	if (is_error)
		write_interruption(matrix, stream);
	fputs("  <system-out>", stream);
	walk_run(matrix, &notes, stream);
	fputs("</system-out>\n </testsuite>\n", stream);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"neptune-scan\">\n",
	      output->stream);
	write_run(matrix, output->stream);
	for (size_t row = 0; row < matrix->row_count; row++)
		write_row(matrix, output, row);
	fputs("</testsuites>\n", output->stream);
	return true;
}

const struct report_format report_junit = {
	.name = "junit",
	.description =
		"XML for continuous integration: a test case for each finding, unassessed cells are errors",
	.write = write,
};
