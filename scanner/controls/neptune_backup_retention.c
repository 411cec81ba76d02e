#include <stdlib.h>

#include "base/text.h"
#include "scanner/controls/criteria.h"

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	const char *value = resource->values[ATTRIBUTE_BACKUP_RETENTION];
	char *end;
	long days;

	days = value ? strtol(value, &end, 10) : 0;
	if (!value || value[0] < '0' || value[0] > '9' || *end)
		evaluate_unclear(resource, ATTRIBUTE_BACKUP_RETENTION, evaluation);
	else
		evaluation_set(evaluation, days >= policy->min_backup_days ? VERDICT_PASS : VERDICT_FAIL,
			       "backups are kept for %ld day%s, %lld are required", days, days == 1 ? "" : "s",
			       (long long)policy->min_backup_days);
}

const struct control neptune_backup_retention = {
	.id = "neptune-backup-retention",
	.title = "Neptune clusters keep their automated backups long enough",
	.group = "hardening",
	.severity = SEVERITY_MEDIUM,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = QUERY_BIT(QUERY_CLUSTERS),
	.evidence = EVIDENCE(ATTRIBUTE_BACKUP_RETENTION, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "A mistake that is noticed after the last backup has expired cannot be undone.",
	.criteria = "BackupRetentionPeriod must be at least controls.min_backup_days (7).",
	.remediation = "modify-db-cluster --backup-retention-period 7",
	.references = REFERENCES("Security Hub Neptune.5", "AWS Config neptune-cluster-backup-retention-check"),
};
