#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "scanner/controls/criteria.h"

/*
 * AWS publishes no Neptune logs in China (Neptune user guide, "Publishing Neptune Logs to Amazon CloudWatch
 * Logs").
 */
static bool is_in_china(const struct policy *policy)
{
	return policy->partition && strcmp(policy->partition, "aws-cn") == 0;
}

static bool exports_audit(const struct resource *cluster)
{
	struct span rest = span_of(cluster->values[ATTRIBUTE_LOG_EXPORTS]), log;

	while (span_split(&rest, ',', &log))
		if (span_equals(log, "audit"))
			return true;
	return false;
}

/* Without log export, the parameter has no effect. */
static bool wants(const struct resource *resource, const struct policy *policy, enum query_kind query)
{
	(void)query;
	return !is_in_china(policy) && exports_audit(resource);
}

/*
 * The default is 0 (Neptune user guide, "Amazon Neptune parameters"), and then there are no logs to export.
 */
static void evaluate_parameter(const struct resource *cluster, struct evaluation *evaluation)
{
	const char *group = attribute_text(cluster, ATTRIBUTE_PARAMETER_GROUP);

	if (evaluate_refusal(cluster, QUERY_PARAMETERS, evaluation))
		return;
	if (attribute_is(cluster, ATTRIBUTE_AUDIT_LOG, "1"))
		evaluation_set(evaluation, VERDICT_PASS,
			       "audit logs are written (neptune_enable_audit_log is 1) and "
			       "exported");
	else if (attribute_is(cluster, ATTRIBUTE_AUDIT_LOG, "0"))
		evaluation_set(
			evaluation, VERDICT_FAIL,
			"exported, but switched off: neptune_enable_audit_log is 0 in parameter group %s",
			text_brief(group, 60).text);
	else if (cluster->values[ATTRIBUTE_AUDIT_LOG])
		evaluate_unclear(cluster, ATTRIBUTE_AUDIT_LOG, evaluation);
	else if (cluster->answered & QUERY_BIT(QUERY_PARAMETERS))
		evaluation_set(
			evaluation, VERDICT_FAIL,
			"exported, but switched off: neptune_enable_audit_log is not set in parameter group "
			"%s, and its default is 0",
			text_brief(group, 60).text);
	else
		evaluation_set(
			evaluation, VERDICT_UNKNOWN,
			"exported, but neptune_enable_audit_log is not known: parameter group %s was not "
			"read",
			text_brief(group, 60).text);
}

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	if (is_in_china(policy))
		evaluation_set(evaluation, VERDICT_NOT_APPLICABLE, "AWS publishes no Neptune logs in China");
	else if (!exports_audit(resource))
		evaluation_set(evaluation, VERDICT_FAIL, "audit is not among the exported logs");
	else
		evaluate_parameter(resource, evaluation);
}

const struct control neptune_audit_logs = {
	.id = "neptune-audit-logs",
	.title = "Neptune clusters write audit logs and export them to CloudWatch",
	.group = "hardening",
	.severity = SEVERITY_MEDIUM,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = QUERY_BIT(QUERY_CLUSTERS) | QUERY_BIT(QUERY_PARAMETERS),
	.wants = wants,
	.evidence = EVIDENCE(ATTRIBUTE_LOG_EXPORTS, ATTRIBUTE_AUDIT_LOG, ATTRIBUTE_PARAMETER_GROUP,
			     ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "Audit logs record which client ran which query. Without export they are lost when log "
		     "files rotate or the instance is deleted.",
	.criteria =
		"EnabledCloudwatchLogsExports must contain audit, and neptune_enable_audit_log must be 1 in "
		"the cluster parameter group: its default is 0, and then nothing is written that could be "
		"exported. AWS leaves the list out when nothing is exported, so an absent list fails. Not "
		"applicable in China, where AWS publishes no Neptune logs.",
	.remediation = "modify-db-cluster --cloudwatch-logs-export-configuration "
		       "'{\"EnableLogTypes\":[\"audit\"]}', with neptune_enable_audit_log = 1 in the cluster "
		       "parameter group.",
	.references = REFERENCES("Security Hub Neptune.2",
				 "AWS Config neptune-cluster-cloudwatch-log-export-enabled"),
};
