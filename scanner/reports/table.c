/*
 * For people at a terminal: the conclusion and its numbers, the matrix, failing resources, what could not be
 * assessed and why, and the next steps.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/text.h"
#include "base/version.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/region_heading.h"
#include "scanner/reports/terminal_text.h"
#include "scanner/reports/unassessed.h"

enum {
	MIN_LABEL = 24,
	MAX_LABEL = 44,
	MAX_QUIET_ROWS = 60, /* accounts without problems that are shown in full */
	MAX_FINDINGS = 50,
	MAX_CAUSES = 40,
	MAX_ADVICES = 4,
	MAX_NOTES = 20,
	VERDICT_WIDTH = 12,
	RANK_BLIND = 50, /* rows from this rank on are always shown */
	RANK_FAIL = 100,
};

static const char bold[] = "1", dim[] = "2";

static const char *color_of(enum cell_state state)
{
	switch (state) {
	case CELL_FAIL:
		return "1;31";
	case CELL_PASS:
		return "32";
	case CELL_EXEMPT:
		return "36";
	case CELL_UNKNOWN:
	case CELL_DENIED:
	case CELL_UNREACHED:
	case CELL_ERROR:
	case CELL_PENDING:
		return "1;35";
	default:
		return dim;
	}
}

static void paint(const struct report_output *output, const char *color, const char *text)
{
	if (output->color)
		fprintf(output->stream, "\033[%sm%s\033[0m", color, text);
	else
		fputs(text, output->stream);
}

static void heading(const struct report_output *output, const char *text)
{
	fputc('\n', output->stream);
	paint(output, bold, text);
	fputc('\n', output->stream);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- summary ---- */

static void write_run_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	fprintf(stream, "%s: ", note_title(note));
	terminal_text_write(stream, note->text);
	fputc('\n', stream);
}

static void write_head(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks run_notes = {.note = write_run_note};
	const struct run *run = &matrix->run;
	char started[CLOCK_ISO_SIZE];

	clock_format_iso(run->started, started);
	paint(output, bold, "Neptune encryption at rest");
	fprintf(output->stream, "  %s, %lld s, run %s\n", started, (long long)run_seconds(run), run->id);
	if (run->organization)
		fprintf(output->stream, "Organization %s, management account %s\n", run->organization,
			run->management_account ? run->management_account : "unknown");
	if (run->shard)
		fprintf(output->stream, "Shard %s of the accounts\n", run->shard);
	walk_run(matrix, &run_notes, output->stream);
}

/* The first word of the conclusion; further lines are aligned behind it. */
static void write_word(const struct report_output *output, const char *color, const char *word)
{
	paint(output, color, word);
	fprintf(output->stream, "%*s", (int)(VERDICT_WIDTH - strlen(word)), "");
}

static void write_failing(const struct totals *totals, const struct report_output *output)
{
	write_word(output, color_of(CELL_FAIL), "FAIL");
	fprintf(output->stream, "%zu of %zu resource%s %s a control", totals->failing, totals->resources,
		plural(totals->resources), totals->failing == 1 ? "fails" : "fail");
	if (totals->unknown > 0)
		fprintf(output->stream, "; %zu verdict%s unknown", totals->unknown,
			totals->unknown == 1 ? " is" : "s are");
	fputs(".\n", output->stream);
}

static void write_passing(const struct totals *totals, const struct report_output *output)
{
	size_t scope = totals->cells - totals->by_state[CELL_SKIPPED];

	write_word(output, totals->resources ? color_of(CELL_PASS) : bold, "PASS");
	if (totals->resources == 0) {
		fprintf(output->stream, "No Neptune resources in any of the %zu cell%s in scope.\n", scope,
			plural(scope));
		return;
	}
	fprintf(output->stream, "All %zu resource%s comply", totals->resources, plural(totals->resources));
	if (totals->exempt > 0)
		fprintf(output->stream, ", %zu of them by exception", totals->exempt);
	fprintf(output->stream, ". All %zu cell%s in scope were assessed.\n", scope, plural(scope));
}

