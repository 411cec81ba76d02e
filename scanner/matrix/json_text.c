#include "scanner/matrix/json_text.h"

#include <string.h>

#include "base/json_writer.h"

void json_text_pairs(struct buffer *text, const struct pair *pairs)
{
	buffer_append(text, "{", 1);
	for (const struct pair *pair = pairs; pair; pair = pair->next) {
		json_append_text(text, pair->name);
		buffer_append(text, ":", 1);
		json_append_text(text, pair->value);
		if (pair->next)
			buffer_append(text, ",", 1);
	}
	buffer_append(text, "}", 1);
}

void json_text_values(struct buffer *text, const char *const values[ATTRIBUTE_COUNT])
{
	bool any = false;

	buffer_append(text, "{", 1);
	for (enum attribute attribute = 0; attribute < ATTRIBUTE_COUNT; attribute++) {
		if (!values[attribute])
			continue;
		if (any)
			buffer_append(text, ",", 1);
		any = true;
		json_append_text(text, attribute_name(attribute));
		buffer_append(text, ":", 1);
		json_append_text(text, values[attribute]);
	}
	buffer_append(text, "}", 1);
}

static bool is_first_of_role(const struct relation *relations, const struct relation *relation)
{
	while (relations != relation && strcmp(relations->role, relation->role) != 0)
		relations = relations->next;
	return relations == relation;
}

void json_text_relations(struct buffer *text, const struct relation *relations)
{
	bool any = false;

	buffer_append(text, "{", 1);
	for (const struct relation *first = relations; first; first = first->next) {
		if (!is_first_of_role(relations, first))
			continue;
		if (any)
			buffer_append(text, ",", 1);
		any = true;
		json_append_text(text, first->role);
		buffer_append(text, ":[", 2);
		for (const struct relation *one = first; one; one = one->next) {
			if (strcmp(one->role, first->role) != 0)
				continue;
			if (one != first)
				buffer_append(text, ",", 1);
			json_append_text(text, one->target);
		}
		buffer_append(text, "]", 1);
	}
	buffer_append(text, "}", 1);
}
