/*
 * The resources of one cell in both runs. Findings are sorted by resource and control, so both lists are walked
 * together.
 */
#include <string.h>

#include "base/text.h"
#include "scanner/diff/diff.h"
#include "scanner/matrix/reason.h"

enum { DETAIL_SIZE = 320, MAX_REASON = 280 };

static bool is_of(const struct finding *finding, const struct finding *first)
{
	return finding && resource_compare(finding->resource, first->resource) == 0;
}

static const struct finding *next_resource(const struct finding *first)
{
	const struct finding *finding = first;

	while (is_of(finding, first))
		finding = finding->next;
	return finding;
}

static bool resource_fails(const struct finding *first)
{
	for (const struct finding *finding = first; is_of(finding, first); finding = finding->next)
		if (finding_fails(finding))
			return true;
	return false;
}

static bool has_verdict(const struct finding *first, enum verdict verdict)
{
	for (const struct finding *finding = first; is_of(finding, first); finding = finding->next)
		if (finding->verdict == verdict)
			return true;
	return false;
}

static void add_reason(const struct cell_pair *pair, enum change change, const struct finding *finding,
		       bool is_new, const char *prefix)
{
	char detail[DETAIL_SIZE], brief[REASON_BRIEF_SIZE];
	struct item *item;

	text_print(detail, sizeof detail, "%s%s", prefix, text_brief(finding->reason, MAX_REASON).text);
	item = differences_add(pair, change, finding, detail);
	if (!item)
		return;
	item->is_new = is_new;
	if (finding->verdict == VERDICT_UNKNOWN && finding->reason) {
		reason_write_brief(finding->reason, CELL_UNKNOWN, brief);
		item->brief = differences_keep(pair->differences, brief);
	}
}

/* ---- automated snapshots ---- */

/* Made by RDS or AWS Backup: an id that a user chose has no colon. */
static bool is_automated(const struct resource *resource)
{
	const char *type = resource->values[ATTRIBUTE_SNAPSHOT_TYPE];

	if (resource->kind != RESOURCE_SNAPSHOT)
		return false;
	return type ? strcmp(type, "manual") != 0 : strchr(resource->id, ':') != NULL;
}

static bool is_cluster_named(const struct resource *resource, const char *cluster)
{
	return resource->kind == RESOURCE_CLUSTER && strcmp(resource->id, cluster) == 0;
}

static bool is_snapshot_of(const struct resource *resource, const char *cluster)
{
	const char *own = is_automated(resource) ? resource_cluster_id(resource) : NULL;

	return own && strcmp(own, cluster) == 0;
}

static bool lists(const struct finding *finding, const char *cluster,
		  bool (*matches)(const struct resource *, const char *))
{
	while (finding && !matches(finding->resource, cluster))
		finding = finding->next;
	return finding != NULL;
}

/* Both runs list its cluster; or, where no control evaluates clusters, other automated snapshots of it. */
static bool is_rotated(const struct cell_pair *pair, const struct resource *resource)
{
	const struct finding *before = pair->before->findings, *after = pair->after->findings;
	const char *cluster = is_automated(resource) ? resource_cluster_id(resource) : NULL;

	if (!cluster)
		return false;
	return (lists(before, cluster, is_cluster_named) && lists(after, cluster, is_cluster_named)) ||
	       (lists(before, cluster, is_snapshot_of) && lists(after, cluster, is_snapshot_of));
}

/*
 * A predecessor had the same verdict. Without one, the first snapshot of a cluster that fails a control of the
 * same group inherits the failure.
 */
static bool is_inherited(const struct cell_pair *pair, const struct finding *snapshot)
{
	const char *cluster = resource_cluster_id(snapshot->resource);
	const struct finding *before = pair->before->findings;
	bool is_first = !lists(before, cluster, is_snapshot_of);

	for (; before; before = before->next) {
		const struct control *control = before->control; /* of another run: compared by name */
		bool is_same = before->verdict == snapshot->verdict && !before->exception;

		if (is_same && strcmp(control->id, snapshot->control->id) == 0 &&
		    is_snapshot_of(before->resource, cluster))
			return true;
		if (is_same && is_first && strcmp(control->group, snapshot->control->group) == 0 &&
		    is_cluster_named(before->resource, cluster))
			return true;
	}
	return false;
}

