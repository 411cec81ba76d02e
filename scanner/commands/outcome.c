#include "scanner/commands/outcome.h"

static bool fails_at(const struct matrix *matrix, enum severity threshold)
{
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			if (matrix_cell(matrix, row, column).worst > threshold)
				return true;
	return false;
}

enum exit_code outcome_of(const struct matrix *matrix, const char *fail_on)
{
	enum severity threshold = SEVERITY_LOW;

	if (!matrix_totals(matrix).complete)
		return EXIT_INCOMPLETE;
	severity_by_name(fail_on, &threshold);
	return fails_at(matrix, threshold) ? EXIT_FAILING : EXIT_COMPLIANT;
}
