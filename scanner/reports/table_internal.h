/*
 * table_internal.h - the sections of the table report, and what they have in common.
 *
 * A section begins with a blank line and is left out when there is nothing in it.
 */
#ifndef SCANNER_REPORTS_TABLE_INTERNAL_H
#define SCANNER_REPORTS_TABLE_INTERNAL_H

#include "scanner/matrix/conclusion.h"
#include "scanner/reports/causes.h"
#include "scanner/reports/failing.h"
#include "scanner/reports/reports.h"

#define TABLE_BOLD "1"
#define TABLE_MILD "33"

/* How much the sections list: the first of several that make the whole short enough. */
struct table_limits {
	size_t rows;     /* of the matrix */
	size_t failures; /* lines of the list of what fails, but for those that every section has */
	size_t causes, exceptions, gaps, notes;
};

/* What two sections list. Collecting it reads the details of all cells, so that is done once for all limits. */
struct table_lists {
	struct failing failing;
	struct causes causes;
};

/* ---- common ---- */

const char *table_color_of(enum cell_state state);
void table_paint(const struct report_output *output, const char *color, const char *text);
/* In two lines where the terminal is too narrow. */
void table_heading(const struct report_output *output, const char *text);
/* "000000000001 name" */
void table_write_account(const struct row *account, FILE *stream);
/* Foreign text in what is left of a line of which `used` columns are written. */
void table_write_rest(const struct report_output *output, const char *text, size_t used);
/* Text in lines, broken at blanks; `used` columns of the first one are written, the others are indented. */
void table_write_wrapped(const struct report_output *output, const char *text, size_t used, size_t indent);
/*
 * "  ... and 3 more: " and a command that reads the run; where it is not stored, what the scan needs: `report`
 * is the format that has all. A command that does not fit stands on a line of its own, and can be pasted.
 */
void table_write_command(const struct matrix *matrix, const struct report_output *output, const char *lead,
			 const char *command, const char *report);
/* Does it fail, but in nothing of high or critical severity? Then its mark is "f". */
static inline bool table_is_mild(struct cell_summary cell)
{
	return cell.state == CELL_FAIL && cell.worst > 0 && cell.worst - 1 < SEVERITY_HIGH;
}

/* ---- sections ---- */

void table_write_controls(const struct matrix *matrix, const struct conclusion *conclusion,
			  const struct report_output *output);
void table_write_states(const struct matrix *matrix, const struct totals *totals,
			const struct report_output *output);
void table_write_matrix(const struct matrix *matrix, const struct report_output *output,
			const struct table_limits *limits);
void table_collect_failing(const struct matrix *matrix, struct failing *failing);
void table_write_failing(const struct matrix *matrix, const struct report_output *output,
			 const struct failing *failing, size_t max_lines);
void table_collect_causes(const struct matrix *matrix, struct causes *causes);
void table_write_causes(const struct matrix *matrix, const struct totals *totals,
			const struct report_output *output, const struct causes *causes, size_t max);

#endif
