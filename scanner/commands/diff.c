/*
 * Compares two stored runs. Both are walked in the same order, account by account, region by region and
 * finding by finding: reports are sorted, so nothing is buffered.
 */
#include "scanner/commands/diff.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/visible.h"
#include "scanner/commands/stored.h"
#include "scanner/store/settings_fingerprint.h"

static const char *const formats[] = {"table", "json", "markdown", NULL};

static const char *copy(struct differences *differences, const char *text)
{
	return arena_copy(&differences->arena, text);
}

static void add(struct differences *differences, enum change change, const struct row *account,
		const char *region, const struct finding *finding, const char *detail)
{
	struct item *item = arena_take(&differences->arena, sizeof *item);

	if (!item)
		return;
	*item = (struct item){.account = copy(differences, account->id),
			      .name = copy(differences, account->name),
			      .region = copy(differences, region),
			      .control = finding ? copy(differences, finding->control->id) : NULL,
			      .resource = finding ? copy(differences, resource_name(finding->resource)) : NULL,
			      .detail = copy(differences, detail)};
	*differences->last[change] = item;
	differences->last[change] = &item->next;
	differences->count[change]++;
}

/* ---- findings ---- */

static bool fails(const struct finding *finding)
{
	return finding->verdict == VERDICT_FAIL && !finding->exception;
}

static void compare_pair(struct differences *differences, const struct row *account, const char *region,
			 const struct finding *before, const struct finding *after)
{
	char detail[320];

	if (fails(after) && !fails(before)) {
		text_print(detail, sizeof detail, "%s%s", before->exception ? "its exception is over: " : "",
			   text_brief(after->reason, 280).text);
		add(differences, NEWLY_FAILING, account, region, after, detail);
	} else if (after->verdict == VERDICT_UNKNOWN && before->verdict != VERDICT_UNKNOWN) {
		add(differences, NEWLY_UNKNOWN, account, region, after, after->reason);
	} else if (fails(before) && after->verdict == VERDICT_PASS) {
		add(differences, FIXED, account, region, after, after->reason);
	} else if (fails(before) && after->exception) {
		text_print(detail, sizeof detail, "covered by exception %s",
			   text_brief(after->exception, 200).text);
		add(differences, FIXED, account, region, after, detail);
	}
}

/* Adds a resource that appeared or vanished, once, however many controls evaluate it. */
static const struct finding *add_resource(struct differences *differences, enum change change,
					  const struct row *account, const char *region,
					  const struct finding *finding)
{
	const struct finding *first = finding;

	add(differences, change, account, region, first, resource_kind_name(first->resource->kind));
	for (; finding && resource_compare(first->resource, finding->resource) == 0; finding = finding->next)
		if (change == APPEARED && fails(finding))
			add(differences, NEWLY_FAILING, account, region, finding, finding->reason);
	return finding;
}

/* In a blind cell, a resource that is missing from a list has not vanished. */
static void compare_lists(struct differences *differences, const struct row *account, const char *region,
			  const struct finding *before, const struct finding *after, bool knew_all,
			  bool knows_all)
{
	while (before || after) {
		int order = !before ? 1 : !after ? -1 : resource_compare(before->resource, after->resource);

		if (order < 0 && !knows_all) {
			before = before->next;
		} else if (order < 0) {
			before = add_resource(differences, VANISHED, account, region, before);
		} else if (order > 0 && !knew_all) {
			if (fails(after))
				add(differences, NEWLY_FAILING, account, region, after, after->reason);
			after = after->next;
		} else if (order > 0) {
			after = add_resource(differences, APPEARED, account, region, after);
		} else {
			int same = matrix_compare_findings(before, after);

			if (same == 0)
				compare_pair(differences, account, region, before, after);
			else if (same > 0 && fails(after))
				add(differences, NEWLY_FAILING, account, region, after, after->reason);
			before = same <= 0 ? before->next : before;
			after = same >= 0 ? after->next : after;
		}
	}
}

