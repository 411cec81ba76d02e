#include "scanner/matrix/state.h"

static const struct cell_state_facts facts[CELL_STATE_COUNT] = {
	[CELL_PASS] = {"pass", '+', true, 4, "all resources comply"},
	[CELL_FAIL] = {"fail", 'F', true, 11, "at least one resource fails a control"},
	[CELL_EXEMPT] = {"exempt", 'x', true, 5, "every failure is covered by an exception"},
	[CELL_EMPTY] = {"empty", '.', true, 3, "no Neptune resources"},
	[CELL_DISABLED] = {"disabled", '-', true, 1, "the region is not enabled in the account"},
	[CELL_UNSUPPORTED] = {"unsupported", '_', true, 2, "the region does not offer the service"},
	[CELL_SKIPPED] = {"skipped", 's', true, 0, "out of scope: excluded, suspended or closed"},
	[CELL_UNKNOWN] = {"unknown", '?', false, 7,
			  "the AWS response is missing a value or contradicts itself"},
	[CELL_DENIED] = {"denied", 'D', false, 9, "the role lacks a permission, or a policy denies it"},
	[CELL_UNREACHED] = {"unreached", 'U', false, 10, "the scan role could not be assumed"},
	[CELL_ERROR] = {"error", 'E', false, 8, "no valid response after all retries"},
	[CELL_PENDING] = {"pending", 'P', false, 6, "not scanned yet: the run was interrupted"},
};

const enum cell_state cell_states_listed[CELL_STATE_COUNT] = {
	CELL_FAIL,      CELL_PASS,   CELL_EXEMPT, CELL_EMPTY,   CELL_DISABLED, CELL_UNSUPPORTED,
	CELL_UNREACHED, CELL_DENIED, CELL_ERROR,  CELL_UNKNOWN, CELL_PENDING,  CELL_SKIPPED,
};

const struct cell_state_facts *cell_state_facts(enum cell_state state)
{
	return &facts[state];
}

enum cell_group cell_state_group(enum cell_state state)
{
	return state == CELL_SKIPPED    ? CELL_OUT_OF_SCOPE
	       : facts[state].looked_at ? CELL_ASSESSED
					: CELL_NOT_ASSESSED;
}

const char *cell_state_name(enum cell_state state)
{
	return facts[state].name;
}

enum cell_state cell_state_worse(enum cell_state a, enum cell_state b)
{
	return facts[a].rank >= facts[b].rank ? a : b;
}
