#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/estate/request.h"

enum { MOST_RESULTS = 20 };

/* Where a page starts, and how long it is. A token is the number of the first item, in a disguise. */
struct page {
	size_t first, length;
	bool valid;
};

static struct page read_page(const json_t *body)
{
	const json_t *most = json_object_get(body, "MaxResults");
	const char *token = json_string_value(json_object_get(body, "NextToken"));
	struct page page = {0, most ? (size_t)json_integer_value(most) : MOST_RESULTS, true};

	page.valid = page.length >= 1 && page.length <= MOST_RESULTS;
	if (token) {
		page.valid = page.valid && strncmp(token, "page/+=", 7) == 0;
		page.first = page.valid ? strtoul(token + 7, NULL, 10) : 0;
	}
	return page;
}

static void add_token(json_t *answer, size_t next, size_t end)
{
	char token[40];

	snprintf(token, sizeof token, "page/+=%zu", next);
	json_object_set_new(answer, "NextToken", next < end ? json_string(token) : json_null());
}

static json_t *account_object(const struct estate *estate, size_t account)
{
	static const char *const states[] = {"ACTIVE", "SUSPENDED", "ACTIVE"};
	const char *state = states[world_account_kind(&estate->world, account)];
	const struct unit *unit = world_account_unit(&estate->world, account);
	char id[WORLD_ID], name[WORLD_TEXT], path[200], arn[120], email[80];

	world_account_id(&estate->world, account, id);
	world_account_name(&estate->world, account, name);
	snprintf(path, sizeof path, "o-estate0001/%s%s/", unit->ids, id);
	snprintf(arn, sizeof arn, "arn:aws:organizations::%s:account/o-estate0001/%s", id, id);
	snprintf(email, sizeof email, "aws+%s@example.com", id);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:f,s:[s]}", "Id", id, "Arn", arn, "Email", email, "Name",
			 name, "State", state, "JoinedMethod", "CREATED", "JoinedTimestamp", 1795495506.431,
			 "Paths", path);
}

static json_t *list_accounts(const struct estate *estate, struct page page)
{
	size_t end = estate->world.accounts, i;
	json_t *answer = json_object(), *list = json_array();

	for (i = page.first; i < end && i < page.first + page.length; i++)
		json_array_append_new(list, account_object(estate, i));
	json_object_set_new(answer, "Accounts", list);
	add_token(answer, i, end);
	return answer;
}

/* The token counts accounts looked at, so a page may well be empty and not the last. */
static json_t *list_accounts_for_parent(const struct estate *estate, const char *parent, struct page page)
{
	size_t end = estate->world.accounts, i, found = 0, looked = 0;
	json_t *answer = json_object(), *list = json_array();

	for (i = page.first; i < end && found < page.length && looked < 200; i++, looked++) {
		if (strcmp(world_account_unit(&estate->world, i)->id, parent) != 0)
			continue;
		json_array_append_new(list, account_object(estate, i));
		found++;
	}
	json_object_set_new(answer, "Accounts", list);
	add_token(answer, i, end);
	return answer;
}

static json_t *list_units(const char *parent)
{
	json_t *list = json_array();

	for (size_t i = 0; i < WORLD_UNITS; i++) {
		const struct unit *unit = &world_units[i];

		if (unit->parent ? strcmp(unit->parent, parent) == 0 : !*parent)
			json_array_append_new(list, json_pack("{s:s,s:s}", "Id", unit->id, "Name", unit->name));
	}
	return list;
}

static json_t *describe_organization(const struct estate *estate)
{
	char id[WORLD_ID], arn[120];

	world_account_id(&estate->world, 0, id);
	snprintf(arn, sizeof arn, "arn:aws:organizations::%s:organization/o-estate0001", id);
	return json_pack("{s:{s:s,s:s,s:s,s:s}}", "Organization", "Id", "o-estate0001", "Arn", arn,
			 "FeatureSet", "ALL", "MasterAccountId", id);
}

static json_t *answer_operation(struct request *request, const json_t *body)
{
	const char *parent = json_string_value(json_object_get(body, "ParentId"));
	const char *operation = request->operation;
	struct page page = read_page(body);

	if (strcmp(operation, "DescribeOrganization") == 0)
		return describe_organization(request->estate);
	if (!page.valid) {
		refuse(request, 400, "InvalidInputException",
		       "You provided invalid values for one or more of the request "
		       "parameters: MaxResults or NextToken");
		return NULL;
	}
	if (strcmp(operation, "ListAccounts") == 0)
		return list_accounts(request->estate, page);
	if (strcmp(operation, "ListRoots") == 0)
		return json_pack("{s:o}", "Roots", list_units(""));
	if (strcmp(operation, "ListOrganizationalUnitsForParent") == 0 && parent)
		return json_pack("{s:o}", "OrganizationalUnits", list_units(parent));
	if (strcmp(operation, "ListAccountsForParent") == 0 && parent)
		return list_accounts_for_parent(request->estate, parent, page);
	refuse(request, 400, "UnknownOperationException", "%s", "");
	return NULL;
}

void answer_organizations(struct request *request)
{
	json_t *body = json_loadb(request->body.at, request->body.length, 0, NULL), *answer = NULL;
	char *text;

	if (request->account != 0 || request->by_role)
		refuse(request, 400, "AccessDeniedException",
		       "You don't have permissions to access this resource.");
	else if (!json_is_object(body))
		refuse(request, 400, "SerializationException", "%s", "");
	else
		answer = answer_operation(request, body);
	text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	if (text)
		buffer_text(&request->answer, text);
	free(text);
	json_decref(answer);
	json_decref(body);
}
