/*
 * A self-contained page with styles, script and data. Its Content-Security-Policy names the digests of styles
 * and script and allows nothing else. The data is JSON with every "<" escaped, so that no name can end the
 * script element. Frequent texts are stored once.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/utf8.h"
#include "scanner/matrix/conclusion.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/html_controls.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/unassessed.h"
#include "scanner/reports/xml_text.h"

enum {
	MAX_FINDINGS = 20000, /* above this, passing findings are only counted */
	MAX_LISTED = 200,
	CHART_WIDTH = 720,
	CHART_HEIGHT = 160,
	CHART_LEFT = 48,
	CHART_BOTTOM = 24,
};

extern const char html_page_css[], html_page_js[];

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
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
	      "form-action 'none'; style-src ",
	      stream);
	write_digest(html_page_css, stream);
	fputs("; script-src ", stream);
	write_digest(html_page_js, stream);
	fputs("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Neptune encryption at rest",
	      stream);
	if (matrix->run.organization)
		fprintf(stream, ", %s", matrix->run.organization);
	fprintf(stream, "</title>\n<style>%s</style>\n</head>\n", html_page_css);
}

static void write_run_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	fprintf(stream, "<p><strong>%s:</strong> ", note_title(note));
	xml_text_write(stream, note->text);
	fputs("</p>\n", stream);
}

static void write_word(const struct conclusion *conclusion, enum conclusion_word word, FILE *stream)
{
	static const char *const classes[CONCLUSION_WORDS] = {
		[CONCLUSION_FAIL] = "verdict",
		[CONCLUSION_INCOMPLETE] = "verdict part",
		[CONCLUSION_PASS] = "verdict good",
	};

	fprintf(stream, "<p class=\"%s\"><strong>%s</strong>", classes[word], conclusion_word_name(word));
	for (size_t i = 0; i < conclusion->sentence_count; i++)
		if (conclusion->sentences[i].word == word)
			fprintf(stream, " %s", conclusion->sentences[i].text);
	fputs("</p>\n", stream);
}

static void write_verdict(const struct matrix *matrix, FILE *stream)
{
	static const struct walk_callbacks run_notes = {.note = write_run_note};
	struct conclusion conclusion;

	conclusion_draw(matrix, &conclusion);
	for (enum conclusion_word word = 0; word < CONCLUSION_WORDS; word++)
		if (conclusion.holds[word])
			write_word(&conclusion, word, stream);
	walk_run(matrix, &run_notes, stream);
	if (matrix->run.shard)
		fprintf(stream, "<p>Shard %s of the accounts: the others are left to other runs.</p>\n",
			matrix->run.shard);
}

static void write_figure(FILE *stream, const char *text, const char *value)
{
	fprintf(stream, "<li><b>%s</b><span>%s</span></li>\n", value, text);
}

/* The difference to the previous run, if there is one: "+2 since the previous run". */
static void write_change(FILE *stream, const char *name, int64_t now, int64_t before)
{
	if (now != before)
		fprintf(stream, "%s %+lld", name, (long long)(now - before));
	else
		fprintf(stream, "%s unchanged", name);
}

/*
 * Assessed cells of those in scope, in hundredths of a percent, rounded down: 100 % only when all are
 * assessed.
 */
static unsigned coverage_of(const struct totals *totals)
{
	size_t scope = totals->cells - totals->by_state[CELL_SKIPPED];

	if (scope == 0)
		return totals->complete ? 10000 : 0;
	if (totals->blind == 0 && !totals->complete)
		return 9999;
	return (unsigned)(10000 * (uint64_t)(scope - totals->blind) / scope);
}

