/*
 * One page that needs nothing else: styles, program and data stand in it, and a Content-Security-Policy that
 * names the digests of the first two lets nothing else run. The data is JSON in which every "<" is written as
 * an escape, so that no name can end it. Texts that occur often stand there once.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/memory_watch.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/unassessed.h"
#include "scanner/reports/xml_text.h"

enum {
	MAX_FINDINGS = 20000, /* beyond it, those that pass are counted only */
	MAX_LISTED = 200,
	CHART_WIDTH = 720,
	CHART_HEIGHT = 160,
	CHART_LEFT = 48,
	CHART_BOTTOM = 24,
};

extern const char html_page_css[], html_page_js[];

/* ---- the head ---- */

static void write_digest(const char *text, FILE *stream)
{
	unsigned char digest[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	if (EVP_Digest(text, strlen(text), digest, &size, EVP_sha256(), NULL) != 1)
		return; /* then nothing may run, and the page says so */
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

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void write_run_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	fprintf(stream, "<p><strong>%s:</strong> ", note_title(note));
	xml_text_write(stream, note->text);
	fputs("</p>\n", stream);
}

static void write_verdict(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	static const struct walk_callbacks run_notes = {.note = write_run_note};

	if (totals->failing > 0)
		fprintf(stream,
			"<p class=\"verdict\"><strong>FAIL</strong> %zu of %zu resource%s fail a "
			"control.</p>\n",
			totals->failing, totals->resources, plural(totals->resources));
	else if (totals->complete)
		fprintf(stream,
			"<p class=\"verdict good\"><strong>PASS</strong> none of %zu resource%s is known to "
			"fail a control.</p>\n",
			totals->resources, plural(totals->resources));
	if (!totals->complete) {
		fputs("<p class=\"verdict part\"><strong>INCOMPLETE</strong> ", stream);
		unassessed_write_conclusion(totals, stream);
		fputs(" " UNASSESSED_CONSEQUENCE "</p>\n", stream);
	}
	walk_run(matrix, &run_notes, stream);
	if (matrix->run.shard)
		fprintf(stream, "<p>Shard %s of the accounts: the others are left to other runs.</p>\n",
			matrix->run.shard);
}

static void write_figure(FILE *stream, const char *text, const char *value)
{
	fprintf(stream, "<li><b>%s</b><span>%s</span></li>\n", value, text);
}

/* Against the night before, where there is one: "+2 since the previous run". */
static void write_change(FILE *stream, const char *name, int64_t now, int64_t before)
{
	if (now != before)
		fprintf(stream, "%s %+lld", name, (long long)(now - before));
	else
		fprintf(stream, "%s unchanged", name);
}

/* Assessed cells of those in scope, in hundredths of a percent: rounded down, and all only where all are. */
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
	if (run->night_count > 1) {
		const struct night *before = &run->nights[run->night_count - 2];

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
	write_verdict(matrix, totals, stream);
	write_figures(matrix, totals, stream);
	fputs("</header>\n", stream);
}

/* ---- the matrix ---- */

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

/* ---- what could not be assessed ---- */

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

/* Below a list that is longer than what is shown of it. */
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

static int64_t value_of(const struct night *night, bool blind)
{
	return blind ? night->blind : night->failing;
}

static void write_line(const struct run *run, bool blind, int64_t most, FILE *stream)
{
	fprintf(stream, "<polyline class=\"%s\" points=\"", blind ? "blind" : "fails");
	for (size_t i = 0; i < run->night_count; i++)
		fprintf(stream, "%s%.1f,%.1f", i ? " " : "",
			CHART_LEFT +
				(double)i * (CHART_WIDTH - CHART_LEFT - 8) / (double)(run->night_count - 1),
			CHART_HEIGHT - CHART_BOTTOM -
				(double)value_of(&run->nights[i], blind) * (CHART_HEIGHT - CHART_BOTTOM - 12) /
					(double)most);
	fputs("\"/>\n", stream);
}

static void write_trend(const struct matrix *matrix, FILE *stream)
{
	const struct run *run = &matrix->run;
	char first[CLOCK_DAY_SIZE], last[CLOCK_DAY_SIZE];
	int64_t most = 1;

	if (run->night_count < 2)
		return;
	for (size_t i = 0; i < run->night_count; i++) {
		most = run->nights[i].failing > most ? run->nights[i].failing : most;
		most = run->nights[i].blind > most ? run->nights[i].blind : most;
	}
	clock_format_day(run->nights[0].started, first);
	clock_format_day(run->nights[run->night_count - 1].started, last);
	fprintf(stream,
		"<section>\n<h2>From run to run</h2>\n<p class=\"quiet\">Failing resources (solid) and blind "
		"cells (dashed) of the last %zu runs.</p>\n<svg class=\"chart\" viewBox=\"0 0 %d %d\" "
		"role=\"img\" "
		"aria-label=\"Failing resources went from %lld to %lld, blind cells from %lld to %lld.\">\n"
		"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n<text x=\"0\" y=\"16\">%lld</text>"
		"<text x=\"0\" y=\"%d\">0</text>\n<text x=\"%d\" y=\"%d\">%s</text>"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
		run->night_count, CHART_WIDTH, CHART_HEIGHT, (long long)run->nights[0].failing,
		(long long)run->nights[run->night_count - 1].failing, (long long)run->nights[0].blind,
		(long long)run->nights[run->night_count - 1].blind, CHART_LEFT, CHART_HEIGHT - CHART_BOTTOM,
		CHART_WIDTH, CHART_HEIGHT - CHART_BOTTOM, (long long)most, CHART_HEIGHT - CHART_BOTTOM,
		CHART_LEFT, CHART_HEIGHT - 6, first, CHART_WIDTH, CHART_HEIGHT - 6, last);
	write_line(run, false, most, stream);
	write_line(run, true, most, stream);
	fputs("</svg>\n</section>\n", stream);
}

/* ---- the data ---- */

/* The page shows it, as the other parts do: "?" for what is not shown. NULL is null. */
static json_t *shown_text(const char *text)
{
	struct buffer shown = {0};
	json_t *string;

	if (!text)
		return json_null();
	while (*text) {
		bool is_shown;
		size_t length = utf8_next(text, &is_shown);

		buffer_append(&shown, is_shown ? text : "?", is_shown ? length : 1);
		text += length;
	}
	string = shown.failed ? NULL : json_stringn(shown.at ? shown.at : "", shown.length);
	if (!string)
		memory_watch_fail();
	buffer_free(&shown);
	return string;
}

struct texts {
	json_t *numbers, *list; /* text -> its place in the list */
};

/* Where the text stands in the list. */
static json_t *place_of(struct texts *texts, const char *text)
{
	json_t *string = shown_text(text ? text : "");
	const char *key = json_string_value(string);
	json_t *place = key ? json_incref(json_object_get(texts->numbers, key)) : NULL;

	if (key && !place) {
		place = json_integer((json_int_t)json_array_size(texts->list));
		json_object_set(texts->numbers, key, place);
		json_array_append(texts->list, string);
	}
	json_decref(string);
	return place;
}

static int write_safely(const char *text, size_t length, void *stream)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '<' || text[i] == '>' || text[i] == '&')
			fprintf(stream, "\\u%04x", (unsigned)text[i]);
		else
			fputc(text[i], stream);
	return 0;
}

