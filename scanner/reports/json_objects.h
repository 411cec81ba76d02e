/*
 * json_objects.h - the objects of the report schema neptune-scan/report/1, and what else reports and commands
 * that write JSON have in common.
 */
#ifndef SCANNER_REPORTS_JSON_OBJECTS_H
#define SCANNER_REPORTS_JSON_OBJECTS_H

#include <jansson.h>
#include <stdio.h>

#include "base/buffer.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/matrix.h"

#define REPORT_SCHEMA "neptune-scan/report/1"

/* Each returns a new reference. */
json_t *json_object_of_run(const struct matrix *matrix);
json_t *json_object_of_control(const struct control *control);
json_t *json_object_of_account(const struct matrix *matrix, size_t row);
json_t *json_object_of_cell(const struct matrix *matrix, size_t row, size_t column);
json_t *json_object_of_exception(const struct exception *exception);
json_t *json_object_of_finding(const struct matrix *matrix, size_t row, size_t column,
			       const struct finding *finding);

/* The same as text, appended. */
void json_text_of_cell(struct buffer *text, const struct matrix *matrix, size_t row, size_t column);
void json_text_of_finding(struct buffer *text, const struct matrix *matrix, size_t row, size_t column,
			  const struct finding *finding);

/* NULL as null. Malformed UTF-8 becomes "?": jansson refuses it, and the object around it. */
json_t *json_text(const char *text);
json_t *json_references_of(const struct control *control);

/* Writes one object compactly, and drops the reference. */
void json_write_object(FILE *stream, json_t *object);
/* Writes the text, and empties it; that there was no memory for it is told by memory_watch_failed. */
void json_write_text(FILE *stream, struct buffer *text);
/* Between the items of a list; each stands on a line of its own. */
void json_separate(FILE *stream, bool *first);
/* Writes it to standard output, for people too, and drops the reference. */
void json_print(json_t *value);

#endif
