/*
 * The format of node_exporter's textfile collector.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_oom_guard.h"
#include "scanner/reports/walk.h"

struct count {
	const struct control *control;
	size_t by_verdict[3], exempt;
};

struct counts {
	struct count *items;
	size_t size;
};

static void count(void *context, const struct found *found)
{
	struct counts *counts = context;

	for (size_t i = 0; i < counts->size; i++) {
		if (counts->items[i].control != found->finding->control)
			continue;
		if (found->finding->exception)
			counts->items[i].exempt++;
		else
			counts->items[i].by_verdict[found->finding->verdict]++;
	}
}

static void head(FILE *stream, const char *name, const char *type, const char *help)
{
	fprintf(stream, "# HELP neptune_scan_%s %s\n# TYPE neptune_scan_%s %s\n", name, help, name, type);
}

static void write_findings(const struct matrix *matrix, const struct report_output *output)
{
	struct counts counts = {NULL, 0};
	FILE *stream = output->stream;

	while (matrix->selected[counts.size])
		counts.size++;
	counts.items = json_oom_guard_calloc(counts.size + 1, sizeof *counts.items);
	for (size_t i = 0; counts.items && i < counts.size; i++)
		counts.items[i].control = matrix->selected[i];
	if (!counts.items)
		counts.size = 0;
	walk_findings(matrix, output, count, &counts);
	head(stream, "findings", "gauge",
	     "Findings by control and verdict; exempt ones fail, and are covered.");
	for (size_t i = 0; i < counts.size; i++) {
		const struct control *control = counts.items[i].control;

		for (enum verdict verdict = VERDICT_PASS; verdict <= VERDICT_UNKNOWN; verdict++)
			fprintf(stream,
				"neptune_scan_findings{control=\"%s\",severity=\"%s\",verdict=\"%s\"} %zu\n",
				control->id, severity_name(control->severity), verdict_name(verdict),
				counts.items[i].by_verdict[verdict]);
		fprintf(stream,
			"neptune_scan_findings{control=\"%s\",severity=\"%s\",verdict=\"exempt\"} %zu\n",
			control->id, severity_name(control->severity), counts.items[i].exempt);
	}
	free(counts.items);
}

static void write_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	if (note->account)
		fprintf(stream, "neptune_scan_notes{scope=\"account\",account=\"%s\",kind=\"note\"} 1\n",
			note->account->id);
}

/*
 * A series for each account with a note, so their number is bounded and they are stable from run to run. The
 * texts are in the other formats only: as labels, each would be a series of its own.
 */
static void write_notes(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_note};
	const struct run *run = &matrix->run;
	FILE *stream = output->stream;

	head(stream, "notes", "gauge",
	     "Notes on what limits the run, and 1 for each account that has one; the JSON report has the "
	     "texts.");
	fprintf(stream, "neptune_scan_notes{scope=\"run\",kind=\"interruption\"} %d\n",
		run->interrupted && *run->interrupted);
	fprintf(stream, "neptune_scan_notes{scope=\"run\",kind=\"note\"} %d\n", run->note && *run->note);
	walk_records(matrix, output, &callbacks, stream);
}

static void write_cells(const struct totals *totals, FILE *stream)
{
	head(stream, "cells", "gauge", "Accounts times regions, by state.");
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		fprintf(stream, "neptune_scan_cells{state=\"%s\"} %zu\n", cell_state_name(state),
			totals->by_state[state]);
	head(stream, "partly_assessed_cells", "gauge",
	     "Failing cells that were assessed only in part, by the state of the rest.");
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		if (!cell_state_facts(state)->looked_at)
			fprintf(stream, "neptune_scan_partly_assessed_cells{state=\"%s\"} %zu\n",
				cell_state_name(state), totals->partly_by_state[state]);
}

static void write_requests(const struct run *run, FILE *stream)
{
	if (run->request_count == 0)
		return;
	head(stream, "requests", "gauge", "Requests that the run sent, by operation.");
	for (size_t i = 0; i < run->request_count; i++)
		fprintf(stream, "neptune_scan_requests{operation=\"%s\"} %llu\n", run->requests[i].operation,
			(unsigned long long)run->requests[i].sent);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	struct totals totals = matrix_totals(matrix);
	const struct run *run = &matrix->run;
	FILE *stream = output->stream;

	head(stream, "started_timestamp_seconds", "gauge", "When the run began.");
	fprintf(stream, "neptune_scan_started_timestamp_seconds %lld\n", (long long)run->started);
	head(stream, "duration_seconds", "gauge", "How long the run took.");
	fprintf(stream, "neptune_scan_duration_seconds %lld\n", (long long)run_seconds(run));
	head(stream, "complete", "gauge", "1 when all cells in scope were fully assessed.");
	fprintf(stream, "neptune_scan_complete %d\n", totals.complete);
	write_cells(&totals, stream);
	head(stream, "accounts", "gauge", "Accounts in the matrix.");
	fprintf(stream, "neptune_scan_accounts %zu\n", totals.accounts);
	head(stream, "resources", "gauge", "Resources that were judged.");
	fprintf(stream, "neptune_scan_resources %zu\n", totals.resources);
	head(stream, "failing_resources", "gauge", "Resources that fail a control and are not exempt.");
	fprintf(stream, "neptune_scan_failing_resources %zu\n", totals.failing);
	head(stream, "exempt_resources", "gauge", "Resources whose failures are all covered by exceptions.");
	fprintf(stream, "neptune_scan_exempt_resources %zu\n", totals.exempt);
	write_findings(matrix, output);
	write_notes(matrix, output);
	write_requests(run, stream);
	return !json_oom_guard_failed();
}

const struct report_format report_prometheus = {
	.name = "prometheus",
	.description = "metrics for the textfile collector of node_exporter",
	.write = write,
};