/* Drops the reference. */
static void write_json(json_t *value, FILE *stream)
{
	json_dump_callback(value, write_safely, stream, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(value);
}

static json_t *states_of_all(void)
{
	json_t *list = json_array();

	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++) {
		const struct cell_state_facts *facts = cell_state_facts(state);
		const char mark[] = {facts->mark, '\0'};

		json_array_append_new(list, json_pack("{s:s,s:s,s:b,s:i,s:s}", "name", facts->name, "mark",
						      mark, "looked", facts->looked_at, "rank", facts->rank,
						      "meaning", facts->meaning));
	}
	return list;
}

static void write_lists(const struct matrix *matrix, FILE *stream)
{
	json_t *selected = json_array(), *kinds = json_array(), *regions = json_array();

	for (const struct control **control = matrix->selected; *control; control++)
		json_array_append_new(selected, json_pack("{s:s,s:s,s:s}", "id", (*control)->id, "title",
							  (*control)->title, "severity",
							  severity_name((*control)->severity)));
	for (enum resource_kind kind = 0; kind < RESOURCE_KINDS; kind++)
		json_array_append_new(kinds, json_string(resource_kind_name(kind)));
	for (size_t column = 0; column < matrix->column_count; column++)
		json_array_append_new(regions, json_string(matrix->columns[column].region));
	fputs("{\"states\":", stream);
	write_json(states_of_all(), stream);
	fputs(",\"controls\":", stream);
	write_json(selected, stream);
	fputs(",\"kinds\":", stream);
	write_json(kinds, stream);
	fputs(",\"regions\":", stream);
	write_json(regions, stream);
}

