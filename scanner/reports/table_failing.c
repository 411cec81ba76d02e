/* What fails, by severity, account and cluster; sections share a number of lines. */
#include <string.h>

#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/reports/failing.h"
#include "scanner/reports/table_internal.h"
#include "scanner/reports/terminal_text.h"

enum {
	MAX_LINES = 32,
	OF_FIRST = 12, /* where others follow that are listed, too */
	OF_SECTION = 20,
	OF_ACCOUNT = 5,
	FEW_SECTIONS = 6,
	REGION_WIDTH = 15,
	NAME_WIDTH = 24,
};

static void write_item(const struct matrix *matrix, const struct report_output *output,
		       const struct failing_section *section, const struct failing_item *item)
{
	char command[64];
	size_t width;

	if (item->rest > 0) {
		text_join(command, sizeof command, "show ", matrix->rows[item->row].id, NULL);
		fprintf(output->stream, "    ... and %zu more: ", item->rest);
		table_write_command(matrix, command, "csv", output->stream);
		return;
	}
	fprintf(output->stream, "    %-*s ", REGION_WIDTH, matrix->columns[item->column].region);
	/* One reason of all stands in the title. */
	if (!*item->detail || (section->control && section->reason)) {
		terminal_text_write(output->stream, item->name);
	} else {
		width = terminal_text_width(item->name);
		width = width > NAME_WIDTH ? width : NAME_WIDTH;
		terminal_text_pad(output->stream, item->name, width);
		fputs("  ", output->stream);
		table_write_rest(output, item->detail, 4 + REGION_WIDTH + 1 + width + 2);
	}
	fputc('\n', output->stream);
}

/* In as many lines as it gets; returns how many it took. */
static size_t write_items(const struct matrix *matrix, const struct report_output *output,
			  const struct failing_section *section, size_t lines)
{
	size_t taken = 0, told = 0, row = matrix->row_count;
	char command[160];

	for (size_t i = 0; i < section->item_count; i++) {
		const struct failing_item *item = &section->items[i];
		size_t wanted = 1 + (item->row != row);
		bool is_last = told + (item->rest ? item->rest : 1) == section->units;

		if (taken + wanted + !is_last > lines)
			break;
		if (item->row != row) {
			fputs("  ", output->stream);
			table_write_account(&matrix->rows[item->row], output->stream);
			fputc('\n', output->stream);
		}
		row = item->row;
		write_item(matrix, output, section, item);
		taken += wanted;
		told += item->rest ? item->rest : 1;
	}
	if (told == section->units)
		return taken;
	text_join(command, sizeof command, "report --controls ", failing_selector(section), NULL);
	fprintf(output->stream, told ? "  ... and %zu more: " : "  all %zu: ", section->units - told);
	table_write_command(matrix, command, "csv", output->stream);
	return taken + 1;
}

static void write_title(const struct report_output *output, const struct failing_section *section)
{
	FILE *stream = output->stream;
	char severity[16];

	snprintf(severity, sizeof severity, "%-9s", severity_name(section->severity));
	table_paint(output, section->severity >= SEVERITY_HIGH ? table_color_of(CELL_FAIL) : TABLE_MILD,
		    severity);
	fprintf(stream, " %s: %s in %zu account%s", failing_title(section), section->summary, section->accounts,
		text_plural(section->accounts));
	if (section->control && section->reason) {
		fputs(", ", stream);
		terminal_text_write(stream, section->reason);
	}
	fputc('\n', stream);
}

/* Lines of a section: one is left for each that follows. */
static size_t share_of(const struct failing *failing, size_t i, size_t left)
{
	size_t others = failing->section_count - i - 1, share = left > others ? left - others : 1;
	bool is_first_of_long = i == 0 && others > 0 && failing->sections[1].severity > SEVERITY_LOW;
	size_t max = is_first_of_long ? OF_FIRST : OF_SECTION;

	return share < max ? share : max;
}

static void write_sections(const struct matrix *matrix, const struct report_output *output,
			   const struct failing *failing)
{
	bool are_few = failing->section_count <= FEW_SECTIONS;
	size_t left = MAX_LINES;

	for (size_t i = 0; i < failing->section_count; i++) {
		const struct failing_section *section = &failing->sections[i];
		bool is_listed = section->severity > SEVERITY_LOW || failing->section_count == 1;
		size_t share = share_of(failing, i, left);

		write_title(output, section);
		left -= left > 0;
		if (matrix->run.filter)
			write_items(matrix, output, section, SIZE_MAX);
		else if (is_listed && share > 3)
			left -= write_items(matrix, output, section, share - 1);
		else if (are_few)
			left -= write_items(matrix, output, section, 1);
	}
	if (are_few || matrix->run.filter)
		return;
	fputs("All of one control: ", output->stream);
	table_write_command(matrix, "report --controls CONTROL", "csv", output->stream);
}

void table_write_failing(const struct matrix *matrix, const struct totals *totals,
			 const struct report_output *output)
{
	const struct failing_limits limits = matrix->run.filter
						     ? (struct failing_limits){SIZE_MAX, SIZE_MAX}
						     : (struct failing_limits){OF_SECTION, OF_ACCOUNT};
	struct failing failing;
	char title[80];

	if (totals->failing == 0)
		return;
	failing_collect(matrix, &limits, &failing);
	if (failing.failed)
		json_oom_guard_fail();
	snprintf(title, sizeof title, "Failing: %s resource%s in %zu account%s",
		 text_count(totals->failing).text, text_plural(totals->failing), failing.accounts,
		 text_plural(failing.accounts));
	table_heading(output, title);
	write_sections(matrix, output, &failing);
	failing_deinit(&failing);
}
