/*
 * Compares two runs, account by account and region by region: first what they cover, then what both of them
 * cover. Reports are sorted, so nothing has to be kept.
 */
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "scanner/diff/diff.h"
#include "scanner/matrix/reason.h"
#include "scanner/matrix/settings_fingerprint.h"

/* ---- cells ---- */

/* The cells of an account that only one of the runs covers. */
struct uncommon {
	size_t cells, resources, failing, unassessed;
	const char *reason; /* of the first */
};

/* Resources in a region that is not enabled any more are not gone: they cannot be listed. */
static bool is_in_scope(const struct cell_record *cell)
{
	return cell->state != CELL_SKIPPED && cell->state != CELL_DISABLED && cell->state != CELL_UNSUPPORTED;
}

/* How much of a cell is not assessed. */
enum missing { MISSING_NONE, MISSING_PART, MISSING_ALL };

static enum missing missing_of(const struct cell_record *cell)
{
	return !cell_state_facts(cell->state)->looked_at ? MISSING_ALL
	       : cell->complete                          ? MISSING_NONE
							 : MISSING_PART;
}

static void add_uncommon(const struct cell_pair *pair, struct uncommon *uncommon, const struct cell_record *in,
			 const char *reason)
{
	if (uncommon->cells++ == 0)
		uncommon->reason = differences_keep(pair->differences, reason);
	uncommon->resources += in->resources;
	uncommon->failing += in->failing;
	uncommon->unassessed += missing_of(in) == MISSING_ALL;
}

static const char *describe_uncommon(const struct cell_pair *pair, enum change change,
				     const struct uncommon *uncommon, const char *reason)
{
	char unassessed[64] = "";

	if (change == ENTERED_SCOPE && uncommon->unassessed > 0)
		text_print(unassessed, sizeof unassessed, ", %zu cell%s not assessed", uncommon->unassessed,
			   text_plural(uncommon->unassessed));
	return arena_format(&pair->differences->arena,
			    "%zu cell%s with %zu resource%s, %zu of them failing%s%s%s", uncommon->cells,
			    text_plural(uncommon->cells), uncommon->resources, text_plural(uncommon->resources),
			    uncommon->failing, unassessed, *reason ? ": " : "", reason);
}

static void report_uncommon(const struct cell_pair *pair, enum change change, const struct uncommon *uncommon)
{
	const char *reason = uncommon->reason ? uncommon->reason : "";
	char brief[REASON_BRIEF_SIZE];
	struct item *item;

	if (uncommon->cells == 0)
		return;
	reason_write_brief(reason, CELL_SKIPPED, brief);
	item = differences_add(pair, change, NULL, describe_uncommon(pair, change, uncommon, reason));
	if (item)
		item->brief = describe_uncommon(pair, change, uncommon, brief);
}

/* "denied, accepted gap NAME, assessed only in part: REASON" */
static const char *describe_missing(const struct cell_pair *pair, enum change change,
				    const struct cell_record *cell, enum missing left, const char *reason)
{
	struct arena *arena = &pair->differences->arena;
	const char *gap = change == NEWLY_ACCEPTED ? pair->gap->name : NULL;

	return arena_format(arena, "%s%s%s%s%s%s%s", change == SEEN_AGAIN ? "was " : "",
			    cell_state_name(cell->state_without_failures), gap ? ", accepted gap " : "",
			    gap ? gap : "", left == MISSING_PART ? ", assessed only in part" : "",
			    *reason ? ": " : "", reason);
}

static void report_missing(const struct cell_pair *pair, enum change change, const struct cell_record *cell,
			   enum missing left)
{
	const char *reason = change != SEEN_AGAIN && cell->reason ? cell->reason : "";
	char brief[REASON_BRIEF_SIZE];
	struct item *item;

	reason_write_brief(reason, cell->state_without_failures, brief);
	item = differences_add(pair, change, NULL, describe_missing(pair, change, cell, left, reason));
	if (!item)
		return;
	item->is_part = left == MISSING_PART;
	item->brief = describe_missing(pair, change, cell, left, brief);
}

static void count_missing(struct differences *differences, enum balanced balanced, bool was, bool is,
			  bool is_reported)
{
	if (is && !was)
		differences_count(differences, balanced, is_reported ? FLOW_NEW : FLOW_UNKNOWN, 1);
	else if (was && !is)
		differences_count(differences, balanced, is_reported ? FLOW_FIXED : FLOW_KNOWN, 1);
}

