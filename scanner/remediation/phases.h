/*
 * phases.h - the phases that remediate each kind of resource: the script (or manual step), the gate after it,
 * and the backout. The scripts of the folder and the table of the runbook come from the same list.
 */
#ifndef SCANNER_REMEDIATION_PHASES_H
#define SCANNER_REMEDIATION_PHASES_H

#include "scanner/remediation/plan.h"

struct phase {
	const char *name;   /* of its script, or of the manual step */
	const char *script; /* text of the script; NULL: a manual step */
	/* Markdown. `what` NULL: the script is not a phase, but the backout of others. */
	const char *what, *gate, *backout;
};

/* True: a read-only member of a global database, whose data is replicated from the new writer. */
bool phases_is_secondary(const struct plan_item *item);

/* In order, terminated by one without a name. An empty list: nothing to run. */
const struct phase *phases_of(const struct plan *plan, const struct plan_item *item);

#endif
