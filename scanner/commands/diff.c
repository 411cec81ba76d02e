/*
 * What changed from one stored run to another. Both are walked in the same order, account by account and region
 * by region, and in a cell finding by finding: reports are sorted, so nothing has to be kept.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/commands/stored.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/markdown_text.h"
#include "scanner/reports/terminal_text.h"

static const char *const formats[] = {"table", "json", "markdown", NULL};

/* In the order in which people must see them. */
enum change { NEWLY_FAILING, NEWLY_BLIND, NEWLY_UNKNOWN, FIXED, SEEN_AGAIN, APPEARED, VANISHED, CHANGES };

static const struct {
	const char *name, *title;
	bool is_worse;
} facts[CHANGES] = {
	[NEWLY_FAILING] = {"newly_failing", "Newly failing", true},
	[NEWLY_BLIND] = {"newly_blind", "Newly blind", true},
	[NEWLY_UNKNOWN] = {"newly_unknown", "Newly unknown", true},
	[FIXED] = {"fixed", "Fixed", false},
	[SEEN_AGAIN] = {"seen_again", "Seen again", false},
	[APPEARED] = {"appeared", "Appeared", false},
	[VANISHED] = {"vanished", "Vanished", false},
};

struct item {
	struct item *next;
	const char *account, *name, *region, *control, *resource, *detail;
};

struct differences {
	struct item *first[CHANGES], **last[CHANGES];
	size_t count[CHANGES];
	struct arena arena;
};

static const char *keep(struct differences *differences, const char *text)
{
	return arena_copy(&differences->arena, text);
}

static void add(struct differences *differences, enum change change, const struct row *account,
		const char *region, const struct finding *finding, const char *detail)
{
	struct item *item = arena_take(&differences->arena, sizeof *item);

	if (!item)
		return;
	*item = (struct item){.account = keep(differences, account->id),
			      .name = keep(differences, account->name),
			      .region = keep(differences, region),
			      .control = finding ? keep(differences, finding->control->id) : NULL,
			      .resource = finding ? keep(differences, resource_name(finding->resource)) : NULL,
			      .detail = keep(differences, detail)};
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
		snprintf(detail, sizeof detail, "%s%.280s", before->exception ? "its exception is over: " : "",
			 after->reason);
		add(differences, NEWLY_FAILING, account, region, after, detail);
	} else if (after->verdict == VERDICT_UNKNOWN && before->verdict != VERDICT_UNKNOWN) {
		add(differences, NEWLY_UNKNOWN, account, region, after, after->reason);
	} else if (fails(before) && after->verdict == VERDICT_PASS) {
		add(differences, FIXED, account, region, after, after->reason);
	} else if (fails(before) && after->exception) {
		snprintf(detail, sizeof detail, "covered by exception %.200s", after->exception);
		add(differences, FIXED, account, region, after, detail);
	}
}

