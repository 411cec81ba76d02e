#include "scanner/matrix/json_text.h"

#include <string.h>

void json_put_pairs(struct json_writer *json, const char *name, const struct pair *pairs)
{
	json_open_object(json, name);
	for (const struct pair *pair = pairs; pair; pair = pair->next)
		json_put_text(json, pair->name, pair->value);
	json_close_object(json);
}

void json_put_values(struct json_writer *json, const char *name, const char *const values[ATTRIBUTE_COUNT])
{
	json_open_object(json, name);
	for (enum attribute attribute = 0; attribute < ATTRIBUTE_COUNT; attribute++)
		if (values[attribute])
			json_put_text(json, attribute_name(attribute), values[attribute]);
	json_close_object(json);
}

static bool is_first_of_role(const struct relation *relations, const struct relation *relation)
{
	while (relations != relation && strcmp(relations->role, relation->role) != 0)
		relations = relations->next;
	return relations == relation;
}

void json_put_relations(struct json_writer *json, const char *name, const struct relation *relations)
{
	json_open_object(json, name);
	for (const struct relation *first = relations; first; first = first->next) {
		if (!is_first_of_role(relations, first))
			continue;
		json_open_list(json, first->role);
		for (const struct relation *one = first; one; one = one->next)
			if (strcmp(one->role, first->role) == 0)
				json_put_text(json, NULL, one->target);
		json_close_list(json);
	}
	json_close_object(json);
}
