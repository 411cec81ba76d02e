/*
 * A short summary for tickets and chats.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "scanner/reports/markdown_text.h"
#include "scanner/reports/unassessed.h"

enum { MAX_LISTED = 50 };

/* The number of rows that a list leaves out. */
static void write_rest(const struct matrix *matrix, size_t count, FILE *stream)
{
	if (count > MAX_LISTED)
		fprintf(stream, "\n... and %zu more: `neptune-scan report --run %s --report csv=FILE`\n",
			count - MAX_LISTED, matrix->run.id);
}

/* ---- findings ---- */

struct rows {
	FILE *stream;
	enum verdict verdict;
	size_t count;
};

static void write_finding(void *context, const struct found *found)
{
	struct rows *rows = context;
	const struct finding *finding = found->finding;

	if (finding->verdict != rows->verdict || finding->exception || rows->count++ >= MAX_LISTED)
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
	write_rest(matrix, rows.count, output->stream);
}

/* ---- cells that could not be assessed ---- */

static void write_account(const struct row *account, FILE *stream)
{
	fprintf(stream, "%s ", account->id);
	markdown_text_write(stream, account->name);
}

static void write_cause(void *userdata, const struct cause *cause)
{
	struct rows *rows = userdata;
	FILE *stream = rows->stream;

	if (rows->count++ >= MAX_LISTED)
		return;
	if (rows->count == 1)
		fputs("\n## Not assessed\n\n| state | account | regions | cells | why "
		      "|\n|---|---|---|---:|---|\n",
		      stream);
	fputs("| ", stream);
	cause_write_state(cause, stream);
	fputs(" | ", stream);
	write_account(cause->first.account, stream);
	fputs(" | ", stream);
	cause_write_regions(cause, stream);
	fprintf(stream, " | %zu | ", cause->regions);
	markdown_text_write(stream, cause->first.reason);
	fputs(" |\n", stream);
}

static void write_unassessed(const struct matrix *matrix, FILE *stream)
{
	struct rows rows = {.stream = stream};

	walk_causes(matrix, write_cause, &rows);
	write_rest(matrix, rows.count, stream);
}

/* ---- notes ---- */

static void write_run_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	fprintf(stream, "\n**%s:** ", note_title(note));
	markdown_text_write(stream, note->text);
	fputc('\n', stream);
}

static void write_account_note(void *userdata, const struct note *note)
{
	struct rows *rows = userdata;

	if (!note->account || rows->count++ >= MAX_LISTED)
		return;
	if (rows->count == 1)
		fputs("\n## Notes on accounts\n\n", rows->stream);
	fputs("- ", rows->stream);
	write_account(note->account, rows->stream);
	fputs(": ", rows->stream);
	markdown_text_write(rows->stream, note->text);
	fputc('\n', rows->stream);
}

static void write_account_notes(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_account_note};
	struct rows rows = {.stream = output->stream};

	walk_records(matrix, output, &callbacks, &rows);
	write_rest(matrix, rows.count, output->stream);
}

/* ---- report ---- */

static void write_states(const struct totals *totals, FILE *stream)
{
	fputs("\n| state | cells | |\n|---|---:|---|\n", stream);
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		if (totals->by_state[state] > 0)
			fprintf(stream, "| %s%s | %zu | %s |\n", cell_state_name(state),
				cell_state_facts(state)->looked_at ? "" : " (not assessed)",
				totals->by_state[state], cell_state_facts(state)->meaning);
}

static void write_conclusion(const struct totals *totals, FILE *stream)
{
	if (totals->failing > 0)
		fputs("**FAIL:** ", stream);
	else if (totals->complete)
		fputs("**PASS:** ", stream);
	fprintf(stream, "%zu of %zu resources fail a control", totals->failing, totals->resources);
	if (totals->exempt > 0)
		fprintf(stream, ", %zu are exempt", totals->exempt);
	fputs(".\n", stream);
	if (totals->complete)
		return;
	fputs("\n**INCOMPLETE:** ", stream);
	unassessed_write_conclusion(totals, stream);
	fputs(" " UNASSESSED_CONSEQUENCE "\n", stream);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks run_notes = {.note = write_run_note};
	struct totals totals = matrix_totals(matrix);
	FILE *stream = output->stream;
	char started[CLOCK_DAY_SIZE];

	clock_format_day(matrix->run.started, started);
	fprintf(stream, "# Neptune encryption at rest, %s\n\n", started);
	write_conclusion(&totals, stream);
	fprintf(stream, "\nRun %s", matrix->run.id);
	if (matrix->run.organization)
		fprintf(stream, ", organization %s", matrix->run.organization);
	fputs(".\n", stream);
	walk_run(matrix, &run_notes, stream);
	write_states(&totals, stream);
	write_findings(matrix, output, VERDICT_FAIL);
	write_findings(matrix, output, VERDICT_UNKNOWN);
	write_unassessed(matrix, stream);
	write_account_notes(matrix, output);
	return !json_oom_guard_failed();
}

const struct report_format report_markdown = {
	.name = "markdown",
	.description = "short, for a ticket or a chat",
	.write = write,
};
