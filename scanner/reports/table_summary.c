/* How many findings each control has, and how many cells are in each state. */
#include <stdio.h>

#include "base/text.h"
#include "scanner/reports/table_internal.h"

enum { MIN_CONTROL = 35, MEANING = 23 /* columns before that of a state */ };

/* ---- controls ---- */

static bool has_findings(const struct control_tally *tally)
{
	return tally->fail + tally->unknown + tally->exempt + tally->pass > 0;
}

static void write_control(const struct control *control, const struct control_tally *tally,
			  const struct report_output *output)
{
	char failing[24];

	fprintf(output->stream, "%-*s %-8s ", MIN_CONTROL, control->id, severity_name(control->severity));
	snprintf(failing, sizeof failing, "%5zu", tally->fail);
	if (tally->fail > 0)
		table_paint(output, table_color_of(CELL_FAIL), failing);
	else
		fputs(failing, output->stream);
	fprintf(output->stream, " %8zu %7zu %6zu\n", tally->unknown, tally->exempt, tally->pass);
}

void table_write_controls(const struct matrix *matrix, const struct conclusion *conclusion,
			  const struct report_output *output)
{
	bool any = false;

	for (size_t severity = SEVERITY_COUNT; severity-- > 0;)
		for (size_t i = 0; i < MAX_TALLIED && matrix->selected[i]; i++) {
			const struct control *control = matrix->selected[i];
			const struct control_tally *tally = &conclusion->tally.controls[i];

			if (control->severity != severity || !has_findings(tally))
				continue;
			if (!any)
				fprintf(output->stream, "\n%-*s %-8s %5s %8s %7s %6s\n", MIN_CONTROL, "CONTROL",
					"SEVERITY", "FAIL", "UNKNOWN", "EXEMPT", "PASS");
			any = true;
			write_control(control, tally, output);
		}
}

/* ---- states ---- */

static size_t count_mild_failures(const struct matrix *matrix)
{
	size_t count = 0;

	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			count += table_is_mild(matrix_cell(matrix, row, column));
	return count;
}

static void write_state(enum cell_state state, const struct totals *totals, size_t mild,
			const struct report_output *output)
{
	const struct cell_state_facts *facts = cell_state_facts(state);
	const char mark[] = {facts->mark, '\0'};

	fputs("  ", output->stream);
	table_paint(output, table_color_of(state), mark);
	fprintf(output->stream, " %-11s %5zu  ", facts->name, totals->by_state[state]);
	table_write_wrapped(output, facts->meaning, MEANING, MEANING);
	if (state != CELL_FAIL || mild == 0)
		return;
	fputs("  ", output->stream);
	table_paint(output, TABLE_MILD, "f");
	fprintf(output->stream, " %-11s %5zu  of these: no failure is high or critical\n", "", mild);
}

void table_write_states(const struct matrix *matrix, const struct totals *totals,
			const struct report_output *output)
{
	size_t skipped = totals->by_state[CELL_SKIPPED], assessed = totals->cells - skipped - totals->blind;
	size_t mild = count_mild_failures(matrix);
	char accepted[48] = "", text[SENTENCE_SIZE];

	if (totals->accepted > 0)
		snprintf(accepted, sizeof accepted, " (%s accepted)", text_count(totals->accepted).text);

	text_print(text, sizeof text,
		   "%s cell%s (one account in one region): %s assessed, %s not%s, %s out of scope",
		   text_count(totals->cells).text, text_plural(totals->cells), text_count(assessed).text,
		   text_count(totals->blind).text, accepted, text_count(skipped).text);
	fputc('\n', output->stream);
	table_write_wrapped(output, text, 0, 2);
	for (size_t i = 0; i < CELL_STATE_COUNT; i++)
		if (totals->by_state[cell_states_listed[i]] > 0)
			write_state(cell_states_listed[i], totals, mild, output);
}
