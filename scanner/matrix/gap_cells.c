#include "scanner/matrix/gap_cells.h"

#include "base/text.h"
#include "scanner/matrix/exceptions.h"

static const char *region_of(const struct matrix *matrix, size_t column)
{
	return column < matrix->column_count ? matrix->columns[column].region : NULL;
}

const struct gap *gap_of_cell(const struct matrix *matrix, size_t row, size_t column)
{
	const struct exceptions *exceptions = matrix->run.exceptions;
	struct cell_summary cell;

	if (!exceptions || exceptions->gaps.count == 0)
		return NULL;
	cell = matrix_cell(matrix, row, column);
	return gaps_find(&exceptions->gaps, &matrix->rows[row], region_of(matrix, column), &cell);
}

/* True: it covers the cell, or would if it were not expired. */
static bool covers(const struct matrix *matrix, const struct gap *gap, size_t row, size_t column)
{
	const struct cell_summary cell = matrix_cell(matrix, row, column);

	if (!gap->is_expired)
		return gap_of_cell(matrix, row, column) == gap;
	return gap_accepts(gap, &cell) && gap_names(gap, &matrix->rows[row], matrix->columns[column].region);
}

/* ---- counting ---- */

/* An account of which the gap accepts `covered` cells. */
static void count_account(const struct matrix *matrix, const struct gap *gap, size_t row, size_t covered,
			  struct gap_tally *tally)
{
	struct totals totals;

	if (covered == 0 || gap->is_expired)
		return;
	totals = matrix_row_totals(matrix, row);
	if (!gaps_leave_nothing(&totals))
		return;
	tally->accounts++;
	tally->shared += totals.accepted > covered;
}

void gap_count(const struct matrix *matrix, const struct gap *gap, struct gap_tally *tally)
{
	*tally = (struct gap_tally){0};
	for (size_t row = 0; row < matrix->row_count; row++) {
		size_t before = tally->covered;

		for (size_t column = 0; column < matrix->column_count; column++) {
			const struct cell_summary cell = matrix_cell(matrix, row, column);
			bool is_assessed = cell_state_facts((enum cell_state)cell.state)->looked_at;

			if (!matrix->columns[column].shown ||
			    !gap_names(gap, &matrix->rows[row], matrix->columns[column].region))
				continue;
			tally->covered += covers(matrix, gap, row, column);
			tally->assessed += is_assessed;
			tally->other += !is_assessed && !gap_accepts(gap, &cell);
		}
		count_account(matrix, gap, row, tally->covered - before, tally);
	}
}

void gap_describe_accounts(const struct gap_tally *tally, struct buffer *text)
{
	bool is_one = tally->accounts == 1;

	if (tally->accounts == 0)
		return;
	buffer_print(text, "it accepts every cell of %s account%s", text_count(tally->accounts).text,
		     text_plural(tally->accounts));
	if (tally->shared > 0 && tally->shared == tally->accounts)
		buffer_text(text, ", together with other gaps");
	else if (tally->shared > 0)
		buffer_print(text, ", of %s together with other gaps", text_count(tally->shared).text);
	buffer_print(text, ": nothing of %s was assessed", is_one ? "it" : "them");
}

const char *gap_use(const struct gap *gap, const struct gap_tally *tally)
{
	return gap->is_expired ? "expired" : tally->covered > 0 ? "used" : "unused";
}

/* ---- what is no longer needed ---- */

static bool covers_in_region(const struct matrix *matrix, const struct gap *gap, struct span region)
{
	for (size_t column = 0; column < matrix->column_count; column++)
		for (size_t row = 0;
		     span_equals(region, matrix->columns[column].region) && row < matrix->row_count; row++)
			if (covers(matrix, gap, row, column))
				return true;
	return false;
}

static bool covers_in_account(const struct matrix *matrix, const struct gap *gap, struct span account)
{
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0;
		     gap_item_is_account(account, &matrix->rows[row]) && column < matrix->column_count;
		     column++)
			if (covers(matrix, gap, row, column))
				return true;
	return false;
}

static void list_unneeded(const struct matrix *matrix, const struct gap *gap, const char *of,
			  bool (*is_needed)(const struct matrix *, const struct gap *, struct span),
			  struct buffer *list)
{
	struct span rest = span_of(of), item;

	while (!gap_names_all(of) && gap_next_item(&rest, &item))
		if (!is_needed(matrix, gap, item))
			buffer_print(list, "%s" SPAN_FORMAT, list->length ? ", " : "", SPAN_ARGUMENTS(item));
}

void gap_list_unneeded_regions(const struct matrix *matrix, const struct gap *gap, struct buffer *list)
{
	list_unneeded(matrix, gap, gap->regions, covers_in_region, list);
}

void gap_list_unneeded_accounts(const struct matrix *matrix, const struct gap *gap, struct buffer *list)
{
	list_unneeded(matrix, gap, gap->accounts, covers_in_account, list);
}

/* ---- for a reader ---- */

static void describe_unneeded(const char *what, struct buffer *list, struct buffer *text)
{
	if (list->length > 0)
		buffer_texts(text, "; no longer needed for ", what, " ", list->at,
			     ", of which it covers no cell: remove it from the gap", NULL);
	text->failed = text->failed || list->failed;
	buffer_deinit(list);
}

void gap_describe(const struct matrix *matrix, const struct gap *gap, struct buffer *text)
{
	struct buffer regions = {0}, accounts = {0};
	struct gap_tally tally;

	gap_count(matrix, gap, &tally);
	buffer_print(text, "%s: %s cell%s %s, ", gap->name, text_count(tally.covered).text,
		     text_plural(tally.covered), cell_state_name(gap->cell_state));
	buffer_texts(text, gap->is_expired ? "no longer accepted: expired " : "accepted by ",
		     gap->is_expired ? gap->expires : gap->owner, gap->is_expired ? ", owner " : " until ",
		     gap->is_expired ? gap->owner : gap->expires, ": ", gap->reason, NULL);
	if (gap->ticket)
		buffer_texts(text, " (", gap->ticket, ")", NULL);
	buffer_texts(text, "; regions ", gap_names_all(gap->regions) ? "all" : gap->regions, ", accounts ",
		     gap_names_all(gap->accounts) ? "all" : gap->accounts, NULL);
	if (tally.other > 0)
		buffer_print(text, "; %s more cell%s in it %s another state or resources, and %s not accepted",
			     text_count(tally.other).text, text_plural(tally.other),
			     tally.other == 1 ? "has" : "have", tally.other == 1 ? "is" : "are");
	if (gap->is_expired) {
		buffer_texts(text, ". Fix: renew expires of [gap ", gap->name,
			     "] in the file of exceptions, or remove it", NULL);
		return;
	}
	if (tally.accounts > 0) {
		buffer_text(text, "; ");
		gap_describe_accounts(&tally, text);
	}
	if (tally.covered == 0) {
		buffer_text(text, "; no longer needed: it covers no cell. Remove the gap");
		return;
	}
	gap_list_unneeded_regions(matrix, gap, &regions);
	describe_unneeded("region", &regions, text);
	gap_list_unneeded_accounts(matrix, gap, &accounts);
	describe_unneeded("account", &accounts, text);
}
