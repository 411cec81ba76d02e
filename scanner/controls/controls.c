#include "scanner/controls/controls.h"

#include <string.h>

#include "scanner/controls/catalogue.h"
#include "scanner/controls/criteria.h"

#define DECLARE(name) extern const struct control name;
#define LIST(name) &(name),

CONTROLS(DECLARE)

const struct control *const controls[] = {CONTROLS(LIST) NULL};

bool control_is_named(const struct control *control, const char *name, const struct policy *policy)
{
	if (strcmp(name, "all") == 0 || strcmp(name, control->id) == 0)
		return true;
	return strcmp(name, control->group) == 0 &&
	       !(control->only_when_key_required && policy->require_key == KEY_ANY);
}

uint32_t control_needs(const struct control *control, const struct policy *policy)
{
	return control->needs | (policy->require_key == KEY_CUSTOMER ? control->needs_for_customer : 0);
}

bool control_applies_to(const struct control *control, enum resource_kind kind)
{
	return control->kinds >> kind & 1;
}

static bool is_being_deleted(const struct resource *resource)
{
	const char *status = resource->values[ATTRIBUTE_STATUS];

	return (resource->kind == RESOURCE_CLUSTER || resource->kind == RESOURCE_INSTANCE) && status &&
	       strcmp(status, "deleting") == 0;
}

/* An instance is deleted with its cluster. */
static bool is_leaving(const struct control *control, const struct resource *resource)
{
	return strcmp(control->group, "hardening") == 0 &&
	       (is_being_deleted(resource) || (resource->cluster && resource->kind == RESOURCE_INSTANCE &&
					       is_being_deleted(resource->cluster)));
}

bool control_wants(const struct control *control, const struct resource *resource, const struct policy *policy,
		   enum query_kind query)
{
	return control_applies_to(control, resource->kind) &&
	       (control_needs(control, policy) & QUERY_BIT(query)) && !is_leaving(control, resource) &&
	       (!control->wants || control->wants(resource, policy, query));
}

void control_evaluate(const struct control *control, const struct resource *resource,
		      const struct policy *policy, struct evaluation *evaluation)
{
	if (is_leaving(control, resource))
		evaluation_set(evaluation, VERDICT_NOT_APPLICABLE, "the %s is being deleted",
			       resource_kind_name(resource->kind));
	else
		control->evaluate(resource, policy, evaluation);
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {"pass", "fail", "unknown", "not-applicable"};

	return names[verdict];
}

static const char *const severity_names[] = {"low", "medium", "high", "critical"};

const char *severity_name(enum severity severity)
{
	return severity_names[severity];
}

bool severity_by_name(const char *name, enum severity *severity)
{
	for (size_t i = 0; i < sizeof severity_names / sizeof severity_names[0]; i++) {
		if (strcmp(name, severity_names[i]) == 0) {
			*severity = (enum severity)i;
			return true;
		}
	}
	return false;
}

enum key_requirement key_requirement_by_name(const char *name)
{
	return strcmp(name, "customer") == 0 ? KEY_CUSTOMER : strcmp(name, "kms") == 0 ? KEY_KMS : KEY_ANY;
}