static void write_incomplete(const struct totals *totals, const struct report_output *output)
{
	write_word(output, color_of(CELL_DENIED), "INCOMPLETE");
	unassessed_write_conclusion(totals, output->stream);
	fprintf(output->stream, "\n%*s" UNASSESSED_CONSEQUENCE "\n", VERDICT_WIDTH, "");
	if (totals->failing == 0)
		fprintf(output->stream, "%*sResources found: %zu. None is known to fail a control.\n",
			VERDICT_WIDTH, "", totals->resources);
}

/* PASS requires a complete run. */
static void write_verdict(const struct totals *totals, const struct report_output *output)
{
	fputc('\n', output->stream);
	if (totals->failing > 0)
		write_failing(totals, output);
	else if (totals->complete)
		write_passing(totals, output);
	if (totals->exempt > 0) {
		write_word(output, color_of(CELL_EXEMPT), "EXEMPT");
		fprintf(output->stream, "%zu resource%s fail%s only what an exception covers.\n",
			totals->exempt, plural(totals->exempt), totals->exempt == 1 ? "s" : "");
	}
	if (!totals->complete)
		write_incomplete(totals, output);
}

static void write_totals(const struct totals *totals, const struct report_output *output)
{
	fprintf(output->stream, "\n%zu account%s x %zu region%s = %zu cells\n", totals->accounts,
		plural(totals->accounts), totals->regions, plural(totals->regions), totals->cells);
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++) {
		const struct cell_state_facts *facts = cell_state_facts(state);
		const char mark[] = {facts->mark, '\0'};

		if (totals->by_state[state] == 0)
			continue;
		fputs("  ", output->stream);
		paint(output, color_of(state), mark);
		fprintf(output->stream, " %-11s %7zu  %s\n", facts->name, totals->by_state[state],
			facts->meaning);
	}
}

/* ---- matrix ---- */

/* Rows by priority, and the columns that fit. */
struct layout {
	size_t *rows;
	size_t *columns;
	size_t column_count;
	size_t label;        /* width of the account's column */
	size_t organization; /* the part for the organization; 0: not shown */
	bool short_names;
};

struct ranked {
	const struct matrix *matrix;
	size_t index;
	int rank;
};

static int rank_of(enum cell_state state)
{
	const struct cell_state_facts *facts = cell_state_facts(state);

	return state == CELL_FAIL ? RANK_FAIL : !facts->looked_at ? RANK_BLIND + facts->rank : facts->rank;
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;

	if (left->rank != right->rank)
		return right->rank - left->rank;
	return (left->index > right->index) - (left->index < right->index);
}

static int compare_indices(const void *a, const void *b)
{
	size_t left = *(const size_t *)a, right = *(const size_t *)b;

	return (left > right) - (left < right);
}

static int column_rank(const struct matrix *matrix, size_t column)
{
	enum cell_state worst = CELL_SKIPPED;

	for (size_t row = 0; row < matrix->row_count; row++)
		worst = cell_state_worse(worst, (enum cell_state)matrix_cell(matrix, row, column).state);
	return rank_of(worst);
}

static int row_rank(const struct matrix *matrix, size_t row)
{
	return rank_of(matrix_row_state(matrix, row));
}

static bool sort_by_rank(const struct matrix *matrix, size_t count, int (*rank)(const struct matrix *, size_t),
			 size_t *sorted)
{
	struct ranked *ranked = json_oom_guard_calloc(count + 1, sizeof *ranked);

	if (!ranked)
		return false;
	for (size_t i = 0; i < count; i++)
		ranked[i] = (struct ranked){matrix, i, rank(matrix, i)};
	qsort(ranked, count, sizeof *ranked, compare_ranked);
	for (size_t i = 0; i < count; i++)
		sorted[i] = ranked[i].index;
	free(ranked);
	return true;
}

/* 0: all accounts belong to one organization, which is not repeated. */
static size_t widest_organization(const struct matrix *matrix)
{
	size_t widest = 0;

	if (!matrix_has_several_organizations(matrix))
		return 0;
	for (size_t i = 0; i < matrix->row_count; i++) {
		const char *organization = matrix->rows[i].organization;

		if (organization && strlen(organization) >= widest)
			widest = strlen(organization) + 1;
	}
	return widest;
}

