/*
 * The matrix of the table report: accounts that have anything to look at, worst first, by regions.
 *
 * Columns are spaced where that fits, else dense: one character a cell, a blank between areas. No region with a
 * failing or unassessed cell is left out at any width from 80 columns.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/reports/region_heading.h"
#include "scanner/reports/row_order.h"
#include "scanner/reports/table_internal.h"
#include "scanner/reports/terminal_text.h"

enum {
	ID_LABEL = 13, /* an id and a blank */
	MIN_LABEL = 24,
	MAX_LABEL = 44,
	FEW_ROWS = 15, /* so many are all shown */
	NARROW = 80,   /* below this width regions may be left out */
	LETTERS = REGION_LETTERS_SIZE,
};

enum spacing { WORDS, SHORT_WORDS, DENSE };

struct layout {
	size_t *columns;
	size_t *gaps; /* blanks behind each column */
	size_t column_count;
	size_t label;        /* width of the account's column */
	size_t organization; /* of that, for the organization; 0: it is not shown */
	enum spacing spacing;
};

/* ---- columns ---- */

struct ranked_column {
	size_t column, failing, unassessed;
};

static struct ranked_column rank_column(const struct matrix *matrix, size_t column)
{
	struct ranked_column ranked = {.column = column};

	for (size_t row = 0; row < matrix->row_count; row++) {
		const struct cell_summary cell = matrix_cell(matrix, row, column);

		ranked.failing += cell.state == CELL_FAIL;
		ranked.unassessed += !cell.complete;
	}
	return ranked;
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked_column *left = a, *right = b;

	if (left->failing != right->failing)
		return left->failing < right->failing ? 1 : -1;
	if (left->unassessed != right->unassessed)
		return left->unassessed < right->unassessed ? 1 : -1;
	return (left->column > right->column) - (left->column < right->column);
}

static int compare_indices(const void *a, const void *b)
{
	size_t left = *(const size_t *)a, right = *(const size_t *)b;

	return (left > right) - (left < right);
}

static const char *region_of(const struct matrix *matrix, const struct layout *layout, size_t i)
{
	return matrix->columns[layout->columns[i]].region;
}

static bool is_of_same_area(const struct matrix *matrix, const struct layout *layout, size_t i, size_t j)
{
	struct span left = region_heading_area(region_of(matrix, layout, i));
	struct span right = region_heading_area(region_of(matrix, layout, j));

	return left.length == right.length && memcmp(left.at, right.at, left.length) == 0;
}

/* Columns of one area stand together; behind them is a blank, and room for the area's name. */
static void set_dense_gaps(const struct matrix *matrix, struct layout *layout)
{
	for (size_t first = 0, next; first < layout->column_count; first = next) {
		size_t width = region_heading_area(region_of(matrix, layout, first)).length;

		for (next = first; next < layout->column_count && is_of_same_area(matrix, layout, first, next);
		     next++)
			layout->gaps[next] = 0;
		layout->gaps[next - 1] = 1 + (width > next - first ? width - (next - first) : 0);
	}
}

static void set_gaps(const struct matrix *matrix, struct layout *layout)
{
	if (layout->spacing == DENSE)
		set_dense_gaps(matrix, layout);
	for (size_t i = 0; layout->spacing != DENSE && i < layout->column_count; i++)
		layout->gaps[i] =
			region_heading_width(region_of(matrix, layout, i), layout->spacing == SHORT_WORDS) - 1;
}

/* Without the label. The name of the last region may be as wide as the gap behind its cells. */
static size_t width_of(const struct layout *layout)
{
	size_t width = 0;

	for (size_t i = 0; i < layout->column_count; i++)
		width += 1 + layout->gaps[i];
	return width > 0 ? width - 1 : 0;
}

/* Takes the first `count` of the ranked columns, in the order of the matrix. */
static void take_columns(const struct matrix *matrix, const struct ranked_column *ranked, size_t count,
			 struct layout *layout)
{
	layout->column_count = count;
	for (size_t i = 0; i < count; i++)
		layout->columns[i] = ranked[i].column;
	qsort(layout->columns, count, sizeof *layout->columns, compare_indices);
	set_gaps(matrix, layout);
}

/* ---- labels ---- */

/* 0: all accounts are of one, which need not be told again. */
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
		const char *name = matrix->rows[i].name;
		size_t width = ID_LABEL + 1 + (name ? terminal_text_width(name) : 0);

		widest = width > widest ? width : widest;
	}
	return widest < MAX_LABEL ? widest : MAX_LABEL;
}

/* ---- the layout ---- */

/* With a label of at least this width? Then it gets what is left. */
static bool fits(struct layout *layout, size_t min_label, size_t max_label, size_t width)
{
	size_t columns = width_of(layout);

	if (layout->organization + min_label + columns > width)
		return false;
	layout->label = width - columns - layout->organization;
	layout->label = layout->organization + (layout->label < max_label ? layout->label : max_label);
	return true;
}

