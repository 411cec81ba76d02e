/*
 * For people at a terminal: the conclusion, what it stands on, the matrix, what fails, what could not be
 * assessed and why. With the end of a scan, which stands below it, it takes at most 150 lines.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/scope.h"
#include "scanner/reports/table_internal.h"
#include "scanner/reports/terminal_text.h"
#include "scanner/reports/unassessed.h"

enum {
	WORD_WIDTH = 12,
	MAX_LINES = 138, /* of 150: the others are for the end of a scan */
	ESCAPE = '\033',
};

/* Of a report that is filtered: it is asked for in order to see all. */
static const struct table_limits unlimited = {
	.rows = SIZE_MAX, .failures = SIZE_MAX, .causes = SIZE_MAX, .exceptions = 10, .gaps = 10, .notes = 4};
/* From wide to tight. */
static const struct table_limits limits_of[] = {
	{.rows = 40, .failures = 26, .causes = 6, .exceptions = 10, .gaps = 10, .notes = 4},
	{.rows = 34, .failures = 26, .causes = 6, .exceptions = 8, .gaps = 8, .notes = 3},
	{.rows = 28, .failures = 24, .causes = 5, .exceptions = 6, .gaps = 6, .notes = 2},
	{.rows = 22, .failures = 22, .causes = 4, .exceptions = 5, .gaps = 5, .notes = 2},
	{.rows = 18, .failures = 18, .causes = 3, .exceptions = 4, .gaps = 4, .notes = 1},
	{.rows = 15, .failures = 14, .causes = 2, .exceptions = 3, .gaps = 3, .notes = 1},
	{.rows = 10, .failures = 8, .causes = 1, .exceptions = 1, .gaps = 1, .notes = 1},
	{.rows = 5, .failures = 0, .causes = 1, .exceptions = 0, .gaps = 0, .notes = 0},
};

/* ---- head ---- */

/* "Filtered: " and what it is, in lines. */
static void write_titled(const struct report_output *output, const char *title, const char *text)
{
	fprintf(output->stream, "%s: ", title);
	table_write_wrapped(output, text, strlen(title) + 2, 2);
}

static void write_run_note(void *userdata, const struct note *note)
{
	const struct report_output *output = userdata;

	if (!note->gap) /* those are a list of their own */
		write_titled(output, note_title(note), note->text);
}

/* "6 controls (encryption)": their groups in brackets. */
static void say_selection(const struct matrix *matrix, struct buffer *text)
{
	const char *shown = NULL;
	size_t count = 0;

	while (matrix->selected[count])
		count++;
	buffer_print(text, "%zu control%s (", count, text_plural(count));
	for (size_t i = 0; i < count; i++) {
		const char *group = matrix->selected[i]->group;
		bool is_shown = false;

		for (size_t j = 0; j < i; j++)
			is_shown = is_shown || strcmp(matrix->selected[j]->group, group) == 0;
		if (is_shown)
			continue;
		buffer_texts(text, shown ? ", " : "", group, NULL);
		shown = group;
	}
	buffer_text(text, ")");
}

/* Writes the text in lines, and frees it. */
static void write_buffer(const struct report_output *output, struct buffer *text, size_t indent)
{
	if (text->failed)
		json_oom_guard_fail();
	else
		table_write_wrapped(output, text->at, 0, indent);
	buffer_deinit(text);
}

static void write_scope(const struct matrix *matrix, const struct totals *totals,
			const struct report_output *output)
{
	struct buffer text = {0};

	if (matrix->run.organization)
		buffer_print(&text, "Organization %s, ", matrix->run.organization);
	buffer_print(&text, "%zu account%s x %zu region%s, ", totals->accounts, text_plural(totals->accounts),
		     totals->regions, text_plural(totals->regions));
	say_selection(matrix, &text);
	write_buffer(output, &text, 2);
}

