#include "scanner/matrix/state.h"

static const struct cell_state_facts facts[CELL_STATE_COUNT] = {
	[CELL_PASS] = {"pass", '+', true, 4, "all as required"},
	[CELL_FAIL] = {"fail", 'F', true, 11, "something is not as required"},
	[CELL_EXEMPT] = {"exempt", 'x', true, 5, "covered by an exception"},
	[CELL_EMPTY] = {"empty", '.', true, 3, "no Neptune here"},
	[CELL_DISABLED] = {"disabled", '-', true, 1, "region not enabled"},
	[CELL_UNSUPPORTED] = {"unsupported", '_', true, 2, "service not offered"},
	[CELL_SKIPPED] = {"skipped", 's', true, 0, "left out"},
	[CELL_UNKNOWN] = {"unknown", '?', false, 7, "AWS did not say clearly"},
	[CELL_DENIED] = {"denied", 'D', false, 9, "may not look"},
	[CELL_UNREACHED] = {"unreached", 'U', false, 10, "role not assumed"},
	[CELL_ERROR] = {"error", 'E', false, 8, "gave up"},
	[CELL_PENDING] = {"pending", 'P', false, 6, "not scanned yet"},
};

const struct cell_state_facts *cell_state_facts(enum cell_state state)
{
	return &facts[state];
}

const char *cell_state_name(enum cell_state state)
{
	return facts[state].name;
}

enum cell_state cell_state_worse(enum cell_state a, enum cell_state b)
{
	return facts[a].rank >= facts[b].rank ? a : b;
}
