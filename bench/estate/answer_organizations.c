#include <stdio.h>
#include <string.h>

#include "bench/estate/access.h"
#include "bench/estate/operations.h"
#include "bench/estate/paging.h"

enum { MAX_RESULTS = 20, MAX_LOOKED_AT = 200 };

static bool is_allowed(struct request *request)
{
	if (access_reads_organization(request))
		return true;
	return refuse(request, REFUSAL_DENIED, "You don't have permissions to access this resource.");
}

/* The body and the page of a list request; NULL: refused. */
static json_t *begin(struct request *request, struct listing *listing)
{
	json_t *body = is_allowed(request) ? read_json(request) : NULL;

	if (body && !listing_of_json(request, body, "MaxResults", "NextToken", MAX_RESULTS, listing)) {
		json_decref(body);
		return NULL;
	}
	return body;
}

/* The real service ends a list with a null token. */
static void finish(struct request *request, const char *name, json_t *list, const struct listing *listing,
		   json_t *body)
{
	json_t *answer = json_pack("{s:o,s:n}", name, list, "NextToken");

	listing_add_token(answer, "NextToken", listing);
	answer_json(request, answer);
	json_decref(body);
}

/* One after the other, the last one when --newest-joined says. */
static double joined_at(const struct request *request, size_t account)
{
	const struct estate *estate = request->estate;

	if (estate->newest_hours >= 0 && account == estate->world.accounts - 1)
		return (double)(request->now - estate->newest_hours * 3600);
	return 1700000000.431 + (double)account * 60;
}

static json_t *account_object(const struct request *request, size_t account)
{
	static const char *const states[] = {"ACTIVE", "SUSPENDED", "ACTIVE"};
	const struct world *world = &request->estate->world;
	double joined = joined_at(request, account);
	json_t *answer;
	const char *state = states[world_account_kind(world, account)];
	char id[WORLD_ID], name[WORLD_TEXT], unit[WORLD_PATH], path[WORLD_PATH + 40], arn[120], email[80];
	char organization[WORLD_ORGANIZATION];

	world_organization_id(world, organization);
	world_account_id(world, account, id);
	world_account_name(world, account, name);
	world_unit_id_path(world_account_unit(world, account), unit);
	snprintf(path, sizeof path, "%s/%s%s/", organization, unit, id);
	snprintf(arn, sizeof arn, "arn:aws:organizations::%s:account/%s/%s", id, organization, id);
	snprintf(email, sizeof email, "aws+%s@example.com", id);
	answer = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:f}", "Id", id, "Arn", arn, "Email", email, "Name", name,
			   "State", state, "JoinedMethod", "CREATED", "JoinedTimestamp", joined);
	if (!request->estate->no_paths)
		json_object_set_new(answer, "Paths", json_pack("[s]", path));
	return answer;
}

static json_t *unit_object(const struct world *world, size_t unit)
{
	char id[WORLD_TEXT], arn[160], organization[WORLD_ORGANIZATION];

	world_organization_id(world, organization);
	world_unit_id(unit, id);
	snprintf(arn, sizeof arn, "arn:aws:organizations::000000000000:%s/%s/%s", unit == 0 ? "root" : "ou",
		 organization, id);
	return json_pack("{s:s,s:s,s:s}", "Id", id, "Arn", arn, "Name", world_unit_name(world, unit));
}

void organizations_describe_organization(struct request *request)
{
	char id[WORLD_ID], arn[120], master[140], organization[WORLD_ORGANIZATION];

	world_organization_id(&request->estate->world, organization);
	world_account_id(&request->estate->world, 0, id);
	snprintf(arn, sizeof arn, "arn:aws:organizations::%s:organization/%s", id, organization);
	snprintf(master, sizeof master, "arn:aws:organizations::%s:account/%s/%s", id, organization, id);
	answer_json(request, json_pack("{s:{s:s,s:s,s:s,s:s,s:s,s:s}}", "Organization", "Id", organization,
				       "Arn", arn, "FeatureSet", "ALL", "MasterAccountId", id,
				       "MasterAccountArn", master, "MasterAccountEmail", "aws@example.com"));
}