/* ---- cells ---- */

/* The cells of an account that left the scope. */
struct left {
	size_t cells, resources, failing;
	const char *reason; /* of the first cell */
};

/* A region that is not enabled is out of scope as well, because its resources still exist. */
static bool is_in_scope(const struct cell_record *cell)
{
	return cell->state != CELL_SKIPPED && cell->state != CELL_DISABLED && cell->state != CELL_UNSUPPORTED;
}

static void note_left(struct differences *differences, struct left *left, const struct cell_record *before,
		      const struct cell_record *after)
{
	if (left->cells++ == 0)
		left->reason = copy(differences, after->reason ? after->reason : "not in the newer run");
	left->resources += before->resources;
	left->failing += before->failing;
}

static void add_left_scope(struct differences *differences, const struct row *account, const struct left *left)
{
	char detail[480];

	if (left->cells == 0)
		return;
	text_print(detail, sizeof detail, "%zu cell%s with %zu resource%s, %zu of them failing: %s",
		   left->cells, left->cells == 1 ? "" : "s", left->resources, left->resources == 1 ? "" : "s",
		   left->failing, text_brief(left->reason, 280).text);
	add(differences, LEFT_SCOPE, account, NULL, NULL, detail);
	differences->cells_left += left->cells;
}

static bool is_blind(const struct cell_record *cell)
{
	return !cell_state_facts(cell->state)->looked_at || !cell->complete;
}

static void compare_cells(struct differences *differences, const struct row *account, const char *region,
			  const struct cell_record *before, const struct cell_record *after, struct left *left)
{
	bool was_blind = is_blind(before), is_now = is_blind(after);
	char detail[320];

	if (is_in_scope(before) && !is_in_scope(after)) { /* neither assessed again nor vanished */
		note_left(differences, left, before, after);
		return;
	}
	text_print(detail, sizeof detail, "%s%s%s", cell_state_name(is_now ? after->state : before->state),
		   is_now && after->reason ? ": " : "",
		   text_brief(is_now && after->reason ? after->reason : "", 280).text);
	/* Unknown verdicts are reported with their resources. */
	if (is_now && !was_blind && after->state_without_failures != CELL_UNKNOWN)
		add(differences, NEWLY_BLIND, account, region, NULL, detail);
	else if (was_blind && !is_now && before->state_without_failures != CELL_UNKNOWN)
		add(differences, SEEN_AGAIN, account, region, NULL, detail);
	compare_lists(differences, account, region, before->findings, after->findings, !was_blind, !is_now);
}

/* A cell that only one of the runs has takes the other run's state. */
static struct cell_record cell_of(const struct matrix *matrix, size_t row, size_t column)
{
	if (row < matrix->row_count && column < matrix->column_count)
		return matrix_details_of(matrix, row, column);
	return (struct cell_record){
		.state = CELL_SKIPPED, .state_without_failures = CELL_SKIPPED, .complete = true};
}

static void compare_rows(struct differences *differences, const struct matrix *old, size_t old_row,
			 const struct matrix *new, size_t new_row)
{
	const struct row *account = new_row < new->row_count ? &new->rows[new_row] : &old->rows[old_row];
	struct left left = {0};

	for (size_t column = 0; column < new->column_count; column++) {
		const char *region = new->columns[column].region;
		const struct cell_record before = cell_of(old, old_row, matrix_column_named(old, region));
		const struct cell_record after = cell_of(new, new_row, column);

		compare_cells(differences, account, region, &before, &after, &left);
	}
	for (size_t column = 0; column < old->column_count; column++) {
		const char *region = old->columns[column].region;
		const struct cell_record before = cell_of(old, old_row, column);
		const struct cell_record after = cell_of(new, new->row_count, 0);

		if (matrix_column_named(new, region) == new->column_count)
			compare_cells(differences, account, region, &before, &after, &left);
	}
	add_left_scope(differences, account, &left);
}