static size_t widest_label(const struct matrix *matrix)
{
	size_t widest = MIN_LABEL;

	for (size_t i = 0; i < matrix->row_count; i++) {
		size_t width = 13 + (matrix->rows[i].name ? terminal_text_width(matrix->rows[i].name) : 0);

		widest = width > widest ? width : widest;
	}
	return widest < MAX_LABEL ? widest : MAX_LABEL;
}

static size_t width_of(const struct matrix *matrix, const struct layout *layout, size_t count)
{
	size_t width = layout->label;

	for (size_t i = 0; i < count; i++)
		width += region_heading_width(matrix->columns[layout->columns[i]].region, layout->short_names);
	return width;
}

/*
 * Chooses full region names if they fit, else short ones; then shortens labels; then drops the columns with
 * the fewest problems.
 */
static void fit(const struct matrix *matrix, const struct report_output *output, struct layout *layout)
{
	size_t count = matrix->column_count;

	layout->organization = widest_organization(matrix);
	layout->label = widest_label(matrix) + layout->organization;
	layout->short_names = width_of(matrix, layout, count) > output->width;
	if (width_of(matrix, layout, count) > output->width) {
		size_t columns = width_of(matrix, layout, count) - layout->label;
		size_t room = output->width > columns ? output->width - columns : 0;

		layout->label =
			room > MIN_LABEL + layout->organization ? room : MIN_LABEL + layout->organization;
	}
	while (count > 1 && width_of(matrix, layout, count) > output->width)
		count--;
	layout->column_count = count;
}

static bool open_layout(const struct matrix *matrix, const struct report_output *output, struct layout *layout)
{
	*layout = (struct layout){
		.rows = json_oom_guard_calloc(matrix->row_count + 1, sizeof *layout->rows),
		.columns = json_oom_guard_calloc(matrix->column_count + 1, sizeof *layout->columns),
	};
	if (!layout->rows || !layout->columns ||
	    !sort_by_rank(matrix, matrix->row_count, row_rank, layout->rows) ||
	    !sort_by_rank(matrix, matrix->column_count, column_rank, layout->columns))
		return false;
	fit(matrix, output, layout);
	qsort(layout->columns, layout->column_count, sizeof *layout->columns, compare_indices);
	return true;
}

static void close_layout(struct layout *layout)
{
	free(layout->rows);
	free(layout->columns);
}

static void write_label(const struct row *row, const struct layout *layout, FILE *stream)
{
	fprintf(stream, "%s ", row->id);
	if (layout->organization)
		fprintf(stream, "%-*s", (int)layout->organization, row->organization ? row->organization : "-");
	terminal_text_pad(stream, row->name ? row->name : "", layout->label - layout->organization - 14);
	fputc(' ', stream);
}

static void write_row(const struct matrix *matrix, const struct report_output *output,
		      const struct layout *layout, size_t row)
{
	write_label(&matrix->rows[row], layout, output->stream);
	for (size_t i = 0; i < layout->column_count; i++) {
		const char *region = matrix->columns[layout->columns[i]].region;
		enum cell_state state = (enum cell_state)matrix_cell(matrix, row, layout->columns[i]).state;
		const char mark[] = {cell_state_facts(state)->mark, '\0'};

		paint(output, color_of(state), mark);
		if (i + 1 < layout->column_count)
			fprintf(output->stream, "%*s",
				(int)region_heading_width(region, layout->short_names) - 1, "");
	}
	fputc('\n', output->stream);
}

static void write_region_names(const struct matrix *matrix, const struct report_output *output,
			       const struct layout *layout)
{
	for (size_t line = 0; line < REGION_HEADING_LINES; line++) {
		fprintf(output->stream, "%*s", (int)layout->label, "");
		for (size_t i = 0; i < layout->column_count; i++)
			region_heading_write(matrix->columns[layout->columns[i]].region, layout->short_names,
					     line, output->stream);
		fputc('\n', output->stream);
	}
}