enum { PLACE_SIZE = 512 };

/* Of several organizations, the unit begins with the account's: so they can be filtered and sorted by it. */
static const char *unit_of(const struct row *account, bool several, char place[static PLACE_SIZE])
{
	if (!account->organization || !several)
		return account->ou;
	snprintf(place, PLACE_SIZE, "/%s%s", account->organization,
		 account->ou && account->ou[1] ? account->ou : "");
	return place;
}

/* Cells that were assessed only in part: the column, and the letter of what could not be. */
static void write_parts(const struct matrix *matrix, size_t row, FILE *stream)
{
	bool any = false;

	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct cell_summary cell = matrix_cell(matrix, row, column);

		if (cell.complete || !cell_state_facts((enum cell_state)cell.state)->looked_at)
			continue;
		fprintf(stream, "%s\"%zu\":\"%c\"", any ? "," : "\"parts\":{", column,
			cell_state_facts((enum cell_state)cell.beneath)->mark);
		any = true;
	}
	if (any)
		fputs("},", stream);
}

static void write_accounts(const struct matrix *matrix, FILE *stream)
{
	bool several = matrix_has_several_organizations(matrix);

	fputs(",\n\"accounts\":[", stream);
	for (size_t row = 0; row < matrix->row_count; row++) {
		const struct row *account = &matrix->rows[row];
		char place[PLACE_SIZE];
		const char *const members[][2] = {
			{"id", account->id},
			{"name", account->name},
			{"ou", unit_of(account, several, place)},
			{"reason", account->rest == CELL_DISABLED ? NULL : account->reason},
			{"note", account->note}};

		fprintf(stream, "%s{", row ? ",\n" : "\n");
		for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
			fprintf(stream, "\"%s\":", members[i][0]);
			write_json(shown_text(members[i][1]), stream);
			fputc(',', stream);
		}
		write_parts(matrix, row, stream);
		fputs("\"cells\":\"", stream); /* a letter each */
		for (size_t column = 0; column < matrix->column_count; column++)
			fputc(cell_state_facts((enum cell_state)matrix_cell(matrix, row, column).state)->mark,
			      stream);
		fputs("\"}", stream);
	}
	fputs("]", stream);
}

static json_t *place_of_evidence(struct texts *texts, const struct finding *finding)
{
	char text[1200] = "";
	size_t used = 0;

	for (const struct pair *pair = finding->evidence; pair && used < sizeof text; pair = pair->next)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s = %s", used ? ", " : "",
					 pair->name, pair->value ? pair->value : "(absent)");
	return place_of(texts, text);
}

static size_t number_of(const struct matrix *matrix, const struct control *control)
{
	size_t number = 0;

	while (matrix->selected[number] && matrix->selected[number] != control)
		number++;
	return number;
}

static json_t *finding_object(const struct matrix *matrix, struct texts *texts, const struct finding *finding)
{
	json_t *list = json_array();

	json_array_append_new(list, json_integer((json_int_t)number_of(matrix, finding->control)));
	json_array_append_new(list, json_integer(finding->verdict));
	json_array_append_new(list, place_of(texts, finding->reason));
	json_array_append_new(list, place_of_evidence(texts, finding));
	json_array_append_new(list, place_of(texts, finding->request_id));
	json_array_append_new(list, finding->exception ? place_of(texts, finding->exception) : json_null());
	return list;
}