static void write_figures(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	const struct run *run = &matrix->run;
	unsigned coverage = coverage_of(totals);
	char text[64];

	fputs("<ul class=\"figures\">\n", stream);
	snprintf(text, sizeof text, "%u.%02u %%", coverage / 100, coverage % 100);
	write_figure(stream, "coverage: cells in scope that were assessed", text);
	snprintf(text, sizeof text, "%zu", totals->failing);
	write_figure(stream, "resources fail", text);
	snprintf(text, sizeof text, "%zu", totals->exempt);
	write_figure(stream, "resources exempt", text);
	snprintf(text, sizeof text, "%zu", totals->blind);
	write_figure(stream, "cells not assessed", text);
	snprintf(text, sizeof text, "%zu", totals->partly);
	write_figure(stream, "cells assessed only in part", text);
	snprintf(text, sizeof text, "%zu × %zu", totals->accounts, totals->regions);
	write_figure(stream, "accounts × regions", text);
	fputs("</ul>\n", stream);
	if (run->history_length > 1) {
		const struct history_entry *before = &run->history[run->history_length - 2];

		fputs("<p>Since the previous run: ", stream);
		write_change(stream, "failing resources", (int64_t)totals->failing, before->failing);
		write_change(stream, ", cells not assessed", (int64_t)totals->blind, before->blind);
		fputs(". <code>neptune-scan diff</code> lists what changed.</p>\n", stream);
	}
}

static void write_top(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	const struct run *run = &matrix->run;
	char started[CLOCK_ISO_SIZE];

	clock_format_iso(run->started, started);
	fputs("<body>\n<main>\n<header>\n<h1>Amazon Neptune: encryption at rest</h1>\n<p class=\"quiet\">",
	      stream);
	if (run->organization)
		fprintf(stream, "Organization %s, ", run->organization);
	fprintf(stream, "%s, %lld s, run %s</p>\n", started, (long long)run_seconds(run), run->id);
	write_verdict(matrix, stream);
	write_figures(matrix, totals, stream);
	fputs("</header>\n", stream);
}

/* ---- matrix ---- */

static void write_controls(FILE *stream)
{
	fputs("<section aria-labelledby=\"title\">\n<h2 id=\"title\">Accounts by regions</h2>\n"
	      "<noscript><p>This part needs scripts; the same data is in the CSV and JSON "
	      "reports.</p></noscript>\n"
	      "<div id=\"filters\" class=\"noprint\" role=\"search\">\n"
	      "<label>Search accounts<input id=\"q\" type=\"search\" autocomplete=\"off\"></label>\n"
	      "<label>Unit<select id=\"ou\"></select></label>\n<label>Region<select "
	      "id=\"region\"></select></label>\n"
	      "<label>Control<select id=\"control\"></select></label>\n"
	      "<label>Severity<select id=\"severity\"></select></label>\n"
	      "<label>Order<select id=\"sort\"><option value=\"worst\">failing first, then not "
	      "assessed</option>"
	      "<option value=\"ou\">by unit</option><option value=\"name\">by name</option>"
	      "<option value=\"id\">by id</option></select></label>\n"
	      "<button id=\"reset\" type=\"button\">Show all</button>\n"
	      "<fieldset id=\"states\"><legend>Only cells that are</legend></fieldset>\n</div>\n"
	      "<p id=\"count\" class=\"quiet\" role=\"status\"></p>\n",
	      stream);
}

static void write_legend(const struct totals *totals, FILE *stream)
{
	fputs("<ul class=\"legend\">\n", stream);
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		if (totals->by_state[state] > 0)
			fprintf(stream, "<li><i class=\"s-%s\">%c</i>%s: %s (%zu)</li>\n",
				cell_state_name(state), cell_state_facts(state)->mark, cell_state_name(state),
				cell_state_facts(state)->meaning, totals->by_state[state]);
	if (totals->partly > 0)
		fprintf(stream,
			"<li><i class=\"s-fail part\">%c</i>fail, and assessed only in part (%zu of "
			"these)</li>\n",
			cell_state_facts(CELL_FAIL)->mark, totals->partly);
	fputs("</ul>\n", stream);
}

