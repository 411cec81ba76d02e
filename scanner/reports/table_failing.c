/* What fails: storage that is not encrypted, then by severity; sections share a number of lines. */
#include <stdint.h>
#include <string.h>

#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/reports/failing.h"
#include "scanner/reports/table_internal.h"
#include "scanner/reports/terminal_text.h"

enum {
	MIN_CLUSTERS = 8, /* of storage that is not encrypted, however little room there is */
	OF_FIRST = 12,    /* where many others follow */
	OF_SECTION = 20,
	FEW_SECTIONS = 4,
	OF_ACCOUNT = 5,
	OF_UNLISTED = 2, /* a title and a command */
	REGION_WIDTH = 15,
	NAME_WIDTH = 24,
	NARROW_DETAIL = 48, /* where less is left, some details are shortened */
	TITLE_INDENT = 10,
	DETAIL_INDENT = 6,
	MIN_DETAIL = 12,
};

/* ---- a line ---- */

/* "deleted 2026-12-06", "owner 277167000251", "disabled": the state of a KMS key in 20 columns. */
static const char *shorten(const char *detail, char text[static NARROW_DETAIL])
{
	static const struct {
		const char *beginning, *word;
		const char *end; /* of what follows */
	} words[] = {{"KMS key is scheduled for deletion on ", "deleted ", "T "},
		     {"KMS key is owned by account ", "owner ", " ,;"},
		     {"KMS key is ", "", ""},
		     {"KMS key ", "", ""}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t length = strlen(words[i].beginning);

		if (strncmp(detail, words[i].beginning, length) != 0)
			continue;
		detail += length;
		text_print(text, NARROW_DETAIL, "%s%.*s", words[i].word, (int)strcspn(detail, words[i].end),
			   detail);
		return text;
	}
	return detail;
}

static void write_detail(const struct report_output *output, const char *detail, size_t used)
{
	size_t room = output->width > used ? output->width - used : 0;
	char text[NARROW_DETAIL];

	if (terminal_text_width(detail) > room && room < NARROW_DETAIL)
		detail = shorten(detail, text);
	if (room < MIN_DETAIL && terminal_text_width(detail) > room) {
		fprintf(output->stream, "\n%*s", DETAIL_INDENT, "");
		used = DETAIL_INDENT;
	}
	table_write_rest(output, detail, used);
}

static void write_resource(const struct matrix *matrix, const struct report_output *output,
			   const struct failing_section *section, const struct failing_item *item)
{
	size_t width = terminal_text_width(item->name), used = 4 + REGION_WIDTH + 1;

	fprintf(output->stream, "    %-*s ", REGION_WIDTH, matrix->columns[item->column].region);
	if (used + width > output->width) {
		fprintf(output->stream, "\n%*s", DETAIL_INDENT, "");
		used = DETAIL_INDENT;
	}
	/* One reason of all stands in the title. */
	if (!*item->detail || (section->control && section->reason)) {
		terminal_text_write(output->stream, item->name);
	} else {
		width = width > NAME_WIDTH ? width : NAME_WIDTH;
		terminal_text_pad(output->stream, item->name, width);
		fputs("  ", output->stream);
		write_detail(output, item->detail, used + width + 2);
	}
	fputc('\n', output->stream);
}

static void write_item(const struct matrix *matrix, const struct report_output *output,
		       const struct failing_section *section, const struct failing_item *item)
{
	char command[64], lead[48];

	if (item->rest == 0) {
		write_resource(matrix, output, section, item);
		return;
	}
	text_join(command, sizeof command, "show ", matrix->rows[item->row].id, NULL);
	text_print(lead, sizeof lead, "    ... and %zu more: ", item->rest);
	table_write_command(matrix, output, lead, command, "csv");
}

/* ---- a section ---- */

static void write_rest(const struct matrix *matrix, const struct report_output *output,
		       const struct failing_section *section, size_t told)
{
	char command[160], lead[48];

	text_join(command, sizeof command, "report --controls ", failing_selector(section), NULL);
	text_print(lead, sizeof lead, told ? "  ... and %zu more: " : "  all %zu: ", section->units - told);
	table_write_command(matrix, output, lead, command, "csv");
}

