#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/commands/diff.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/markdown_text.h"
#include "scanner/reports/terminal_text.h"

const struct change_facts change_facts[CHANGES] = {
	[NEWLY_FAILING] = {"newly_failing", "Newly failing", true},
	[NEWLY_BLIND] = {"newly_blind", "Newly blind", true},
	[NEWLY_UNKNOWN] = {"newly_unknown", "Newly unknown", true},
	[FIXED] = {"fixed", "Fixed", false},
	[SEEN_AGAIN] = {"seen_again", "Seen again", false},
	[APPEARED] = {"appeared", "Appeared", false},
	[VANISHED] = {"vanished", "Vanished", false},
	[LEFT_SCOPE] = {"left_scope", "Left the scope", false},
};

bool diff_got_worse(const struct differences *differences)
{
	bool any = false;

	for (enum change change = 0; change < CHANGES; change++)
		any = any || (change_facts[change].is_worse && differences->count[change] > 0);
	return any;
}

static void print_head(const struct matrix *old, const struct matrix *new, const char *mark)
{
	char before[CLOCK_ISO_SIZE], after[CLOCK_ISO_SIZE];

	clock_format_iso(old->run.started, before);
	clock_format_iso(new->run.started, after);
	printf("%sfrom run %s of %s%s\n%sto run %s of %s%s\n", mark, old->run.id, before,
	       old->run.is_unfinished ? " (not finished)" : "", mark, new->run.id, after,
	       new->run.is_unfinished ? " (not finished)" : "");
}

/* ---- scope ---- */

enum { SCOPE_LISTS = 5 };

struct scope_list {
	const char *member, *title;
	const struct names *names;
};

/* In the order of the output. */
static void list_scope(const struct differences *differences, struct scope_list lists[static SCOPE_LISTS])
{
	const struct scope_list all[SCOPE_LISTS] = {
		{"settings", "Asked differently", &differences->settings},
		{"accounts_left", "Accounts that are not in the newer run", &differences->accounts_left},
		{"accounts_joined", "Accounts that are not in the older run", &differences->accounts_joined},
		{"regions_left", "Regions that are not in the newer run", &differences->regions_left},
		{"regions_joined", "Regions that are not in the older run", &differences->regions_joined},
	};

	memcpy(lists, all, sizeof all);
}

static void print_scope(const struct differences *differences, const char *before, const char *item,
			void (*write)(FILE *, const char *))
{
	struct scope_list lists[SCOPE_LISTS];

	list_scope(differences, lists);
	for (size_t i = 0; i < SCOPE_LISTS; i++) {
		if (lists[i].names->count == 0)
			continue;
		printf("\n%s%s: %zu\n%s", before, lists[i].title, lists[i].names->count, *before ? "\n" : "");
		for (const struct name *name = lists[i].names->first; name; name = name->next) {
			fputs(item, stdout);
			write(stdout, name->text);
			if (name->more) {
				putchar(' ');
				write(stdout, name->more);
			}
			putchar('\n');
		}
	}
}

static json_t *json_of_names(const struct names *names, bool are_accounts)
{
	json_t *list = json_array();

	for (const struct name *name = names->first; name; name = name->next)
		json_array_append_new(list, are_accounts ? json_pack("{s:s,s:o}", "account", name->text, "name",
								     json_text(name->more))
							 : json_text(name->text));
	return list;
}

/* Makes no statement about what only one of the runs covers. */
static void print_verdict(const struct differences *differences)
{
	bool shrank = differences->cells_left > 0 || differences->accounts_left.count > 0 ||
		      differences->regions_left.count > 0;

	fputs(diff_got_worse(differences) ? "\nSomething got worse" : "\nNothing got worse", stdout);
	if (shrank)
		printf(" in what both runs cover; %zu cell%s left the scope", differences->cells_left,
		       differences->cells_left == 1 ? "" : "s");
	else if (differences->settings.count > 0)
		fputs(", but the runs were asked differently", stdout);
	puts(".");
}

/* ---- formats ---- */

static void print_item(const struct item *item)
{
	printf("  %s", item->account);
	if (item->name) {
		putchar(' ');
		terminal_text_write(stdout, item->name);
	}
	if (item->region)
		printf(" %s", item->region);
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

void diff_print_table(const struct differences *differences, const struct matrix *old, const struct matrix *new)
{
	print_head(old, new, "");
	print_scope(differences, "", "  ", terminal_text_write);
	for (enum change change = 0; change < CHANGES; change++) {
		if (differences->count[change] == 0)
			continue;
		printf("\n%s: %zu\n", change_facts[change].title, differences->count[change]);
		for (const struct item *item = differences->first[change]; item; item = item->next)
			print_item(item);
	}
	print_verdict(differences);
}

void diff_print_markdown(const struct differences *differences, const struct matrix *old,
			 const struct matrix *new)
{
	puts("# Neptune: what changed\n");
	print_head(old, new, "- ");
	print_scope(differences, "## ", "- ", markdown_text_write);
	for (enum change change = 0; change < CHANGES; change++) {
		if (differences->count[change] == 0)
			continue;
		printf("\n## %s: %zu\n\n| account | region | resource | control | |\n|---|---|---|---|---|\n",
		       change_facts[change].title, differences->count[change]);
		for (const struct item *item = differences->first[change]; item; item = item->next) {
			printf("| %s ", item->account);
			markdown_text_write(stdout, item->name);
			printf(" | %s | ", item->region ? item->region : "");
			markdown_text_write(stdout, item->resource);
			printf(" | %s | ", item->control ? item->control : "");
			markdown_text_write(stdout, item->detail);
			puts(" |");
		}
	}
	print_verdict(differences);
}

void diff_print_json(const struct differences *differences, const struct matrix *old, const struct matrix *new)
{
	json_t *object = json_pack("{s:s,s:s}", "old", old->run.id, "new", new->run.id);
	struct scope_list lists[SCOPE_LISTS];

	list_scope(differences, lists);
	for (size_t i = 0; i < SCOPE_LISTS; i++)
		json_object_set_new(
			object, lists[i].member,
			json_of_names(lists[i].names, strncmp(lists[i].member, "accounts", 8) == 0));
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
		json_object_set_new(object, change_facts[change].name, list);
	}
	json_print(object);
}