static void write_matrix(const struct totals *totals, FILE *stream)
{
	write_controls(stream);
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

/* ---- cells that could not be assessed ---- */

static void write_cell(FILE *stream, const char *text)
{
	fputs("<td>", stream);
	xml_text_write(stream, text ? text : "");
	fputs("</td>", stream);
}

struct listing {
	FILE *stream;
	size_t count;
};

static void write_account(const struct row *account, FILE *stream)
{
	fprintf(stream, "<td>%s ", account->id);
	xml_text_write(stream, account->name);
	fputs("</td>", stream);
}

/* The number of rows that a list leaves out. */
static void end_list(const struct matrix *matrix, const struct listing *listing)
{
	if (listing->count == 0)
		return;
	fputs("</tbody>\n</table>\n</div>\n", listing->stream);
	if (listing->count > MAX_LISTED)
		fprintf(listing->stream,
			"<p>... and %zu more: <code>neptune-scan report --run %s --report "
			"csv=FILE</code></p>\n",
			listing->count - MAX_LISTED, matrix->run.id);
	fputs("</section>\n", listing->stream);
}

static void write_cause(void *userdata, const struct cause *cause)
{
	struct listing *listing = userdata;
	FILE *stream = listing->stream;

	if (listing->count++ >= MAX_LISTED)
		return;
	if (listing->count == 1)
		fputs("<section id=\"not-assessed\">\n<h2>Not assessed</h2>\n<div class=\"scroll\">\n<table "
		      "class=\"plain\">\n<thead>"
		      "<tr><th scope=\"col\">State</th><th scope=\"col\">Account</th>"
		      "<th scope=\"col\">Regions</th>"
		      "<th scope=\"col\">Reason</th></tr></thead>\n<tbody>\n",
		      stream);
	fputs("<tr><td>", stream);
	cause_write_state(cause, stream);
	fputs("</td>", stream);
	write_account(cause->first.account, stream);
	fputs("<td>", stream);
	cause_write_regions(cause, stream);
	fputs("</td>", stream);
	write_cell(stream, cause->first.reason);
	fputs("</tr>\n", stream);
}

static void write_unassessed(const struct matrix *matrix, FILE *stream)
{
	struct listing listing = {stream, 0};

	walk_causes(matrix, write_cause, &listing);
	end_list(matrix, &listing);
}

static void write_account_note(void *userdata, const struct note *note)
{
	struct listing *listing = userdata;

	if (!note->account || listing->count++ >= MAX_LISTED)
		return;
	if (listing->count == 1)
		fputs("<section id=\"notes\">\n<h2>Notes on accounts</h2>\n<div class=\"scroll\">\n<table "
		      "class=\"plain\">\n<thead>"
		      "<tr><th scope=\"col\">Account</th><th scope=\"col\">Note</th></tr></thead>\n<tbody>\n",
		      listing->stream);
	fputs("<tr>", listing->stream);
	write_account(note->account, listing->stream);
	write_cell(listing->stream, note->text);
	fputs("</tr>\n", listing->stream);
}

static void write_account_notes(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_account_note};
	struct listing listing = {output->stream, 0};

	walk_records(matrix, output, &callbacks, &listing);
	end_list(matrix, &listing);
}

/* ---- exceptions and history ---- */

static void write_exceptions(const struct matrix *matrix, FILE *stream)
{
	const struct exceptions *exceptions = matrix->run.exceptions;

	if (!exceptions || exceptions->count == 0)
		return;
	fputs("<section id=\"exceptions\">\n<h2>Exceptions</h2>\n<div class=\"scroll\">\n<table "
	      "class=\"plain\">\n<thead><tr>"
	      "<th scope=\"col\">State</th><th scope=\"col\">Name</th><th scope=\"col\">Control</th>"
	      "<th scope=\"col\">Findings</th><th scope=\"col\">Owner</th><th scope=\"col\">Reason</th>"
	      "<th scope=\"col\">Ticket</th><th scope=\"col\">Ends</th></tr></thead>\n<tbody>\n",
	      stream);
	for (size_t i = 0; i < exceptions->count; i++) {
		const struct exception *exception = &exceptions->items[i];

		fputs("<tr>", stream);
		write_cell(stream, exception_state(exception));
		write_cell(stream, exception->name);
		write_cell(stream, exception->control);
		fprintf(stream, "<td>%zu</td>", exception->findings);
		write_cell(stream, exception->owner);
		write_cell(stream, exception->reason);
		write_cell(stream, exception->ticket);
		write_cell(stream, exception->expires);
		fputs("</tr>\n", stream);
	}
	fputs("</tbody>\n</table>\n</div>\n</section>\n", stream);
}