/* Names of regions in words, then short ones; then dense columns; then regions go in which nothing is to be
 * seen. */
static void fit(const struct matrix *matrix, const struct report_output *output,
		const struct ranked_column *ranked, struct layout *layout)
{
	size_t max_label = widest_label(matrix), count = matrix->column_count, eventful = 0;

	while (output->width >= NARROW && eventful < count &&
	       ranked[eventful].failing + ranked[eventful].unassessed > 0)
		eventful++;
	for (layout->spacing = WORDS; layout->spacing < DENSE; layout->spacing++) {
		take_columns(matrix, ranked, count, layout);
		if (fits(layout, MIN_LABEL, max_label, output->width))
			return;
	}
	for (; count > 0; count--) {
		take_columns(matrix, ranked, count, layout);
		if (fits(layout, MIN_LABEL, max_label, output->width) ||
		    fits(layout, ID_LABEL, max_label, output->width))
			return;
		if (count <= eventful || count == 1)
			break;
	}
	layout->label = layout->organization + ID_LABEL;
}

static void write_hidden_columns(const struct matrix *matrix, const struct ranked_column *ranked,
				 const struct layout *layout, const struct report_output *output)
{
	size_t count = matrix->column_count - layout->column_count, failing = 0, unassessed = 0;
	char lead[SENTENCE_SIZE];

	for (size_t i = layout->column_count; i < matrix->column_count; i++) {
		failing += ranked[i].failing;
		unassessed += ranked[i].unassessed;
	}
	if (count == 0)
		return;
	text_print(lead, sizeof lead,
		   "%zu region%s with %zu failing and %zu unassessed cells %s not shown at this width: ", count,
		   text_plural(count), failing, unassessed, count == 1 ? "is" : "are");
	table_write_command(matrix, output, lead, "report --report csv-matrix", "csv-matrix");
}

/* ---- the heading ---- */

static void write_words(const struct matrix *matrix, const struct layout *layout, FILE *stream)
{
	for (size_t line = 0; line < REGION_HEADING_LINES; line++) {
		fprintf(stream, "%*s", (int)layout->label, "");
		for (size_t i = 0; i < layout->column_count; i++)
			region_heading_write(region_of(matrix, layout, i), layout->spacing == SHORT_WORDS, line,
					     stream);
		fputc('\n', stream);
	}
}

static void write_areas(const struct matrix *matrix, const struct layout *layout, FILE *stream)
{
	fprintf(stream, "%*s", (int)layout->label, "");
	for (size_t first = 0, next; first < layout->column_count; first = next) {
		struct span area = region_heading_area(region_of(matrix, layout, first));
		size_t width = 0;

		for (next = first; next < layout->column_count && is_of_same_area(matrix, layout, first, next);
		     next++)
			width += 1 + layout->gaps[next];
		fprintf(stream, "%-*.*s", (int)width, (int)area.length, area.at);
	}
	fputc('\n', stream);
}

/* One line: of each column the letter of this place, from the left, of its direction or its number. */
static void write_letters(const struct matrix *matrix, const struct layout *layout, bool is_number,
			  size_t place, FILE *stream)
{
	fprintf(stream, "%*s", (int)layout->label, "");
	for (size_t i = 0; i < layout->column_count; i++) {
		char direction[LETTERS], number[LETTERS], *text = is_number ? number : direction;

		region_heading_letters(region_of(matrix, layout, i), direction, number);
		fprintf(stream, "%-*c", i + 1 < layout->column_count ? (int)(1 + layout->gaps[i]) : 1,
			strlen(text) > place ? text[place] : ' ');
	}
	fputc('\n', stream);
}

static void write_dense_names(const struct matrix *matrix, const struct layout *layout, FILE *stream)
{
	size_t directions = 0, numbers = 0;

	for (size_t i = 0; i < layout->column_count; i++) {
		char direction[LETTERS], number[LETTERS];

		region_heading_letters(region_of(matrix, layout, i), direction, number);
		directions = strlen(direction) > directions ? strlen(direction) : directions;
		numbers = strlen(number) > numbers ? strlen(number) : numbers;
	}
	write_areas(matrix, layout, stream);
	for (size_t place = 0; place < directions; place++)
		write_letters(matrix, layout, false, place, stream);
	for (size_t place = 0; place < numbers; place++)
		write_letters(matrix, layout, true, place, stream);
}

/* ---- rows ---- */

static void write_label(const struct row *row, const struct layout *layout, FILE *stream)
{
	size_t rest = layout->label - layout->organization - ID_LABEL;

	fprintf(stream, "%s ", row->id);
	if (layout->organization)
		fprintf(stream, "%-*s", (int)layout->organization, row->organization ? row->organization : "-");
	if (rest == 0)
		return;
	terminal_text_pad(stream, row->name ? row->name : "", rest - 1);
	fputc(' ', stream);
}