/* A resource that was not there before, or is not any more; told once, however many controls judge it. */
static const struct finding *tell_resource(struct differences *differences, enum change change,
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

/* Neither list may be believed to be whole where a cell is blind: what is missing there is not gone. */
static void compare_lists(struct differences *differences, const struct row *account, const char *region,
			  const struct finding *before, const struct finding *after, bool knew_all,
			  bool knows_all)
{
	while (before || after) {
		int order = !before ? 1 : !after ? -1 : resource_compare(before->resource, after->resource);

		if (order < 0 && !knows_all) {
			before = before->next;
		} else if (order < 0) {
			before = tell_resource(differences, VANISHED, account, region, before);
		} else if (order > 0 && !knew_all) {
			if (fails(after))
				add(differences, NEWLY_FAILING, account, region, after, after->reason);
			after = after->next;
		} else if (order > 0) {
			after = tell_resource(differences, APPEARED, account, region, after);
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

static bool is_blind(const struct cell_record *cell)
{
	return !cell_state_facts(cell->state)->looked_at || !cell->complete;
}

static void compare_cells(struct differences *differences, const struct row *account, const char *region,
			  const struct cell_record *before, const struct cell_record *after)
{
	bool was_blind = is_blind(before), is_now = is_blind(after);
	char detail[320];

	snprintf(detail, sizeof detail, "%s%s%.280s", cell_state_name(is_now ? after->state : before->state),
		 is_now && after->reason ? ": " : "", is_now && after->reason ? after->reason : "");
	/* Verdicts that are unknown are told by the resource. */
	if (is_now && !was_blind && after->beneath != CELL_UNKNOWN)
		add(differences, NEWLY_BLIND, account, region, NULL, detail);
	else if (was_blind && !is_now && before->beneath != CELL_UNKNOWN)
		add(differences, SEEN_AGAIN, account, region, NULL, detail);
	compare_lists(differences, account, region, before->findings, after->findings, !was_blind, !is_now);
}

/* Of a cell that one of the runs does not have, there is nothing to say but what the other says. */
static struct cell_record cell_of(const struct matrix *matrix, size_t row, size_t column)
{
	if (row < matrix->row_count && column < matrix->column_count)
		return matrix_details_of(matrix, row, column);
	return (struct cell_record){.state = CELL_SKIPPED, .beneath = CELL_SKIPPED, .complete = true};
}

static void compare_rows(struct differences *differences, const struct matrix *old, size_t old_row,
			 const struct matrix *new, size_t new_row)
{
	const struct row *account = new_row < new->row_count ? &new->rows[new_row] : &old->rows[old_row];

	for (size_t column = 0; column < new->column_count; column++) {
		const char *region = new->columns[column].region;
		const struct cell_record before = cell_of(old, old_row, matrix_column_named(old, region));
		const struct cell_record after = cell_of(new, new_row, column);

		compare_cells(differences, account, region, &before, &after);
	}
	for (size_t column = 0; column < old->column_count; column++) {
		const char *region = old->columns[column].region;
		const struct cell_record before = cell_of(old, old_row, column);
		const struct cell_record after = cell_of(new, new->row_count, 0);

		if (matrix_column_named(new, region) == new->column_count)
			compare_cells(differences, account, region, &before, &after);
	}
}

static void compare(struct differences *differences, const struct matrix *old, const struct matrix *new)
{
	size_t i = 0, j = 0;

	for (enum change change = 0; change < CHANGES; change++)
		differences->last[change] = &differences->first[change];
	while (i < old->row_count || j < new->row_count) {
		int order = i == old->row_count   ? 1
			    : j == new->row_count ? -1
						  : strcmp(old->rows[i].id, new->rows[j].id);

		compare_rows(differences, old, order <= 0 ? i : old->row_count, new,
			     order >= 0 ? j : new->row_count);
		i += order <= 0;
		j += order >= 0;
	}
}

/* ---- telling ---- */

static void print_head(const struct matrix *old, const struct matrix *new, const char *mark)
{
	char before[CLOCK_ISO_SIZE], after[CLOCK_ISO_SIZE];

	clock_format_iso(old->run.started, before);
	clock_format_iso(new->run.started, after);
	printf("%sfrom run %s of %s%s\n%sto run %s of %s%s\n", mark, old->run.id, before,
	       old->run.is_unfinished ? " (not finished)" : "", mark, new->run.id, after,
	       new->run.is_unfinished ? " (not finished)" : "");
}

static void print_item(const struct item *item)
{
	printf("  %s ", item->account);
	if (item->name) {
		terminal_text_write(stdout, item->name);
		putchar(' ');
	}
	printf("%s", item->region);
	if (item->resource) {
		fputs("\n    ", stdout);
		terminal_text_write(stdout, item->resource);
	}
	if (item->control && item->detail)
		printf("\n    %s: ", item->control);
	else
		fputs("\n    ", stdout);
	terminal_text_write(stdout, item->detail ? item->detail : "");
	putchar('\n');
}

static void print_table(const struct differences *differences, const struct matrix *old,
			const struct matrix *new)
{
	print_head(old, new, "");
	for (enum change change = 0; change < CHANGES; change++) {
		if (differences->count[change] == 0)
			continue;
		printf("\n%s: %zu\n", facts[change].title, differences->count[change]);
		for (const struct item *item = differences->first[change]; item; item = item->next)
			print_item(item);
	}
}

static void print_markdown(const struct differences *differences, const struct matrix *old,
			   const struct matrix *new)
{
	puts("# Neptune: what changed\n");
	print_head(old, new, "- ");
	for (enum change change = 0; change < CHANGES; change++) {
		if (differences->count[change] == 0)
			continue;
		printf("\n## %s: %zu\n\n| account | region | resource | control | |\n|---|---|---|---|---|\n",
		       facts[change].title, differences->count[change]);
		for (const struct item *item = differences->first[change]; item; item = item->next) {
			printf("| %s ", item->account);
			markdown_text_write(stdout, item->name);
			printf(" | %s | ", item->region);
			markdown_text_write(stdout, item->resource);
			printf(" | %s | ", item->control ? item->control : "");
			markdown_text_write(stdout, item->detail);
			puts(" |");
		}
	}
}

static void print_json(const struct differences *differences, const struct matrix *old,
		       const struct matrix *new)
{
	json_t *object = json_pack("{s:s,s:s}", "old", old->run.id, "new", new->run.id);

	for (enum change change = 0; change < CHANGES; change++) {
		json_t *list = json_array();

		for (const struct item *item = differences->first[change]; item; item = item->next) {
			json_t *one = json_object();

			json_object_set_new(one, "account", json_text(item->account));
			json_object_set_new(one, "name", json_text(item->name));
			json_object_set_new(one, "region", json_text(item->region));
			json_object_set_new(one, "resource", json_text(item->resource));
			json_object_set_new(one, "control", json_text(item->control));
			json_object_set_new(one, "detail", json_text(item->detail));
			json_array_append_new(list, one);
		}
		json_object_set_new(object, facts[change].name, list);
	}
	json_print(object);
}

static enum exit_code judge(const struct differences *differences)
{
	bool any = false;

	for (enum change change = 0; change < CHANGES; change++)
		any = any || (facts[change].is_worse && differences->count[change] > 0);
	return any ? EXIT_FAILING : EXIT_COMPLIANT;
}

static enum exit_code tell(const struct stored *stored, const struct matrix *old, const struct matrix *new)
{
	struct differences differences = {.count = {0}};
	enum exit_code code;

	compare(&differences, old, new);
	if (!stored_is_whole(old) || !stored_is_whole(new) || differences.arena.failed) {
		arena_free(&differences.arena);
		return EXIT_IMPOSSIBLE;
	}
	if (strcmp(stored->format, "json") == 0)
		print_json(&differences, old, new);
	else if (strcmp(stored->format, "markdown") == 0)
		print_markdown(&differences, old, new);
	else
		print_table(&differences, old, new);
	code = judge(&differences);
	if (strcmp(stored->format, "table") == 0)
		puts(code == EXIT_FAILING ? "\nSomething got worse." : "\nNothing got worse.");
	arena_free(&differences.arena);
	return code;
}

static const char *shard_of_run(const struct matrix *matrix)
{
	return matrix->run.shard ? matrix->run.shard : "1/1";
}

/* What another shard left out has not vanished. */
static enum exit_code check_shards(const struct matrix *old, const struct matrix *new)
{
	if (strcmp(shard_of_run(old), shard_of_run(new)) == 0)
		return EXIT_COMPLIANT;
	fprintf(stderr,
		"neptune-scan: diff: run %s is shard %s, run %s is shard %s: they are of different accounts; "
		"name two runs of one shard, or merge the shards of each night\n",
		old->run.id, shard_of_run(old), new->run.id, shard_of_run(new));
	return EXIT_USAGE;
}

/* Without names, the latest run against the one before it. */
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
		code = stored_load_into(stored, &old, named ? stored->arguments.words[0] : STORE_RUN_BEFORE);
	if (code == EXIT_COMPLIANT)
		code = check_shards(&old, &stored->matrix);
	if (code == EXIT_COMPLIANT)
		code = tell(stored, &old, &stored->matrix);
	matrix_free(&old);
	return code;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (stored_read(&stored, "diff", formats, 2, argument_count, arguments))
		code = diff(&stored);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan diff [OLD [NEW]] [--db FILE] [--format table|json|markdown]\n\n"
	     "What changed from one stored run to another; without ids, from the one before the latest to the\n"
	     "latest. Newly failing, newly blind, newly unknown, fixed, seen again, appeared, vanished. A\n"
	     "resource in a cell that nobody could look into has not vanished.\n\n"
	     "Exit 0: nothing got worse; 1: something fails, is blind or unknown that was not.");
}

const struct command command_diff = {"diff", "what got worse, was fixed, appeared or vanished", run, help};