/* Findings that are unknown are reported by resource. */
static void compare_missing(const struct cell_pair *pair)
{
	enum missing was = missing_of(pair->before), is = missing_of(pair->after);
	bool is_reported = (is > was ? pair->after : pair->before)->state_without_failures != CELL_UNKNOWN;

	if (is_reported && is > was)
		report_missing(pair, pair->gap ? NEWLY_ACCEPTED : NEWLY_BLIND, pair->after, is);
	else if (is_reported && is < was)
		report_missing(pair, SEEN_AGAIN, pair->before, is);
	count_missing(pair->differences, UNASSESSED_CELLS, was == MISSING_ALL, is == MISSING_ALL, is_reported);
	if (is_reported && was == MISSING_ALL && is == MISSING_PART)
		differences_count(pair->differences, PARTLY_CELLS, FLOW_REVEALED, 1);
	else if (is_reported && was == MISSING_PART && is == MISSING_ALL)
		differences_count(pair->differences, PARTLY_CELLS, FLOW_HIDDEN, 1);
	else
		count_missing(pair->differences, PARTLY_CELLS, was == MISSING_PART, is == MISSING_PART,
			      is_reported);
}

static void count_uncommon(struct differences *differences, enum flow flow, const struct cell_record *in)
{
	differences_count(differences, ALL_RESOURCES, flow, in->resources);
	differences_count(differences, FAILING_RESOURCES, flow, in->failing);
	differences_count(differences, UNASSESSED_CELLS, flow, missing_of(in) == MISSING_ALL);
	differences_count(differences, PARTLY_CELLS, flow, missing_of(in) == MISSING_PART);
}

static void leave_scope(const struct cell_pair *pair, struct uncommon *left)
{
	const struct cell_record *before = pair->before, *after = pair->after;
	struct differences *differences = pair->differences;

	add_uncommon(pair, left, before, after->reason ? after->reason : "not in the newer run");
	differences->cells_left++;
	count_uncommon(differences, FLOW_LEFT, before);
}

static void enter_scope(const struct cell_pair *pair, struct uncommon *entered)
{
	add_uncommon(pair, entered, pair->after, "");
	pair->differences->cells_entered++;
	count_uncommon(pair->differences, FLOW_ENTERED, pair->after);
}

static void compare_cells(struct cell_pair *pair, struct uncommon *left, struct uncommon *entered)
{
	bool was_in_scope = is_in_scope(pair->before), is_now = is_in_scope(pair->after);

	if (was_in_scope && !is_now) {
		leave_scope(pair, left);
		return;
	}
	if (is_now && !was_in_scope) {
		enter_scope(pair, entered);
		return;
	}
	pair->knew_all = missing_of(pair->before) == MISSING_NONE;
	pair->knows_all = missing_of(pair->after) == MISSING_NONE;
	compare_missing(pair);
	diff_compare_resources(pair);
}

/* ---- accounts ---- */

/* A cell that is not in the run is out of its scope. */
static struct cell_record cell_of(const struct matrix *matrix, size_t row, size_t column)
{
	if (row < matrix->row_count && column < matrix->column_count)
		return matrix_details_of(matrix, row, column);
	return (struct cell_record){
		.state = CELL_SKIPPED, .state_without_failures = CELL_SKIPPED, .complete = true};
}

static bool is_account_in_scope(const struct matrix *matrix, size_t row)
{
	return row < matrix->row_count && matrix_row_state(matrix, row) != CELL_SKIPPED;
}

static void compare_account_scopes(struct differences *differences, bool was, bool is)
{
	struct balance *balance = &differences->balances[ACCOUNTS_IN_SCOPE];

	balance->old += was;
	balance->new += is;
	balance->flows[FLOW_LEFT] += was && !is;
	balance->flows[FLOW_ENTERED] += is && !was;
}

