/*
 * For people at a terminal: the conclusion, what it stands on, the matrix, what fails, what could not be
 * assessed and why. A run of 1,000 accounts takes at most 150 lines.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/scope.h"
#include "scanner/reports/table_internal.h"
#include "scanner/reports/terminal_text.h"
#include "scanner/reports/unassessed.h"

enum { WORD_WIDTH = 12, MAX_NOTES = 4, MAX_EXCEPTIONS = 10, MAX_GAPS = 10 };

/* ---- head ---- */

static void write_run_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	if (note->gap)
		return; /* in a list of their own */
	fprintf(stream, "%s: ", note_title(note));
	terminal_text_write(stream, note->text);
	fputc('\n', stream);
}

/* "6 controls (encryption)": their groups in brackets. */
static void write_selection(const struct matrix *matrix, FILE *stream)
{
	const char *shown = NULL;
	size_t count = 0;

	while (matrix->selected[count])
		count++;
	fprintf(stream, "%zu control%s (", count, text_plural(count));
	for (size_t i = 0; i < count; i++) {
		const char *group = matrix->selected[i]->group;
		bool is_shown = false;

		for (size_t j = 0; j < i; j++)
			is_shown = is_shown || strcmp(matrix->selected[j]->group, group) == 0;
		if (is_shown)
			continue;
		fprintf(stream, "%s%s", shown ? ", " : "", group);
		shown = group;
	}
	fputc(')', stream);
}

static void write_scope(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	if (matrix->run.organization)
		fprintf(stream, "Organization %s, ", matrix->run.organization);
	fprintf(stream, "%zu account%s x %zu region%s, ", totals->accounts, text_plural(totals->accounts),
		totals->regions, text_plural(totals->regions));
	write_selection(matrix, stream);
	fputc('\n', stream);
}

static void write_settings(const struct run *run, FILE *stream)
{
	struct buffer scope = {0};

	scope_say(run, &scope);
	if (scope.failed)
		json_oom_guard_fail();
	else
		terminal_text_write(stream, scope.at);
	fputc('\n', stream);
	buffer_deinit(&scope);
}

static void write_filter(const struct run *run, FILE *stream)
{
	struct buffer filter = {0};

	scope_say_filter(run, &filter);
	if (filter.failed)
		json_oom_guard_fail();
	if (filter.length > 0) {
		fputs("Filtered: ", stream);
		terminal_text_write(stream, filter.at);
		fputc('\n', stream);
	}
	buffer_deinit(&filter);
}

static void write_head(const struct matrix *matrix, const struct totals *totals,
		       const struct report_output *output)
{
	static const struct walk_callbacks run_notes = {.note = write_run_note};
	const struct run *run = &matrix->run;
	char started[CLOCK_ISO_SIZE], duration[CLOCK_DURATION_SIZE], title[RUN_TITLE_SIZE];
	FILE *stream = output->stream;

	clock_format_iso(run->started, started);
	if (run->finished == 0)
		text_copy(duration, sizeof duration, span_of("not finished"));
	else
		clock_format_seconds(run_seconds(run), duration);
	run_title(run, title);
	table_paint(output, TABLE_BOLD, title);
	fprintf(stream, "   %s, %s\n", started, duration);
	write_scope(matrix, totals, stream);
	fprintf(stream, "Run %s", run->id);
	if (run->management_account)
		fprintf(stream, ", management account %s", run->management_account);
	fputc('\n', stream);
	write_settings(run, stream);
	write_filter(run, stream);
	walk_run(matrix, &run_notes, stream);
}

/* ---- the conclusion ---- */

/* A word; its sentences stand below each other. */
static void write_word(const struct report_output *output, const char *color, const char *word)
{
	table_paint(output, color, word);
	fprintf(output->stream, "%*s", (int)(WORD_WIDTH - strlen(word)), "");
}