static int64_t value_of(const struct history_entry *entry, bool blind)
{
	return blind ? entry->blind : entry->failing;
}

static void write_line(const struct run *run, bool blind, int64_t max, FILE *stream)
{
	fprintf(stream, "<polyline class=\"%s\" points=\"", blind ? "blind" : "fails");
	for (size_t i = 0; i < run->history_length; i++)
		fprintf(stream, "%s%.1f,%.1f", i ? " " : "",
			CHART_LEFT +
				(double)i * (CHART_WIDTH - CHART_LEFT - 8) / (double)(run->history_length - 1),
			CHART_HEIGHT - CHART_BOTTOM -
				(double)value_of(&run->history[i], blind) * (CHART_HEIGHT - CHART_BOTTOM - 12) /
					(double)max);
	fputs("\"/>\n", stream);
}

static void write_trend(const struct matrix *matrix, FILE *stream)
{
	const struct run *run = &matrix->run;
	char first[CLOCK_DAY_SIZE], last[CLOCK_DAY_SIZE];
	int64_t max = 1;

	if (run->history_length < 2)
		return;
	for (size_t i = 0; i < run->history_length; i++) {
		max = run->history[i].failing > max ? run->history[i].failing : max;
		max = run->history[i].blind > max ? run->history[i].blind : max;
	}
	clock_format_day(run->history[0].started, first);
	clock_format_day(run->history[run->history_length - 1].started, last);
	fprintf(stream,
		"<section>\n<h2>From run to run</h2>\n<p class=\"quiet\">Failing resources (solid) and blind "
		"cells (dashed) of the last %zu runs.</p>\n<svg class=\"chart\" viewBox=\"0 0 %d %d\" "
		"role=\"img\" "
		"aria-label=\"Failing resources went from %lld to %lld, blind cells from %lld to %lld.\">\n"
		"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n<text x=\"0\" y=\"16\">%lld</text>"
		"<text x=\"0\" y=\"%d\">0</text>\n<text x=\"%d\" y=\"%d\">%s</text>"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
		run->history_length, CHART_WIDTH, CHART_HEIGHT, (long long)run->history[0].failing,
		(long long)run->history[run->history_length - 1].failing, (long long)run->history[0].blind,
		(long long)run->history[run->history_length - 1].blind, CHART_LEFT, CHART_HEIGHT - CHART_BOTTOM,
		CHART_WIDTH, CHART_HEIGHT - CHART_BOTTOM, (long long)max, CHART_HEIGHT - CHART_BOTTOM,
		CHART_LEFT, CHART_HEIGHT - 6, first, CHART_WIDTH, CHART_HEIGHT - 6, last);
	write_line(run, false, max, stream);
	write_line(run, true, max, stream);
	fputs("</svg>\n</section>\n", stream);
}

/* ---- data ---- */

/* Replaces characters that are not visible by "?". */
static void append_shown(struct buffer *shown, const char *text)
{
	while (*text) {
		bool is_shown;
		size_t length = utf8_next(text, &is_shown);

		buffer_append(shown, is_shown ? text : "?", is_shown ? length : 1);
		text += length;
	}
}

/* As append_shown; NULL becomes null. */
static void put_shown(struct json_writer *json, const char *name, const char *text)
{
	struct buffer shown = {0};

	if (!text) {
		json_put_null(json, name);
		return;
	}
	append_shown(&shown, text);
	json_put_buffer(json, name, &shown);
}

/* Texts that may occur thousands of times; the page stores each once. */
struct texts {
	json_t *numbers, *list; /* text -> index in `list` */
};

