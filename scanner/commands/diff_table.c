/* The comparison for people: a verdict, the totals and why they changed, then the changes by cluster. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/commands/diff_formats.h"
#include "scanner/diff/groups.h"
#include "scanner/reports/markdown_text.h"
#include "scanner/reports/terminal_text.h"

enum { MAX_TABLE_LINES = 20, MAX_MARKDOWN_LINES = 200, MAX_NAMED = 6 };

/* How a format writes what both have in common. */
struct format {
	void (*write)(FILE *stream, const char *text);
	const char *line, *heading; /* before a line of a list, before the title of a section */
	size_t max_lines;           /* of a section */
	bool is_markdown;
};

static const struct format table = {terminal_text_write, "  ", "", MAX_TABLE_LINES, false};
static const struct format markdown = {markdown_text_write, "- ", "## ", MAX_MARKDOWN_LINES, true};

/* ---- what they cover ---- */

static void print_names(const struct format *format, const char *title, const struct names *names)
{
	size_t shown = 0;

	if (names->count == 0)
		return;
	printf("%s%s: %zu (", format->line, title, names->count);
	for (const struct name *name = names->first; name && shown < MAX_NAMED; name = name->next) {
		fputs(shown++ ? ", " : "", stdout);
		format->write(stdout, name->text);
		if (name->more) {
			putchar(' ');
			format->write(stdout, name->more);
		}
	}
	if (names->count > shown)
		printf(" and %zu more", names->count - shown);
	puts(")");
}

static void print_entered(const struct format *format, const struct differences *differences)
{
	struct buffer entered = {0};

	differences_write_entered(differences, &entered);
	if (entered.failed)
		json_oom_guard_fail(); /* the exit code reports it */
	if (entered.length > 0)
		printf("%s%s\n", format->line, entered.at);
	buffer_deinit(&entered);
}

/* Before anything else: what the comparison is worth. */
static void print_scope(const struct format *format, const struct differences *differences)
{
	struct buffer scope = {0};

	differences_write_scope(differences, &scope);
	if (scope.failed)
		json_oom_guard_fail(); /* the exit code reports it */
	if (scope.length > 0)
		printf("%s\n%s", scope.at, format->is_markdown ? "\n" : "");
	buffer_deinit(&scope);
	if (!differences_in_scope(differences) && differences->settings.count == 0)
		return;
	for (const struct name *name = differences->settings.first; name; name = name->next) {
		fputs(format->line, stdout);
		format->write(stdout, name->text);
		putchar('\n');
	}
	print_names(format, "Accounts only in the older run", &differences->accounts_left);
	print_names(format, "Accounts only in the newer run", &differences->accounts_joined);
	print_names(format, "Regions only in the older run", &differences->regions_left);
	print_names(format, "Regions only in the newer run", &differences->regions_joined);
	if (differences_in_scope(differences))
		printf("%sCells that left the scope: %zu, that entered it: %zu\n", format->line,
		       differences->cells_left, differences->cells_entered);
	print_entered(format, differences);
	putchar('\n');
}

/* ---- the verdict ---- */

static bool is_of_same_resource(const struct item *a, const struct item *b)
{
	return strcmp(a->account, b->account) == 0 && strcmp(a->region, b->region) == 0 &&
	       strcmp(a->resource, b->resource) == 0;
}

static size_t count_resources(const struct item *item)
{
	const struct item *before = NULL;
	size_t count = 0;

	for (; item; before = item, item = item->next)
		count += !before || !is_of_same_resource(before, item);
	return count;
}

static size_t count_cells(const struct item *item, bool in_part)
{
	size_t count = 0;

	for (; item; item = item->next)
		count += item->is_part == in_part;
	return count;
}

static void print_worse(const struct differences *differences)
{
	const struct item *unassessed = differences->first[NEWLY_BLIND];
	const struct {
		size_t count;
		const char *noun, *what;
	} parts[] = {
		{count_resources(differences->first[NEWLY_FAILING]), "resource", "newly failing"},
		{count_cells(unassessed, false), "cell", "newly not assessed"},
		{count_cells(unassessed, true), "cell", "now assessed only in part"},
		{count_resources(differences->first[NEWLY_UNKNOWN]), "resource", "newly unknown"},
	};
	const char *before = "WORSE: ";

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (parts[i].count == 0)
			continue;
		printf("%s%zu %s%s %s", before, parts[i].count, parts[i].noun, text_plural(parts[i].count),
		       parts[i].what);
		before = ", ";
	}
	fputs(" (exit code 1)\n", stdout);
}

