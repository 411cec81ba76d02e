#include <string.h>

#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	const char *rest = resource->values[ATTRIBUTE_LOG_EXPORTS];

	(void)policy;
	while (rest && *rest) {
		size_t length = strcspn(rest, ",");

		if (length == 5 && memcmp(rest, "audit", 5) == 0) {
			judge_say(judgement, VERDICT_PASS, "audit logs are exported");
			return;
		}
		rest += length + (rest[length] == ',');
	}
	judge_say(judgement, VERDICT_FAIL, "audit is not among the exported logs");
}

const struct control neptune_audit_logs = {
	.id = "neptune-audit-logs",
	.title = "Neptune clusters export their audit logs to CloudWatch",
	.group = "hardening",
	.severity = SEVERITY_MEDIUM,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = ASKS(QUESTION_CLUSTERS),
	.evidence = EVIDENCE(ATTRIBUTE_LOG_EXPORTS, ATTRIBUTE_STATUS),
	.judge = judge,
	.rationale = "Audit logs show who asked what; without export they are gone with the instance.",
	.judged = "EnabledCloudwatchLogsExports must contain audit. AWS leaves the list out when nothing "
		  "is exported, so an absent list fails.",
	.remediation = "modify-db-cluster --cloudwatch-logs-export-configuration "
		       "'{\"EnableLogTypes\":[\"audit\"]}', with neptune_enable_audit_log = 1 in the cluster "
		       "parameter group.",
	.references = REFERENCES("Security Hub Neptune.2",
				 "AWS Config neptune-cluster-cloudwatch-log-export-enabled"),
};
