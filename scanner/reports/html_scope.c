#include "scanner/reports/html_scope.h"

#include <string.h>

#include "base/json_oom_guard.h"
#include "base/span.h"
#include "base/text.h"
#include "scanner/reports/html_text.h"
#include "scanner/reports/scope.h"
#include "scanner/reports/xml_text.h"

/* ---- settings ---- */

static bool begins_with(struct span text, const char *start)
{
	return text.length >= strlen(start) && memcmp(text.at, start, strlen(start)) == 0;
}

/* "NAME = VALUE"; controls, exceptions and gaps have sections of their own. */
static void write_setting(struct span line, FILE *stream)
{
	static const char equals[] = " = ";
	const char *at = memmem(line.at, line.length, equals, sizeof equals - 1);
	struct span name, value;

	if (!at || begins_with(line, "control ") || begins_with(line, "exception ") ||
	    begins_with(line, "gap "))
		return;
	name = (struct span){line.at, (size_t)(at - line.at)};
	value = (struct span){at + sizeof equals - 1, line.length - name.length - (sizeof equals - 1)};
	fputs("<tr><th scope=\"row\">", stream);
	xml_span_write(stream, name);
	fputs("</th><td>", stream);
	if (value.length > 0)
		xml_span_write(stream, value);
	else
		fputs("<span class=\"quiet\">not set</span>", stream);
	fputs("</td></tr>\n", stream);
}

static const char *explain_exit_code(const struct conclusion *conclusion)
{
	bool has_gaps = conclusion->totals.accepted > 0;

	switch (conclusion->exit_code) {
	case EXIT_INCOMPLETE:
		return conclusion->exit_means_done ? "the run did not finish, and can be resumed"
						   : "at least one cell was not, or only partly, assessed";
	case EXIT_FAILING:
		return has_gaps ? "every cell in scope was assessed, or lies in an accepted gap, and a "
				  "resource fails"
				: "every cell in scope was assessed, and a resource fails";
	default:
		return conclusion->exit_means_done ? "the run finished, whatever it found (scan.exit is done)"
		       : has_gaps ? "every cell in scope was assessed, or lies in an accepted gap, and no "
				    "resource fails "
				    "at or above scan.fail_on"
				  : "every cell in scope was assessed, and no resource fails at or above "
				    "scan.fail_on";
	}
}

static void write_settings(const struct matrix *matrix, const struct conclusion *conclusion, FILE *stream)
{
	static const char *const columns[] = {"Setting", "Value", NULL};
	static const struct html_table table = {NULL, "Settings in force", columns};
	struct span rest = span_of(matrix->run.settings ? matrix->run.settings : ""), line;

	fputs("<h3>Settings in force</h3>\n", stream);
	html_open_table(stream, &table);
	while (span_split(&rest, '\n', &line))
		write_setting(line, stream);
	fprintf(stream, "<tr><th scope=\"row\">scan.fail_on</th><td>%s</td></tr>\n",
		severity_name(matrix->run.fail_on));
	html_close_table(stream);
	fprintf(stream, "<p>A scan with this result ends with exit code %d: %s.</p>\n",
		(int)conclusion->exit_code, explain_exit_code(conclusion));
}

/* ---- scope ---- */

static void write_size(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	const struct run *run = &matrix->run;

	fprintf(stream, "<p>%s account%s by %s region%s", text_count(totals->accounts).text,
		text_plural(totals->accounts), text_count(totals->regions).text, text_plural(totals->regions));
	if (run->partition) {
		fputs(" of partition ", stream);
		xml_text_write(stream, run->partition);
	}
	fprintf(stream, ": %s cells, ", text_count(totals->cells).text);
	fprintf(stream, "%s of them in scope.", text_count(cells_in_scope(totals)).text);
	if (run->management_account) {
		fputs(" Management account ", stream);
		xml_text_write(stream, run->management_account);
		fputc('.', stream);
	}
	fprintf(stream, " %s requests were sent, ", text_count(run->sent).text);
	fprintf(stream, "%s of them again after an error.</p>\n", text_count(run->retried).text);
}

