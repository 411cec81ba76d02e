#include "scanner/reports/html_lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scanner/matrix/conclusion.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/html_text.h"
#include "scanner/reports/unassessed.h"
#include "scanner/reports/xml_text.h"

struct listing {
	FILE *stream;
	size_t count;
};

/* ---- cells that could not be assessed ---- */

static void write_cause(void *userdata, const struct cause *cause)
{
	struct listing *listing = userdata;
	FILE *stream = listing->stream;

	if (listing->count++ >= HTML_MAX_LISTED)
		return;
	fputs("<tr><td>", stream);
	cause_write_state(cause, stream);
	fputs("</td>", stream);
	html_write_account_cell(stream, cause->first.account);
	html_write_count_cell(stream, cause->regions);
	fputs("<td>", stream);
	cause_write_regions(cause, stream);
	fputs("</td>", stream);
	html_write_cell(stream, cause->first.reason);
	fputs("</tr>\n", stream);
}

/* "denied: 32 cells, 20 in accepted gaps, 2 only in part. Advice": on those that no gap accepts. */
static void write_advice_on(const struct totals *totals, enum cell_state state, FILE *stream)
{
	size_t cells = totals->by_state[state], accepted = totals->accepted_by_state[state],
	       parts = totals->partly_by_state[state];

	fprintf(stream, "<li><i class=\"s-%s\">%c</i> %s: %s cell%s", cell_state_name(state),
		cell_state_facts(state)->mark, cell_state_name(state), text_count(cells).text,
		text_plural(cells));
	if (accepted > 0)
		fprintf(stream, ", %s in accepted gaps", text_count(accepted).text);
	if (parts > 0)
		fprintf(stream, ", %s only in part", text_count(parts).text);
	fputs(". ", stream);
	if (cells + parts > accepted)
		xml_text_write(stream, unassessed_advice_on_state(state));
	fputs("</li>\n", stream);
}

static void write_advice(const struct totals *totals, FILE *stream)
{
	fputs("<ul class=\"advice\">\n", stream);
	for (size_t i = 0; i < CELL_STATE_COUNT; i++) {
		enum cell_state state = cell_states_listed[i];

		if (!cell_state_facts(state)->looked_at &&
		    totals->by_state[state] + totals->partly_by_state[state] > 0)
			write_advice_on(totals, state, stream);
	}
	fputs("</ul>\n", stream);
}

void html_write_unassessed(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	static const char *const columns[] = {"State", "Account", "#Cells", "Regions", "Reason", NULL};
	static const struct html_table table = {"cells-not-assessed", "Cells not assessed", columns};
	struct listing listing = {stream, 0};

	html_open_section(stream, "not-assessed", "Not assessed");
	if (totals->blind + totals->partly == 0 && totals->complete) {
		fputs("<p>None: all cells in scope were assessed.</p>\n", stream);
	} else {
		write_advice(totals, stream);
		html_open_table(stream, &table);
		walk_causes(matrix, write_cause, &listing);
		html_close_table(stream);
	}
	if (listing.count > HTML_MAX_LISTED)
		html_write_rest(stream, listing.count - HTML_MAX_LISTED, "--report csv=FILE", &matrix->run);
	html_close_section(stream);
}

/* ---- notes ---- */

static void write_account_note(void *userdata, const struct note *note)
{
	static const char *const columns[] = {"Account", "Note", NULL};
	static const struct html_table table = {"notes", "Notes on accounts", columns};
	struct listing *listing = userdata;

	if (!note->account || listing->count++ >= HTML_MAX_LISTED)
		return;
	if (listing->count == 1) {
		html_open_section(listing->stream, "notes", "Notes on accounts");
		html_open_table(listing->stream, &table);
	}
	fputs("<tr>", listing->stream);
	html_write_account_cell(listing->stream, note->account);
	html_write_cell(listing->stream, note->text);
	fputs("</tr>\n", listing->stream);
}

void html_write_account_notes(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_account_note};
	struct listing listing = {output->stream, 0};

	walk_records(matrix, output, &callbacks, &listing);
	if (listing.count == 0)
		return;
	html_close_table(output->stream);
	if (listing.count > HTML_MAX_LISTED)
		html_write_rest(output->stream, listing.count - HTML_MAX_LISTED, "--report csv=FILE",
				&matrix->run);
	html_close_section(output->stream);
}

/* ---- totals by OU ---- */

struct ou_total {
	const struct row *account; /* the first of the OU */
	size_t accounts, resources, failing, exempt, in_scope, unassessed;
	bool is_complete;
};

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_ous(const struct row *a, const struct row *b)
{
	int order = compare_texts(a->organization, b->organization);

	return order ? order : compare_texts(a->ou, b->ou);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *const *left = a, *const *right = b;

	return compare_ous(*left, *right);
}

