/* For a ticket or a chat: short. */
#include <stdio.h>

#include "base/clock.h"
#include "scanner/reports/markdown_text.h"
#include "scanner/reports/walk.h"

enum { MOST = 50 };

struct rows {
	FILE *stream;
	enum verdict verdict;
	size_t count;
};

static void write_finding(void *context, const struct found *found)
{
	struct rows *rows = context;
	const struct finding *finding = found->finding;

	if (finding->verdict != rows->verdict || finding->exception || rows->count++ >= MOST)
		return;
	if (rows->count == 1)
		fprintf(rows->stream,
			"\n## %s\n\n| severity | account | region | resource | control | why |\n"
			"|---|---|---|---|---|---|\n",
			rows->verdict == VERDICT_FAIL ? "Failing" : "Unknown");
	fprintf(rows->stream, "| %s | %s ", severity_name(finding->control->severity), found->account->id);
	markdown_text_write(rows->stream, found->account->name);
	fprintf(rows->stream, " | %s | ", found->region);
	markdown_text_write(rows->stream, resource_name(found->finding->resource));
	fprintf(rows->stream, " | %s | ", finding->control->id);
	markdown_text_write(rows->stream, finding->reason);
	fputs(" |\n", rows->stream);
}

static void write_findings(const struct matrix *matrix, const struct report_output *output,
			   enum verdict verdict)
{
	struct rows rows = {output->stream, verdict, 0};

	walk_findings(matrix, output, write_finding, &rows);
	if (rows.count > MOST)
		fprintf(output->stream, "\n... and %zu more.\n", rows.count - MOST);
}

static void write_states(const struct totals *totals, FILE *stream)
{
	fputs("\n| state | cells | |\n|---|---:|---|\n", stream);
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		if (totals->by_state[state] > 0)
			fprintf(stream, "| %s%s | %zu | %s |\n", cell_state_name(state),
				cell_state_facts(state)->looked_at ? "" : " (blind)", totals->by_state[state],
				cell_state_facts(state)->meaning);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	struct totals totals = matrix_totals(matrix);
	FILE *stream = output->stream;
	char started[CLOCK_ISO_SIZE];

	clock_format_iso(matrix->run.started, started);
	fprintf(stream, "# Neptune encryption at rest, %.10s\n\n**%s** %zu of %zu resources fail a control",
		started,
		totals.failing    ? "FAIL:"
		: totals.complete ? "PASS:"
				  : "INCOMPLETE:",
		totals.failing, totals.resources);
	if (totals.exempt > 0)
		fprintf(stream, ", %zu are exempt", totals.exempt);
	fprintf(stream, "; %zu of %zu cells could not be looked into. Run %s", totals.blind, totals.cells,
		matrix->run.id);
	if (matrix->run.organization)
		fprintf(stream, ", organization %s", matrix->run.organization);
	fputs(".\n", stream);
	if (matrix->run.interrupted) {
		fputs("\n**Not finished:** ", stream);
		markdown_text_write(stream, matrix->run.interrupted);
		fputc('\n', stream);
	}
	write_states(&totals, stream);
	write_findings(matrix, output, VERDICT_FAIL);
	write_findings(matrix, output, VERDICT_UNKNOWN);
}

const struct report_format report_markdown = {
	.name = "markdown",
	.description = "short, for a ticket or a chat",
	.write = write,
};
