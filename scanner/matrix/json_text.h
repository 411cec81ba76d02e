/*
 * json_text.h - JSON as text, without a tree in between, for what there is much of: a scan writes two objects
 * for every finding, a report one for every cell.
 */
#ifndef SCANNER_MATRIX_JSON_TEXT_H
#define SCANNER_MATRIX_JSON_TEXT_H

#include "base/buffer.h"
#include "scanner/resources/resource.h"

/* {"name":"value",...}; NULL values as null. */
void json_text_pairs(struct buffer *text, const struct pair *pairs);
/* {"StorageEncrypted":"false",...}; what is NULL is left out. */
void json_text_values(struct buffer *text, const char *const values[ATTRIBUTE_COUNT]);
/* {"role":["target",...],...}, roles in the order of the first of each. */
void json_text_relations(struct buffer *text, const struct relation *relations);

#endif
