#include "scanner/controls/criteria.h"

static void evaluate(const struct resource *resource, const struct policy *policy,
		     struct evaluation *evaluation)
{
	(void)policy;
	evaluate_flag(resource, ATTRIBUTE_COPY_TAGS, true, evaluation);
}

const struct control neptune_copy_tags_to_snapshots = {
	.id = "neptune-copy-tags-to-snapshots",
	.title = "Neptune clusters copy their tags to snapshots",
	.group = "hardening",
	.severity = SEVERITY_LOW,
	.kinds = APPLIES_TO(RESOURCE_CLUSTER),
	.needs = QUERY_BIT(QUERY_CLUSTERS),
	.evidence = EVIDENCE(ATTRIBUTE_COPY_TAGS, ATTRIBUTE_STATUS),
	.evaluate = evaluate,
	.rationale = "A snapshot without tags has no owner, no cost centre, and escapes policies that go by "
		     "tags.",
	.criteria = "CopyTagsToSnapshot must be true.",
	.remediation = "modify-db-cluster --copy-tags-to-snapshot",
	.references = REFERENCES("Security Hub Neptune.8",
				 "AWS Config neptune-cluster-copy-tags-to-snapshot-enabled"),
};
