#include "scanner/aws/organizations.h"

#include <string.h>

enum { PAGE_SIZE = 20 /* the maximum of Organizations */ };

static void begin_request(struct call *call, enum operation_id operation, const char *region,
			  const char *parent, const char *token)
{
	json_t *body = json_object();

	call_begin(call, operation, region);
	if (operation != ORGANIZATIONS_DESCRIBE_ORGANIZATION)
		json_object_set_new(body, "MaxResults", json_integer(PAGE_SIZE));
	if (parent)
		json_object_set_new(body, "ParentId", json_string(parent));
	if (token)
		json_object_set_new(body, "NextToken", json_string(token));
	call_json(call, body);
}

void organizations_request_organization(struct call *call, const char *region)
{
	begin_request(call, ORGANIZATIONS_DESCRIBE_ORGANIZATION, region, NULL, NULL);
}

void organizations_request_accounts(struct call *call, const char *region, const char *token)
{
	begin_request(call, ORGANIZATIONS_LIST_ACCOUNTS, region, NULL, token);
}

void organizations_request_roots(struct call *call, const char *region, const char *token)
{
	begin_request(call, ORGANIZATIONS_LIST_ROOTS, region, NULL, token);
}

void organizations_request_units(struct call *call, const char *region, const char *parent, const char *token)
{
	begin_request(call, ORGANIZATIONS_LIST_ORGANIZATIONAL_UNITS_FOR_PARENT, region, parent, token);
}

void organizations_request_accounts_of(struct call *call, const char *region, const char *parent,
				       const char *token)
{
	begin_request(call, ORGANIZATIONS_LIST_ACCOUNTS_FOR_PARENT, region, parent, token);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && *text ? text : NULL;
}

bool organizations_read_organization(const json_t *answer, struct organization_description *organization)
{
	const json_t *read = json_object_get(answer, "Organization");

	organization->id = text_of(read, "Id");
	organization->management_account = text_of(read, "MasterAccountId");
	return organization->id != NULL;
}

bool organizations_read_page(struct json_page *page, const json_t *answer, const char *list)
{
	return json_page_read(page, answer, list, "NextToken");
}

bool organizations_read_account(struct json_page *page, size_t index, struct listed_account *account)
{
	const json_t *read = json_array_get(page->items, index);

	account->id = text_of(read, "Id");
	account->name = text_of(read, "Name");
	account->state = text_of(read, "State");
	if (!account->state)
		account->state = text_of(read, "Status");
	account->joined = (int64_t)json_number_value(json_object_get(read, "JoinedTimestamp"));
	account->path = json_string_value(json_array_get(json_object_get(read, "Paths"), 0));
	return (account->id && is_account_id(account->id)) ||
	       json_page_refuse(page, "an account without a 12-digit id");
}

bool organizations_read_unit(struct json_page *page, size_t index, struct listed_unit *unit)
{
	const json_t *read = json_array_get(page->items, index);

	unit->id = json_page_text(page, read, "Id");
	unit->name = text_of(read, "Name");
	return unit->id != NULL;
}

bool organizations_is_scanned(const char *state)
{
	return !state || strcmp(state, "ACTIVE") == 0 ||
	       (strcmp(state, "SUSPENDED") != 0 && strcmp(state, "CLOSED") != 0 &&
		strcmp(state, "PENDING_CLOSURE") != 0 && strcmp(state, "PENDING_ACTIVATION") != 0);
}
