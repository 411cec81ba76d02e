#include "scanner/queries/plan.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/aws/kms.h"

static bool needs(const struct query_plan *plan, enum query_kind kind)
{
	return plan->needs & QUERY_BIT(kind);
}

static bool has(const struct query_plan *plan, enum resource_kind kind)
{
	for (const struct resource *resource = plan->resources->first; resource; resource = resource->next)
		if (resource->kind == kind)
			return true;
	return false;
}

/* ---- lists ---- */

static void add_list(const struct query_plan *plan, enum query_kind kind)
{
	if (needs(plan, kind))
		plan->add(plan->userdata, kind, NULL);
}

enum query_kind query_plan_first(uint32_t needs)
{
	enum query_kind kind = 0;

	while (kind < QUERY_INSTANCES && !(needs & QUERY_BIT(kind)))
		kind++;
	return kind;
}

static void plan_lists(const struct query_plan *plan)
{
	for (enum query_kind kind = query_plan_first(plan->needs) + 1; kind < QUERY_INSTANCES; kind++)
		add_list(plan, kind);
	if (has(plan, RESOURCE_CLUSTER)) {
		add_list(plan, QUERY_INSTANCES);
		add_list(plan, QUERY_GLOBAL_DATABASES);
	}
}

/* ---- parameter groups ---- */

static bool is_wanted(const struct query_plan *plan, const struct resource *resource, enum query_kind kind)
{
	for (const struct control *const *control = plan->selected; *control; control++)
		if (control_wants(*control, resource, plan->policy, kind))
			return true;
	return false;
}

static bool wants_parameters(const struct query_plan *plan, const struct resource *cluster)
{
	return cluster->kind == RESOURCE_CLUSTER && cluster->values[ATTRIBUTE_PARAMETER_GROUP] &&
	       is_wanted(plan, cluster, QUERY_PARAMETERS);
}

/* A cluster whose parameter group must be read. */
struct group_member {
	struct resource *cluster;
	size_t position;
};

static const char *group_of(const struct group_member *member)
{
	return member->cluster->values[ATTRIBUTE_PARAMETER_GROUP];
}

static int compare_members(const void *a, const void *b)
{
	const struct group_member *one = a, *other = b;
	int order = strcmp(group_of(one), group_of(other));

	return order ? order : one->position < other->position ? -1 : 1;
}

/* A group is queried once, for its first cluster. */
static void choose_samples(const struct query_plan *plan)
{
	struct group_member *members;
	size_t count = 0, i = 0;

	for (struct resource *resource = plan->resources->first; resource; resource = resource->next)
		count += wants_parameters(plan, resource);
	members = arena_take(plan->arena, (count + 1) * sizeof *members);
	if (!members)
		return;
	for (struct resource *resource = plan->resources->first; resource; resource = resource->next)
		if (wants_parameters(plan, resource)) {
			members[i] = (struct group_member){resource, i};
			i++;
		}
	if (count > 1)
		qsort(members, count, sizeof *members, compare_members);
	for (i = 0; i < count; i++) {
		bool same = i > 0 && strcmp(group_of(&members[i]), group_of(&members[i - 1])) == 0;

		members[i].cluster->group_sample =
			same ? members[i - 1].cluster->group_sample : members[i].cluster;
	}
}

/* ---- single resources ---- */

static void add_if_wanted(const struct query_plan *plan, enum query_kind kind, struct resource *resource)
{
	if (needs(plan, kind) && is_wanted(plan, resource, kind))
		plan->add(plan->userdata, kind, resource);
}

static void plan_resources(const struct query_plan *plan)
{
	if (needs(plan, QUERY_PARAMETERS))
		choose_samples(plan);
	for (struct resource *resource = plan->resources->first; resource; resource = resource->next) {
		if (resource->group_sample == resource)
			plan->add(plan->userdata, QUERY_PARAMETERS, resource);
		add_if_wanted(plan, QUERY_SHARING, resource);
		if (resource->kind == RESOURCE_KEY && needs(plan, QUERY_KEY) &&
		    !kms_read_name(resource->id).is_aws_alias)
			plan->add(plan->userdata, QUERY_KEY, resource);
	}
}

static void plan_keys(const struct query_plan *plan)
{
	for (struct resource *key = plan->resources->first; key; key = key->next) {
		if (key->kind != RESOURCE_KEY)
			continue;
		if (needs(plan, QUERY_ALIASES) && key->refusals[QUERY_KEY] && !key_is_foreign(key))
			plan->add(plan->userdata, QUERY_ALIASES, key);
		add_if_wanted(plan, QUERY_ROTATION, key);
		add_if_wanted(plan, QUERY_ROTATIONS, key);
	}
}

static bool lacks_tags(const struct resource *resource)
{
	return !resource->has_tag_list && resource->kind <= RESOURCE_INSTANCE && resource->arn;
}

static void plan_tags(const struct query_plan *plan)
{
	for (struct resource *resource = plan->resources->first; resource; resource = resource->next)
		if (resource->is_failing && lacks_tags(resource))
			plan->add(plan->userdata, QUERY_TAGS, resource);
}

void query_plan_phase(const struct query_plan *plan, enum query_phase phase)
{
	switch (phase) {
	case PHASE_PROBE:
		add_list(plan, query_plan_first(plan->needs));
		break;
	case PHASE_LISTS:
		plan_lists(plan);
		break;
	case PHASE_RESOURCES:
		plan_resources(plan);
		break;
	case PHASE_KEYS:
		plan_keys(plan);
		break;
	case PHASE_TAGS:
		if (needs(plan, QUERY_TAGS))
			plan_tags(plan);
		break;
	case QUERY_PHASES:
		break;
	}
}