static void put_place(struct json_writer *json, struct texts *texts, const char *name, const char *text)
{
	struct buffer shown = {0};
	json_t *place;

	append_shown(&shown, text ? text : "");
	buffer_text(&shown, "");
	place = shown.failed ? NULL : json_object_get(texts->numbers, shown.at);
	if (!shown.failed && !place) {
		place = json_integer((json_int_t)json_array_size(texts->list));
		json_object_set_new(texts->numbers, shown.at, place);
		json_array_append_new(texts->list, json_string(shown.at));
	}
	json_put_number(json, name, json_integer_value(place));
	json->text->failed = json->text->failed || shown.failed;
	buffer_free(&shown);
}

/* Escapes every "<", so that no text can end the script element. */
static void write_safely(struct json_stream *out)
{
	const struct buffer *text = &out->text;

	for (size_t i = 0; !text->failed && i < text->length; i++)
		if (text->at[i] == '<' || text->at[i] == '>' || text->at[i] == '&')
			fprintf(out->stream, "\\u%04x", (unsigned)text->at[i]);
		else
			fputc(text->at[i], out->stream);
	if (!text->failed)
		buffer_clear(&out->text);
}

static void put_states(struct json_writer *json)
{
	json_open_list(json, "states");
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++) {
		const struct cell_state_facts *facts = cell_state_facts(state);
		const char mark[] = {facts->mark, '\0'};

		json_open_object(json, NULL);
		json_put_text(json, "name", facts->name);
		json_put_text(json, "mark", mark);
		json_put_bool(json, "looked", facts->looked_at);
		json_put_number(json, "rank", facts->rank);
		json_put_text(json, "meaning", facts->meaning);
		json_close_object(json);
	}
	json_close_list(json);
}

static void put_lists(const struct matrix *matrix, struct json_writer *json)
{
	put_states(json);
	json_open_list(json, "controls");
	for (const struct control **control = matrix->selected; *control; control++) {
		json_open_object(json, NULL);
		json_put_text(json, "id", (*control)->id);
		json_put_text(json, "title", (*control)->title);
		json_put_text(json, "severity", severity_name((*control)->severity));
		json_close_object(json);
	}
	json_close_list(json);
	json_open_list(json, "kinds");
	for (enum resource_kind kind = 0; kind < RESOURCE_KINDS; kind++)
		json_put_text(json, NULL, resource_kind_name(kind));
	json_close_list(json);
	json_open_list(json, "regions");
	for (size_t column = 0; column < matrix->column_count; column++)
		json_put_text(json, NULL, matrix->columns[column].region);
	json_close_list(json);
}

/* With several organizations, the OU begins with the account's organization, for filters and sorting. */
static void put_unit(struct json_writer *json, const struct row *account, bool several)
{
	struct buffer unit = {0};

	if (!account->organization || !several) {
		put_shown(json, "ou", account->ou);
		return;
	}
	buffer_texts(&unit, "/", account->organization, account->ou && account->ou[1] ? account->ou : "", NULL);
	put_shown(json, "ou", unit.at);
	json->text->failed = json->text->failed || unit.failed;
	buffer_free(&unit);
}

/* Cells that were assessed only in part: the column, and the letter of the unassessed part. */
static void put_parts(struct json_writer *json, const struct matrix *matrix, size_t row)
{
	bool any = false;

	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct cell_summary cell = matrix_cell(matrix, row, column);
		const char mark[] = {cell_state_facts((enum cell_state)cell.state_without_failures)->mark,
				     '\0'};
		char name[24];

		if (cell.complete || !cell_state_facts((enum cell_state)cell.state)->looked_at)
			continue;
		if (!any)
			json_open_object(json, "parts");
		snprintf(name, sizeof name, "%zu", column);
		json_put_text(json, name, mark);
		any = true;
	}
	if (any)
		json_close_object(json);
}

