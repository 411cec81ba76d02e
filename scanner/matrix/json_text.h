/*
 * json_text.h - writes resources and findings as members of JSON.
 */
#ifndef SCANNER_MATRIX_JSON_TEXT_H
#define SCANNER_MATRIX_JSON_TEXT_H

#include "base/json_writer.h"
#include "scanner/resources/resource.h"

/* {"name":"value",...}; NULL values as null. */
void json_put_pairs(struct json_writer *json, const char *name, const struct pair *pairs);
/* {"StorageEncrypted":"false",...}; absent values are left out. */
void json_put_values(struct json_writer *json, const char *name, const char *const values[ATTRIBUTE_COUNT]);
/* {"role":["target",...],...}, roles in the order of their first occurrence. */
void json_put_relations(struct json_writer *json, const char *name, const struct relation *relations);

#endif
