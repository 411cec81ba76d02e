#include "scanner/reports/json_objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/text.h"
#include "base/version.h"
#include "scanner/matrix/conclusion.h"
#include "scanner/matrix/gap_cells.h"
#include "scanner/matrix/json_text.h"
#include "scanner/reports/scope.h"

json_t *json_text(const char *text)
{
	json_t *string;
	char *copy;

	if (!text)
		return json_null();
	string = json_string(text);
	if (string)
		return string;
	copy = strdup(text);
	if (copy)
		string = json_string(text_repair(copy));
	if (!string)
		json_oom_guard_fail();
	free(copy);
	return string;
}

json_t *json_references_of(const struct control *control)
{
	json_t *list = json_array();

	for (const char *const *reference = control->references; *reference; reference++)
		json_array_append_new(list, json_string(*reference));
	return list;
}

/* ---- reports, object by object ---- */

void json_stream_open(struct json_stream *out, FILE *stream)
{
	*out = (struct json_stream){.stream = stream};
	out->json = json_writer_into(&out->text);
}

void json_stream_flush(struct json_stream *out)
{
	if (out->text.failed || out->text.length == 0)
		return;
	fwrite(out->text.at, 1, out->text.length, out->stream);
	buffer_clear(&out->text);
}

void json_stream_end_line(struct json_stream *out)
{
	buffer_append(&out->text, "\n", 1);
	json_stream_flush(out);
	out->json = json_writer_into(&out->text);
}

bool json_stream_close(struct json_stream *out)
{
	bool is_whole = !out->text.failed;

	json_stream_flush(out);
	buffer_deinit(&out->text);
	return is_whole;
}

/* ---- members ---- */

/* 0: null. */
static void put_time(struct json_writer *json, const char *name, int64_t seconds)
{
	char iso[CLOCK_ISO_SIZE];

	clock_format_iso(seconds, iso);
	json_put_text(json, name, seconds == 0 ? NULL : iso);
}

static void put_count(struct json_writer *json, const char *name, uint64_t count)
{
	json_put_number(json, name, (int64_t)count);
}

static void put_totals(struct json_writer *json, const struct totals *totals)
{
	json_open_object(json, "totals");
	put_count(json, "accounts", totals->accounts);
	put_count(json, "regions", totals->regions);
	put_count(json, "cells", totals->cells);
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		put_count(json, cell_state_name(state), totals->by_state[state]);
	put_count(json, "resources", totals->resources);
	put_count(json, "failing_resources", totals->failing);
	put_count(json, "exempt_resources", totals->exempt);
	put_count(json, "unknown_findings", totals->unknown);
	put_count(json, "partly_assessed", totals->partly);
	put_count(json, "accepted", totals->accepted);
	json_close_object(json);
}

static void put_conclusion(struct json_writer *json, const struct conclusion *conclusion)
{
	json_open_object(json, "conclusion");
	json_open_list(json, "words");
	for (enum conclusion_word word = 0; word < CONCLUSION_WORDS; word++)
		if (conclusion->holds[word])
			json_put_text(json, NULL, conclusion_word_name(word));
	json_close_list(json);
	json_open_list(json, "sentences");
	for (size_t i = 0; i < conclusion->sentence_count; i++)
		json_put_text(json, NULL, conclusion->sentences[i].text);
	json_close_list(json);
	json_put_number(json, "exit_code", conclusion->exit_code);
	json_close_object(json);
}

static void put_requests(struct json_writer *json, const struct run *run)
{
	json_open_object(json, "requests");
	put_count(json, "sent", run->sent);
	put_count(json, "retried", run->retried);
	put_count(json, "throttled", run->throttled);
	put_count(json, "connections", run->connections);
	put_count(json, "bytes_received", run->bytes_received);
	if (run->most_in_flight > 0)
		put_count(json, "most_in_flight", run->most_in_flight);
	else
		json_put_text(json, "most_in_flight", NULL); /* a run of an earlier version */
	json_open_object(json, "operations");
	for (size_t i = 0; i < run->request_count; i++) {
		const struct request_count *one = &run->requests[i];

		json_open_object(json, one->operation);
		put_count(json, "sent", one->sent);
		put_count(json, "retried", one->retried);
		put_count(json, "throttled", one->throttled);
		json_close_object(json);
	}
	json_close_object(json);
	json_close_object(json);
}

static void put_filter(struct json_writer *json, const struct run *run)
{
	struct buffer filter = {0};

	scope_say_filter(run, &filter);
	if (filter.length > 0 || filter.failed) {
		json_put_buffer(json, "filter", &filter);
		return;
	}
	json_put_text(json, "filter", NULL);
	buffer_deinit(&filter);
}

