/* Shows a stored run: its accounts, the regions of an account, or the findings of a cell. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/suggestion.h"
#include "base/visible.h"
#include "scanner/commands/stored.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/terminal_text.h"
#include "scanner/reports/walk.h"

static const char *const formats[] = {"table", "json", NULL};

enum { NAME_WIDTH = 28, UNIT_WIDTH = 24 };

static void print_title(const struct matrix *matrix)
{
	char started[CLOCK_ISO_SIZE];

	clock_format_iso(matrix->run.started, started);
	printf("run %s  %s%s\n\n", matrix->run.id, started, matrix->run.is_unfinished ? " (not finished)" : "");
}

/* ---- all accounts ---- */

static void show_accounts(const struct matrix *matrix)
{
	bool several = matrix_has_several_organizations(matrix);

	print_title(matrix);
	printf("%-12s  %-28s  %-24s  %-11s  %7s  %12s  %6s%s\n", "ACCOUNT", "NAME", "OU", "STATE", "FAILING",
	       "NOT ASSESSED", "PARTLY", several ? "  ORGANIZATION" : "");
	for (size_t row = 0; row < matrix->row_count; row++) {
		const struct row *account = &matrix->rows[row];
		const struct totals totals = matrix_row_totals(matrix, row);

		printf("%s  ", account->id);
		terminal_text_pad(stdout, account->name ? account->name : "-", NAME_WIDTH);
		fputs("  ", stdout);
		terminal_text_pad(stdout, account->ou ? account->ou : "-", UNIT_WIDTH);
		printf("  %-11s  %7zu  %12zu  %6zu%s%s\n", cell_state_name(matrix_row_state(matrix, row)),
		       totals.failing, totals.blind, totals.partly, several ? "  " : "",
		       several && account->organization ? account->organization : "");
	}
}

static json_t *json_of_accounts(const struct matrix *matrix)
{
	json_t *list = json_array();

	for (size_t row = 0; row < matrix->row_count; row++)
		json_array_append_new(list, json_object_of_account(matrix, row));
	return list;
}

/* ---- one account ---- */

static void show_account(const struct matrix *matrix, size_t row)
{
	const struct row *account = &matrix->rows[row];

	print_title(matrix);
	printf("%s ", account->id);
	terminal_text_write(stdout, account->name ? account->name : "");
	printf("\nOU ");
	terminal_text_write(stdout, account->ou ? account->ou : "unknown");
	printf(", status %s\n", account->status ? account->status : "unknown");
	if (account->note) {
		fputs("note ", stdout);
		terminal_text_write(stdout, account->note);
		putchar('\n');
	}
	printf("\n%-16s  %-11s  %9s  %7s  %6s  %s\n", "REGION", "STATE", "RESOURCES", "FAILING", "EXEMPT",
	       "REASON");
	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct cell_record cell = matrix_details_of(matrix, row, column);
		const struct gap *gap = gap_of_cell(matrix, row, column);
		struct unassessed unassessed;

		printf("%-16s  %-11s  %9u  %7u  %6u  ", matrix->columns[column].region,
		       cell_state_name(cell.state), cell.resources, cell.failing, cell.exempt);
		if (walk_unassessed(matrix, row, column, &unassessed) && unassessed.is_part)
			printf("assessed only in part (%s): ", cell_state_name(unassessed.state));
		if (gap)
			printf("accepted gap %s until %s: ", gap->name, gap->expires);
		terminal_text_write(stdout, cell.reason ? cell.reason : "");
		putchar('\n');
	}
}

static json_t *json_of_row(const struct matrix *matrix, size_t row)
{
	json_t *object = json_object_of_account(matrix, row), *cells = json_array();

	for (size_t column = 0; column < matrix->column_count; column++)
		json_array_append_new(cells, json_object_of_cell(matrix, row, column));
	json_object_set_new(object, "cells", cells);
	return object;
}

/* ---- one cell ---- */

static void show_pairs(const char *title, const struct pair *pair)
{
	for (; pair; pair = pair->next) {
		printf("      %-12s ", title);
		terminal_text_write(stdout, pair->name);
		fputs(" = ", stdout);
		terminal_text_write(stdout, pair->value ? pair->value : "(absent)");
		putchar('\n');
		title = "";
	}
}