void organizations_list_accounts(struct request *request)
{
	const struct world *world = &request->estate->world;
	struct listing listing;
	json_t *body = begin(request, &listing), *list;

	if (!body)
		return;
	list = json_array();
	for (size_t i = listing.first; listing_goes_on(&listing, i, world->accounts); i++) {
		json_array_append_new(list, account_object(request, i));
		listing.listed++;
	}
	finish(request, "Accounts", list, &listing, body);
}

static bool read_parent(struct request *request, const json_t *body, size_t *unit)
{
	const char *parent = json_string_value(json_object_get(body, "ParentId"));

	*unit = parent ? world_unit_by_id(&request->estate->world, parent) : SIZE_MAX;
	if (*unit != SIZE_MAX)
		return true;
	return refuse_with(request, 400, "ParentNotFoundException",
			   "You specified a parent that doesn't exist.");
}

/* A page covers a number of accounts, so it may be empty and not the last one. */
void organizations_list_accounts_for_parent(struct request *request)
{
	const struct world *world = &request->estate->world;
	struct listing listing;
	json_t *body = begin(request, &listing), *list;
	size_t unit, end;

	if (!body || !read_parent(request, body, &unit)) {
		json_decref(body);
		return;
	}
	list = json_array();
	end = listing.first + MAX_LOOKED_AT < world->accounts ? listing.first + MAX_LOOKED_AT : world->accounts;
	for (size_t i = listing.first; listing_goes_on(&listing, i, end); i++) {
		if (world_account_unit(world, i) != unit)
			continue;
		json_array_append_new(list, account_object(request, i));
		listing.listed++;
	}
	listing.more = listing.next < world->accounts;
	finish(request, "Accounts", list, &listing, body);
}

void organizations_list_roots(struct request *request)
{
	struct listing listing;
	json_t *body = begin(request, &listing);

	if (body)
		finish(request, "Roots", json_pack("[o]", unit_object(&request->estate->world, 0)), &listing,
		       body);
}

void organizations_list_organizational_units_for_parent(struct request *request)
{
	size_t unit, count = world_unit_count(&request->estate->world);
	struct listing listing;
	json_t *body = begin(request, &listing), *list;

	if (!body || !read_parent(request, body, &unit)) {
		json_decref(body);
		return;
	}
	list = json_array();
	for (size_t i = listing.first ? listing.first : 1; listing_goes_on(&listing, i, count); i++) {
		if (world_unit_parent(i) != unit)
			continue;
		json_array_append_new(list, unit_object(&request->estate->world, i));
		listing.listed++;
	}
	finish(request, "OrganizationalUnits", list, &listing, body);
}

void organizations_list_parents(struct request *request)
{
	const struct world *world = &request->estate->world;
	struct listing listing;
	json_t *body = begin(request, &listing);
	const char *child = json_string_value(json_object_get(body, "ChildId"));
	size_t account = child ? world_account_by_id(world, child) : SIZE_MAX;
	size_t unit = child && account == SIZE_MAX ? world_unit_by_id(world, child) : SIZE_MAX;
	char id[WORLD_TEXT];

	if (!body)
		return;
	if (account == SIZE_MAX && (unit == SIZE_MAX || unit == 0)) {
		refuse_with(request, 400, "ChildNotFoundException",
			    "You specified an organizational unit that doesn't exist.");
		json_decref(body);
		return;
	}
	unit = account != SIZE_MAX ? world_account_unit(world, account) : world_unit_parent(unit);
	world_unit_id(unit, id);
	finish(request, "Parents",
	       json_pack("[{s:s,s:s}]", "Id", id, "Type", unit == 0 ? "ROOT" : "ORGANIZATIONAL_UNIT"), &listing,
	       body);
}

void organizations_list_delegated_administrators(struct request *request)
{
	struct listing listing;
	json_t *body = begin(request, &listing);

	if (body)
		finish(request, "DelegatedAdministrators", json_array(), &listing, body);
}
