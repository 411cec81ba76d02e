/*
 * A region refuses a session that is good elsewhere. Is the region disabled, or is something else wrong?
 *
 * Only the account's own list of regions tells: ec2:DescribeRegions, requested in the home region with the same
 * session, once for each cell that is refused before anything was answered.
 *
 * - The list has the region: it is enabled, and the cell is an error. AWS names two causes. Tokens of version
 * 1, which the global STS endpoint issues, are not valid in regions that must be enabled (IAM API reference,
 *   SetSecurityTokenServicePreferences). And a region takes minutes to hours until it can be used after it was
 *   enabled (AWS Account Management, EnableRegion).
 * - The list lacks it: it is disabled.
 * - The list cannot be read: "not opted in" in the region's own words proves that it is disabled, unless it is
 *   one that no account can disable. Any other refusal proves nothing.
 * - The home region refuses the session, too: what it says is true of the session or the account, not of a
 * region. The keys are no good (cell.c has the session refreshed first), or the account is not activated.
 *
 * A refusal that comes later, or of a region that the account has listed before, needs no request: that the
 * region is enabled is known, and the reason says so with the same advice.
 */
#include <string.h>

#include "base/text.h"
#include "config/partition.h"
#include "scanner/engine/account_session.h"
#include "scanner/engine/cell_internal.h"

#define ADVICE                                                                                                 \
	"Was it enabled within the last hours? Scan again later. Is the session's token of version 1, from "   \
	"the global STS endpoint? Use a regional STS endpoint, or set version 2 with "                         \
	"iam:SetSecurityTokenServicePreferences"

static bool refuses_session(const struct answer *answer)
{
	return answer->class == ANSWER_DISABLED_OR_CREDENTIALS || answer->class == ANSWER_REGION_DISABLED;
}

static bool is_listed(const struct query *query)
{
	const struct account_session *account_session = query->cell->account_session;

	return account_session->region_list == REGIONS_LISTED &&
	       regions_enable(&account_session->regions, query->region);
}

/* Keys may have been withdrawn since the account listed its regions; "not opted in" is not said of keys. */
bool region_check_is_needed(const struct query *query, const struct answer *answer)
{
	return !query->cell->is_open && !query->facts->is_sent_home && refuses_session(answer) &&
	       !(answer->class == ANSWER_REGION_DISABLED && is_listed(query));
}

const char *region_check_advice(const struct query *query, const struct answer *answer)
{
	if (!refuses_session(answer))
		return "";
	if (is_listed(query))
		return "; but the account's list has the region as enabled (ec2:DescribeRegions)" REASON_ADVICE
			ADVICE;
	if (query->cell->is_open && strcmp(query->region, query->cell->region) == 0)
		return "; but the region is enabled: it gave other answers to this session" REASON_ADVICE
			ADVICE;
	return "";
}

void region_check_begin(struct query *query, const struct answer *answer)
{
	struct cell *cell = query->cell;
	char what[560];

	if (cell->refusal)
		return; /* another list was refused before */
	answer_describe(answer, what, sizeof what);
	cell->refusal = arena_format(&cell->arena, "%s: %s", query->call.operation->permission,
				     text_brief(what, MAX_REFUSAL).text);
	/* SubscriptionRequiredException says it of a service, not of the region. */
	cell->says_not_opted_in = answer->class == ANSWER_REGION_DISABLED &&
				  strcmp(answer->code, "SubscriptionRequiredException") != 0;
	cell_add_query(cell, &region_check, NULL);
}

static void end(struct query *query, enum cell_state state, const char *reason)
{
	cell_set_state(query->cell, state, reason);
	query->cell->is_over = true;
}

static const struct xml_handler *ask(struct query *query)
{
	regions_reading_init(&query->reading.regions, query->region);
	regions_ask(&query->call, query->region);
	return &query->reading.regions.handler;
}

static void end_without_list(struct query *query, const char *why)
{
	struct cell *cell = query->cell;
	bool is_fixed = partition_always_enables(partition_of_home(query->region), cell->region);
	bool is_proved = cell->says_not_opted_in && !is_fixed;
	const char *meaning =
		is_proved ? "the region itself says that it is not enabled"
		: cell->says_not_opted_in
			? "no account can disable this region: is the account new, or not activated"
			: "ec2:DescribeRegions would tell whether the region is enabled";

	end(query, is_proved ? CELL_DISABLED : CELL_ERROR,
	    arena_format(&cell->arena, "%s; %s (the account's list of regions could not be read: %s)",
			 cell->refusal, meaning, why));
}

static enum query_next read(struct query *query, const struct answer *answer)
{
	const struct regions_reading *regions = &query->reading.regions;
	struct cell *cell = query->cell;
	const char *problem = regions_problem(regions);
	const char *source = arena_format(&cell->arena, "ec2:DescribeRegions in %s, request %s", query->region,
					  answer->request_id[0] ? answer->request_id : "without id");

	if (problem)
		end_without_list(query, arena_format(&cell->arena, "%s: %s", source, problem));
	else if (regions_enable(regions, cell->region)) /* the cell's own request id is that of the refusal */
		end(query, CELL_ERROR,
		    arena_format(&cell->arena,
				 "%s; but the account's list has the region as enabled (ec2:DescribeRegions in "
				 "%s)" REASON_ADVICE ADVICE,
				 cell->refusal, query->region));
	else
		end(query, CELL_DISABLED,
		    arena_format(&cell->arena, "not among the account's regions (%s)", source));
	return QUERY_DONE;
}

static void fail(struct query *query, const struct answer *answer)
{
	struct arena *arena = &query->cell->arena;
	const char *why, *meaning;
	char what[560];

	answer_describe(answer, what, sizeof what);
	why = arena_format(arena, "ec2:DescribeRegions in %s %s (%s)", query->region,
			   answer->code[0] ? "was refused" : "failed", text_brief(what, MAX_REFUSAL).text);
	if (!refuses_session(answer)) {
		end_without_list(query, why);
		return;
	}
	meaning =
		answer->class == ANSWER_DISABLED_OR_CREDENTIALS
			? "the keys are refused in the home region, too"
			: "the home region refuses the session, too, so this does not tell whether the region "
			  "is enabled (is the account new, or not activated, or the home region not enabled?)";
	end(query, CELL_ERROR, arena_format(arena, "%s; %s: %s", query->cell->refusal, meaning, why));
}

static void release(struct query *query)
{
	regions_reading_free(&query->reading.regions);
}

const struct query_spec region_check = {
	.operation = EC2_DESCRIBE_REGIONS,
	.ask = ask,
	.read = read,
	.fail = fail,
	.release = release,
	.is_sent_home = true,
};