static void print_verdict(const struct differences *differences)
{
	if (differences_got_worse(differences))
		print_worse(differences);
	else if (differences_in_scope(differences))
		puts("No regression in the cells that both runs cover (exit code 0)");
	else if (differences->settings.count > 0)
		puts("No regression, but the settings differ (exit code 0)");
	else
		puts("No regression (exit code 0)");
}

static void print_run(const struct format *format, const char *word, const struct run *run)
{
	char started[CLOCK_ISO_SIZE];

	clock_format_iso(run->started, started);
	printf("%s%-4s %s  %s%s\n", format->is_markdown ? format->line : "", word, run->id, started,
	       run->is_unfinished ? " (not finished)" : "");
}

/* ---- totals ---- */

/* What a flow does to the total; NULL: nothing of this kind flows. */
static const char *const flow_labels[BALANCES][FLOWS] = {
	[FAILING_RESOURCES] = {[FLOW_NEW] = "new",
			       [FLOW_OTHER] = "failing another control",
			       [FLOW_FIXED] = "fixed",
			       [FLOW_GONE] = "no longer listed",
			       [FLOW_HIDDEN] = "not assessed now",
			       [FLOW_DROPPED] = "no longer evaluated",
			       [FLOW_ENTERED] = "entered the scope",
			       [FLOW_LEFT] = "left the scope"},
	[UNASSESSED_CELLS] = {[FLOW_NEW] = "new",
			      [FLOW_FIXED] = "assessed again",
			      [FLOW_UNKNOWN] = "with newly unknown findings",
			      [FLOW_KNOWN] = "without unknown findings again",
			      [FLOW_ENTERED] = "entered the scope",
			      [FLOW_LEFT] = "left the scope"},
	[PARTLY_CELLS] = {[FLOW_NEW] = "new",
			  [FLOW_FIXED] = "assessed again",
			  [FLOW_REVEALED] = "not assessed before",
			  [FLOW_HIDDEN] = "not assessed now",
			  [FLOW_UNKNOWN] = "with newly unknown findings",
			  [FLOW_KNOWN] = "without unknown findings again",
			  [FLOW_ENTERED] = "entered the scope",
			  [FLOW_LEFT] = "left the scope"},
	[ALL_RESOURCES] = {[FLOW_NEW] = "new",
			   [FLOW_GONE] = "no longer listed",
			   [FLOW_REVEALED] = "in cells not assessed before",
			   [FLOW_HIDDEN] = "in cells not assessed now",
			   [FLOW_DROPPED] = "no longer evaluated",
			   [FLOW_ENTERED] = "entered the scope",
			   [FLOW_LEFT] = "left the scope"},
	[ACCOUNTS_IN_SCOPE] = {[FLOW_ENTERED] = "entered", [FLOW_LEFT] = "left"},
};

static void print_flow(const char **before, size_t count, const char *label)
{
	if (count == 0 || !label)
		return;
	printf("%s%zu %s", *before, count, label);
	*before = ", ";
}

/* Automated snapshots: how many were replaced, and how many more or fewer there are. */
static void print_rotation(const char **before, const struct balance *balance)
{
	size_t in = balance->flows[FLOW_ROTATED_IN], out = balance->flows[FLOW_ROTATED_OUT];

	print_flow(before, in < out ? in : out, "automated snapshots rotated");
	if (in != out)
		print_flow(before, in > out ? in - out : out - in,
			   in > out ? "more automated snapshots" : "fewer automated snapshots");
}

static void print_balance(const struct differences *differences, enum balanced balanced, const char *title)
{
	const struct balance *balance = &differences->balances[balanced];
	const char *before = "    ";

	printf("%-18s %7zu -> %zu", title, balance->old, balance->new);
	for (enum flow flow = 0; flow < FLOWS; flow++)
		print_flow(&before, balance->flows[flow], flow_labels[balanced][flow]);
	print_rotation(&before, balance);
	putchar('\n');
}

