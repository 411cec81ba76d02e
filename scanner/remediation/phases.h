/*
 * phases.h - how each kind of resource gets from red to green, phase by phase: the script (or the people) that
 * does it, the gate behind it, and the way back. The folder's scripts and the runbook's table are the same
 * list.
 */
#ifndef SCANNER_REMEDIATION_PHASES_H
#define SCANNER_REMEDIATION_PHASES_H

#include "scanner/remediation/plan.h"

struct phase {
	const char *name;   /* of its script; or what people do, where there is none */
	const char *script; /* its text; NULL: people do it */
	/* Markdown. "what" is NULL of a script that is no phase of its own, but the way back of others. */
	const char *what, *gate, *way_back;
};

/* A member of a global database that only reads: it gets its data by replication from the new writer. */
bool phases_is_secondary(const struct plan_item *item);

/* In order, up to one without a name. Empty: there is nothing to run. */
const struct phase *phases_of(const struct plan *plan, const struct plan_item *item);

#endif