/* "used by"; a role without words of its own is shown as it is stored. */
static const char *relation_title(const struct resource *resource, const struct relation *relation)
{
	static const struct {
		const char *role, *title;
	} titles[] = {{"user", "used by"},
		      {"member", "has member"},
		      {"writer", "has writer"},
		      {"shared-with", "shared with"}};

	if (strcmp(relation->role, "cluster") == 0)
		return resource->kind == RESOURCE_SNAPSHOT ? "snapshot of"
		       : resource->kind == RESOURCE_BACKUP ? "backup of"
							   : "member of";
	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
		if (strcmp(titles[i].role, relation->role) == 0)
			return titles[i].title;
	return relation->role;
}

static void show_relations(const struct resource *resource)
{
	const char *before = "";

	for (const struct relation *relation = resource->relations; relation; relation = relation->next) {
		const char *title = relation_title(resource, relation);

		printf("      %-12s ", strcmp(title, before) == 0 ? "" : title);
		terminal_text_write(stdout, relation->target);
		putchar('\n');
		before = title;
	}
}

static void show_resource(const struct resource *resource)
{
	printf("\n  %s ", resource_kind_name(resource->kind));
	terminal_text_write(stdout, resource->id);
	fputs("\n      ", stdout);
	terminal_text_write(stdout, resource->arn ? resource->arn : "no ARN");
	putchar('\n');
	show_pairs("tags", resource->tags);
	show_relations(resource);
}

static void show_finding(const struct finding *finding)
{
	char at[CLOCK_ISO_SIZE];

	clock_format_iso(finding->at, at);
	printf("    %-8s %s (%s): ", verdict_name(finding->verdict), finding->control->id,
	       severity_name(finding->control->severity));
	terminal_text_write(stdout, finding->reason ? finding->reason : "");
	putchar('\n');
	if (finding->exception) {
		fputs("      exception    ", stdout);
		terminal_text_write(stdout, finding->exception);
		putchar('\n');
	}
	show_pairs("evidence", finding->evidence);
	printf("      %-12s %s, %s\n", "request", finding->request_id ? finding->request_id : "no id", at);
}

/* The order of resources, by the worst of their findings. */
enum rank { RANK_FAIL, RANK_UNKNOWN, RANK_EXEMPT, RANK_PASS, RANKS };

static enum rank rank_of(const struct finding *finding)
{
	switch (finding->verdict) {
	case VERDICT_FAIL:
		return finding->exception ? RANK_EXEMPT : RANK_FAIL;
	case VERDICT_UNKNOWN:
		return RANK_UNKNOWN;
	default:
		return RANK_PASS;
	}
}

/* The findings of a resource follow each other; `*end` is the first of the next resource. */
static enum rank rank_of_resource(const struct finding *first, const struct finding **end)
{
	enum rank worst = RANK_PASS;

	for (*end = first; *end && (*end)->resource == first->resource; *end = (*end)->next)
		if (rank_of(*end) < worst)
			worst = rank_of(*end);
	return worst;
}

/* Of the resources of this rank, the findings that decided it first. */
static void show_findings(const struct finding *first, enum rank wanted)
{
	const struct finding *end;

	for (; first; first = end) {
		if (rank_of_resource(first, &end) != wanted)
			continue;
		show_resource(first->resource);
		for (enum rank rank = wanted; rank < RANKS; rank++)
			for (const struct finding *finding = first; finding != end; finding = finding->next)
				if (rank_of(finding) == rank)
					show_finding(finding);
	}
}