static void compare_rows(struct differences *differences, const struct matrix *old, size_t old_row,
			 const struct matrix *new, size_t new_row)
{
	struct cell_pair pair = {.differences = differences,
				 .old = old,
				 .new = new,
				 .account =
					 new_row < new->row_count ? &new->rows[new_row] : &old->rows[old_row]};
	struct uncommon left = {0}, entered = {0};
	struct cell_record before, after;

	pair.before = &before;
	pair.after = &after;
	for (size_t column = 0; column < new->column_count; column++) {
		pair.region = new->columns[column].region;
		before = cell_of(old, old_row, matrix_column_named(old, pair.region));
		after = cell_of(new, new_row, column);
		pair.gap = new_row < new->row_count ? gap_of_cell(new, new_row, column) : NULL;
		compare_cells(&pair, &left, &entered);
	}
	pair.gap = NULL;
	for (size_t column = 0; column < old->column_count; column++) {
		pair.region = old->columns[column].region;
		before = cell_of(old, old_row, column);
		after = cell_of(new, new->row_count, 0);
		if (matrix_column_named(new, pair.region) == new->column_count)
			compare_cells(&pair, &left, &entered);
	}
	pair.region = NULL;
	report_uncommon(&pair, LEFT_SCOPE, &left);
	report_uncommon(&pair, ENTERED_SCOPE, &entered);
	compare_account_scopes(differences, is_account_in_scope(old, old_row),
			       is_account_in_scope(new, new_row));
}

/* ---- what they cover ---- */

static void compare_settings(struct differences *differences, const struct run *old, const struct run *new)
{
	struct buffer text = {0};
	struct span rest, line;
	const char *was = old->organization ? old->organization : "none";
	const char *is = new->organization ? new->organization : "none";

	if (strcmp(was, is) != 0)
		differences_add_name(
			differences, &differences->settings,
			arena_format(&differences->arena, "the organization was %s, now %s", was, is), NULL);
	fingerprint_compare(old->settings, new->settings, "\n", &text);
	rest = buffer_span(&text);
	while (text.length > 0 && span_split(&rest, '\n', &line))
		differences_add_name(differences, &differences->settings,
				     arena_copy_span(&differences->arena, line), NULL);
	differences->arena.failed = differences->arena.failed || text.failed;
	buffer_deinit(&text);
}

static void compare_regions(struct differences *differences, const struct matrix *old, const struct matrix *new)
{
	for (size_t i = 0; i < old->column_count; i++)
		if (matrix_column_named(new, old->columns[i].region) == new->column_count)
			differences_add_name(differences, &differences->regions_left, old->columns[i].region,
					     NULL);
	for (size_t i = 0; i < new->column_count; i++)
		if (matrix_column_named(old, new->columns[i].region) == old->column_count)
			differences_add_name(differences, &differences->regions_joined, new->columns[i].region,
					     NULL);
}

static bool selects_more(const struct matrix *run, const struct matrix *than)
{
	for (const struct control **control = run->selected; *control; control++)
		if (!diff_evaluates(than, (*control)->id))
			return true;
	return false;
}

/* ---- all of it ---- */

static void set_totals(struct differences *differences, const struct matrix *old, const struct matrix *new)
{
	const struct totals before = matrix_totals(old), after = matrix_totals(new);
	struct balance *balances = differences->balances;

	balances[FAILING_RESOURCES].old = before.failing;
	balances[FAILING_RESOURCES].new = after.failing;
	balances[UNASSESSED_CELLS].old = before.blind;
	balances[UNASSESSED_CELLS].new = after.blind;
	balances[PARTLY_CELLS].old = before.partly;
	balances[PARTLY_CELLS].new = after.partly;
	balances[ALL_RESOURCES].old = before.resources;
	balances[ALL_RESOURCES].new = after.resources;
}

void diff_compare(struct differences *differences, const struct matrix *old, const struct matrix *new)
{
	size_t i = 0, j = 0;

	differences_init(differences);
	differences->old = old;
	differences->new = new;
	set_totals(differences, old, new);
	compare_settings(differences, &old->run, &new->run);
	compare_regions(differences, old, new);
	differences->controls_differ = selects_more(old, new) || selects_more(new, old);
	while (i < old->row_count || j < new->row_count) {
		int order = i == old->row_count   ? 1
			    : j == new->row_count ? -1
						  : strcmp(old->rows[i].id, new->rows[j].id);

		if (order < 0)
			differences_add_name(differences, &differences->accounts_left, old->rows[i].id,
					     old->rows[i].name);
		else if (order > 0)
			differences_add_name(differences, &differences->accounts_joined, new->rows[j].id,
					     new->rows[j].name);
		compare_rows(differences, old, order <= 0 ? i : old->row_count, new,
			     order >= 0 ? j : new->row_count);
		i += order <= 0;
		j += order >= 0;
	}
}
