/*
 * The regions of an account: ec2:DescribeRegions, and account:ListRegions.
 */
#include <string.h>

#include "bench/estate/operations.h"
#include "bench/estate/paging.h"

static bool is_enabled(const struct request *request, size_t account, size_t region)
{
	return world_cell_kind(&request->estate->world, account, region) != CELL_NOT_ENABLED;
}

void ec2_describe_regions(struct request *request)
{
	const struct world *world = &request->estate->world;
	struct buffer *answer = &request->answer;
	char all[8];
	bool every = request_parameter(request, "AllRegions", all, sizeof all) && strcmp(all, "true") == 0;

	request->content_type = "text/xml;charset=UTF-8";
	buffer_print(answer,
		     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeRegionsResponse "
		     "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>%s</requestId><regionInfo>",
		     request->request_id);
	for (size_t i = 0; i < world->regions; i++) {
		bool enabled = is_enabled(request, request->account, i);

		if (!enabled && !every)
			continue;
		buffer_print(answer,
			     "<item><regionName>%s</regionName><regionEndpoint>ec2.%s.amazonaws.com"
			     "</regionEndpoint><optInStatus>%s</optInStatus></item>",
			     world_region(i), world_region(i),
			     !enabled                    ? "not-opted-in"
			     : world_region_is_opt_in(i) ? "opted-in"
							 : "opt-in-not-required");
	}
	buffer_text(answer, "</regionInfo></DescribeRegionsResponse>");
}

/* The caller's account, or a member when the management account calls. */
static bool read_account(struct request *request, const json_t *body, size_t *account)
{
	const char *id = json_string_value(json_object_get(body, "AccountId"));

	*account = request->account;
	if (!id)
		return true;
	if (request->account != 0 || request->caller == CALLER_ROLE)
		return refuse_permission(request, id, "because no identity-based policy allows the action");
	*account = world_account_by_id(&request->estate->world, id);
	if (*account == SIZE_MAX)
		return refuse_with(request, 404, "ResourceNotFoundException", "No account found for %.40s", id);
	if (*account == 0)
		return refuse(request, REFUSAL_INVALID,
			      "The management account can only be managed using the standalone context");
	return true;
}

static bool is_wanted(const json_t *statuses, const char *status)
{
	json_t *each;
	size_t i;

	json_array_foreach(statuses, i, each)
	{
		if (json_is_string(each) && strcmp(json_string_value(each), status) == 0)
			return true;
	}
	return json_array_size(statuses) == 0;
}

void account_list_regions(struct request *request)
{
	const struct world *world = &request->estate->world;
	json_t *body = read_json(request), *list, *answer;
	const json_t *statuses = json_object_get(body, "RegionOptStatusContains");
	struct listing listing;
	size_t account;

	if (!body || !read_account(request, body, &account) ||
	    !listing_of_json(request, body, "MaxResults", "NextToken", 50, &listing)) {
		json_decref(body);
		return;
	}
	list = json_array();
	for (size_t i = listing.first; listing_goes_on(&listing, i, world->regions); i++) {
		const char *status = !world_region_is_opt_in(i)        ? "ENABLED_BY_DEFAULT"
				     : is_enabled(request, account, i) ? "ENABLED"
								       : "DISABLED";

		if (!is_wanted(statuses, status))
			continue;
		json_array_append_new(
			list, json_pack("{s:s,s:s}", "RegionName", world_region(i), "RegionOptStatus", status));
		listing.listed++;
	}
	answer = json_pack("{s:o}", "Regions", list);
	listing_add_token(answer, "NextToken", &listing);
	answer_json(request, answer);
	json_decref(body);
}