static bool is_quiet(const struct matrix *matrix, size_t row)
{
	return row_rank(matrix, row) < RANK_BLIND;
}

static void write_matrix(const struct matrix *matrix, const struct report_output *output)
{
	struct layout layout;
	size_t quiet = 0, hidden = 0;

	if (matrix->column_count == 0 || matrix->row_count == 0)
		return;
	if (!open_layout(matrix, output, &layout)) {
		close_layout(&layout);
		return;
	}
	heading(output, "Accounts by region: failing first, then not assessed");
	write_region_names(matrix, output, &layout);
	for (size_t i = 0; i < matrix->row_count; i++) {
		if (is_quiet(matrix, layout.rows[i]) && ++quiet > MAX_QUIET_ROWS)
			hidden++;
		else
			write_row(matrix, output, &layout, layout.rows[i]);
	}
	if (hidden > 0)
		fprintf(output->stream,
			"... and %zu more accounts with no failing or unassessed cell (--report csv-matrix "
			"has all)\n",
			hidden);
	if (layout.column_count < matrix->column_count)
		fprintf(output->stream,
			"... and %zu more region%s that do not fit here, the least eventful ones (--report "
			"csv-matrix has all)\n",
			matrix->column_count - layout.column_count,
			plural(matrix->column_count - layout.column_count));
	close_layout(&layout);
}

/* ---- failing resources ---- */

/* The cluster that the resource belongs to, if it is known; else the resource itself. */
static const char *family_of(const struct resource *resource)
{
	for (const struct relation *relation = resource->relations; relation; relation = relation->next)
		if (strcmp(relation->role, "cluster") == 0)
			return relation->target;
	return resource_name(resource);
}

/* Groups resources by cluster, the cluster first. */
static int compare_families(const void *a, const void *b)
{
	const struct resource *left = (*(const struct finding *const *)a)->resource;
	const struct resource *right = (*(const struct finding *const *)b)->resource;
	int order = strcmp(family_of(left), family_of(right));

	return order ? order : (int)left->kind - (int)right->kind;
}

static bool is_listed(const struct finding *finding, enum verdict verdict)
{
	return finding->verdict == verdict && !finding->exception;
}

/* The first finding about each resource that has a finding with this verdict. */
static size_t list_resources(const struct finding *finding, enum verdict verdict, const struct finding **firsts,
			     size_t room)
{
	size_t count = 0;

	while (finding) {
		const struct finding *first = finding;
		bool any = false;

		for (; finding && finding->resource == first->resource; finding = finding->next)
			any = any || is_listed(finding, verdict);
		if (any && count < room)
			firsts[count++] = first;
	}
	return count;
}

static void write_resource(const struct report_output *output, const struct finding *finding,
			   enum verdict verdict)
{
	const struct resource *resource = finding->resource;
	FILE *stream = output->stream;

	fputs("  ", stream);
	paint(output, color_of(verdict == VERDICT_FAIL ? CELL_FAIL : CELL_UNKNOWN),
	      verdict == VERDICT_FAIL ? "F" : "?");
	fputc(' ', stream);
	terminal_text_write(stream, resource_name(resource));
	fputc('\n', stream);
	for (; finding && finding->resource == resource; finding = finding->next) {
		if (!is_listed(finding, verdict))
			continue;
		fprintf(stream, "      %s (%s): ", finding->control->id,
			severity_name(finding->control->severity));
		terminal_text_write(stream, finding->reason);
		fputc('\n', stream);
	}
}

static void write_place(const struct matrix *matrix, size_t row, size_t column, FILE *stream)
{
	fprintf(stream, "  %s", matrix->rows[row].id);
	if (matrix->rows[row].name) {
		fputc(' ', stream);
		terminal_text_write(stream, matrix->rows[row].name);
	}
	fprintf(stream, ", %s\n", matrix->columns[column].region);
}