/* ---- scope ---- */

static void name(struct differences *differences, struct names *names, const char *text, const char *more)
{
	struct name *one = arena_take(&differences->arena, sizeof *one);

	if (!one)
		return;
	*one = (struct name){NULL, copy(differences, text), copy(differences, more)};
	*names->last = one;
	names->last = &one->next;
	names->count++;
}

static void compare_settings(struct differences *differences, const struct run *old, const struct run *new)
{
	struct buffer text = {0};
	struct span rest, line;
	const char *was = old->organization ? old->organization : "none";
	const char *is = new->organization ? new->organization : "none";

	if (strcmp(was, is) != 0)
		name(differences, &differences->settings,
		     arena_format(&differences->arena, "the organization was %s, now %s", was, is), NULL);
	fingerprint_compare(old->settings, new->settings, "\n", &text);
	rest = buffer_span(&text);
	while (text.length > 0 && span_split(&rest, '\n', &line))
		name(differences, &differences->settings, arena_copy_span(&differences->arena, line), NULL);
	differences->arena.failed = differences->arena.failed || text.failed;
	buffer_free(&text);
}

static void compare_regions(struct differences *differences, const struct matrix *old, const struct matrix *new)
{
	for (size_t i = 0; i < old->column_count; i++)
		if (matrix_column_named(new, old->columns[i].region) == new->column_count)
			name(differences, &differences->regions_left, old->columns[i].region, NULL);
	for (size_t i = 0; i < new->column_count; i++)
		if (matrix_column_named(old, new->columns[i].region) == old->column_count)
			name(differences, &differences->regions_joined, new->columns[i].region, NULL);
}

/* ---- command ---- */

static void begin(struct differences *differences)
{
	struct names *const lists[] = {&differences->settings, &differences->accounts_left,
				       &differences->accounts_joined, &differences->regions_left,
				       &differences->regions_joined};

	for (enum change change = 0; change < CHANGES; change++)
		differences->last[change] = &differences->first[change];
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		lists[i]->last = &lists[i]->first;
}

static void compare(struct differences *differences, const struct matrix *old, const struct matrix *new)
{
	size_t i = 0, j = 0;

	begin(differences);
	compare_settings(differences, &old->run, &new->run);
	compare_regions(differences, old, new);
	while (i < old->row_count || j < new->row_count) {
		int order = i == old->row_count   ? 1
			    : j == new->row_count ? -1
						  : strcmp(old->rows[i].id, new->rows[j].id);

		if (order < 0)
			name(differences, &differences->accounts_left, old->rows[i].id, old->rows[i].name);
		else if (order > 0)
			name(differences, &differences->accounts_joined, new->rows[j].id, new->rows[j].name);
		compare_rows(differences, old, order <= 0 ? i : old->row_count, new,
			     order >= 0 ? j : new->row_count);
		i += order <= 0;
		j += order >= 0;
	}
}

static enum exit_code write_differences(const struct stored *stored, const struct matrix *old,
					const struct matrix *new)
{
	struct differences differences = {.count = {0}};
	enum exit_code code;

	compare(&differences, old, new);
	if (!stored_is_whole(old) || !stored_is_whole(new) || differences.arena.failed) {
		if (differences.arena.failed)
			fputs("neptune-scan: diff: out of memory\n", stderr);
		arena_free(&differences.arena);
		return EXIT_IMPOSSIBLE;
	}
	if (strcmp(stored->format, "json") == 0)
		diff_print_json(&differences, old, new);
	else if (strcmp(stored->format, "markdown") == 0)
		diff_print_markdown(&differences, old, new);
	else
		diff_print_table(&differences, old, new);
	code = diff_got_worse(&differences) ? EXIT_FAILING : EXIT_COMPLIANT;
	arena_free(&differences.arena);
	return code;
}

