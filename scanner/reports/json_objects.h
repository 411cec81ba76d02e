/*
 * json_objects.h - the objects of the report schema neptune-scan/report/1, shared by json and jsonl.
 */
#ifndef SCANNER_REPORTS_JSON_OBJECTS_H
#define SCANNER_REPORTS_JSON_OBJECTS_H

#include <jansson.h>
#include <stdio.h>

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

/* Writes one object compactly, and drops the reference. */
void json_write_object(FILE *stream, json_t *object);

#endif
