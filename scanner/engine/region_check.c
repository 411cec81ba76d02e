#include "scanner/engine/region_check.h"

#include <string.h>

#include "base/text.h"
#include "config/partition.h"

#define ADVICE                                                                                                 \
	"Was it enabled within the last hours? Scan again later. Is the session's token of version 1, from "   \
	"the global STS endpoint? Use a regional STS endpoint, or set version 2 with "                         \
	"iam:SetSecurityTokenServicePreferences"

static bool refuses_session(const struct answer *answer)
{
	return answer->class == ANSWER_DISABLED_OR_CREDENTIALS || answer->class == ANSWER_REGION_DISABLED;
}

static bool is_listed(const struct pending_query *pending)
{
	const struct account_session *account_session = pending->cell->account_session;

	return account_session->region_list == REGIONS_LISTED &&
	       regions_enable(&account_session->regions, pending->query.region);
}

/* Keys may have been withdrawn since the account listed its regions; "not opted in" is not said of keys. */
bool region_check_is_needed(const struct pending_query *pending, const struct answer *answer)
{
	return pending->cell->access != ACCESS_GRANTED && refuses_session(answer) &&
	       !(answer->class == ANSWER_REGION_DISABLED && is_listed(pending));
}

const char *region_check_advice(const struct pending_query *pending, const struct answer *answer)
{
	const struct cell *cell = pending->cell;

	if (!refuses_session(answer))
		return "";
	if (is_listed(pending))
		return "; but the account's list has the region as enabled (ec2:DescribeRegions)" REASON_ADVICE
			ADVICE;
	if (cell->access == ACCESS_GRANTED && strcmp(pending->query.region, cell->contents.region) == 0)
		return "; but the region is enabled: other responses to this session show it" REASON_ADVICE
			ADVICE;
	return "";
}

bool region_check_begin(struct pending_query *pending, const struct answer *answer)
{
	struct cell *cell = pending->cell;
	char what[560];

	if (cell->access == ACCESS_CHECKED)
		return false; /* another list was refused before */
	cell->access = ACCESS_CHECKED;
	answer_describe(answer, what, sizeof what);
	cell->refusal = arena_format(&cell->arena, "%s: %s", pending->call.operation->permission,
				     text_brief(what, MAX_REFUSAL).text);
	/* SubscriptionRequiredException says it of a service, not of the region. */
	cell->says_not_opted_in = answer->class == ANSWER_REGION_DISABLED &&
				  strcmp(answer->code, "SubscriptionRequiredException") != 0;
	return true;
}

bool region_check_is(const struct pending_query *pending)
{
	return pending->query.spec == &query_regions;
}

static void end(struct pending_query *pending, enum cell_state state, const char *reason)
{
	outcome_add(&pending->cell->outcome, state, reason);
	pending->cell->extent = EXTENT_ABORTED;
}

static void end_without_list(struct pending_query *pending, const char *why)
{
	struct cell *cell = pending->cell;
	bool is_fixed =
		partition_always_enables(partition_of_home(pending->query.region), cell->contents.region);
	bool is_proved = cell->says_not_opted_in && !is_fixed;
	const char *meaning =
		is_proved ? "the response of the region is that it is not enabled"
		: cell->says_not_opted_in
			? "no account can disable this region: is the account new, or not activated"
			: "ec2:DescribeRegions would tell whether the region is enabled";

	end(pending, is_proved ? CELL_DISABLED : CELL_ERROR,
	    arena_format(&cell->arena, "%s; %s (the account's list of regions could not be read: %s)",
			 cell->refusal, meaning, why));
}

static void end_with_list(struct pending_query *pending, const struct answer *answer)
{
	const struct regions_reading *regions = &pending->query.reading.regions;
	const char *home = pending->query.region, *problem = regions_problem(regions);
	struct cell *cell = pending->cell;
	const char *source = arena_format(&cell->arena, "ec2:DescribeRegions in %s, request %s", home,
					  answer->request_id[0] ? answer->request_id : "without id");

	if (problem)
		end_without_list(pending, arena_format(&cell->arena, "%s: %s", source, problem));
	else if (regions_enable(regions, cell->contents.region)) /* the record's request id is the refusal's */
		end(pending, CELL_ERROR,
		    arena_format(&cell->arena,
				 "%s; but the account's list has the region as enabled (ec2:DescribeRegions in "
				 "%s)" REASON_ADVICE ADVICE,
				 cell->refusal, home));
	else
		end(pending, CELL_DISABLED,
		    arena_format(&cell->arena, "region not enabled in this account (%s)", source));
}

static void end_refused(struct pending_query *pending, const struct answer *answer)
{
	struct arena *arena = &pending->cell->arena;
	const char *why, *meaning;
	char what[560];

	answer_describe(answer, what, sizeof what);
	why = arena_format(arena, "ec2:DescribeRegions in %s %s (%s)", pending->query.region,
			   answer->code[0] ? "was refused" : "failed", text_brief(what, MAX_REFUSAL).text);
	if (!refuses_session(answer)) {
		end_without_list(pending, why);
		return;
	}
	meaning =
		answer->class == ANSWER_DISABLED_OR_CREDENTIALS
			? "the home region rejects the credentials, too"
			: "the home region refuses the session, too, so it is not known whether the region "
			  "is enabled (is the account new, or not activated, or the home region not enabled?)";
	end(pending, CELL_ERROR, arena_format(arena, "%s; %s: %s", pending->cell->refusal, meaning, why));
}

void region_check_end(struct pending_query *pending, const struct answer *answer)
{
	if (answer->class == ANSWER_OK)
		end_with_list(pending, answer);
	else
		end_refused(pending, answer);
}