static void write_settings(const struct run *run, const struct report_output *output)
{
	struct buffer scope = {0};

	scope_say(run, &scope);
	write_buffer(output, &scope, 2);
}

static void write_filter(const struct run *run, const struct report_output *output)
{
	struct buffer filter = {0};

	scope_say_filter(run, &filter);
	if (filter.failed)
		json_oom_guard_fail();
	if (filter.length > 0)
		write_titled(output, "Filtered", filter.at);
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
	write_scope(matrix, totals, output);
	fprintf(stream, "Run %s", run->id);
	if (run->management_account)
		fprintf(stream, ", management account %s", run->management_account);
	fputc('\n', stream);
	write_settings(run, output);
	write_filter(run, output);
	walk_run(matrix, &run_notes, (void *)output);
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
		table_write_wrapped(output, sentence->text, WORD_WIDTH, WORD_WIDTH);
	}
	if (exempt == 0 || conclusion->holds[CONCLUSION_PASS])
		return;
	write_word(output, table_color_of(CELL_EXEMPT), "EXEMPT");
	fprintf(output->stream, "Exceptions cover every failure of %zu resource%s.\n", exempt,
		text_plural(exempt));
}

/* ---- exceptions ---- */

/* "  ... and 3 more: " of those that are not listed, if any. */
static void write_rest(const struct matrix *matrix, const struct report_output *output, size_t count,
		       size_t max, const char *format)
{
	char lead[48], command[32];

	if (count <= max)
		return;
	text_print(lead, sizeof lead, max ? "  ... and %zu more: " : "  all %zu: ", count - max);
	text_join(command, sizeof command, "report --report ", format, "=FILE", NULL);
	table_write_command(matrix, output, lead, command, format);
}

static void write_exception(const struct exception *exception, const struct report_output *output)
{
	struct buffer text = {0};

	buffer_print(&text, "%s: %s, %zu finding%s, %s %s, %s", exception->name, exception->control,
		     exception->findings, text_plural(exception->findings),
		     exception->is_expired ? "expired" : "expires", exception->expires, exception->owner);
	fprintf(output->stream, "  %-8s ", exception_state(exception));
	if (text.failed)
		json_oom_guard_fail();
	else
		table_write_wrapped(output, text.at, 11, 11);
	buffer_deinit(&text);
}

static void write_exceptions(const struct matrix *matrix, const struct report_output *output, size_t max)
{
	const struct exceptions *exceptions = matrix->run.exceptions;

	if (!exceptions || exceptions->count == 0)
		return;
	table_heading(output, "Exceptions");
	for (size_t i = 0; i < exceptions->count && i < max; i++)
		write_exception(&exceptions->items[i], output);
	write_rest(matrix, output, exceptions->count, max, "html");
}

struct listing {
	const struct report_output *output;
	size_t count, max;
};

/* ---- gaps ---- */

static void write_gap(void *userdata, const struct note *note)
{
	struct listing *listing = userdata;

	if (!note->gap)
		return;
	if (listing->count++ == 0)
		table_heading(listing->output, "Accepted gaps");
	if (listing->count > listing->max)
		return;
	fputs("  ", listing->output->stream);
	table_write_wrapped(listing->output, note->text, 2, 4);
}

static void write_gaps(const struct matrix *matrix, const struct report_output *output, size_t max)
{
	static const struct walk_callbacks callbacks = {.note = write_gap};
	struct listing listing = {output, 0, max};

	walk_run(matrix, &callbacks, &listing);
	write_rest(matrix, output, listing.count, max, "html");
}

/* ---- notes ---- */

static void write_account_note(void *userdata, const struct note *note)
{
	struct listing *listing = userdata;
	FILE *stream = listing->output->stream;

	if (!note->account)
		return;
	if (listing->count++ == 0)
		table_heading(listing->output, "Notes on accounts");
	if (listing->count > listing->max)
		return;
	fputs("  ", stream);
	table_write_account(note->account, stream);
	fputs("\n    ", stream);
	table_write_wrapped(listing->output, note->text, 4, 4);
}