void json_put_run_members(struct json_writer *json, const struct run *run, const struct conclusion *conclusion)
{
	json_put_text(json, "id", run->id);
	put_time(json, "started", run->started);
	put_time(json, "finished", run->finished);
	json_put_bool(json, "complete", conclusion->totals.complete);
	json_put_text(json, "interrupted", run->interrupted);
	json_put_text(json, "note", run->note);
	put_filter(json, run);
	json_put_text(json, "shard", run->shard);
	json_put_text(json, "array", run->array);
	scope_put(json, "scope", run);
	json_put_text(json, "partition", run->partition);
	json_put_text(json, "organization", run->organization);
	json_put_text(json, "management_account", run->management_account);
	json_put_text(json, "caller", run->caller);
	json_open_object(json, "tool");
	json_put_text(json, "name", "neptune-scan");
	json_put_text(json, "version", NEPTUNE_SCAN_VERSION);
	json_close_object(json);
	put_conclusion(json, conclusion);
	put_totals(json, &conclusion->totals);
	put_requests(json, run);
}

void json_put_references(struct json_writer *json, const char *name, const struct control *control)
{
	json_open_list(json, name);
	for (const char *const *reference = control->references; *reference; reference++)
		json_put_text(json, NULL, *reference);
	json_close_list(json);
}

void json_put_control_members(struct json_writer *json, const struct control *control)
{
	json_put_text(json, "id", control->id);
	json_put_text(json, "title", control->title);
	json_put_text(json, "severity", severity_name(control->severity));
	json_put_references(json, "references", control);
}

void json_put_account_members(struct json_writer *json, const struct matrix *matrix, size_t row)
{
	const struct row *account = &matrix->rows[row];

	json_put_text(json, "id", account->id);
	json_put_text(json, "name", account->name);
	json_put_text(json, "ou", account->ou);
	json_put_text(json, "organization", account->organization);
	json_put_text(json, "status", account->status);
	json_put_text(json, "state", cell_state_name(matrix_row_state(matrix, row)));
	json_put_text(json, "reason", account->default_state == CELL_DISABLED ? NULL : account->reason);
	json_put_text(json, "note", account->note);
}

void json_put_exception_members(struct json_writer *json, const struct exception *exception)
{
	json_put_text(json, "name", exception->name);
	json_put_text(json, "state", exception_state(exception));
	json_put_text(json, "control", exception->control);
	json_put_text(json, "account", exception->account);
	json_put_text(json, "region", exception->region);
	json_put_text(json, "resource", exception->resource);
	json_put_text(json, "tag", exception->tag);
	json_put_text(json, "owner", exception->owner);
	json_put_text(json, "reason", exception->reason);
	json_put_text(json, "ticket", exception->ticket);
	json_put_text(json, "expires", exception->expires);
	put_count(json, "findings", exception->findings);
}

static void put_list(struct json_writer *json, const char *name, const char *list)
{
	struct span rest = span_of(list), item;

	json_open_list(json, name);
	while (*list && span_split(&rest, ',', &item)) {
		struct buffer text = {0};

		item = span_trim(item);
		buffer_append(&text, item.at, item.length);
		json_put_buffer(json, NULL, &text);
	}
	json_close_list(json);
}

/* Those of which the gap covers no cell. */
static void put_unneeded(struct json_writer *json, const char *name, const struct matrix *matrix,
			 const struct gap *gap,
			 void (*append)(const struct matrix *, const struct gap *, struct buffer *))
{
	struct buffer list = {0};

	append(matrix, gap, &list);
	put_list(json, name, list.at ? list.at : "");
	json->text->failed = json->text->failed || list.failed;
	buffer_deinit(&list);
}

void json_put_gap_members(struct json_writer *json, const struct matrix *matrix, const struct gap *gap)
{
	struct gap_tally tally;

	gap_count(matrix, gap, &tally);
	json_put_text(json, "name", gap->name);
	json_put_text(json, "state", gap_use(gap, &tally));
	json_put_text(json, "cell_state", gap->state);
	put_list(json, "regions", gap->regions);
	put_list(json, "accounts", gap->accounts);
	json_put_text(json, "owner", gap->owner);
	json_put_text(json, "reason", gap->reason);
	json_put_text(json, "ticket", gap->ticket);
	json_put_text(json, "expires", gap->expires);
	put_count(json, "cells", tally.covered);
	put_count(json, "assessed_cells", tally.assessed);
	put_count(json, "other_cells", tally.other);
	put_unneeded(json, "unneeded_regions", matrix, gap, gap_list_unneeded_regions);
	put_unneeded(json, "unneeded_accounts", matrix, gap, gap_list_unneeded_accounts);
}