static void write_excluded(const struct matrix *matrix, FILE *stream)
{
	static const char *const columns[] = {"Account", "OU", "Reason", NULL};
	static const struct html_table table = {"excluded-accounts", "Excluded accounts", columns};
	size_t count = 0;

	for (size_t row = 0; row < matrix->row_count; row++) {
		const struct row *account = &matrix->rows[row];

		if (account->default_state != CELL_SKIPPED || count++ >= HTML_MAX_LISTED)
			continue;
		if (count == 1) {
			fputs("<h3>Excluded accounts</h3>\n", stream);
			html_open_table(stream, &table);
		}
		fputs("<tr>", stream);
		html_write_account_cell(stream, account);
		html_write_cell(stream, account->ou);
		html_write_cell(stream, account->reason);
		fputs("</tr>\n", stream);
	}
	if (count == 0)
		return;
	html_close_table(stream);
	if (count > HTML_MAX_LISTED)
		html_write_rest(stream, count - HTML_MAX_LISTED, "--report csv-matrix=FILE", &matrix->run);
}

static void write_requests(const struct run *run, FILE *stream)
{
	static const char *const columns[] = {"Action", "#Requests", "#Retried", "#Throttled", NULL};
	static const struct html_table table = {NULL, "Actions used", columns};

	if (run->request_count == 0)
		return;
	fputs("<details class=\"data\">\n<summary>Actions used</summary>\n", stream);
	html_open_table(stream, &table);
	for (size_t i = 0; i < run->request_count; i++) {
		const struct request_count *one = &run->requests[i];

		fputs("<tr>", stream);
		html_write_cell(stream, one->operation);
		html_write_count_cell(stream, one->sent);
		html_write_count_cell(stream, one->retried);
		html_write_count_cell(stream, one->throttled);
		fputs("</tr>\n", stream);
	}
	html_close_table(stream);
	fputs("</details>\n", stream);
}

/* ---- definitions ---- */

static void write_definitions(FILE *stream)
{
	static const char *const terms[][2] = {
		{"Cell", "One account in one region."},
		{"In scope", "Every cell that is not skipped."},
		{"Assessed", "The cell has a verdict: pass, fail, exempt, empty, disabled or unsupported."},
		{"Not assessed",
		 "The cell is unknown, denied, unreached, error or pending. Nothing is known about "
		 "its resources."},
		{"Accepted gap",
		 "Cells that an owner accepts as not assessed, with a reason and a date of expiry. They are "
		 "queried, keep their state, and do not make the run incomplete."},
		{"Assessed only in part", "A failing cell of which some resources or queries have no verdict."},
		{"Skipped", "Out of scope: excluded by settings, suspended or closed. A skipped cell is not "
			    "assessed, and does not change the coverage."},
		{"Coverage", "Assessed cells of the cells in scope, rounded down."},
		{"Resource",
		 "A cluster, snapshot, instance, retained backup, global database, KMS key or graph."},
		{"Finding", "The verdict of one control on one resource: pass, fail or unknown."},
		{"Failing resource", "At least one finding fails, and no exception covers it."},
		{"Exempt",
		 "An exception covers every failure: an approval with an owner and a date of expiry."},
	};

	fputs("<h3>Definitions</h3>\n<dl>\n", stream);
	for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
		fprintf(stream, "<div><dt>%s</dt><dd>%s</dd></div>\n", terms[i][0], terms[i][1]);
	fputs("</dl>\n", stream);
}

void html_write_scope_line(const struct run *run, FILE *stream)
{
	struct buffer scope = {0};

	scope_say(run, &scope);
	if (scope.failed)
		json_oom_guard_fail();
	fputs("<p id=\"scope-line\">", stream);
	xml_text_write(stream, scope.at);
	fputs(".</p>\n", stream);
	buffer_clear(&scope);
	scope_say_filter(run, &scope);
	if (scope.failed)
		json_oom_guard_fail();
	if (scope.length > 0) {
		fputs("<p id=\"filter-line\"><strong>Filtered report:</strong> ", stream);
		xml_text_write(stream, scope.at);
		fputs("</p>\n", stream);
	}
	buffer_deinit(&scope);
}

void html_scope_write(const struct matrix *matrix, const struct conclusion *conclusion, FILE *stream)
{
	html_open_section(stream, "scope", "Scope and method");
	write_size(matrix, &conclusion->totals, stream);
	write_settings(matrix, conclusion, stream);
	write_excluded(matrix, stream);
	write_requests(&matrix->run, stream);
	write_definitions(stream);
	html_close_section(stream);
}
