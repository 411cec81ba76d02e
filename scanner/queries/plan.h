/*
 * plan.h - which queries a cell needs, phase by phase: what follows from the selected controls and from the
 * resources that earlier phases found. It sends nothing and knows no cell.
 */
#ifndef SCANNER_QUERIES_PLAN_H
#define SCANNER_QUERIES_PLAN_H

#include "base/arena.h"
#include "scanner/controls/controls.h"

/* In this order. A phase begins when all queries of the one before are answered. */
enum query_phase {
	PHASE_PROBE,     /* the first list alone: a region that refuses the session is asked once */
	PHASE_LISTS,     /* the other lists; instances and global databases only where there are clusters */
	PHASE_RESOURCES, /* about single resources and their keys */
	PHASE_KEYS,      /* what follows from a key's description */
	PHASE_TAGS,      /* of failing resources whose list brought no tags, where an exception goes by a tag */
	QUERY_PHASES
};

/* What a plan goes by. Read-only, but for `group_sample` of clusters in PHASE_RESOURCES. */
struct query_plan {
	uint32_t needs; /* QUERY_BIT()s */
	const struct control *const *selected;
	const struct policy *policy;
	struct resource_list *resources;
	struct arena *arena; /* for sorting; its `failed` says that the plan is not whole */
	/* Called with each query; `subject` NULL: a list. */
	void (*add)(void *userdata, enum query_kind kind, struct resource *subject);
	void *userdata;
};

/* The list that a cell begins with; QUERY_INSTANCES: none is needed. */
enum query_kind query_plan_first(uint32_t needs);
void query_plan_phase(const struct query_plan *plan, enum query_phase phase);

#endif