/* A letter for each cell. */
static void put_cells(struct json_writer *json, const struct matrix *matrix, size_t row)
{
	struct buffer cells = {0};

	for (size_t column = 0; column < matrix->column_count; column++)
		buffer_append(&cells,
			      &cell_state_facts((enum cell_state)matrix_cell(matrix, row, column).state)->mark,
			      1);
	json_put_buffer(json, "cells", &cells);
}

static void write_accounts(const struct matrix *matrix, struct json_stream *out)
{
	bool several = matrix_has_several_organizations(matrix);
	struct json_writer *json = &out->json;

	json_break_line(json);
	json_open_list(json, "accounts");
	for (size_t row = 0; row < matrix->row_count; row++) {
		const struct row *account = &matrix->rows[row];

		json_break_line(json);
		json_open_object(json, NULL);
		put_shown(json, "id", account->id);
		put_shown(json, "name", account->name);
		put_unit(json, account, several);
		put_shown(json, "reason", account->default_state == CELL_DISABLED ? NULL : account->reason);
		put_shown(json, "note", account->note);
		put_parts(json, matrix, row);
		put_cells(json, matrix, row);
		json_close_object(json);
		write_safely(out);
	}
	json_close_list(json);
}

static void put_evidence(struct json_writer *json, struct texts *texts, const struct finding *finding)
{
	struct buffer text = {0};

	for (const struct pair *pair = finding->evidence; pair; pair = pair->next)
		buffer_texts(&text, text.length ? ", " : "", pair->name, " = ",
			     pair->value ? pair->value : "(absent)", NULL);
	put_place(json, texts, NULL, text.at);
	json->text->failed = json->text->failed || text.failed;
	buffer_free(&text);
}

static int64_t number_of(const struct matrix *matrix, const struct control *control)
{
	int64_t number = 0;

	while (matrix->selected[number] && matrix->selected[number] != control)
		number++;
	return number;
}

static void put_finding(struct json_writer *json, const struct matrix *matrix, struct texts *texts,
			const struct finding *finding)
{
	json_open_list(json, NULL);
	json_put_number(json, NULL, number_of(matrix, finding->control));
	json_put_number(json, NULL, finding->verdict);
	put_place(json, texts, NULL, finding->reason);
	put_evidence(json, texts, finding);
	put_place(json, texts, NULL, finding->request_id);
	if (finding->exception)
		put_place(json, texts, NULL, finding->exception);
	else
		json_put_null(json, NULL);
	json_close_list(json);
}

/* A key may have thousands of users; only the first are listed. */
static void put_relations(struct json_writer *json, const struct resource *resource)
{
	enum { ENOUGH = 250 /* bytes */ };
	const struct relation *relation = resource->relations;
	struct buffer text = {0};

	if (!relation)
		return;
	for (; relation && text.length < ENOUGH; relation = relation->next)
		buffer_texts(&text, text.length ? ", " : "", relation->role, " ", relation->target, NULL);
	if (relation)
		buffer_text(&text, " ...");
	put_shown(json, "relations", text.at);
	json->text->failed = json->text->failed || text.failed;
	buffer_free(&text);
}

static void open_resource(struct json_writer *json, const struct resource *resource)
{
	json_open_object(json, NULL);
	json_put_number(json, "kind", resource->kind);
	put_shown(json, "id", resource->id);
	put_shown(json, "arn", resource->arn);
	put_relations(json, resource);
	json_open_list(json, "findings");
}

static void close_resource(struct json_writer *json)
{
	json_close_list(json);
	json_close_object(json);
}

/*
 * All of the cell's resources, or those that do not pass. Returns the number of findings that were left out.
 */
static int64_t put_resources(struct json_writer *json, const struct matrix *matrix, struct texts *texts,
			     const struct finding *finding, bool all)
{
	const struct resource *before = NULL;
	int64_t passing = 0;

	for (; finding; finding = finding->next) {
		if (!all && finding->verdict == VERDICT_PASS) {
			passing++;
			continue;
		}
		if (!before)
			json_open_list(json, "resources");
		else if (before != finding->resource)
			close_resource(json);
		if (before != finding->resource)
			open_resource(json, finding->resource);
		before = finding->resource;
		put_finding(json, matrix, texts, finding);
	}
	if (before) {
		close_resource(json);
		json_close_list(json);
	}
	return passing;
}

