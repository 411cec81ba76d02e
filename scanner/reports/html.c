/*
 * A self-contained page with styles, script and data. Its Content-Security-Policy names the digests of styles
 * and script and allows nothing else. Everything but the matrix and the evidence can be read without the
 * script.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/reports/html_changes.h"
#include "scanner/reports/html_controls.h"
#include "scanner/reports/html_data.h"
#include "scanner/reports/html_failing.h"
#include "scanner/reports/html_gaps.h"
#include "scanner/reports/html_lists.h"
#include "scanner/reports/html_scope.h"
#include "scanner/reports/html_summary.h"
#include "scanner/reports/html_text.h"
#include "scanner/reports/html_trend.h"
#include "scanner/reports/reports.h"
#include "scanner/reports/xml_text.h"

extern const char html_page_css[], html_page_js[], html_lists_js[];

/* ---- head ---- */

static void write_digest(const char *text, FILE *stream)
{
	unsigned char digest[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	if (EVP_Digest(text, strlen(text), digest, &size, EVP_sha256(), NULL) != 1)
		return; /* then the policy allows no script, and the page reports that */
	EVP_EncodeBlock(base64, digest, (int)size);
	fprintf(stream, "'sha256-%s'", (const char *)base64);
}

static void write_head(const struct matrix *matrix, FILE *stream)
{
	char title[RUN_TITLE_SIZE];

	run_title(&matrix->run, title);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
	      "form-action 'none'; style-src ",
	      stream);
	write_digest(html_page_css, stream);
	fputs("; script-src ", stream);
	write_digest(html_page_js, stream);
	fputc(' ', stream);
	write_digest(html_lists_js, stream);
	fputs("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
	      stream);
	xml_text_write(stream, title);
	if (matrix->run.organization) {
		fputs(", ", stream);
		xml_text_write(stream, matrix->run.organization);
	}
	fprintf(stream, "</title>\n<style>%s</style>\n</head>\n", html_page_css);
}

/* ---- matrix ---- */

static void write_filters(FILE *stream)
{
	fputs("<section id=\"matrix-section\" aria-labelledby=\"title\">\n<h2 id=\"title\">Accounts by "
	      "region</h2>\n"
	      "<noscript><p>The matrix needs JavaScript; <code>neptune-scan report --report csv-matrix</code> "
	      "has it as a table.</p></noscript>\n"
	      "<div id=\"filters\" class=\"noprint\" role=\"search\">\n"
	      "<label>Search accounts<input id=\"q\" type=\"search\" autocomplete=\"off\"></label>\n"
	      "<label>OU<select id=\"ou\"></select></label>\n<label>Region<select "
	      "id=\"region\"></select></label>\n"
	      "<label>Control<select id=\"control\"></select></label>\n"
	      "<label>Severity<select id=\"severity\"></select></label>\n"
	      "<label>Order<select id=\"sort\"><option value=\"worst\">failing first, then not "
	      "assessed</option>"
	      "<option value=\"ou\">by OU</option><option value=\"name\">by name</option>"
	      "<option value=\"id\">by id</option></select></label>\n"
	      "<button id=\"reset\" type=\"button\">Show all</button>\n"
	      "<fieldset id=\"states\"><legend>Only cells that are</legend></fieldset>\n</div>\n"
	      "<p id=\"count\" class=\"quiet\" role=\"status\"></p>\n",
	      stream);
}

static void write_legend(const struct totals *totals, FILE *stream)
{
	fputs("<ul class=\"legend\">\n", stream);
	for (size_t i = 0; i < CELL_STATE_COUNT; i++) {
		enum cell_state state = cell_states_listed[i];
		const struct cell_state_facts *facts = cell_state_facts(state);

		if (totals->by_state[state] > 0)
			fprintf(stream, "<li><i class=\"s-%s\">%c</i>%s: %s (%s)</li>\n", facts->name,
				facts->mark, facts->name, facts->meaning,
				text_count(totals->by_state[state]).text);
	}
	if (totals->partly > 0)
		fprintf(stream,
			"<li><i class=\"s-fail part\">%c</i>fail, and assessed only in part (%s of "
			"these)</li>\n",
			cell_state_facts(CELL_FAIL)->mark, text_count(totals->partly).text);
	fputs("</ul>\n", stream);
}