static void add_row(struct ou_total *total, const struct matrix *matrix, const struct row *account)
{
	struct totals totals = matrix_row_totals(matrix, (size_t)(account - matrix->rows));

	total->accounts++;
	total->resources += totals.resources;
	total->failing += totals.failing;
	total->exempt += totals.exempt;
	total->in_scope += cells_in_scope(&totals);
	total->unassessed += totals.blind;
	total->is_complete = total->is_complete && totals.complete;
}

static void write_ou(const struct ou_total *total, bool several, FILE *stream)
{
	char coverage[HTML_PERCENT_SIZE];

	fputs("<tr><td>", stream);
	if (several)
		xml_text_write(stream, total->account->organization);
	xml_text_write(stream, total->account->ou ? total->account->ou : several ? "" : "not known");
	fputs("</td>", stream);
	html_write_count_cell(stream, total->accounts);
	html_write_count_cell(stream, total->resources);
	html_write_count_cell(stream, total->failing);
	html_write_count_cell(stream, total->exempt);
	html_write_count_cell(stream, total->in_scope);
	html_write_count_cell(stream, total->unassessed);
	html_format_coverage(total->in_scope, total->unassessed, total->is_complete, coverage);
	fprintf(stream, "<td class=\"n\">%s</td></tr>\n", total->in_scope > 0 ? coverage : "");
}

/* `rows`: by OU. Returns the number of OUs. */
static size_t write_sorted_ous(const struct matrix *matrix, const struct row *const *rows, FILE *stream)
{
	bool several = matrix_has_several_organizations(matrix);
	size_t count = 0;

	for (size_t i = 0; i < matrix->row_count;) {
		struct ou_total total = {.account = rows[i], .is_complete = true};

		for (; i < matrix->row_count && compare_ous(total.account, rows[i]) == 0; i++)
			add_row(&total, matrix, rows[i]);
		if (count++ < HTML_MAX_LISTED)
			write_ou(&total, several, stream);
	}
	return count;
}

bool html_write_ous(const struct matrix *matrix, FILE *stream)
{
	static const char *const columns[] = {"OU",      "#Accounts",       "#Resources",          "#Failing",
					      "#Exempt", "#Cells in scope", "#Cells not assessed", "#Coverage",
					      NULL};
	static const struct html_table table = {"totals-by-ou", "Totals by OU", columns};
	const struct row **rows = calloc(matrix->row_count + 1, sizeof *rows);
	size_t count;

	if (!rows)
		return false;
	for (size_t i = 0; i < matrix->row_count; i++)
		rows[i] = &matrix->rows[i];
	qsort(rows, matrix->row_count, sizeof *rows, compare_rows);
	html_open_section(stream, "ous", "Totals by OU (organizational unit)");
	html_open_table(stream, &table);
	count = write_sorted_ous(matrix, rows, stream);
	html_close_table(stream);
	if (count > HTML_MAX_LISTED)
		html_write_rest(stream, count - HTML_MAX_LISTED, "--report csv-matrix=FILE", &matrix->run);
	html_close_section(stream);
	free(rows);
	return true;
}

/* ---- exceptions ---- */

static int compare_ends(const void *a, const void *b)
{
	const struct exception *left = *(const struct exception *const *)a;
	const struct exception *right = *(const struct exception *const *)b;

	return left->ends == right->ends ? strcmp(left->name, right->name) : left->ends < right->ends ? -1 : 1;
}

static void write_exception(const struct exception *exception, FILE *stream)
{
	fputs("<tr>", stream);
	html_write_cell(stream, exception->expires);
	html_write_cell(stream, exception_state(exception));
	html_write_cell(stream, exception->name);
	html_write_cell(stream, exception->control);
	html_write_count_cell(stream, exception->findings);
	html_write_cell(stream, exception->owner);
	html_write_cell(stream, exception->reason);
	html_write_cell(stream, exception->ticket);
	fputs("</tr>\n", stream);
}

bool html_write_exceptions(const struct matrix *matrix, FILE *stream)
{
	static const char *const columns[] = {"Expires", "State",  "Name",   "Control", "#Findings",
					      "Owner",   "Reason", "Ticket", NULL};
	static const struct html_table table = {"exceptions", "Exceptions", columns};
	const struct exceptions *exceptions = matrix->run.exceptions;
	size_t count = exceptions ? exceptions->count : 0;
	const struct exception **sorted = calloc(count + 1, sizeof *sorted);

	if (!sorted)
		return false;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &exceptions->items[i];
	qsort(sorted, count, sizeof *sorted, compare_ends);
	html_open_section(stream, "exceptions", "Exceptions by expiry");
	if (count > 0) {
		html_open_table(stream, &table);
		for (size_t i = 0; i < count; i++)
			write_exception(sorted[i], stream);
		html_close_table(stream);
	} else {
		fputs("<p>The run had no exceptions.</p>\n", stream);
	}
	html_close_section(stream);
	free(sorted);
	return true;
}
