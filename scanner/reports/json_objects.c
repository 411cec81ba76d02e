#include "scanner/reports/json_objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "scanner/matrix/json_text.h"
#include "scanner/matrix/memory_watch.h"
#include "scanner/version.h"

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
		memory_watch_fail();
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

/* NULL: there was no such moment. */
static const char *iso_of(int64_t seconds, char iso[static CLOCK_ISO_SIZE])
{
	if (seconds == 0)
		return NULL;
	clock_format_iso(seconds, iso);
	return iso;
}

static json_t *instant(int64_t seconds)
{
	char iso[CLOCK_ISO_SIZE];

	return json_text(iso_of(seconds, iso));
}

static json_t *count(uint64_t number)
{
	return json_integer((json_int_t)number);
}

static json_t *object_of_totals(const struct totals *totals)
{
	json_t *object = json_object();

	json_object_set_new(object, "accounts", count(totals->accounts));
	json_object_set_new(object, "regions", count(totals->regions));
	json_object_set_new(object, "cells", count(totals->cells));
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		json_object_set_new(object, cell_state_name(state), count(totals->by_state[state]));
	json_object_set_new(object, "resources", count(totals->resources));
	json_object_set_new(object, "failing_resources", count(totals->failing));
	json_object_set_new(object, "exempt_resources", count(totals->exempt));
	json_object_set_new(object, "unknown_findings", count(totals->unknown));
	json_object_set_new(object, "partly_assessed", count(totals->partly));
	return object;
}

static json_t *object_of_requests(const struct run *run)
{
	json_t *object = json_object(), *operations = json_object();

	json_object_set_new(object, "sent", count(run->sent));
	json_object_set_new(object, "retried", count(run->retried));
	json_object_set_new(object, "throttled", count(run->throttled));
	json_object_set_new(object, "connections", count(run->connections));
	json_object_set_new(object, "bytes_received", count(run->bytes_received));
	for (size_t i = 0; i < run->request_count; i++) {
		const struct request_count *one = &run->requests[i];
		json_t *counts = json_object();

		json_object_set_new(counts, "sent", count(one->sent));
		json_object_set_new(counts, "retried", count(one->retried));
		json_object_set_new(counts, "throttled", count(one->throttled));
		json_object_set_new(operations, one->operation, counts);
	}
	json_object_set_new(object, "operations", operations);
	return object;
}

json_t *json_object_of_run(const struct matrix *matrix)
{
	const struct run *run = &matrix->run;
	struct totals totals = matrix_totals(matrix);
	json_t *object = json_object();

	json_object_set_new(object, "id", json_text(run->id));
	json_object_set_new(object, "started", instant(run->started));
	json_object_set_new(object, "finished", instant(run->finished));
	json_object_set_new(object, "complete", json_boolean(totals.complete));
	json_object_set_new(object, "interrupted", json_text(run->interrupted));
	json_object_set_new(object, "note", json_text(run->note));
	json_object_set_new(object, "shard", json_text(run->shard));
	json_object_set_new(object, "partition", json_text(run->partition));
	json_object_set_new(object, "organization", json_text(run->organization));
	json_object_set_new(object, "management_account", json_text(run->management_account));
	json_object_set_new(object, "caller", json_text(run->caller));
	json_object_set_new(object, "tool",
			    json_pack("{s:s,s:s}", "name", "neptune-scan", "version", NEPTUNE_SCAN_VERSION));
	json_object_set_new(object, "totals", object_of_totals(&totals));
	json_object_set_new(object, "requests", object_of_requests(run));
	return object;
}

json_t *json_object_of_control(const struct control *control)
{
	json_t *object = json_object();

	json_object_set_new(object, "id", json_text(control->id));
	json_object_set_new(object, "title", json_text(control->title));
	json_object_set_new(object, "severity", json_text(severity_name(control->severity)));
	json_object_set_new(object, "references", json_references_of(control));
	return object;
}

json_t *json_object_of_account(const struct matrix *matrix, size_t row)
{
	const struct row *account = &matrix->rows[row];
	json_t *object = json_object();

	json_object_set_new(object, "id", json_text(account->id));
	json_object_set_new(object, "name", json_text(account->name));
	json_object_set_new(object, "ou", json_text(account->ou));
	json_object_set_new(object, "organization", json_text(account->organization));
	json_object_set_new(object, "status", json_text(account->status));
	json_object_set_new(object, "state", json_text(cell_state_name(matrix_row_state(matrix, row))));
	json_object_set_new(object, "reason",
			    account->rest == CELL_DISABLED ? json_null() : json_text(account->reason));
	json_object_set_new(object, "note", json_text(account->note));
	return object;
}