static void write_cell(const struct report_output *output, struct cell_summary cell)
{
	enum cell_state state = (enum cell_state)cell.state;
	const char mark[] = {table_is_mild(cell) ? 'f' : cell_state_facts(state)->mark, '\0'};

	table_paint(output, table_is_mild(cell) ? TABLE_MILD : table_color_of(state), mark);
}

static void write_row(const struct matrix *matrix, const struct report_output *output,
		      const struct layout *layout, size_t row)
{
	write_label(&matrix->rows[row], layout, output->stream);
	for (size_t i = 0; i < layout->column_count; i++) {
		write_cell(output, matrix_cell(matrix, row, layout->columns[i]));
		if (i + 1 < layout->column_count)
			fprintf(output->stream, "%*s", (int)layout->gaps[i], "");
	}
	fputc('\n', output->stream);
}

/* Accounts that have no row. */
struct hidden {
	size_t eventful, unreached, quiet, skipped;
};

static size_t *hidden_as(const struct matrix *matrix, size_t row, struct hidden *hidden)
{
	const struct totals totals = matrix_row_totals(matrix, row);

	if (totals.by_state[CELL_SKIPPED] == totals.cells)
		return &hidden->skipped;
	if (totals.by_state[CELL_UNREACHED] == totals.cells)
		return &hidden->unreached;
	return totals.complete && totals.failing == 0 ? &hidden->quiet : &hidden->eventful;
}

static void write_hidden(const struct matrix *matrix, const struct hidden *hidden, bool any_shown,
			 const struct report_output *output)
{
	const struct {
		size_t count;
		const char *words;
	} parts[] = {
		{hidden->eventful, "with failing or unassessed cells"},
		{hidden->unreached, "unreached in all regions"},
		{hidden->quiet, "with no failing or unassessed cell"},
		{hidden->skipped, "skipped"},
	};
	size_t all = hidden->eventful + hidden->unreached + hidden->quiet + hidden->skipped;
	const char *separator = ": ";
	struct buffer text = {0};

	if (all == 0)
		return;
	buffer_print(&text, "%s%zu%s account%s", any_shown ? "... and " : "", all, any_shown ? " more" : "",
		     text_plural(all));
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (parts[i].count == 0)
			continue;
		buffer_print(&text, "%s%zu %s", separator, parts[i].count, parts[i].words);
		separator = ", ";
	}
	if (text.failed)
		json_oom_guard_fail();
	else
		table_write_wrapped(output, text.at, 0, 4);
	buffer_deinit(&text);
	if (hidden->eventful > 0)
		table_write_command(matrix, output, "All accounts: ", "report --report csv-matrix",
				    "csv-matrix");
}

static void write_heading(const struct matrix *matrix, const struct report_output *output,
			  const struct layout *layout)
{
	table_heading(output, "Accounts by region: failing first, then not assessed");
	if (layout->spacing == DENSE)
		write_dense_names(matrix, layout, output->stream);
	else
		write_words(matrix, layout, output->stream);
}

static void write_rows(const struct matrix *matrix, const struct report_output *output,
		       const struct layout *layout, const size_t *rows, size_t max)
{
	size_t shown = 0;
	struct hidden hidden = {0};

	for (size_t i = 0; i < matrix->row_count; i++) {
		size_t *as = hidden_as(matrix, rows[i], &hidden);

		if (matrix->row_count > FEW_ROWS && (as != &hidden.eventful || shown == max)) {
			++*as;
			continue;
		}
		if (shown++ == 0)
			write_heading(matrix, output, layout);
		write_row(matrix, output, layout, rows[i]);
	}
	if (shown == 0)
		fputc('\n', output->stream);
	write_hidden(matrix, &hidden, shown > 0, output);
}

static struct ranked_column *rank_columns(const struct matrix *matrix)
{
	struct ranked_column *ranked = json_oom_guard_calloc(matrix->column_count, sizeof *ranked);

	for (size_t i = 0; ranked && i < matrix->column_count; i++)
		ranked[i] = rank_column(matrix, i);
	if (ranked)
		qsort(ranked, matrix->column_count, sizeof *ranked, compare_ranked);
	return ranked;
}

void table_write_matrix(const struct matrix *matrix, const struct report_output *output,
			const struct table_limits *limits)
{
	struct layout layout = {.organization = widest_organization(matrix)};
	struct ranked_column *ranked;
	size_t *rows;

	if (matrix->column_count == 0 || matrix->row_count == 0)
		return;
	layout.columns = json_oom_guard_calloc(matrix->column_count, sizeof *layout.columns);
	layout.gaps = json_oom_guard_calloc(matrix->column_count, sizeof *layout.gaps);
	ranked = rank_columns(matrix);
	rows = row_order_new(matrix);
	if (layout.columns && layout.gaps && ranked && rows) {
		fit(matrix, output, ranked, &layout);
		write_rows(matrix, output, &layout, rows, limits->rows);
		write_hidden_columns(matrix, ranked, &layout, output);
	}
	free(layout.columns);
	free(layout.gaps);
	free(ranked);
	free(rows);
}
