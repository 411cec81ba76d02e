/* What could not be assessed, by cause; the fix stands below it. */
#include <string.h>

#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/reports/causes.h"
#include "scanner/reports/table_internal.h"
#include "scanner/reports/terminal_text.h"

enum { MAX_PLACES = 3, INDENT = 13 };

static void indent(FILE *stream)
{
	fprintf(stream, "%*s", INDENT, "");
}

static void write_title(const struct totals *totals, const struct report_output *output)
{
	char title[160], accepted[48] = "";

	if (totals->accepted > 0)
		snprintf(accepted, sizeof accepted, " (%s in accepted gaps)",
			 text_count(totals->accepted).text);
	if (totals->partly > 0)
		snprintf(title, sizeof title, "Not assessed: %s cell%s%s, %s more only in part, by cause",
			 text_count(totals->blind).text, text_plural(totals->blind), accepted,
			 text_count(totals->partly).text);
	else
		snprintf(title, sizeof title, "Not assessed: %s cell%s%s, by cause",
			 text_count(totals->blind).text, text_plural(totals->blind), accepted);
	table_heading(output, title);
}

/* "U  34 cells  " and the cause, with its state where the mark does not say it all. */
static void write_brief(const struct cause_group *group, const struct report_output *output)
{
	const char mark[] = {cell_state_facts(group->state)->mark, '\0'};
	size_t used = INDENT;
	char cells[24];

	table_paint(output, table_color_of(group->state), mark);
	snprintf(cells, sizeof cells, "%3zu cell%s", group->cells, text_plural(group->cells));
	used = 1 + (size_t)fprintf(output->stream, " %-10s ", cells);
	if (group->is_part)
		used += (size_t)fprintf(output->stream,
					"%s, assessed only in part: ", cell_state_name(group->state));
	if (group->gap)
		used += (size_t)fprintf(output->stream, "accepted gap %s: ", group->gap->name);
	table_write_wrapped(output, group->brief, used, INDENT);
}

/* Other reasons of the first cell that are not in the brief cause. */
static void write_more_reasons(const struct cause_group *group, const struct report_output *output)
{
	enum { MAX_MORE = 2 };
	const char *rest = group->reason;
	struct reason_part part;
	char text[300];

	if (group->state == CELL_DENIED || group->state == CELL_UNREACHED || !reason_split(&rest, &part))
		return;
	for (size_t i = 0; i < MAX_MORE && reason_split(&rest, &part); i++) {
		text_copy(text, sizeof text, part.what);
		indent(output->stream);
		table_write_wrapped(output, text, INDENT, INDENT);
	}
}

static void write_places(const struct matrix *matrix, const struct report_output *output,
			 const struct cause_group *group, size_t max)
{
	for (size_t i = 0; i < group->place_count && i < max; i++) {
		const struct cause_place *place = &group->places[i];
		const struct row *account = &matrix->rows[place->row];
		size_t used = INDENT + strlen(account->id) + 2;

		indent(output->stream);
		table_write_account(account, output->stream);
		fputs(": ", output->stream);
		if (account->name)
			used += 1 + terminal_text_width(account->name);
		table_write_wrapped(output, place->regions ? place->regions : "all regions", used, INDENT + 2);
	}
	if (group->accounts > max) {
		indent(output->stream);
		fprintf(output->stream, "... and %zu more account%s\n", group->accounts - max,
			text_plural(group->accounts - max));
	}
}

static bool has_same_advice(const struct causes *causes, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(causes->groups[j].advice, causes->groups[i].advice) == 0)
			return true;
	return false;
}

static void write_cause(const struct matrix *matrix, const struct report_output *output,
			const struct causes *causes, size_t i)
{
	const struct cause_group *group = &causes->groups[i];
	bool is_filtered = matrix->run.filter;

	write_brief(group, output);
	write_more_reasons(group, output);
	write_places(matrix, output, group, is_filtered ? group->place_count : i < 2 ? MAX_PLACES : 1);
	if (has_same_advice(causes, i))
		return;
	indent(output->stream);
	fputs("Fix: ", output->stream);
	table_write_wrapped(output, group->advice, INDENT + 5, INDENT + 5);
}

void table_collect_causes(const struct matrix *matrix, struct causes *causes)
{
	causes_collect(matrix, matrix->run.filter ? SIZE_MAX : MAX_PLACES, causes);
	if (causes->failed)
		json_oom_guard_fail();
}

void table_write_causes(const struct matrix *matrix, const struct totals *totals,
			const struct report_output *output, const struct causes *causes, size_t max)
{
	size_t cells = 0;
	char lead[96];

	if (causes->count > 0)
		write_title(totals, output);
	for (size_t i = 0; i < causes->count; i++) {
		if (i < max)
			write_cause(matrix, output, causes, i);
		else
			cells += causes->groups[i].cells;
	}
	if (causes->count > max) {
		size_t rest = causes->count - max;

		text_print(lead, sizeof lead, "... and %zu more cause%s of %zu cell%s: ", rest,
			   text_plural(rest), cells, text_plural(cells));
		table_write_command(matrix, output, lead, "report --report csv", "csv");
	}
}
