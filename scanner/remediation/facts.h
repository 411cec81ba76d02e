/*
 * facts.h - the facts that the fixed scripts of a folder read, as assignments in single quotes: observed.sh,
 * with what the scan saw and the names derived from it, and choices.sh, which the operator edits.
 */
#ifndef SCANNER_REMEDIATION_FACTS_H
#define SCANNER_REMEDIATION_FACTS_H

#include "scanner/remediation/cli_input.h"
#include "scanner/remediation/plan.h"

/*
 * The names that a plan creates. All but the new cluster's end with a part of the run's id, so that names of
 * different plans differ, and those of one plan are stable.
 */
struct plan_names {
	char cluster[PLAN_NAME_SIZE], renamed[PLAN_NAME_SIZE], global[PLAN_NAME_SIZE];
	char snapshot[PLAN_NAME_SIZE], final[PLAN_NAME_SIZE], soaked[PLAN_NAME_SIZE], last[PLAN_NAME_SIZE];
	char trial[PLAN_NAME_SIZE], clone[PLAN_NAME_SIZE], clone_instance[PLAN_NAME_SIZE];
	char new_snapshot[PLAN_NAME_SIZE], temporary[PLAN_NAME_SIZE];
};

struct plan_names facts_names(const struct plan *plan, const struct plan_item *item);

void facts_write_observed(FILE *stream, const struct plan *plan, const struct plan_item *item,
			  const struct plan_names *names);
void facts_write_choices(FILE *stream, const struct plan *plan, const struct plan_item *item);

#endif