json_t *json_object_of_exception(const struct exception *exception)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_text(exception->name));
	json_object_set_new(object, "state", json_text(exception_state(exception)));
	json_object_set_new(object, "control", json_text(exception->control));
	json_object_set_new(object, "account", json_text(exception->account));
	json_object_set_new(object, "region", json_text(exception->region));
	json_object_set_new(object, "resource", json_text(exception->resource));
	json_object_set_new(object, "tag", json_text(exception->tag));
	json_object_set_new(object, "owner", json_text(exception->owner));
	json_object_set_new(object, "reason", json_text(exception->reason));
	json_object_set_new(object, "ticket", json_text(exception->ticket));
	json_object_set_new(object, "expires", json_text(exception->expires));
	json_object_set_new(object, "findings", count(exception->findings));
	return object;
}

/* ---- cells and findings, of which there are many ---- */

static void append_member(struct buffer *text, const char *name, const char *value)
{
	buffer_texts(text, ",\"", name, "\":", NULL);
	json_append_text(text, value);
}

static void append_instant(struct buffer *text, int64_t seconds)
{
	char iso[CLOCK_ISO_SIZE];

	append_member(text, "at", iso_of(seconds, iso));
}

void json_text_of_cell(struct buffer *text, const struct matrix *matrix, size_t row, size_t column)
{
	struct cell_record cell = matrix_details_of(matrix, row, column);

	buffer_text(text, "{\"account\":");
	json_append_text(text, matrix->rows[row].id);
	append_member(text, "region", matrix->columns[column].region);
	append_member(text, "state", cell_state_name(cell.state));
	buffer_print(text, ",\"complete\":%s,\"resources\":%u,\"failing\":%u,\"exempt\":%u",
		     cell.complete ? "true" : "false", cell.resources, cell.failing, cell.exempt);
	append_member(text, "reason", cell.reason);
	append_member(text, "request_id", cell.request_id);
	append_instant(text, cell.at);
	append_member(text, "unassessed", cell.complete ? NULL : cell_state_name(cell.beneath));
	buffer_text(text, "}");
}

static void append_resource(struct buffer *text, const struct resource *resource)
{
	buffer_text(text, ",\"resource\":{\"type\":");
	json_append_text(text, resource_kind_name(resource->kind));
	append_member(text, "id", resource->id);
	append_member(text, "arn", resource->arn);
	buffer_text(text, ",\"tags\":");
	json_text_pairs(text, resource->tags);
	buffer_text(text, ",\"relations\":");
	json_text_relations(text, resource->relations);
	buffer_text(text, "}");
}

void json_text_of_finding(struct buffer *text, const struct matrix *matrix, size_t row, size_t column,
			  const struct finding *finding)
{
	buffer_text(text, "{\"control\":");
	json_append_text(text, finding->control->id);
	append_member(text, "account", matrix->rows[row].id);
	append_member(text, "region", matrix->columns[column].region);
	append_resource(text, finding->resource);
	append_member(text, "verdict", verdict_name(finding->verdict));
	append_member(text, "severity", severity_name(finding->control->severity));
	append_member(text, "reason", finding->reason);
	buffer_text(text, ",\"evidence\":");
	json_text_pairs(text, finding->evidence);
	append_member(text, "exception", finding->exception);
	append_member(text, "request_id", finding->request_id);
	append_instant(text, finding->at);
	buffer_text(text, "}");
}

/* For the few that become a part of something else. */
static json_t *object_of_text(struct buffer *text)
{
	json_t *object = text->failed ? NULL : json_loadb(text->at, text->length, 0, NULL);

	if (!object)
		memory_watch_fail();
	buffer_free(text);
	return object;
}

json_t *json_object_of_cell(const struct matrix *matrix, size_t row, size_t column)
{
	struct buffer text = {0};

	json_text_of_cell(&text, matrix, row, column);
	return object_of_text(&text);
}

json_t *json_object_of_finding(const struct matrix *matrix, size_t row, size_t column,
			       const struct finding *finding)
{
	struct buffer text = {0};

	json_text_of_finding(&text, matrix, row, column, finding);
	return object_of_text(&text);
}

/* ---- writing ---- */

/* jansson hands out a few bytes at a time: nobody else writes to the stream, so it need not be locked for each.
 */
static int write_unlocked(const char *text, size_t length, void *stream)
{
	return fwrite_unlocked(text, 1, length, stream) == length ? 0 : -1;
}

void json_write_object(FILE *stream, json_t *object)
{
	json_dump_callback(object, write_unlocked, stream, JSON_COMPACT);
	json_decref(object);
}

void json_write_text(FILE *stream, struct buffer *text)
{
	if (text->failed)
		memory_watch_fail();
	else
		fwrite(text->at, 1, text->length, stream);
	buffer_clear(text);
}

void json_separate(FILE *stream, bool *first)
{
	fputs(*first ? "\n" : ",\n", stream);
	*first = false;
}

void json_print(json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(value);
}
