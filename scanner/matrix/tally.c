#include "scanner/matrix/tally.h"

#include <string.h>

static void add_finding(const struct matrix *matrix, const struct finding *finding, struct tally *tally)
{
	size_t i = 0;

	while (matrix->selected[i] && matrix->selected[i] != finding->control)
		i++;
	if (!matrix->selected[i] || i >= MAX_TALLIED)
		return;
	tally->controls[i].unknown += finding->verdict == VERDICT_UNKNOWN;
	tally->controls[i].pass += finding->verdict == VERDICT_PASS;
	tally->controls[i].exempt += finding->verdict == VERDICT_FAIL && finding->exception;
	tally->controls[i].fail += finding_fails(finding);
}

/* All findings about one resource; returns the first of the next one. */
static const struct finding *add_resource(const struct matrix *matrix, const struct finding *finding,
					  struct tally *tally)
{
	const struct resource *resource = finding->resource;
	bool is_cluster = resource->kind == RESOURCE_CLUSTER, is_unencrypted = false, is_exempt = false;
	size_t worst = 0; /* severity + 1 */

	for (; finding && finding->resource == resource; finding = finding->next) {
		add_finding(matrix, finding, tally);
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

void tally_matrix(const struct matrix *matrix, struct tally *tally)
{
	*tally = (struct tally){0};
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			for (const struct finding *finding = matrix_findings(matrix, row, column); finding;)
				finding = add_resource(matrix, finding, tally);
}