/* The details that the page shows for a cell. */
static void put_detail(struct json_writer *json, const struct matrix *matrix, struct texts *texts, size_t row,
		       size_t column, bool all)
{
	const struct cell_record cell = matrix_details_of(matrix, row, column);
	bool has_reason = cell.reason && cell.state != CELL_DISABLED;
	int64_t passing;

	if (has_reason)
		put_place(json, texts, "reason", cell.reason);
	passing = put_resources(json, matrix, texts, cell.findings, all);
	if (passing > 0)
		json_put_number(json, "passing", passing);
	if (cell.request_id && (has_reason || cell.findings))
		put_shown(json, "request", cell.request_id);
}

/* False: the cell has nothing beyond its letter. */
static bool has_detail(const struct matrix *matrix, size_t row, size_t column)
{
	const struct cell_summary cell = matrix_cell(matrix, row, column);

	return cell.recorded && (cell.resources > 0 || !cell.complete);
}

static size_t count_findings(const struct matrix *matrix)
{
	size_t controls_of_a_resource = 0, resources = matrix_totals(matrix).resources;

	while (matrix->selected[controls_of_a_resource])
		controls_of_a_resource++;
	return resources * (controls_of_a_resource < 4 ? controls_of_a_resource : 4);
}

static void write_details(const struct matrix *matrix, struct texts *texts, struct json_stream *out)
{
	bool all = count_findings(matrix) <= MAX_FINDINGS;
	struct json_writer *json = &out->json;

	json_break_line(json);
	json_open_object(json, "details");
	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t column = 0; column < matrix->column_count; column++) {
			char name[48];

			if (!has_detail(matrix, row, column))
				continue;
			snprintf(name, sizeof name, "%zu,%zu", row, column);
			json_break_line(json);
			json_open_object(json, name);
			put_detail(json, matrix, texts, row, column, all);
			json_close_object(json);
			write_safely(out);
		}
	}
	json_close_object(json);
}

static void put_texts(struct json_writer *json, const struct texts *texts)
{
	size_t i;
	json_t *text;

	json_break_line(json);
	json_open_list(json, "texts");
	json_array_foreach(texts->list, i, text) json_put_text(json, NULL, json_string_value(text));
	json_close_list(json);
}

static bool write_data(const struct matrix *matrix, FILE *stream)
{
	struct texts texts = {json_object(), json_array()};
	struct json_stream out;
	bool is_whole;

	fputs("<script type=\"application/json\" id=\"data\">", stream);
	json_stream_open(&out, stream);
	json_open_object(&out.json, NULL);
	put_lists(matrix, &out.json);
	write_accounts(matrix, &out);
	write_details(matrix, &texts, &out);
	put_texts(&out.json, &texts);
	json_close_object(&out.json);
	write_safely(&out);
	is_whole = json_stream_close(&out);
	fputs("</script>\n", stream);
	json_decref(texts.numbers);
	json_decref(texts.list);
	return is_whole;
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	struct totals totals = matrix_totals(matrix);
	FILE *stream = output->stream;
	bool is_whole;

	write_head(matrix, stream);
	write_top(matrix, &totals, stream);
	write_matrix(&totals, stream);
	write_unassessed(matrix, stream);
	write_account_notes(matrix, output);
	write_exceptions(matrix, stream);
	write_trend(matrix, stream);
	is_whole = html_controls_write(matrix, stream);
	fputs("</main>\n", stream);
	is_whole = write_data(matrix, stream) && is_whole;
	fprintf(stream, "<script>%s</script>\n</body>\n</html>\n", html_page_js);
	return is_whole && !json_oom_guard_failed();
}

const struct report_format report_html = {
	.name = "html",
	.description = "one page for a browser: verdict, matrix, evidence, exceptions, trend",
	.write = write,
};
