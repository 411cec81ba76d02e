#include "scanner/reports/row_order.h"

#include <stdlib.h>

#include "base/json_oom_guard.h"

struct ranked {
	size_t row;
	int severity;
	size_t failing, gaps, resources;
};

int row_worst_severity(const struct matrix *matrix, size_t row)
{
	int worst = 0;

	for (size_t column = 0; column < matrix->column_count; column++) {
		int one = matrix_cell(matrix, row, column).worst;

		worst = one > worst ? one : worst;
	}
	return worst;
}

static int descending(size_t a, size_t b)
{
	return (a < b) - (a > b);
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;
	int order = right->severity - left->severity;

	order = order ? order : descending(left->failing, right->failing);
	order = order ? order : descending(left->gaps, right->gaps);
	order = order ? order : descending(left->resources, right->resources);
	return order ? order : descending(right->row, left->row);
}

static struct ranked rank(const struct matrix *matrix, size_t row)
{
	const struct totals totals = matrix_row_totals(matrix, row);

	return (struct ranked){row, row_worst_severity(matrix, row), totals.failing,
			       totals.blind + totals.partly, totals.resources};
}

size_t *row_order_new(const struct matrix *matrix)
{
	struct ranked *ranked = json_oom_guard_calloc(matrix->row_count + 1, sizeof *ranked);
	size_t *rows = json_oom_guard_calloc(matrix->row_count + 1, sizeof *rows);

	for (size_t row = 0; ranked && rows && row < matrix->row_count; row++)
		ranked[row] = rank(matrix, row);
	if (ranked && rows) {
		qsort(ranked, matrix->row_count, sizeof *ranked, compare_ranked);
		for (size_t i = 0; i < matrix->row_count; i++)
			rows[i] = ranked[i].row;
	} else {
		free(rows);
		rows = NULL;
	}
	free(ranked);
	return rows;
}
