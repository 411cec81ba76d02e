#include "scanner/matrix/tally.h"

static void add_finding(struct tally *tally, const struct control *const *selected,
			const struct finding *finding)
{
	size_t i = 0;

	while (selected[i] && selected[i] != finding->control)
		i++;
	if (!selected[i] || i >= MAX_TALLIED)
		return;
	tally->controls[i].unknown += finding->verdict == VERDICT_UNKNOWN;
	tally->controls[i].pass += finding->verdict == VERDICT_PASS;
	tally->controls[i].exempt += finding->verdict == VERDICT_FAIL && finding->exception;
	tally->controls[i].fail += finding_fails(finding);
}

/* All findings about one resource; returns the first of the next one. */
static const struct finding *add_resource(struct tally *tally, const struct control *const *selected,
					  const struct finding *finding)
{
	const struct resource *resource = finding->resource;
	bool is_cluster = resource->kind == RESOURCE_CLUSTER, is_unencrypted = false, is_exempt = false;
	size_t worst = 0; /* severity + 1 */

	for (; finding && finding->resource == resource; finding = finding->next) {
		add_finding(tally, selected, finding);
		is_unencrypted = is_unencrypted || finding_is_of_unencrypted(finding);
		is_exempt = is_exempt || (finding->exception && finding_is_of_unencrypted(finding));
		if (finding_fails(finding) && finding->control->severity >= worst)
			worst = finding->control->severity + 1U;
	}
	if (worst > 0)
		tally->failing[worst - 1]++;
	tally->clusters += is_cluster;
	tally->unencrypted += is_cluster && is_unencrypted && !is_exempt;
	tally->exempt_unencrypted += is_cluster && is_exempt;
	return finding;
}

void tally_add(struct tally *tally, const struct control *const *selected, const struct finding *findings)
{
	while (findings)
		findings = add_resource(tally, selected, findings);
}