static void show_cell(const struct matrix *matrix, size_t row, size_t column)
{
	const struct cell_record cell = matrix_details_of(matrix, row, column);
	struct unassessed unassessed;
	bool is_complete = !walk_unassessed(matrix, row, column, &unassessed);
	char at[CLOCK_ISO_SIZE] = "not scanned";

	if (cell.at)
		clock_format_iso(cell.at, at);
	print_title(matrix);
	printf("%s ", matrix->rows[row].id);
	terminal_text_write(stdout, matrix->rows[row].name ? matrix->rows[row].name : "");
	printf(", %s: %s%s\n  %u resources, %u failing, %u exempt; %s, request %s\n",
	       matrix->columns[column].region, cell_state_name(cell.state),
	       is_complete          ? ""
	       : unassessed.is_part ? ", assessed only in part"
				    : ", not assessed",
	       cell.resources, cell.failing, cell.exempt, at, cell.request_id ? cell.request_id : "no id");
	if (!is_complete && unassessed.is_part)
		printf("  not assessed: %s\n", cell_state_name(unassessed.state));
	if (cell.reason) {
		fputs("  reason: ", stdout);
		terminal_text_write(stdout, cell.reason);
		putchar('\n');
	}
	for (enum rank rank = 0; rank < RANKS; rank++)
		show_findings(cell.findings, rank);
}

static json_t *json_of_cell(const struct matrix *matrix, size_t row, size_t column)
{
	json_t *object = json_object_of_cell(matrix, row, column), *findings = json_array();

	for (const struct finding *finding = matrix_findings(matrix, row, column); finding;
	     finding = finding->next)
		json_array_append_new(findings, json_object_of_finding(matrix, row, column, finding));
	json_object_set_new(object, "findings", findings);
	return object;
}

/* ---- command ---- */

static bool find_column(const struct stored *stored, const char *name, size_t *column)
{
	const struct matrix *matrix = &stored->matrix;
	struct suggestion nearest = suggestion_for(name);
	char suggestion[SUGGESTION_SIZE];

	for (*column = 0; *column < matrix->column_count; (*column)++) {
		if (strcmp(matrix->columns[*column].region, name) == 0)
			return true;
		suggestion_consider(&nearest, matrix->columns[*column].region);
	}
	stored_refuse(stored, "neptune-scan show ACCOUNT lists the regions", "run %s has no region \"%s\"%s",
		      matrix->run.id, name, suggestion_write(&nearest, suggestion));
	return false;
}

static enum exit_code show(struct stored *stored)
{
	const struct matrix *matrix = &stored->matrix;
	enum exit_code code = stored_load(stored), outcome;
	bool json = strcmp(stored->format, "json") == 0;
	size_t row = 0, column = 0;

	if (code != EXIT_COMPLIANT)
		return code;
	if (stored->arguments.word_count > 0 && !stored_find_row(stored, stored->arguments.words[0], &row))
		return EXIT_USAGE;
	if (stored->arguments.word_count > 1 && !find_column(stored, stored->arguments.words[1], &column))
		return EXIT_USAGE;
	outcome = stored_outcome(stored, &matrix->run);
	if (stored->arguments.word_count == 0 && json)
		json_print(json_of_accounts(matrix));
	else if (stored->arguments.word_count == 0)
		show_accounts(matrix);
	else if (stored->arguments.word_count == 1 && json)
		json_print(json_of_row(matrix, row));
	else if (stored->arguments.word_count == 1)
		show_account(matrix, row);
	else if (json)
		json_print(json_of_cell(matrix, row, column));
	else
		show_cell(matrix, row, column);
	return stored_is_whole(matrix) ? outcome : EXIT_IMPOSSIBLE;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (stored_read(&stored, "show", STORED_FORMAT | STORED_RUN, formats, 2, argument_count, arguments))
		code = show(&stored);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan show [ACCOUNT [REGION]] [--run ID] [--db FILE] [--format table|json]\n\n"
	     "Examples:\n"
	     "  neptune-scan show\n"
	     "  neptune-scan show 111111111111\n"
	     "  neptune-scan show 111111111111 eu-west-1\n\n"
	     "Shows a stored run, the latest unless --run names one: its accounts; the regions of an account,\n"
	     "by id or name; the resources of a cell (one account in one region), failing ones first, with "
	     "AWS's\n"
	     "raw values and request ids, or why the cell could not be assessed.\n"
	     "Exit 0; of a run in which nothing was assessed, the exit code of its scan (3 or 4).");
}

const struct command command_show = {
	.name = "show",
	.summary = "show accounts, cells and evidence of a run",
	.run = run,
	.help = help,
};