static void write_matrix(const struct totals *totals, FILE *stream)
{
	write_filters(stream);
	write_legend(totals, stream);
	fputs("<div class=\"viewport\" id=\"viewport\">\n<table class=\"matrix\" id=\"matrix\" role=\"grid\" "
	      "aria-labelledby=\"title\" aria-describedby=\"keys\">\n<thead><tr id=\"head\"></tr></thead>\n"
	      "<tbody id=\"body\"></tbody>\n</table>\n</div>\n"
	      "<p id=\"keys\" class=\"quiet noprint\">Arrow keys move from cell to cell, Enter opens one.</p>\n"
	      "<section class=\"details\" id=\"details\" tabindex=\"-1\" aria-label=\"Cell\" "
	      "hidden></section>\n"
	      "</section>\n",
	      stream);
}

static void write_links(bool has_changes, FILE *stream)
{
	static const char *const links[][2] = {
		{"matrix-section", "Accounts by region"},
		{"failing", "Failing resources"},
		{"not-assessed", "Not assessed"},
		{"ous", "Totals by OU"},
		{"exceptions", "Exceptions"},
		{"scope", "Scope and method"},
		{"controls", "Controls"},
	};

	fputs("<nav class=\"noprint\" aria-label=\"Sections\">\n<ul>\n", stream);
	if (has_changes)
		fputs("<li><a href=\"#changes\">Changes</a></li>\n", stream);
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		fprintf(stream, "<li><a href=\"#%s\">%s</a></li>\n", links[i][0], links[i][1]);
	fputs("</ul>\n</nav>\n", stream);
}

static void write_first_screen(const struct matrix *matrix, const struct report_output *output,
			       const struct html_failing *failing)
{
	const struct conclusion *conclusion = output->conclusion;
	FILE *stream = output->stream;

	html_write_header(matrix, conclusion, stream);
	write_links(output->changes != NULL, stream);
	fputs("<div class=\"beside\">\n", stream);
	html_write_controls(matrix, &conclusion->tally, stream);
	html_trend_write(matrix, stream);
	fputs("</div>\n<div class=\"beside swapped\">\n", stream);
	html_write_steps(matrix, conclusion, failing, stream);
	html_write_worst_accounts(matrix, stream);
	fputs("</div>\n", stream);
}

static bool write_lists(const struct matrix *matrix, const struct conclusion *conclusion,
			struct html_failing *failing, const struct report_output *output)
{
	FILE *stream = output->stream;

	html_failing_write(matrix, failing, stream);
	html_write_unassessed(matrix, &conclusion->totals, stream);
	html_write_account_notes(matrix, output);
	return html_write_ous(matrix, stream) && html_write_exceptions(matrix, stream) &&
	       html_write_gaps(matrix, stream) && !failing->failed;
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	const struct conclusion *conclusion = output->conclusion;
	struct html_failing failing;
	FILE *stream = output->stream;
	bool is_whole;

	html_failing_collect(matrix, &failing);
	write_head(matrix, stream);
	fputs("<body>\n<main>\n", stream);
	write_first_screen(matrix, output, &failing);
	is_whole = !output->changes || html_changes_write(output->changes, &matrix->run, stream);
	write_matrix(&conclusion->totals, stream);
	is_whole = write_lists(matrix, conclusion, &failing, output) && is_whole;
	html_scope_write(matrix, conclusion, stream);
	is_whole = html_controls_write(matrix, stream) && is_whole;
	fputs("</main>\n", stream);
	is_whole = html_data_write(matrix, stream) && is_whole;
	fprintf(stream, "<script>%s</script>\n<script>%s</script>\n</body>\n</html>\n", html_page_js,
		html_lists_js);
	html_failing_deinit(&failing);
	return is_whole && !json_oom_guard_failed();
}

const struct report_format report_html = {
	.name = "html",
	.description = "one page for a browser: verdict, matrix, evidence, exceptions, trend",
	.needs = REPORT_NEEDS_CONCLUSION | REPORT_NEEDS_HISTORY | REPORT_NEEDS_CHANGES,
	.write = write,
};
