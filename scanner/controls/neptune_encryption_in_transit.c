#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "scanner/controls/criteria.h"

enum transport { HTTPS_ONLY, BY_PARAMETER, NOT_KNOWN };

/* False: not a number, or longer than that of any version. */
static bool read_number(struct span text, unsigned long *number)
{
	char digits[24];

	if (text.length == 0 || text.length >= sizeof digits)
		return false;
	memcpy(digits, text.at, text.length);
	digits[text.length] = '\0';
	if (strspn(digits, "0123456789") != text.length)
		return false;
	*number = strtoul(digits, NULL, 10);
	return true;
}

/*
 * From engine version 1.0.4.0 on, Neptune accepts only HTTPS, whatever the parameter is (Neptune user guide,
 * "Encryption in Transit: Connecting to Neptune Using SSL/HTTPS"). Versions are compared number by number:
 * 1.0.10.0 and 1.2.1.0.R2 are later. Every 1.0.4 is late enough; "1.0" alone may be earlier or later.
 */
static enum transport transport_of(const struct resource *cluster)
{
	static const unsigned long first[] = {1, 0, 4};
	struct span rest = span_of(cluster->values[ATTRIBUTE_ENGINE_VERSION]), part;
	unsigned long number;

	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
		if (!span_split(&rest, '.', &part) || !read_number(part, &number))
			return NOT_KNOWN;
		if (number != first[i])
			return number > first[i] ? HTTPS_ONLY : BY_PARAMETER;
	}
	return HTTPS_ONLY;
}

static bool wants(const struct resource *resource, const struct policy *policy, enum query_kind query)
{
	(void)policy;
	(void)query;
	return transport_of(resource) != HTTPS_ONLY;
}

/*
 * For an older engine, or an unknown version. The parameter is deprecated: where a group does not have it,
 * older engines enforce HTTPS (the same page).
 */
static void evaluate_parameter(const struct resource *cluster, bool is_older, struct evaluation *evaluation)
{
	const char *value = cluster->values[ATTRIBUTE_ENFORCE_SSL];
	const char *version = attribute_text(cluster, ATTRIBUTE_ENGINE_VERSION);

	if (attribute_is(cluster, ATTRIBUTE_ENFORCE_SSL, "1"))
		evaluation_set(evaluation, VERDICT_PASS, "neptune_enforce_ssl is 1");
	else if (!is_older)
		evaluation_set(evaluation, VERDICT_UNKNOWN,
			       "unexpected value: EngineVersion is %s, and neptune_enforce_ssl is %s",
			       text_brief(version, 40).text,
			       text_brief(attribute_text(cluster, ATTRIBUTE_ENFORCE_SSL), 40).text);
	else if (attribute_is(cluster, ATTRIBUTE_ENFORCE_SSL, "0"))
		evaluation_set(evaluation, VERDICT_FAIL, "neptune_enforce_ssl is 0, and engine %s accepts HTTP",
			       text_brief(version, 40).text);
	else if (value)
		evaluate_unclear(cluster, ATTRIBUTE_ENFORCE_SSL, evaluation);
	else if (cluster->answered & QUERY_BIT(QUERY_PARAMETERS))
		evaluation_set(evaluation, VERDICT_PASS,
			       "neptune_enforce_ssl is not set in parameter group %s, and its default is to "
			       "enforce",
			       text_brief(attribute_text(cluster, ATTRIBUTE_PARAMETER_GROUP), 60).text);
	else
		evaluation_set(evaluation, VERDICT_UNKNOWN,
			       "neptune_enforce_ssl is not known: parameter group %s was not read",
			       text_brief(attribute_text(cluster, ATTRIBUTE_PARAMETER_GROUP), 60).text);
}

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	enum transport transport = transport_of(resource);

	(void)policy;
	if (transport == HTTPS_ONLY)
		evaluation_set(evaluation, VERDICT_PASS, "engine %s accepts HTTPS only",
			       text_brief(attribute_text(resource, ATTRIBUTE_ENGINE_VERSION), 40).text);
	else if (!evaluate_refusal(resource, QUERY_PARAMETERS, evaluation))
		evaluate_parameter(resource, transport == BY_PARAMETER, evaluation);
}

const struct control neptune_encryption_in_transit = {
	.id = "neptune-encryption-in-transit",
	.title = "Neptune clusters refuse connections that are not encrypted",
	.group = "hardening",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_PARAMETERS),
	.wants = wants,
	.evidence = EVIDENCE(ATTRIBUTE_ENGINE_VERSION, ATTRIBUTE_ENFORCE_SSL, ATTRIBUTE_PARAMETER_GROUP),
	.evaluate = evaluate,
	.rationale = "What is encrypted at rest should not cross the network in the clear.",
	.criteria =
		"An engine of version 1.0.4.0 or later accepts HTTPS only and passes, whatever the parameter "
		"neptune_enforce_ssl says: it is deprecated, and no later engine reads it. An older engine "
		"fails if the parameter is 0 in the cluster parameter group. Where EngineVersion is absent or "
		"unreadable, only neptune_enforce_ssl = 1 passes; anything else is unknown.",
	.remediation =
		"Upgrade the engine to 1.0.4.0 or later. Until then, set neptune_enforce_ssl = 1 in a cluster "
		"parameter group of the cluster's own (modify-db-cluster-parameter-group) and reboot its "
		"instances.",
	.references = REFERENCES("Neptune user guide: encryption in transit (HTTPS only from 1.0.4.0 on)"),
};