static void add_relations(json_t *object, const struct resource *resource)
{
	char text[300] = "";
	size_t used = 0;

	/* A key may have thousands of users; the first are named. */
	for (const struct relation *relation = resource->relations; relation && used < sizeof text;
	     relation = relation->next)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s", used ? ", " : "",
					 relation->role, relation->target);
	if (used >= sizeof text)
		snprintf(text + sizeof text - 8, 8, " ...");
	if (used > 0)
		json_object_set_new(object, "relations", shown_text(text));
}

/* What the page opens: all of the cell's resources, or those that do not pass. */
static json_t *detail_of(const struct matrix *matrix, struct texts *texts, size_t row, size_t column, bool all)
{
	const struct cell_record cell = matrix_details_of(matrix, row, column);
	json_t *object = json_object(), *resources = json_array(), *findings = NULL;
	const struct resource *before = NULL;
	size_t passing = 0;

	if (cell.reason && cell.state != CELL_DISABLED)
		json_object_set_new(object, "reason", place_of(texts, cell.reason));
	for (const struct finding *finding = cell.findings; finding; finding = finding->next) {
		if (!all && finding->verdict == VERDICT_PASS) {
			passing++;
			continue;
		}
		if (finding->resource != before) {
			json_t *resource = json_object();

			before = finding->resource;
			findings = json_array();
			json_object_set_new(resource, "kind", json_integer(before->kind));
			json_object_set_new(resource, "id", shown_text(before->id));
			json_object_set_new(resource, "arn", shown_text(before->arn));
			add_relations(resource, before);
			json_object_set_new(resource, "findings", findings);
			json_array_append_new(resources, resource);
		}
		json_array_append_new(findings, finding_object(matrix, texts, finding));
	}
	if (passing > 0)
		json_object_set_new(object, "passing", json_integer((json_int_t)passing));
	if (json_array_size(resources) > 0)
		json_object_set(object, "resources", resources);
	json_decref(resources);
	if (cell.request_id && json_object_size(object) > 0)
		json_object_set_new(object, "request", json_string(cell.request_id));
	return object;
}

/* Of cells that say no more than their letter, nothing. */
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

static void write_details(const struct matrix *matrix, struct texts *texts, FILE *stream)
{
	bool all = count_findings(matrix) <= MAX_FINDINGS, first = true;

	fputs(",\n\"details\":{", stream);
	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t column = 0; column < matrix->column_count; column++) {
			if (!has_detail(matrix, row, column))
				continue;
			fprintf(stream, "%s\"%zu,%zu\":", first ? "\n" : ",\n", row, column);
			first = false;
			write_json(detail_of(matrix, texts, row, column, all), stream);
		}
	}
	fputs("}", stream);
}

static void write_data(const struct matrix *matrix, FILE *stream)
{
	struct texts texts = {json_object(), json_array()};

	fputs("<script type=\"application/json\" id=\"data\">", stream);
	write_lists(matrix, stream);
	write_accounts(matrix, stream);
	write_details(matrix, &texts, stream);
	fputs(",\n\"texts\":", stream);
	write_json(texts.list, stream);
	fputs("}</script>\n", stream);
	json_decref(texts.numbers);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	struct totals totals = matrix_totals(matrix);
	FILE *stream = output->stream;

	write_head(matrix, stream);
	write_top(matrix, &totals, stream);
	write_matrix(&totals, stream);
	write_unassessed(matrix, stream);
	write_account_notes(matrix, output);
	write_exceptions(matrix, stream);
	write_trend(matrix, stream);
	fputs("</main>\n", stream);
	write_data(matrix, stream);
	fprintf(stream, "<script>%s</script>\n</body>\n</html>\n", html_page_js);
}

const struct report_format report_html = {
	.name = "html",
	.description = "one page for a browser: verdict, matrix, evidence, exceptions, trend",
	.write = write,
};
