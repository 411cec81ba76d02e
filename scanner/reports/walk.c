#include "scanner/reports/walk.h"

#include <stdio.h>

void walk_findings(const struct matrix *matrix, const struct report_output *output,
		   void (*take)(void *context, const struct found *found), void *context)
{
	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t column = 0; column < matrix->column_count; column++) {
			struct found found = {matrix,
					      &matrix->rows[row],
					      matrix->columns[column].region,
					      row,
					      column,
					      matrix_findings(matrix, row, column)};

			for (; found.finding; found.finding = found.finding->next)
				if (!report_leaves_out(output, found.finding))
					take(context, &found);
		}
	}
}

void found_write_id(const struct found *found, char *text, size_t size)
{
	snprintf(text, size, "neptune-scan/%s/%s/%s/%s", found->finding->control->id, found->account->id,
		 found->region, resource_name(found->finding->resource));
}
