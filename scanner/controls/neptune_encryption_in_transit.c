#include <string.h>

#include "scanner/controls/judging.h"

static void judge(const struct resource *resource, const struct policy *policy, struct judgement *judgement)
{
	const char *value = resource->values[ATTRIBUTE_ENFORCE_SSL];

	(void)policy;
	if (judge_refusal(resource, QUESTION_PARAMETERS, judgement))
		return;
	if (!value)
		judge_say(judgement, VERDICT_UNKNOWN,
			  "AWS did not say: neptune_enforce_ssl is not in parameter group %.60s",
			  judge_value(resource, ATTRIBUTE_PARAMETER_GROUP));
	else if (strcmp(value, "1") != 0 && strcmp(value, "0") != 0)
		judge_say(judgement, VERDICT_UNKNOWN, "AWS did not say clearly: neptune_enforce_ssl is %.40s",
			  value);
	else
		judge_say(judgement, *value == '1' ? VERDICT_PASS : VERDICT_FAIL, "neptune_enforce_ssl is %s",
			  value);
}

const struct control neptune_encryption_in_transit = {
	.id = "neptune-encryption-in-transit",
	.title = "Neptune clusters refuse connections that are not encrypted",
	.group = "hardening",
	.severity = SEVERITY_HIGH,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = ASKS(QUESTION_CLUSTERS) | ASKS(QUESTION_PARAMETERS),
	.evidence = EVIDENCE(ATTRIBUTE_ENFORCE_SSL, ATTRIBUTE_PARAMETER_GROUP),
	.judge = judge,
	.rationale = "What is encrypted at rest should not cross the network in the clear.",
	.judged = "The parameter neptune_enforce_ssl of the cluster parameter group: 1 passes, 0 fails, "
		  "anything else or none is unknown.",
	.remediation = "Set neptune_enforce_ssl = 1 in a cluster parameter group of the cluster's own (modify-"
		       "db-cluster-parameter-group) and reboot its instances.",
	.references = REFERENCES("Neptune user guide: neptune_enforce_ssl"),
};