static void write_account_notes(const struct matrix *matrix, const struct report_output *output, size_t max)
{
	static const struct walk_callbacks callbacks = {.note = write_account_note};
	struct listing listing = {output, 0, max};

	walk_records(matrix, output, &callbacks, &listing);
	write_rest(matrix, output, listing.count, max, "csv");
}

/* ---- the whole ---- */

static void write_sections(const struct matrix *matrix, const struct report_output *output,
			   const struct table_lists *lists, const struct table_limits *limits)
{
	const struct conclusion *conclusion = output->conclusion;

	write_head(matrix, &conclusion->totals, output);
	write_conclusion(conclusion, output);
	table_write_controls(matrix, conclusion, output);
	table_write_states(matrix, &conclusion->totals, output);
	table_write_matrix(matrix, output, limits);
	table_write_failing(matrix, output, &lists->failing, limits->failures);
	write_exceptions(matrix, output, limits->exceptions);
	write_gaps(matrix, output, limits->gaps);
	table_write_causes(matrix, &conclusion->totals, output, &lists->causes, limits->causes);
	write_account_notes(matrix, output, limits->notes);
}

/* Of a terminal, which breaks a long line. */
static size_t count_lines(const char *text, size_t width)
{
	size_t count = 0;

	for (const char *end; *text; text = end + (*end == '\n')) {
		char line[1024];
		size_t length = 0, columns;

		for (end = text; *end && *end != '\n'; end++) {
			if (*end == ESCAPE)
				end += strcspn(end, "m\n");
			else if (length + 1 < sizeof line)
				line[length++] = *end;
			if (*end == '\n')
				break;
		}
		line[length] = '\0';
		columns = terminal_text_width(line);
		count += columns > width ? (columns + width - 1) / width : 1;
	}
	return count;
}

static void write_without_trailing_blanks(const char *text, FILE *stream)
{
	for (size_t length; *text; text += length + (text[length] == '\n')) {
		size_t kept = length = strcspn(text, "\n");

		while (kept > 0 && text[kept - 1] == ' ')
			kept--;
		fprintf(stream, "%.*s\n", (int)kept, text);
	}
}

/* Writes the report with these limits unless it is too long. */
static bool write_limited(const struct matrix *matrix, const struct report_output *output,
			  const struct table_lists *lists, const struct table_limits *limits, size_t max_lines)
{
	struct report_output draft = *output;
	char *text = NULL;
	size_t size;
	bool is_short;

	draft.stream = open_memstream(&text, &size);
	if (!draft.stream) {
		json_oom_guard_fail();
		return true;
	}
	write_sections(matrix, &draft, lists, limits);
	if (fclose(draft.stream) != 0 || !text) {
		json_oom_guard_fail();
		free(text);
		return true;
	}
	is_short = max_lines == SIZE_MAX || count_lines(text, output->width) <= max_lines;
	if (is_short)
		write_without_trailing_blanks(text, output->stream);
	free(text);
	return is_short;
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	size_t count = sizeof limits_of / sizeof limits_of[0], i = 0;
	struct table_lists lists;

	table_collect_failing(matrix, &lists.failing);
	table_collect_causes(matrix, &lists.causes);
	if (matrix->run.filter)
		write_limited(matrix, output, &lists, &unlimited, SIZE_MAX);
	else
		while (!write_limited(matrix, output, &lists, &limits_of[i],
				      i + 1 < count ? MAX_LINES : SIZE_MAX))
			i++;
	failing_deinit(&lists.failing);
	causes_deinit(&lists.causes);
	return !json_oom_guard_failed();
}

const struct report_format report_table = {
	.name = "table",
	.description = "summary, matrix and failing resources, for the terminal",
	.needs = REPORT_NEEDS_CONCLUSION,
	.write = write,
};