/* Returns the number of resources of the cell, and writes as many as the limit allows. */
static size_t write_findings_of(const struct matrix *matrix, const struct report_output *output, size_t row,
				size_t column, enum verdict verdict, size_t wanted)
{
	size_t room = matrix_cell(matrix, row, column).resources, count;
	const struct finding *first = matrix_findings(matrix, row, column);
	const struct finding **firsts = first ? json_oom_guard_calloc(room + 1, sizeof *firsts) : NULL;

	if (!firsts)
		return 0;
	count = list_resources(first, verdict, firsts, room);
	qsort(firsts, count, sizeof *firsts, compare_families);
	if (count > 0 && wanted > 0)
		write_place(matrix, row, column, output->stream);
	for (size_t i = 0; i < count && i < wanted; i++)
		write_resource(output, firsts[i], verdict);
	free(firsts);
	return count;
}

static void write_findings(const struct matrix *matrix, const struct report_output *output,
			   enum verdict verdict, const char *title)
{
	size_t count = 0;

	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t column = 0; column < matrix->column_count; column++) {
			struct cell_summary cell = matrix_cell(matrix, row, column);

			if (verdict == VERDICT_FAIL ? cell.failing == 0 : cell.unknown == 0)
				continue;
			if (count == 0)
				heading(output, title);
			count += write_findings_of(matrix, output, row, column, verdict,
						   count < MAX_FINDINGS ? MAX_FINDINGS - count : 0);
		}
	}
	if (count > MAX_FINDINGS)
		fprintf(output->stream, "  ... and %zu more (--report csv=FILE has all)\n",
			count - MAX_FINDINGS);
}

/* ---- exceptions ---- */

static void write_exceptions(const struct matrix *matrix, const struct report_output *output)
{
	const struct exceptions *exceptions = matrix->run.exceptions;
	FILE *stream = output->stream;

	if (!exceptions || exceptions->count == 0)
		return;
	heading(output, "Exceptions");
	for (size_t i = 0; i < exceptions->count; i++) {
		const struct exception *exception = &exceptions->items[i];

		fprintf(stream, "  %-8s ", exception_state(exception));
		terminal_text_write(stream, exception->name);
		fprintf(stream, ": %s, %zu finding%s, %s %s, ", exception->control, exception->findings,
			plural(exception->findings), exception->is_expired ? "ended" : "until",
			exception->expires);
		terminal_text_write(stream, exception->owner);
		fputc('\n', stream);
	}
}

/* ---- cells that could not be assessed ---- */

struct listing {
	const struct report_output *output;
	size_t count;
};

/* The number of rows that a list leaves out. */
static void write_rest(const struct matrix *matrix, const struct listing *listing, size_t max)
{
	if (listing->count > max)
		fprintf(listing->output->stream,
			"  ... and %zu more: neptune-scan report --run %s --report csv=FILE\n",
			listing->count - max, matrix->run.id);
}

static void write_account(const struct row *account, FILE *stream)
{
	fprintf(stream, "%s ", account->id);
	if (account->name) {
		terminal_text_write(stream, account->name);
		fputc(' ', stream);
	}
}

/* Writes `part`, truncated to the width. It begins with the action, which is never truncated. */
static bool write_part(const struct report_output *output, struct span part)
{
	size_t width = output->width > 44 ? output->width - 4 : 40;
	char *text = strndup(part.at, part.length);

	if (!text) {
		json_oom_guard_fail();
		return false;
	}
	fputs("    ", output->stream);
	terminal_text_cut(output->stream, text, width);
	fputc('\n', output->stream);
	free(text);
	return true;
}

/* Advice is left out; it is written once at the end. */
static void write_reasons(const struct report_output *output, const char *reasons)
{
	struct reason_part part;

	while (reason_split(&reasons, &part) && write_part(output, part.what))
		;
}

