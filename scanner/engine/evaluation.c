#include "scanner/engine/evaluation.h"

#include <string.h>

#include "scanner/aws/neptune.h"

bool evaluation_needs_accounts(const struct contents *contents)
{
	for (const struct resource *resource = contents->resources.first; resource; resource = resource->next) {
		const char *shares = resource->values[ATTRIBUTE_SHARED_WITH];

		if ((resource->kind == RESOURCE_KEY && key_is_foreign(resource)) || (shares && *shares))
			return true;
	}
	return false;
}

/* ---- values that several resources share ---- */

/* A parameter group was queried for one of its clusters. */
static void copy_parameters(struct resource *cluster)
{
	const struct resource *sample = cluster->group_sample;

	if (!sample || sample == cluster)
		return;
	for (size_t i = 0; i < NEPTUNE_PARAMETERS; i++)
		cluster->values[neptune_parameters[i]] = sample->values[neptune_parameters[i]];
	cluster->answered |= sample->answered & QUERY_BIT(QUERY_PARAMETERS);
	cluster->refusals[QUERY_PARAMETERS] = sample->refusals[QUERY_PARAMETERS];
	cluster->detail_request_id = sample->detail_request_id;
}

static void relate_shares(const struct contents *contents, struct resource *snapshot)
{
	struct span rest = span_of(snapshot->values[ATTRIBUTE_SHARED_WITH]), account;

	while (snapshot->kind == RESOURCE_SNAPSHOT && span_split(&rest, ',', &account))
		if (account.length > 0)
			contents_relate(contents, snapshot, "shared-with",
					arena_copy_span(contents->arena, account));
}

/* ---- findings ---- */

static struct pair *gather_evidence(struct arena *arena, const struct control *control,
				    const struct resource *resource)
{
	struct pair *first = NULL, **last = &first;

	for (const enum attribute *attribute = control->evidence; *attribute != ATTRIBUTE_COUNT; attribute++) {
		struct pair *pair = arena_take(arena, sizeof *pair);

		if (!pair)
			break;
		*pair = (struct pair){NULL, attribute_name(*attribute), resource->values[*attribute]};
		*last = pair;
		last = &pair->next;
	}
	return first;
}

/* The request whose response the verdict rests on: the one about this resource alone, or the list. */
static const char *deciding_request(const struct control *control, const struct resource *resource)
{
	const uint32_t details = QUERY_BIT(QUERY_PARAMETERS) | QUERY_BIT(QUERY_SHARING) |
				 QUERY_BIT(QUERY_ROTATION) | QUERY_BIT(QUERY_ROTATIONS);
	bool by_detail = (control->needs & details) || !resource->request_id;

	return by_detail && resource->detail_request_id ? resource->detail_request_id : resource->request_id;
}

static void add_finding(struct outcome *outcome, const struct control *control, const struct resource *resource,
			const struct evaluation *evaluation)
{
	struct finding *finding = arena_take(outcome->arena, sizeof *finding);

	if (!finding)
		return;
	*finding = (struct finding){
		.control = control,
		.resource = resource,
		.evidence = gather_evidence(outcome->arena, control, resource),
		.verdict = evaluation->verdict,
		.reason = arena_copy(outcome->arena, evaluation->reason),
		.request_id = deciding_request(control, resource),
		.at = resource->at,
	};
	outcome_add_finding(outcome, finding);
}

/* True: the control made a finding. */
static bool evaluate_control(const struct control *control, const struct evaluation_rules *rules,
			     struct resource *resource, struct outcome *outcome)
{
	static const enum cell_state states[] = {
		[VERDICT_PASS] = CELL_PASS, [VERDICT_FAIL] = CELL_FAIL, [VERDICT_UNKNOWN] = CELL_UNKNOWN};
	struct evaluation evaluation = {0};

	control_evaluate(control, resource, rules->policy, &evaluation);
	if (evaluation.verdict == VERDICT_NOT_APPLICABLE)
		return false;
	/* Perhaps only because its query was left out; the cell's own state says that. */
	if (evaluation.verdict == VERDICT_UNKNOWN && rules->is_partial)
		return false;
	add_finding(outcome, control, resource, &evaluation);
	outcome_add(outcome, states[evaluation.verdict],
		    evaluation.verdict == VERDICT_UNKNOWN ? evaluation.reason : NULL);
	resource->is_failing = resource->is_failing || evaluation.verdict == VERDICT_FAIL;
	return true;
}

void evaluate_resource(struct resource *resource, const struct evaluation_rules *rules, struct outcome *outcome)
{
	bool applies = false;

	for (const struct control *const *control = rules->selected; *control; control++)
		if (control_applies_to(*control, resource->kind))
			applies |= evaluate_control(*control, rules, resource, outcome);
	if (!applies && resource->kind != RESOURCE_KEY) /* it exists: the cell is not empty */
		outcome_add(outcome, CELL_PASS, NULL);
	outcome->record.resources += applies;
	outcome->record.failing += resource->is_failing;
}

void evaluate(struct contents *contents, const struct evaluation_rules *rules, struct outcome *outcome)
{
	for (struct resource *resource = contents->resources.first; resource; resource = resource->next) {
		copy_parameters(resource);
		relate_shares(contents, resource);
		if (resource->kind != RESOURCE_GLOBAL_DATABASE)
			evaluate_resource(resource, rules, outcome);
	}
}
