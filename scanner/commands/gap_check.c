#include "scanner/commands/gap_check.h"

#include <stdio.h>

#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/gap_cells.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/terminal_text.h"

enum { MAX_PRINTED = 8 /* accounts */ };

/* The regions of the account in which the gap covers a cell. */
static size_t list_regions(const struct matrix *matrix, const struct gap *gap, size_t row, struct buffer *list)
{
	size_t count = 0;

	for (size_t column = 0; column < matrix->column_count; column++)
		if (gap_of_cell(matrix, row, column) == gap)
			buffer_texts(list, count++ ? ", " : "", matrix->columns[column].region, NULL);
	return count;
}

/* ---- the table ---- */

static void print_account(const struct row *account, const struct buffer *regions)
{
	printf("           %s", account->id);
	if (account->name) {
		fputs(" (", stdout);
		terminal_text_write(stdout, account->name);
		putchar(')');
	}
	printf(": %s\n", regions->at);
}

static void print_cells(const struct matrix *matrix, const struct gap *gap)
{
	size_t printed = 0, more = 0;

	for (size_t row = 0; row < matrix->row_count; row++) {
		struct buffer regions = {0};
		bool any = list_regions(matrix, gap, row, &regions) > 0;

		if (regions.failed)
			json_oom_guard_fail();
		else if (any && printed++ < MAX_PRINTED)
			print_account(&matrix->rows[row], &regions);
		more += any && printed > MAX_PRINTED;
		buffer_deinit(&regions);
	}
	if (more > 0)
		printf("           and %zu more account%s (--format json lists them)\n", more,
		       text_plural(more));
}

static void print_one(const struct matrix *matrix, const struct gap *gap)
{
	struct buffer text = {0};
	struct gap_tally tally;

	gap_count(matrix, gap, &tally);
	gap_describe(matrix, gap, &text);
	if (text.failed)
		json_oom_guard_fail();
	printf("  %-8s gap ", gap->is_expired ? "EXPIRED" : gap_use(gap, &tally));
	terminal_text_write(stdout, text.at ? text.at : "");
	putchar('\n');
	print_cells(matrix, gap);
	buffer_deinit(&text);
}

void gap_check_print(const struct matrix *matrix)
{
	const struct gaps *gaps = &matrix->run.exceptions->gaps;

	for (size_t i = 0; i < gaps->count; i++)
		print_one(matrix, &gaps->items[i]);
}

/* ---- JSON ---- */

static json_t *json_of_cells(const struct matrix *matrix, const struct gap *gap)
{
	json_t *list = json_array();

	for (size_t row = 0; row < matrix->row_count; row++) {
		json_t *regions = json_array();

		for (size_t column = 0; column < matrix->column_count; column++)
			if (gap_of_cell(matrix, row, column) == gap)
				json_array_append_new(regions, json_string(matrix->columns[column].region));
		if (json_array_size(regions) == 0)
			json_decref(regions);
		else
			json_array_append_new(list, json_pack("{s:s,s:o,s:o}", "account", matrix->rows[row].id,
							      "name", json_text(matrix->rows[row].name),
							      "regions", regions));
	}
	return list;
}

json_t *gap_check_json(const struct matrix *matrix)
{
	const struct gaps *gaps = &matrix->run.exceptions->gaps;
	json_t *list = json_array();

	for (size_t i = 0; i < gaps->count; i++) {
		json_t *object = json_object_of_gap(matrix, &gaps->items[i]);

		json_object_set_new(object, "covered", json_of_cells(matrix, &gaps->items[i]));
		json_array_append_new(list, object);
	}
	return list;
}

/* ---- attention ---- */

static bool is_needed(const struct matrix *matrix, const struct gap *gap)
{
	struct buffer unneeded = {0};
	struct gap_tally tally;
	bool all;

	gap_count(matrix, gap, &tally);
	gap_list_unneeded_regions(matrix, gap, &unneeded);
	gap_list_unneeded_accounts(matrix, gap, &unneeded);
	all = unneeded.length == 0 && !unneeded.failed;
	buffer_deinit(&unneeded);
	return all && !gap->is_expired && tally.covered > 0;
}

bool gap_check_finds_problem(const struct matrix *matrix)
{
	const struct gaps *gaps = &matrix->run.exceptions->gaps;
	const struct totals totals = matrix_totals(matrix);

	if (gaps_leave_too_little(&totals))
		return true;
	for (size_t i = 0; i < gaps->count; i++)
		if (!is_needed(matrix, &gaps->items[i]))
			return true;
	return false;
}