/* In as many lines as it gets, or `min_listed` resources; returns how many lines it took. */
static size_t write_items(const struct matrix *matrix, const struct report_output *output,
			  const struct failing_section *section, size_t lines, size_t min_listed)
{
	size_t taken = 0, told = 0, listed = 0, row = matrix->row_count;

	for (size_t i = 0; i < section->item_count; i++) {
		const struct failing_item *item = &section->items[i];
		size_t wanted = 1 + (item->row != row);
		bool is_last = told + (item->rest ? item->rest : 1) == section->units;

		if (taken + wanted + !is_last > lines && listed >= min_listed)
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
		listed += item->rest == 0;
	}
	if (told == section->units)
		return taken;
	write_rest(matrix, output, section, told);
	return taken + 1;
}

/* The reason is left out of a title that takes one line. */
static void write_title(const struct report_output *output, const struct failing_section *section,
			bool takes_one_line)
{
	bool has_reason = section->control && section->reason;
	struct buffer text = {0};
	size_t length;
	char severity[16];

	snprintf(severity, sizeof severity, "%-9s", severity_name(section->severity));
	table_paint(output, section->severity >= SEVERITY_HIGH ? table_color_of(CELL_FAIL) : TABLE_MILD,
		    severity);
	fputc(' ', output->stream);
	buffer_print(&text, "%s: %s in %zu account%s", failing_title(section), section->summary,
		     section->accounts, text_plural(section->accounts));
	length = text.length;
	if (has_reason)
		buffer_texts(&text, ", ", section->reason, NULL);
	if (text.failed)
		json_oom_guard_fail();
	else if (takes_one_line && TITLE_INDENT + terminal_text_width(text.at) > output->width)
		text.at[length] = '\0';
	if (!text.failed)
		table_write_wrapped(output, text.at, TITLE_INDENT, TITLE_INDENT);
	buffer_deinit(&text);
}

/* ---- sections ---- */

/* Lines of a section: those that follow keep what they need. */
static size_t share_of(const struct failing *failing, size_t i, size_t left)
{
	size_t others = failing->section_count - i - 1, kept = OF_UNLISTED * others;
	size_t share = left > kept + OF_UNLISTED ? left - kept : OF_UNLISTED;
	size_t max = i == 0 && failing->section_count > FEW_SECTIONS ? OF_FIRST : OF_SECTION;

	return share < max ? share : max;
}

static void write_sections(const struct matrix *matrix, const struct report_output *output,
			   const struct failing *failing, size_t max_lines)
{
	size_t left = max_lines + OF_UNLISTED * failing->section_count;

	for (size_t i = 0; i < failing->section_count; i++) {
		const struct failing_section *section = &failing->sections[i];
		bool is_listed = section->severity > SEVERITY_LOW || failing->section_count == 1;
		size_t share = is_listed ? share_of(failing, i, left) : OF_UNLISTED, taken;

		if (matrix->run.filter)
			share = SIZE_MAX;
		write_title(output, section,
			    share == OF_UNLISTED && failing->section_count > FEW_SECTIONS && section->control);
		taken = 1 +
			write_items(matrix, output, section, share - 1, section->control ? 0 : MIN_CLUSTERS);
		left -= taken < left ? taken : left;
	}
}

void table_collect_failing(const struct matrix *matrix, struct failing *failing)
{
	const struct failing_limits of_section =
		matrix->run.filter ? (struct failing_limits){SIZE_MAX, SIZE_MAX, SIZE_MAX}
				   : (struct failing_limits){OF_SECTION, OF_ACCOUNT, MIN_CLUSTERS};

	failing_collect(matrix, &of_section, failing);
	if (failing->failed)
		json_oom_guard_fail();
}

void table_write_failing(const struct matrix *matrix, const struct report_output *output,
			 const struct failing *failing, size_t max_lines)
{
	char title[80];

	if (failing->section_count > 0) {
		snprintf(title, sizeof title, "Failing: %s resource%s in %zu account%s",
			 text_count(failing->resources).text, text_plural(failing->resources),
			 failing->accounts, text_plural(failing->accounts));
		table_heading(output, title);
	}
	write_sections(matrix, output, failing, max_lines);
}