static void write_conclusion(const struct conclusion *conclusion, const struct report_output *output)
{
	static const enum cell_state colors[CONCLUSION_WORDS] = {
		[CONCLUSION_PART] = CELL_PENDING,
		[CONCLUSION_FAIL] = CELL_FAIL,
		[CONCLUSION_INCOMPLETE] = CELL_DENIED,
		[CONCLUSION_PASS] = CELL_PASS,
	};
	size_t exempt = conclusion->totals.exempt;

	fputc('\n', output->stream);
	for (size_t i = 0; i < conclusion->sentence_count; i++) {
		const struct sentence *sentence = &conclusion->sentences[i];

		if (i == 0 || sentence->word != sentence[-1].word)
			write_word(output, table_color_of(colors[sentence->word]),
				   conclusion_word_name(sentence->word));
		else
			fprintf(output->stream, "%*s", WORD_WIDTH, "");
		fprintf(output->stream, "%s\n", sentence->text);
	}
	if (exempt == 0 || conclusion->holds[CONCLUSION_PASS])
		return;
	write_word(output, table_color_of(CELL_EXEMPT), "EXEMPT");
	fprintf(output->stream, "Exceptions cover every failure of %zu resource%s.\n", exempt,
		text_plural(exempt));
}

/* ---- exceptions ---- */

static void write_exceptions(const struct matrix *matrix, const struct report_output *output)
{
	const struct exceptions *exceptions = matrix->run.exceptions;
	FILE *stream = output->stream;

	if (!exceptions || exceptions->count == 0)
		return;
	table_heading(output, "Exceptions");
	for (size_t i = 0; i < exceptions->count && i < MAX_EXCEPTIONS; i++) {
		const struct exception *exception = &exceptions->items[i];

		fprintf(stream, "  %-8s ", exception_state(exception));
		terminal_text_write(stream, exception->name);
		fprintf(stream, ": %s, %zu finding%s, %s %s, ", exception->control, exception->findings,
			text_plural(exception->findings), exception->is_expired ? "expired" : "expires",
			exception->expires);
		terminal_text_write(stream, exception->owner);
		fputc('\n', stream);
	}
	if (exceptions->count > MAX_EXCEPTIONS) {
		fprintf(stream, "  ... and %zu more: ", exceptions->count - MAX_EXCEPTIONS);
		table_write_command(matrix, "report --report html=FILE", "html", stream);
	}
}

struct listing {
	const struct report_output *output;
	size_t count;
};

/* ---- gaps ---- */

static void write_gap(void *userdata, const struct note *note)
{
	struct listing *listing = userdata;
	FILE *stream = listing->output->stream;

	if (!note->gap || listing->count++ >= MAX_GAPS)
		return;
	if (listing->count == 1)
		table_heading(listing->output, "Accepted gaps");
	fputs("  ", stream);
	terminal_text_write(stream, note->text);
	fputc('\n', stream);
}

static void write_gaps(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_gap};
	struct listing listing = {output, 0};

	walk_run(matrix, &callbacks, &listing);
	if (listing.count > MAX_GAPS) {
		fprintf(output->stream, "  ... and %zu more: ", listing.count - MAX_GAPS);
		table_write_command(matrix, "report --report html=FILE", "html", output->stream);
	}
}

/* ---- notes ---- */

static void write_account_note(void *userdata, const struct note *note)
{
	struct listing *listing = userdata;
	FILE *stream = listing->output->stream;

	if (!note->account || listing->count++ >= MAX_NOTES)
		return;
	if (listing->count == 1)
		table_heading(listing->output, "Notes on accounts");
	fputs("  ", stream);
	table_write_account(note->account, stream);
	fputs("\n    ", stream);
	terminal_text_write(stream, note->text);
	fputc('\n', stream);
}

static void write_account_notes(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_account_note};
	struct listing listing = {output, 0};

	walk_records(matrix, output, &callbacks, &listing);
	if (listing.count > MAX_NOTES) {
		fprintf(output->stream, "  ... and %zu more: ", listing.count - MAX_NOTES);
		table_write_command(matrix, "report --report csv=FILE", "csv", output->stream);
	}
}

/* ---- the whole ---- */

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	const struct conclusion *conclusion = output->conclusion;

	write_head(matrix, &conclusion->totals, output);
	write_conclusion(conclusion, output);
	table_write_controls(matrix, conclusion, output);
	table_write_states(matrix, &conclusion->totals, output);
	table_write_matrix(matrix, output);
	table_write_failing(matrix, &conclusion->totals, output);
	write_exceptions(matrix, output);
	write_gaps(matrix, output);
	table_write_causes(matrix, &conclusion->totals, output);
	write_account_notes(matrix, output);
	return !json_oom_guard_failed();
}

const struct report_format report_table = {
	.name = "table",
	.description = "summary, matrix and failing resources, for the terminal",
	.needs = REPORT_NEEDS_CONCLUSION,
	.write = write,
};
