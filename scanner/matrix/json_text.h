/*
 * json_text.h - what resources and findings hold, as members of JSON.
 */
#ifndef SCANNER_MATRIX_JSON_TEXT_H
#define SCANNER_MATRIX_JSON_TEXT_H

#include "base/json_writer.h"
#include "scanner/resources/resource.h"

/* {"name":"value",...}; NULL values as null. */
void json_put_pairs(struct json_writer *json, const char *name, const struct pair *pairs);
/* {"StorageEncrypted":"false",...}; what is NULL is left out. */
void json_put_values(struct json_writer *json, const char *name, const char *const values[ATTRIBUTE_COUNT]);
/* {"role":["target",...],...}, roles in the order of the first of each. */
void json_put_relations(struct json_writer *json, const char *name, const struct relation *relations);

#endif