/* ---- resources that only one run lists ---- */

static struct item *add_resource(const struct cell_pair *pair, enum change change, const struct finding *first)
{
	bool is_failing = resource_fails(first), is_new = change == APPEARED;
	const char *verdict = is_failing                            ? (is_new ? "fails" : "failed")
			      : has_verdict(first, VERDICT_UNKNOWN) ? "unknown"
			      : is_new                              ? "passes"
								    : "passed";
	char detail[DETAIL_SIZE];
	struct item *item;

	text_print(detail, sizeof detail, "%s, %s", resource_kind_name(first->resource->kind), verdict);
	item = differences_add(pair, change, first, detail);
	if (!item)
		return NULL;
	item->verdict = verdict;
	item->fails = is_failing;
	item->is_new = is_new;
	return item;
}

bool diff_evaluates(const struct matrix *run, const char *control)
{
	for (const struct control **selected = run->selected; *selected; selected++)
		if (strcmp((*selected)->id, control) == 0)
			return true;
	return false;
}

/* The run evaluates a control that the resource has a finding of. */
static bool is_evaluated(const struct finding *first, const struct matrix *run)
{
	for (const struct finding *finding = first; is_of(finding, first); finding = finding->next)
		if (diff_evaluates(run, finding->control->id))
			return true;
	return false;
}

static void compare_lost(const struct cell_pair *pair, const struct finding *first)
{
	enum flow flow = !pair->knows_all                    ? FLOW_HIDDEN
			 : !is_evaluated(first, pair->new)   ? FLOW_DROPPED
			 : is_rotated(pair, first->resource) ? FLOW_ROTATED_OUT
							     : FLOW_GONE;

	differences_count(pair->differences, ALL_RESOURCES, flow, 1);
	differences_count(pair->differences, FAILING_RESOURCES, flow, resource_fails(first));
	if (flow == FLOW_ROTATED_OUT)
		differences_add_rotated(pair, resource_cluster_id(first->resource), false);
	else if (flow == FLOW_GONE)
		add_resource(pair, VANISHED, first);
}

/* Only the newer run evaluates its control. */
static void report_entered(const struct cell_pair *pair, const struct finding *finding, bool is_new)
{
	if (finding_fails(finding))
		add_reason(pair, ENTERED_SCOPE, finding, is_new, "");
}

/* It fails only controls that the older run does not evaluate. */
static void count_entered(struct differences *differences)
{
	differences->failing_entered++;
	differences_count(differences, FAILING_RESOURCES, FLOW_ENTERED, 1);
}

/* True: a failure is reported. */
static bool report_new_verdicts(const struct cell_pair *pair, const struct finding *first, enum flow flow)
{
	bool any = false, is_new = flow != FLOW_REVEALED;

	for (const struct finding *finding = first; is_of(finding, first); finding = finding->next) {
		if (flow == FLOW_ROTATED_IN && is_inherited(pair, finding))
			continue;
		if (!diff_evaluates(pair->old, finding->control->id)) {
			report_entered(pair, finding, is_new);
			continue;
		}
		if (finding_fails(finding))
			add_reason(pair, NEWLY_FAILING, finding, is_new, "");
		else if (finding->verdict == VERDICT_UNKNOWN && is_new)
			add_reason(pair, NEWLY_UNKNOWN, finding, true, "");
		any = any || finding_fails(finding);
	}
	return any;
}

/* Fails a control, and none of those that the older run evaluates. */
static bool fails_anew(const struct cell_pair *pair, const struct finding *first)
{
	for (const struct finding *finding = first; is_of(finding, first); finding = finding->next)
		if (finding_fails(finding) && diff_evaluates(pair->old, finding->control->id))
			return false;
	return true;
}

static void compare_found(const struct cell_pair *pair, const struct finding *first)
{
	enum flow flow = !is_evaluated(first, pair->old)     ? FLOW_ENTERED
			 : is_rotated(pair, first->resource) ? FLOW_ROTATED_IN
			 : !pair->knew_all                   ? FLOW_REVEALED
							     : FLOW_NEW;

	bool is_worse = report_new_verdicts(pair, first, flow);
	struct item *item;

	differences_count(pair->differences, ALL_RESOURCES, flow, 1);
	if (flow == FLOW_ROTATED_IN)
		differences_add_rotated(pair, resource_cluster_id(first->resource), true);
	item = flow == FLOW_NEW ? add_resource(pair, APPEARED, first) : NULL;
	if (item)
		item->is_worse = is_worse;
	if (is_worse)
		differences_count(pair->differences, FAILING_RESOURCES, FLOW_NEW, 1);
	else if (resource_fails(first) && flow != FLOW_ENTERED && fails_anew(pair, first))
		count_entered(pair->differences);
	else if (resource_fails(first))
		differences_count(pair->differences, FAILING_RESOURCES, flow, 1);
}

