/*
 * For node_exporter's textfile collector. Every sample has the labels of the run: two files with the same
 * series would be two values of one series, of which node_exporter keeps one. Texts are in the other formats:
 * as labels, each would be a series of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_oom_guard.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/scope.h"
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

/* The format's own escapes. */
static void write_span(FILE *stream, struct span value)
{
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] == '\n')
			fputs("\\n", stream);
		else if (value.at[i] == '\\' || value.at[i] == '"')
			fprintf(stream, "\\%c", value.at[i]);
		else
			fputc(value.at[i], stream);
	}
}

static void write_value(FILE *stream, const char *value)
{
	write_span(stream, span_of(value));
}

/* Of a filtered report: its figures are not those of the organization, and no series is that of the whole. */
static void write_filter(FILE *stream, const struct run *run)
{
	struct buffer filter = {0};

	scope_describe_filter(run, &filter);
	if (filter.failed)
		json_oom_guard_fail();
	else if (filter.length > 0) {
		fputs(",filter=\"", stream);
		write_value(stream, filter.at);
		fputs("\"", stream);
	}
	buffer_deinit(&filter);
}

/* "neptune_scan_NAME{organization="o-1",shard="1/4",": the caller adds its own labels and "} VALUE". */
static void begin_sample(FILE *stream, const struct run *run, const char *name)
{
	fprintf(stream, "neptune_scan_%s{organization=\"", name);
	write_value(stream, run->organization ? run->organization : "");
	fputs("\"", stream);
	if (run->name) {
		fputs(",run_name=\"", stream);
		write_value(stream, run->name);
		fputs("\"", stream);
	}
	if (run->shard) {
		fputs(",shard=\"", stream);
		write_value(stream, run->shard);
		fputs("\"", stream);
	}
	write_filter(stream, run);
}

static void write_sample(FILE *stream, const struct run *run, const char *name, int64_t value)
{
	begin_sample(stream, run, name);
	fprintf(stream, "} %lld\n", (long long)value);
}

/* With one label of its own. */
static void write_labelled(FILE *stream, const struct run *run, const char *name, const char *label,
			   const char *text, uint64_t value)
{
	begin_sample(stream, run, name);
	fprintf(stream, ",%s=\"", label);
	write_value(stream, text);
	fprintf(stream, "\"} %llu\n", (unsigned long long)value);
}

static void head(FILE *stream, const char *name, const char *type, const char *help)
{
	fprintf(stream, "# HELP neptune_scan_%s %s\n# TYPE neptune_scan_%s %s\n", name, help, name, type);
}

static void write_count(FILE *stream, const struct run *run, const struct control *control, const char *verdict,
			size_t findings)
{
	begin_sample(stream, run, "findings");
	fprintf(stream, ",control=\"%s\",severity=\"%s\",verdict=\"%s\"} %zu\n", control->id,
		severity_name(control->severity), verdict, findings);
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
	     "Findings by control and verdict; exempt: failing, and covered by an exception.");
	for (size_t i = 0; i < counts.size; i++) {
		const struct control *control = counts.items[i].control;

		for (enum verdict verdict = output->only_failing ? VERDICT_FAIL : VERDICT_PASS;
		     verdict <= VERDICT_UNKNOWN; verdict++)
			write_count(stream, &matrix->run, control, verdict_name(verdict),
				    counts.items[i].by_verdict[verdict]);
		write_count(stream, &matrix->run, control, "exempt", counts.items[i].exempt);
	}
	free(counts.items);
}

static void write_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	if (!note->account)
		return;
	begin_sample(stream, &note->matrix->run, "notes");
	fprintf(stream, ",scope=\"account\",account=\"%s\",kind=\"note\"} 1\n", note->account->id);
}

/* Each account with a note is a series, and no other is; it stays the same from run to run while the cause
 * does. */
static void write_notes(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_note};
	const struct run *run = &matrix->run;
	FILE *stream = output->stream;

	head(stream, "notes", "gauge",
	     "Notes on what limits the run, and 1 for each account that has one; the JSON report has the "
	     "texts.");
	begin_sample(stream, run, "notes");
	fprintf(stream, ",scope=\"run\",kind=\"interruption\"} %d\n", run->interrupted && *run->interrupted);
	begin_sample(stream, run, "notes");
	fprintf(stream, ",scope=\"run\",kind=\"note\"} %d\n", run->note && *run->note);
	walk_records(matrix, output, &callbacks, stream);
}