static void print_totals(const struct format *format, const struct differences *differences)
{
	const struct balance *partly = &differences->balances[PARTLY_CELLS];

	puts(format->is_markdown ? "\n```" : "");
	print_balance(differences, FAILING_RESOURCES, "Failing resources");
	print_balance(differences, UNASSESSED_CELLS, "Cells not assessed");
	if (partly->old > 0 || partly->new > 0)
		print_balance(differences, PARTLY_CELLS, "  only in part");
	print_balance(differences, ALL_RESOURCES, "Resources");
	print_balance(differences, ACCOUNTS_IN_SCOPE, "Accounts in scope");
	if (format->is_markdown)
		puts("```");
}

/* ---- sections ---- */

struct section {
	const struct format *format;
	const char *title;
	char place[512]; /* of the line before */
	size_t lines;
};

static void print_heading(struct section *section)
{
	printf("\n%s%s\n", section->format->heading, section->title);
	if (section->format->is_markdown)
		puts("\n| account | region | resource | |\n|---|---|---|---|");
}

/* What a group says, and where. */
struct texts {
	struct buffer accounts, regions, name, text;
};

static void print_place(struct section *section, const char *accounts, const char *regions)
{
	char place[sizeof section->place];

	snprintf(place, sizeof place, "%s %s", accounts, regions);
	if (strcmp(place, section->place) == 0)
		return;
	strcpy(section->place, place);
	fputs("  ", stdout);
	terminal_text_write(stdout, accounts);
	printf("%s%s\n", *regions ? ", " : "", regions);
}

static void print_row(const struct texts *texts)
{
	fputs("| ", stdout);
	markdown_text_write(stdout, texts->accounts.at);
	printf(" | %s | ", texts->regions.at ? texts->regions.at : "");
	markdown_text_write(stdout, texts->name.at);
	fputs(" | ", stdout);
	markdown_text_write(stdout, texts->text.at);
	puts(" |");
}

static void print_lines(struct section *section, const struct texts *texts)
{
	print_place(section, texts->accounts.at, texts->regions.at ? texts->regions.at : "");
	fputs("    ", stdout);
	if (texts->name.length > 0) {
		terminal_text_write(stdout, texts->name.at);
		fputs("  ", stdout);
	}
	terminal_text_write(stdout, texts->text.at ? texts->text.at : "");
	putchar('\n');
}

static void print_group(void *userdata, const struct diff_group *group)
{
	struct texts texts = {.accounts = {0}};
	struct section *section = userdata;

	if (section->lines++ == 0)
		print_heading(section);
	if (section->lines > section->format->max_lines)
		return;
	diff_group_write_accounts(group, &texts.accounts);
	diff_group_write_regions(group, &texts.regions);
	diff_group_write_name(group, &texts.name);
	diff_group_write_text(group, &texts.text);
	if (texts.accounts.failed || texts.regions.failed || texts.name.failed || texts.text.failed)
		json_oom_guard_fail(); /* the exit code reports it */
	else if (section->format->is_markdown)
		print_row(&texts);
	else
		print_lines(section, &texts);
	buffer_deinit(&texts.accounts);
	buffer_deinit(&texts.regions);
	buffer_deinit(&texts.name);
	buffer_deinit(&texts.text);
}

static void print_section(const struct format *format, const struct differences *differences,
			  enum change change)
{
	struct section section = {.format = format, .title = change_facts[change].title};

	diff_walk_groups(differences, change, print_group, &section);
	if (section.lines > format->max_lines)
		printf("%s... and %zu more: neptune-scan diff %s %s --format json\n",
		       format->is_markdown ? "\n" : "  ", section.lines - format->max_lines,
		       differences->old->run.id, differences->new->run.id);
}

static void print(const struct format *format, const struct differences *differences)
{
	print_scope(format, differences);
	print_verdict(differences);
	if (format->is_markdown)
		putchar('\n');
	print_run(format, "from", &differences->old->run);
	print_run(format, "to", &differences->new->run);
	print_totals(format, differences);
	for (enum change change = 0; change < CHANGES; change++)
		print_section(format, differences, change);
}

void diff_print_table(const struct differences *differences)
{
	print(&table, differences);
}

void diff_print_markdown(const struct differences *differences)
{
	puts("# Neptune: what changed\n");
	print(&markdown, differences);
}