/* ---- resources that both list ---- */

/* What changed for one resource. */
struct outcome_of_pair {
	bool newly_fails, entered, is_fixed, is_unknown;
};

static void compare_findings(const struct cell_pair *pair, const struct finding *before,
			     const struct finding *after, struct outcome_of_pair *outcome)
{
	if (finding_fails(after) && !finding_fails(before)) {
		add_reason(pair, NEWLY_FAILING, after, false,
			   before->exception ? "its exception no longer applies: " : "");
		outcome->newly_fails = true;
	} else if (after->verdict == VERDICT_UNKNOWN && before->verdict != VERDICT_UNKNOWN) {
		add_reason(pair, NEWLY_UNKNOWN, after, false, "");
		outcome->is_unknown = outcome->is_unknown || finding_fails(before);
	} else if (finding_fails(before) && after->verdict == VERDICT_PASS) {
		add_reason(pair, FIXED, after, false, "");
		outcome->is_fixed = true;
	} else if (finding_fails(before) && after->exception) {
		char detail[DETAIL_SIZE];

		text_print(detail, sizeof detail, "covered by exception %s",
			   text_brief(after->exception, 200).text);
		differences_add(pair, FIXED, after, detail);
		outcome->is_fixed = true;
	}
}

static void count_pair(const struct cell_pair *pair, bool failed, bool is_failing,
		       const struct outcome_of_pair *outcome)
{
	struct differences *differences = pair->differences;

	if (is_failing && !failed && !outcome->newly_fails && outcome->entered)
		count_entered(differences);
	else if (is_failing && !failed)
		differences_count(differences, FAILING_RESOURCES, FLOW_NEW, 1);
	else if (is_failing && outcome->newly_fails)
		differences_count(differences, FAILING_RESOURCES, FLOW_OTHER, 1);
	else if (failed && !is_failing)
		differences_count(differences, FAILING_RESOURCES,
				  outcome->is_unknown ? FLOW_HIDDEN
				  : outcome->is_fixed ? FLOW_FIXED
						      : FLOW_DROPPED,
				  1);
}

static void compare_both(const struct cell_pair *pair, const struct finding *first_before,
			 const struct finding *first_after)
{
	const struct finding *before = first_before, *after = first_after;
	struct outcome_of_pair outcome = {false, false, false, false};

	while (is_of(before, first_before) || is_of(after, first_after)) {
		int order = !is_of(before, first_before) ? 1
			    : !is_of(after, first_after) ? -1
							 : matrix_compare_findings(before, after);

		if (order == 0) {
			compare_findings(pair, before, after, &outcome);
		} else if (order > 0 && finding_fails(after) &&
			   !diff_evaluates(pair->old, after->control->id)) {
			report_entered(pair, after, false);
			outcome.entered = true;
		} else if (order > 0 && finding_fails(after)) {
			add_reason(pair, NEWLY_FAILING, after, false, "");
			outcome.newly_fails = true;
		}
		before = order <= 0 ? before->next : before;
		after = order >= 0 ? after->next : after;
	}
	count_pair(pair, resource_fails(first_before), resource_fails(first_after), &outcome);
}

void diff_compare_resources(const struct cell_pair *pair)
{
	const struct finding *before = pair->before->findings, *after = pair->after->findings;

	pair->differences->rotations_of_cell = pair->differences->last_rotation;
	while (before || after) {
		int order = !before ? 1 : !after ? -1 : resource_compare(before->resource, after->resource);

		if (order < 0)
			compare_lost(pair, before);
		else if (order > 0)
			compare_found(pair, after);
		else
			compare_both(pair, before, after);
		before = order <= 0 ? next_resource(before) : before;
		after = order >= 0 ? next_resource(after) : after;
	}
}