static void write_cells(const struct run *run, const struct totals *totals, FILE *stream)
{
	head(stream, "cells", "gauge", "Cells (one account in one region), by state.");
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		write_labelled(stream, run, "cells", "state", cell_state_name(state), totals->by_state[state]);
	head(stream, "partly_assessed_cells", "gauge",
	     "Failing cells that were assessed only in part, by the state of the rest.");
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		if (!cell_state_facts(state)->looked_at)
			write_labelled(stream, run, "partly_assessed_cells", "state", cell_state_name(state),
				       totals->partly_by_state[state]);
}

/* The settings that narrow the scope, each a series; the texts are short, and change with the settings only. */
static void write_scope(const struct run *run, FILE *stream)
{
	struct scope_walk walk = scope_begin(run);
	struct scope_setting setting;

	head(stream, "scope_info", "gauge",
	     "1 for each setting or filter that narrows the scope; none: everything.");
	while (scope_next(&walk, &setting)) {
		struct buffer value = {0};

		scope_append_value(&setting, &value);
		begin_sample(stream, run, "scope_info");
		fputs(",setting=\"", stream);
		write_span(stream, setting.name);
		fputs("\",value=\"", stream);
		write_span(stream, buffer_span(&value));
		fputs("\"} 1\n", stream);
		if (value.failed)
			json_oom_guard_fail();
		buffer_deinit(&value);
	}
}

static void write_gaps(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	const struct exceptions *exceptions = matrix->run.exceptions;
	const struct run *run = &matrix->run;

	head(stream, "accepted_cells", "gauge", "Cells in accepted gaps: not assessed, and not incomplete.");
	write_sample(stream, run, "accepted_cells", (int64_t)totals->accepted);
	head(stream, "gap_cells", "gauge", "Cells of each gap; an expired gap accepts none of them.");
	for (size_t i = 0; exceptions && i < exceptions->gaps.count; i++) {
		const struct gap *gap = &exceptions->gaps.items[i];
		struct gap_tally tally;

		gap_count(matrix, gap, &tally);
		begin_sample(stream, run, "gap_cells");
		fprintf(stream, ",gap=\"%s\",gap_state=\"%s\",state=\"%s\",expires=\"%s\",owner=\"", gap->name,
			gap_use(gap, &tally), gap->state, gap->expires);
		write_value(stream, gap->owner);
		fprintf(stream, "\"} %zu\n", tally.covered);
	}
}

static void write_requests(const struct run *run, FILE *stream)
{
	if (run->request_count == 0)
		return;
	head(stream, "requests", "gauge", "Requests that the run sent, by operation.");
	for (size_t i = 0; i < run->request_count; i++)
		write_labelled(stream, run, "requests", "operation", run->requests[i].operation,
			       run->requests[i].sent);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	struct totals totals = matrix_totals(matrix);
	const struct run *run = &matrix->run;
	FILE *stream = output->stream;

	head(stream, "started_timestamp_seconds", "gauge", "When the run started.");
	write_sample(stream, run, "started_timestamp_seconds", run->started);
	head(stream, "duration_seconds", "gauge", "How long the run took.");
	write_sample(stream, run, "duration_seconds", run_seconds(run));
	head(stream, "complete", "gauge",
	     "1 when all cells in scope were fully assessed, or lie in accepted gaps; 0 for a shard, which has "
	     "no "
	     "verdict.");
	write_sample(stream, run, "complete", (int64_t)totals.complete);
	write_cells(run, &totals, stream);
	write_gaps(matrix, &totals, stream);
	write_scope(run, stream);
	head(stream, "accounts", "gauge", "Accounts in the matrix.");
	write_sample(stream, run, "accounts", (int64_t)totals.accounts);
	head(stream, "resources", "gauge", "Resources that a control was evaluated on.");
	write_sample(stream, run, "resources", (int64_t)totals.resources);
	head(stream, "failing_resources", "gauge", "Resources that fail a control and are not exempt.");
	write_sample(stream, run, "failing_resources", (int64_t)totals.failing);
	head(stream, "exempt_resources", "gauge", "Resources whose failures are all covered by exceptions.");
	write_sample(stream, run, "exempt_resources", (int64_t)totals.exempt);
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
