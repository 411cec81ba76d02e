#include "bench/estate/admission.h"

#include <stdio.h>
#include <string.h>

#include "bench/estate/access.h"
#include "bench/estate/authentication.h"
#include "bench/estate/limits.h"

/* The only unsigned operation. */
static bool is_web_identity(struct request *request)
{
	char action[ESTATE_NAME];

	if (request->header(request, "authorization") ||
	    !request_parameter(request, "Action", action, sizeof action) ||
	    strcmp(action, "AssumeRoleWithWebIdentity") != 0)
		return false;
	snprintf(request->service, sizeof request->service, "sts");
	snprintf(request->region, sizeof request->region, "%s", world_region(0));
	return true;
}

static void resource_of(const struct request *request, char *arn, size_t size)
{
	char account[WORLD_ID];

	world_account_id(&request->estate->world, request->account, account);
	snprintf(arn, size, "arn:aws:%s:%s:%s:*", request->service, request->region, account);
}

/*
 * The service control policies of fenced cells are evaluated before all others; GetCallerIdentity is always
 * allowed.
 */
static bool check_permissions(struct request *request)
{
	static const char *const fenced[] = {"rds", "kms", "neptune-graph"};
	const struct estate *estate = request->estate;
	char resource[200];

	resource_of(request, resource, sizeof resource);
	for (size_t i = 0; i < sizeof fenced / sizeof fenced[0]; i++)
		if (strcmp(fenced[i], request->service) == 0 &&
		    world_cell_kind(&estate->world, request->account, request->region_number) == CELL_FENCED)
			return refuse_permission(request, resource,
						 "with an explicit deny in a service control policy");
	return strcmp(request->operation, "GetCallerIdentity") == 0 || access_permits(request);
}

static bool check_rate(struct request *request, int64_t now)
{
	if (!request->estate->limits || limits_take(request->estate->limits, request->service,
						    request->operation, request->account, request->region, now))
		return true;
	return refuse(
		request, REFUSAL_THROTTLED, "%s",
		strcmp(request->service, "organizations") == 0
			? "AWS Organizations can't complete your request because another request is already "
			  "in progress. Try again later."
			: "Rate exceeded");
}

static enum admission refuse_operation(struct request *request)
{
	bool writes = operation_writes(request);

	if (writes)
		refuse_permission(request, "*", "because no identity-based policy allows the action");
	else
		refuse(request, REFUSAL_OPERATION, "Could not find operation %s", request->operation);
	return writes ? REFUSED_WRITING : REFUSED;
}

enum admission admit(struct request *request, int64_t now, const struct operation **operation)
{
	struct claim claim;
	bool is_signed = !is_web_identity(request);

	*operation = NULL;
	if (is_signed && !claim_read(request, &claim))
		return REFUSED;
	*operation = operation_find(request);
	if (faults_clock_is_off(request->estate->faults, request->service, request->operation, request->region))
		request->now += FAULT_CLOCK_SECONDS;
	if (is_signed && !authenticate(request, &claim))
		return REFUSED;
	if (!*operation)
		return refuse_operation(request);
	if (is_signed && !check_permissions(request))
		return REFUSED;
	return check_rate(request, now) ? ADMITTED : REFUSED_THROTTLED;
}
