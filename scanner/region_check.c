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
 * - The home region refuses the session, too: the keys are no good (cell.c has the session refreshed first).
 */
#include <stdio.h>

#include "config/partition.h"
#include "scanner/cell_parts.h"

enum { MAX_REFUSAL = 260, MAX_REASON = 700 };

bool region_check_is_wanted(const struct inquiry *inquiry, const struct answer *answer)
{
	return !inquiry->cell->is_open && inquiry->facts != &region_check &&
	       (answer->class == ANSWER_DISABLED_OR_CREDENTIALS || answer->class == ANSWER_REGION_DISABLED);
}

void region_check_begin(struct inquiry *inquiry, const struct answer *answer)
{
	struct cell *cell = inquiry->cell;
	char what[560];

	if (cell->refusal)
		return; /* another list was refused before */
	answer_describe(answer, what, sizeof what);
	cell->refusal =
		arena_format(&cell->arena, "%s: %.*s", inquiry->call.operation->permission, MAX_REFUSAL, what);
	cell->says_not_opted_in = answer->class == ANSWER_REGION_DISABLED;
	cell_ask(cell, &region_check, NULL);
}

static void end(struct inquiry *inquiry, enum cell_state state, const char *reason)
{
	cell_set_state(inquiry->cell, state, reason);
	inquiry->cell->is_over = true;
}

static const struct xml_handler *ask(struct inquiry *inquiry)
{
	regions_reading_init(&inquiry->reading.regions, inquiry->region);
	regions_ask(&inquiry->call, inquiry->region);
	return &inquiry->reading.regions.handler;
}

static void end_without_list(struct inquiry *inquiry, const char *why)
{
	const struct cell *cell = inquiry->cell;
	bool is_fixed = partition_always_enables(partition_of_home(inquiry->region), cell->region);
	bool is_proved = cell->says_not_opted_in && !is_fixed;
	const char *meaning =
		is_proved ? "the region itself says that it is not enabled"
		: cell->says_not_opted_in
			? "no account can disable this region: is the account new, or not activated"
			: "ec2:DescribeRegions would tell whether the region is enabled";
	char reason[MAX_REASON];

	snprintf(reason, sizeof reason, "%s; %s (the account's list of regions could not be read: %s)",
		 cell->refusal, meaning, why);
	end(inquiry, is_proved ? CELL_DISABLED : CELL_ERROR, reason);
}

static const char advice[] =
	"Was it enabled within the last hours? Scan again later. Is the session's token of version 1, from the "
	"global STS endpoint? Use a regional STS endpoint, or set version 2 with "
	"iam:SetSecurityTokenServicePreferences";

static enum inquiry_next read(struct inquiry *inquiry, const struct answer *answer)
{
	const struct regions_reading *regions = &inquiry->reading.regions;
	const struct cell *cell = inquiry->cell;
	const char *problem = regions_problem(regions);
	char reason[MAX_REASON], source[200];

	/* The cell's own request id is that of the refusal. */
	snprintf(source, sizeof source, "ec2:DescribeRegions in %s", inquiry->region);
	if (problem) {
		snprintf(reason, sizeof reason, "%s: %s", source, problem);
		end_without_list(inquiry, reason);
	} else if (regions_enable(regions, cell->region)) {
		snprintf(reason, sizeof reason,
			 "%s; but the account's list has the region as enabled (%s)" REASON_ADVICE "%s",
			 cell->refusal, source, advice);
		end(inquiry, CELL_ERROR, reason);
	} else {
		snprintf(reason, sizeof reason, "not among the account's regions (%s, request %s)", source,
			 answer->request_id[0] ? answer->request_id : "without id");
		end(inquiry, CELL_DISABLED, reason);
	}
	return INQUIRY_DONE;
}

void region_check_fail(struct inquiry *inquiry, const struct answer *answer)
{
	char what[560], why[600];

	answer_describe(answer, what, sizeof what);
	snprintf(why, sizeof why, "ec2:DescribeRegions in %s %s (%.*s)", inquiry->region,
		 answer->code[0] ? "was refused" : "failed", MAX_REFUSAL, what);
	if (answer->class == ANSWER_DISABLED_OR_CREDENTIALS) {
		char reason[MAX_REASON];

		snprintf(reason, sizeof reason, "%s; the keys are refused in the home region, too: %s",
			 inquiry->cell->refusal, why);
		end(inquiry, CELL_ERROR, reason);
		return;
	}
	end_without_list(inquiry, why);
}

const struct question_facts region_check = {.operation = EC2_DESCRIBE_REGIONS, .ask = ask, .read = read};
