#include "scanner/reports/html_gaps.h"

#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/gap_cells.h"
#include "scanner/reports/html_text.h"

static void write_gap(const struct matrix *matrix, const struct gap *gap, const char *text, FILE *stream)
{
	struct gap_tally tally;

	gap_count(matrix, gap, &tally);
	fputs("<tr>", stream);
	html_write_cell(stream, gap->expires);
	html_write_cell(stream, gap_use(gap, &tally));
	html_write_cell(stream, gap->name);
	html_write_cell(stream, gap->state);
	html_write_count_cell(stream, tally.covered);
	html_write_cell(stream, gap->owner);
	html_write_cell(stream, text);
	fputs("</tr>\n", stream);
}

bool html_write_gaps(const struct matrix *matrix, FILE *stream)
{
	static const char *const columns[] = {"Expires", "State", "Name",        "Accepts",
					      "#Cells",  "Owner", "Description", NULL};
	static const struct html_table table = {"gaps", "Accepted gaps", columns};
	const struct exceptions *exceptions = matrix->run.exceptions;
	struct buffer text = {0};
	bool is_whole;

	if (!exceptions || exceptions->gaps.count == 0)
		return true;
	html_open_section(stream, "accepted-gaps", "Accepted gaps");
	html_open_table(stream, &table);
	for (size_t i = 0; i < exceptions->gaps.count; i++) {
		buffer_clear(&text);
		gap_describe(matrix, &exceptions->gaps.items[i], &text);
		write_gap(matrix, &exceptions->gaps.items[i], text.at, stream);
	}
	html_close_table(stream);
	html_close_section(stream);
	is_whole = !text.failed;
	buffer_deinit(&text);
	return is_whole;
}