static void write_cause(void *userdata, const struct cause *cause)
{
	const char mark[] = {cell_state_facts(cause->first.state)->mark, '\0'};
	struct listing *listing = userdata;
	const struct report_output *output = listing->output;
	FILE *stream = output->stream;

	if (listing->count++ >= MAX_CAUSES)
		return;
	if (listing->count == 1)
		heading(output, "Not assessed, by account and cause");
	fputs("  ", stream);
	paint(output, color_of(cause->first.state), mark);
	fputc(' ', stream);
	write_account(cause->first.account, stream);
	fputc('(', stream);
	cause_write_state(cause, stream);
	fputs("): ", stream);
	cause_write_regions(cause, stream);
	fputc('\n', stream);
	write_reasons(output, cause->first.reason);
}

static void write_unassessed(const struct matrix *matrix, const struct report_output *output)
{
	struct listing listing = {output, 0};

	walk_causes(matrix, write_cause, &listing);
	write_rest(matrix, &listing, MAX_CAUSES);
}

/* ---- notes ---- */

static void write_account_note(void *userdata, const struct note *note)
{
	struct listing *listing = userdata;
	FILE *stream = listing->output->stream;

	if (!note->account || listing->count++ >= MAX_NOTES)
		return;
	if (listing->count == 1)
		heading(listing->output, "Notes on accounts");
	fputs("  ", stream);
	write_account(note->account, stream);
	fputs("\n    ", stream);
	terminal_text_write(stream, note->text);
	fputc('\n', stream);
}

static void write_account_notes(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_account_note};
	struct listing listing = {output, 0};

	walk_records(matrix, output, &callbacks, &listing);
	write_rest(matrix, &listing, MAX_NOTES);
}

/* ---- next steps ---- */

/* The distinct advice of all reasons. Few causes have advice of their own. */
struct advices {
	FILE *stream;
	char shown[MAX_ADVICES][MAX_ADVICE];
	size_t count;
};

static bool is_shown(const struct advices *advices, const char *advice)
{
	for (size_t i = 0; i < advices->count; i++)
		if (strcmp(advices->shown[i], advice) == 0)
			return true;
	return false;
}

static void write_own_advice(void *userdata, const struct cause *cause)
{
	struct advices *advices = userdata;
	char advice[MAX_ADVICE];

	unassessed_write_advice(&cause->first, advice);
	if (advices->count == MAX_ADVICES || is_shown(advices, advice) ||
	    strcmp(advice, unassessed_advice_on_state(cause->first.state)) == 0)
		return;
	text_copy(advices->shown[advices->count++], MAX_ADVICE, span_of(advice));
	fprintf(advices->stream, "  - %s: ", cell_state_name(cause->first.state));
	terminal_text_write(advices->stream, advice);
	fputc('\n', advices->stream);
}

static void write_advice(const struct matrix *matrix, const struct totals *totals,
			 const struct report_output *output)
{
	struct advices advices = {.stream = output->stream};
	FILE *stream = output->stream;

	if (totals->by_state[CELL_FAIL] + totals->blind > 0)
		heading(output, "Next");
	if (totals->by_state[CELL_FAIL] > 0)
		fputs("  - Failing: `neptune-scan controls show CONTROL` tells what to do. Encryption cannot "
		      "be switched on\n    later: restore a snapshot into a new, encrypted cluster, verify it, "
		      "move the clients.\n",
		      stream);
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		if (!cell_state_facts(state)->looked_at &&
		    totals->by_state[state] + totals->partly_by_state[state] > 0)
			fprintf(stream, "  - %s: %s\n", cell_state_name(state),
				unassessed_advice_on_state(state));
	walk_causes(matrix, write_own_advice, &advices);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	struct totals totals = matrix_totals(matrix);

	write_head(matrix, output);
	write_verdict(&totals, output);
	write_totals(&totals, output);
	write_matrix(matrix, output);
	write_findings(matrix, output, VERDICT_FAIL, "Failing");
	write_findings(matrix, output, VERDICT_UNKNOWN, "Unknown");
	write_exceptions(matrix, output);
	write_unassessed(matrix, output);
	write_account_notes(matrix, output);
	write_advice(matrix, &totals, output);
	return !json_oom_guard_failed();
}

const struct report_format report_table = {
	.name = "table",
	.description = "summary, matrix and failing resources, for the terminal",
	.write = write,
};