static const char *shard_of_run(const struct matrix *matrix)
{
	return matrix->run.shard ? matrix->run.shard : "1/1";
}

/* Accounts of another shard have not vanished. */
static enum exit_code check_shards(const struct matrix *old, const struct matrix *new)
{
	if (strcmp(shard_of_run(old), shard_of_run(new)) == 0)
		return EXIT_COMPLIANT;
	visible_print(
		stderr,
		"neptune-scan: diff: run %s is shard %s, run %s is shard %s: they are of different accounts; "
		"name two runs of one shard, or merge the shards of each night",
		old->run.id, shard_of_run(old), new->run.id, shard_of_run(new));
	return EXIT_USAGE;
}

/* Runs between the two that assessed nothing. */
struct between {
	const char *old, *new;
	bool inside;
};

static void report_skipped(void *context, const struct stored_run *run)
{
	struct between *between = context;
	char started[CLOCK_ISO_SIZE];

	if (strcmp(run->id, between->new) == 0)
		between->inside = false;
	clock_format_iso(run->started, started);
	if (between->inside && run->assessed_nothing)
		visible_print(stderr, "neptune-scan: diff: run %s of %s is left out, it assessed nothing: %s",
			      run->id, started,
			      run->interrupted ? run->interrupted : "no cell of it could be assessed");
	if (strcmp(run->id, between->old) == 0)
		between->inside = true;
}

/* A run that assessed nothing cannot be compared; such runs between the two are only mentioned. */
static enum exit_code check_assessed(const struct stored *stored, const struct matrix *old, bool named)
{
	struct between between = {old->run.id, stored->matrix.run.id, false};
	enum exit_code code = stored_outcome(stored, &old->run);

	if (code == EXIT_COMPLIANT && !named)
		store_list_runs(stored->store, report_skipped, &between, NULL);
	return code;
}

/* Without names, compares the latest run with the previous one that assessed something. */
static enum exit_code diff(struct stored *stored)
{
	struct matrix old;
	enum exit_code code = stored_open(stored);
	bool named = stored->arguments.word_count > 0;

	matrix_init(&old);
	if (code == EXIT_COMPLIANT)
		code = stored_load_into(stored, &stored->matrix,
					stored->arguments.word_count > 1 ? stored->arguments.words[1] : NULL);
	if (code == EXIT_COMPLIANT)
		code = stored_outcome(stored, &stored->matrix.run);
	if (code == EXIT_COMPLIANT)
		code = stored_load_into(stored, &old, named ? stored->arguments.words[0] : STORE_RUN_BEFORE);
	if (code == EXIT_COMPLIANT)
		code = check_assessed(stored, &old, named);
	if (code == EXIT_COMPLIANT)
		code = check_shards(&old, &stored->matrix);
	if (code == EXIT_COMPLIANT)
		code = write_differences(stored, &old, &stored->matrix);
	matrix_deinit(&old);
	return code;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (stored_read(&stored, "diff", STORED_FORMAT, formats, 2, argument_count, arguments))
		code = diff(&stored);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan diff [OLD [NEW]] [--db FILE] [--format table|json|markdown]\n\n"
	     "What changed from one stored run to another; without ids, from the latest that assessed "
	     "something\n"
	     "before the latest to the latest. First what they do not have in common: settings, accounts, "
	     "regions.\n"
	     "Then newly failing, newly blind, newly unknown, fixed, seen again, appeared, vanished, left the "
	     "scope.\n"
	     "A resource in a cell that nobody could look into, or that is not covered any more, has not "
	     "vanished.\n\n"
	     "Exit 0: nothing got worse; 1: something fails, is blind or unknown that was not; 3 or 4, as its "
	     "scan:\n"
	     "in one of them nothing was assessed, so there is nothing to compare.");
}

const struct command command_diff = {"diff", "what got worse, was fixed, appeared or vanished", run, help};
