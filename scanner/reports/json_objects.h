/*
 * json_objects.h - the objects of the report schema neptune-scan/report/1, and what else reports and commands
 * that write JSON have in common.
 */
#ifndef SCANNER_REPORTS_JSON_OBJECTS_H
#define SCANNER_REPORTS_JSON_OBJECTS_H

#include <jansson.h>
#include <stdio.h>

#include "base/json_writer.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/matrix.h"

#define REPORT_SCHEMA "neptune-scan/report/1"

/* ---- reports, record by record ---- */

/* So that memory does not grow with the estate. It stays where it is while it is open. */
struct json_stream {
	struct json_writer json;
	struct buffer text; /* what is not written yet */
	FILE *stream;
};

void json_stream_open(struct json_stream *out, FILE *stream);
/* After each record: writes what there is of it. */
void json_stream_flush(struct json_stream *out);
/* Behind a whole document: ends its line. Another one may follow. */
void json_stream_end_line(struct json_stream *out);
/* False: there was no memory for a part of what was to be written, and nothing was written since. */
bool json_stream_close(struct json_stream *out);

/* ---- the members of an object that is open ---- */

void json_put_run_members(struct json_writer *json, const struct matrix *matrix);
void json_put_control_members(struct json_writer *json, const struct control *control);
void json_put_account_members(struct json_writer *json, const struct matrix *matrix, size_t row);
void json_put_cell_members(struct json_writer *json, const struct matrix *matrix, size_t row, size_t column);
void json_put_exception_members(struct json_writer *json, const struct exception *exception);
void json_put_finding_members(struct json_writer *json, const struct matrix *matrix, size_t row, size_t column,
			      const struct finding *finding);
/* A list of texts. */
void json_put_references(struct json_writer *json, const char *name, const struct control *control);

/* ---- the same as trees, for commands that add to them ---- */

/* Each returns a new reference. */
json_t *json_object_of_account(const struct matrix *matrix, size_t row);
json_t *json_object_of_cell(const struct matrix *matrix, size_t row, size_t column);
json_t *json_object_of_exception(const struct exception *exception);
json_t *json_object_of_finding(const struct matrix *matrix, size_t row, size_t column,
			       const struct finding *finding);

/* NULL as null. Malformed UTF-8 becomes "?": jansson refuses it, and the object around it. */
json_t *json_text(const char *text);
json_t *json_references_of(const struct control *control);
/* For people, too: on lines of its own, and harmless on a terminal. False: there was no memory for it. */
bool json_write(FILE *stream, json_t *value);
/* Writes it to standard output, for people too, and drops the reference. */
void json_print(json_t *value);

#endif
