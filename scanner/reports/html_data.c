/*
 * The data of the page's script is JSON with every "<" escaped, so that no name can end the script element.
 * Frequent texts are stored once.
 */
#include "scanner/reports/html_data.h"

#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/gap_cells.h"
#include "scanner/reports/json_objects.h"

enum { MAX_FINDINGS = 20000 /* above this, passing findings are only counted */ };

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
	buffer_deinit(&shown);
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

/* In the order of the run's list: cells name their gap by its position. */
static void put_gaps(const struct gaps *gaps, struct json_writer *json)
{
	json_open_list(json, "gaps");
	for (size_t i = 0; i < gaps->count; i++) {
		json_open_object(json, NULL);
		put_shown(json, "name", gaps->items[i].name);
		put_shown(json, "owner", gaps->items[i].owner);
		put_shown(json, "reason", gaps->items[i].reason);
		put_shown(json, "ticket", gaps->items[i].ticket);
		put_shown(json, "expires", gaps->items[i].expires);
		json_close_object(json);
	}
	json_close_list(json);
}

static void put_lists(const struct matrix *matrix, struct json_writer *json)
{
	put_states(json);
	if (matrix->run.exceptions && matrix->run.exceptions->gaps.count > 0)
		put_gaps(&matrix->run.exceptions->gaps, json);
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
	buffer_deinit(&unit);
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

static void put_gap_run(struct json_writer *json, const struct matrix *matrix, const struct gap *gap,
			size_t column, size_t count)
{
	json_open_list(json, NULL);
	json_put_number(json, NULL, (int64_t)column);
	json_put_number(json, NULL, (int64_t)count);
	json_put_number(json, NULL, gap - matrix->run.exceptions->gaps.items);
	json_close_list(json);
}

/* Cells in accepted gaps, as [column, number of columns, gap]: neighbours often lie in the same gap. */
static void put_gap_runs(struct json_writer *json, const struct matrix *matrix, size_t row)
{
	const struct gap *gap = NULL;
	bool any = false;
	size_t start = 0;

	for (size_t column = 0; column <= matrix->column_count; column++) {
		const struct gap *next =
			column < matrix->column_count ? gap_of_cell(matrix, row, column) : NULL;

		if (next == gap)
			continue;
		if (!any)
			json_open_list(json, "gaps");
		any = true;
		if (gap)
			put_gap_run(json, matrix, gap, start, column - start);
		gap = next;
		start = column;
	}
	if (any)
		json_close_list(json);
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
		put_gap_runs(json, matrix, row);
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
	buffer_deinit(&text);
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
	buffer_deinit(&text);
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

bool html_data_write(const struct matrix *matrix, FILE *stream)
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
