/*
 * json_objects.h - the objects of the report schema neptune-scan/report/1, and helpers for reports and
 * commands that write JSON.
 */
#ifndef SCANNER_REPORTS_JSON_OBJECTS_H
#define SCANNER_REPORTS_JSON_OBJECTS_H

#include <jansson.h>
#include <stdio.h>

#include "base/json_writer.h"
#include "scanner/matrix/conclusion.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/matrix.h"

#define REPORT_SCHEMA "neptune-scan/report/1"

/* ---- reports, object by object ---- */

/* A stream of JSON whose memory does not grow with the organization. It must not move while it is open. */
struct json_stream {
	struct json_writer json;
	struct buffer text; /* not written yet */
	FILE *stream;
};

void json_stream_open(struct json_stream *out, FILE *stream);
/* Writes what the buffer holds; called after each object. */
void json_stream_flush(struct json_stream *out);
/* Ends the line of a document. Another one may follow. */
void json_stream_end_line(struct json_stream *out);
/* False: out of memory; from then on nothing was written. */
bool json_stream_close(struct json_stream *out);

/* ---- members of an open object ---- */

void json_put_run_members(struct json_writer *json, const struct run *run, const struct conclusion *conclusion);
void json_put_control_members(struct json_writer *json, const struct control *control);
void json_put_account_members(struct json_writer *json, const struct matrix *matrix, size_t row);
void json_put_cell_members(struct json_writer *json, const struct matrix *matrix, size_t row, size_t column);
void json_put_exception_members(struct json_writer *json, const struct exception *exception);
void json_put_gap_members(struct json_writer *json, const struct matrix *matrix, const struct gap *gap);
void json_put_finding_members(struct json_writer *json, const struct matrix *matrix, size_t row, size_t column,
			      const struct finding *finding);
/* A list of texts. */
void json_put_references(struct json_writer *json, const char *name, const struct control *control);

/* ---- the same as trees, for commands that extend them ---- */

/* Each returns a new reference. */
json_t *json_object_of_account(const struct matrix *matrix, size_t row);
json_t *json_object_of_cell(const struct matrix *matrix, size_t row, size_t column);
json_t *json_object_of_exception(const struct exception *exception);
json_t *json_object_of_gap(const struct matrix *matrix, const struct gap *gap);
json_t *json_object_of_finding(const struct matrix *matrix, size_t row, size_t column,
			       const struct finding *finding);

/* NULL becomes null. Invalid UTF-8 becomes "?", because jansson refuses it, and with it the object. */
json_t *json_text(const char *text);
json_t *json_references_of(const struct control *control);
/* Writes the value indented, with invisible characters escaped. False: out of memory. */
bool json_write(FILE *stream, json_t *value);
/* Writes the value to standard output, and drops the reference. */
void json_print(json_t *value);

#endif