void json_put_cell_members(struct json_writer *json, const struct matrix *matrix, size_t row, size_t column)
{
	struct cell_record cell = matrix_details_of(matrix, row, column);
	const struct gap *gap = gap_of_cell(matrix, row, column);

	json_put_text(json, "account", matrix->rows[row].id);
	json_put_text(json, "region", matrix->columns[column].region);
	json_put_text(json, "state", cell_state_name(cell.state));
	json_put_bool(json, "complete", cell.complete);
	put_count(json, "resources", cell.resources);
	put_count(json, "failing", cell.failing);
	put_count(json, "exempt", cell.exempt);
	json_put_text(json, "reason", cell.reason);
	json_put_text(json, "request_id", cell.request_id);
	put_time(json, "at", cell.at);
	json_put_text(json, "unassessed", cell.complete ? NULL : cell_state_name(cell.state_without_failures));
	json_put_text(json, "gap", gap ? gap->name : NULL);
}

static void put_resource(struct json_writer *json, const struct resource *resource)
{
	json_open_object(json, "resource");
	json_put_text(json, "type", resource_kind_name(resource->kind));
	json_put_text(json, "id", resource->id);
	json_put_text(json, "arn", resource->arn);
	json_put_pairs(json, "tags", resource->tags);
	json_put_relations(json, "relations", resource->relations);
	json_close_object(json);
}

void json_put_finding_members(struct json_writer *json, const struct matrix *matrix, size_t row, size_t column,
			      const struct finding *finding)
{
	json_put_text(json, "control", finding->control->id);
	json_put_text(json, "account", matrix->rows[row].id);
	json_put_text(json, "region", matrix->columns[column].region);
	put_resource(json, finding->resource);
	json_put_text(json, "verdict", verdict_name(finding->verdict));
	json_put_text(json, "severity", severity_name(finding->control->severity));
	json_put_text(json, "reason", finding->reason);
	json_put_pairs(json, "evidence", finding->evidence);
	json_put_text(json, "exception", finding->exception);
	json_put_text(json, "request_id", finding->request_id);
	put_time(json, "at", finding->at);
}

/* ---- trees ---- */

struct object_text {
	struct buffer text;
	struct json_writer json;
};

static void begin_object(struct object_text *object)
{
	*object = (struct object_text){0};
	object->json = json_writer_into(&object->text);
	json_open_object(&object->json, NULL);
}

static json_t *end_object(struct object_text *object)
{
	json_t *tree;

	json_close_object(&object->json);
	tree = object->text.failed ? NULL : json_loadb(object->text.at, object->text.length, 0, NULL);
	if (!tree)
		json_oom_guard_fail();
	buffer_deinit(&object->text);
	return tree;
}

json_t *json_object_of_account(const struct matrix *matrix, size_t row)
{
	struct object_text object;

	begin_object(&object);
	json_put_account_members(&object.json, matrix, row);
	return end_object(&object);
}

json_t *json_object_of_exception(const struct exception *exception)
{
	struct object_text object;

	begin_object(&object);
	json_put_exception_members(&object.json, exception);
	return end_object(&object);
}

json_t *json_object_of_gap(const struct matrix *matrix, const struct gap *gap)
{
	struct object_text object;

	begin_object(&object);
	json_put_gap_members(&object.json, matrix, gap);
	return end_object(&object);
}

json_t *json_object_of_cell(const struct matrix *matrix, size_t row, size_t column)
{
	struct object_text object;

	begin_object(&object);
	json_put_cell_members(&object.json, matrix, row, column);
	return end_object(&object);
}

json_t *json_object_of_finding(const struct matrix *matrix, size_t row, size_t column,
			       const struct finding *finding)
{
	struct object_text object;

	begin_object(&object);
	json_put_finding_members(&object.json, matrix, row, column, finding);
	return end_object(&object);
}

static int append_dumped(const char *bytes, size_t length, void *context)
{
	struct buffer *dumped = context;

	buffer_append(dumped, bytes, length);
	return dumped->failed ? -1 : 0;
}

/* jansson does not escape characters that a terminal would interpret or hide. */
bool json_write(FILE *stream, json_t *value)
{
	struct buffer dumped = {0}, text = {0};
	bool good =
		json_dump_callback(value, append_dumped, &dumped, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;

	if (good)
		json_append_shown(&text, dumped.at);
	good = good && !text.failed;
	if (good)
		fwrite(text.at, 1, text.length, stream);
	fputc('\n', stream);
	buffer_deinit(&text);
	buffer_deinit(&dumped);
	return good;
}

void json_print(json_t *value)
{
	if (!json_write(stdout, value))
		json_oom_guard_fail();
	json_decref(value);
}
