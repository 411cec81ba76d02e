#include "scanner/controls/controls.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/suggestion.h"
#include "base/visible.h"
#include "scanner/commands/commands.h"
#include "scanner/queries/permission.h"
#include "scanner/reports/json_objects.h"

enum { COLUMNS = 96 /* of wrapped text */ };

/* ---- parts of a control, as text ---- */

static void print_kinds(const struct control *control, const char *between)
{
	const char *before = "";

	for (enum resource_kind kind = 0; kind < RESOURCE_KINDS; kind++) {
		if (!control_applies_to(control, kind))
			continue;
		printf("%s%s", before, resource_kind_name(kind));
		before = between;
	}
}

static void print_permissions(uint32_t needs, const char *between)
{
	const char *before = "";

	for (enum query_kind query = 0; query < QUERY_KINDS; query++) {
		if (!(needs >> query & 1))
			continue;
		printf("%s%s", before, query_permission(query));
		before = between;
	}
}

static void print_references(const struct control *control, const char *between)
{
	for (const char *const *reference = control->references; *reference; reference++)
		printf("%s%s", reference == control->references ? "" : between, *reference);
}

/* Wraps between words. */
static void print_wrapped(const char *title, const char *text)
{
	size_t column = 0;

	printf("\n%s\n", title);
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > 0 && column + 1 + word > COLUMNS) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column ? " " : "  ", (int)word, text);
		text += word + strspn(text + word, " ");
	}
	putchar('\n');
}

/* ---- formats ---- */

static void print_table(void)
{
	printf("%-36s %-11s %-9s %s\n", "CONTROL", "GROUP", "SEVERITY", "APPLIES TO");
	for (const struct control *const *control = controls; *control; control++) {
		printf("%-36s %-11s %-9s ", (*control)->id, (*control)->group,
		       severity_name((*control)->severity));
		print_kinds(*control, ", ");
		printf("\n  %s\n", (*control)->title);
	}
	puts("\n`neptune-scan controls show CONTROL` tells why, what is asked, how it is judged and what to "
	     "do.");
}

static void print_one(const struct control *control)
{
	printf("%s\n  %s\n\ngroup %s, severity %s, applies to: ", control->id, control->title, control->group,
	       severity_name(control->severity));
	print_kinds(control, ", ");
	puts("");
	print_wrapped("Why", control->rationale);
	print_wrapped("How it is judged", control->criteria);
	if (control->only_when_key_required)
		print_wrapped("When",
			      "The group alone selects it only where controls.require_key asks for more "
			      "than any; name it, or all, to have it in any case.");
	printf("\nWhat is asked\n  ");
	print_permissions(control->needs, "\n  ");
	if (control->needs_for_customer) {
		printf("\n  where controls.require_key is customer: ");
		print_permissions(control->needs_for_customer, ", ");
	}
	puts("");
	print_wrapped("What to do", control->remediation);
	printf("\nReferences\n  ");
	print_references(control, "\n  ");
	puts("");
}

static void print_markdown_of(const struct control *control)
{
	printf("\n## %s\n\n%s. Group %s, severity %s, applies to ", control->id, control->title, control->group,
	       severity_name(control->severity));
	print_kinds(control, ", ");
	printf(".\n\n%s\n\n**Judged.** %s\n\n**Asked.** `", control->rationale, control->criteria);
	print_permissions(control->needs, "`, `");
	if (control->needs_for_customer) {
		printf("`; where `controls.require_key` is `customer`: `");
		print_permissions(control->needs_for_customer, "`, `");
	}
	printf("`\n\n**To do.** %s\n\n**References.** ", control->remediation);
	print_references(control, "; ");
	puts("");
}

static json_t *list_of_kinds(const struct control *control)
{
	json_t *list = json_array();

	for (enum resource_kind kind = 0; kind < RESOURCE_KINDS; kind++)
		if (control_applies_to(control, kind))
			json_array_append_new(list, json_string(resource_kind_name(kind)));
	return list;
}

static json_t *list_of_permissions(uint32_t needs)
{
	json_t *list = json_array();

	for (enum query_kind query = 0; query < QUERY_KINDS; query++)
		if (needs >> query & 1)
			json_array_append_new(list, json_string(query_permission(query)));
	return list;
}

static json_t *json_of(const struct control *control)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:s,s:s,s:o}", "id", control->id, "title",
			 control->title, "group", control->group, "severity", severity_name(control->severity),
			 "applies_to", list_of_kinds(control), "permissions",
			 list_of_permissions(control->needs), "permissions_for_customer_key",
			 list_of_permissions(control->needs_for_customer), "rationale", control->rationale,
			 "judged", control->criteria, "remediation", control->remediation, "references",
			 json_references_of(control));
}

static void print_markdown(void)
{
	puts("# Controls");
	for (const struct control *const *control = controls; *control; control++)
		print_markdown_of(*control);
}

static void print_catalogue(void)
{
	json_t *list = json_array();

	for (const struct control *const *control = controls; *control; control++)
		json_array_append_new(list, json_of(*control));
	json_print(json_pack("{s:o}", "controls", list));
}

static void print_all(const char *format)
{
	if (strcmp(format, "json") == 0)
		print_catalogue();
	else if (strcmp(format, "markdown") == 0)
		print_markdown();
	else
		print_table();
}

static enum exit_code show(const char *id, const char *format)
{
	struct suggestion nearest = suggestion_for(id);
	char suggestion[SUGGESTION_SIZE];

	for (const struct control *const *control = controls; *control; control++) {
		suggestion_consider(&nearest, (*control)->id);
		if (strcmp((*control)->id, id) != 0)
			continue;
		if (strcmp(format, "json") == 0)
			json_print(json_of(*control));
		else if (strcmp(format, "markdown") == 0)
			print_markdown_of(*control);
		else
			print_one(*control);
		return EXIT_COMPLIANT;
	}
	visible_print(stderr, "neptune-scan: controls show: unknown control \"%s\"%s", id,
		      suggestion_write(&nearest, suggestion));
	return EXIT_USAGE;
}

static bool is_format(const char *text)
{
	return strcmp(text, "table") == 0 || strcmp(text, "json") == 0 || strcmp(text, "markdown") == 0;
}

static enum exit_code refuse(const char *argument)
{
	visible_print(stderr,
		      "neptune-scan: controls: cannot make sense of \"%s\"; see `neptune-scan help controls`",
		      argument);
	return EXIT_USAGE;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	const char *format = "table", *id = NULL;
	bool shows = argument_count > 0 && strcmp(arguments[0], "show") == 0;

	for (int i = shows; i < argument_count; i++) {
		const char *argument = arguments[i];

		if (strcmp(argument, "--format") == 0 && i + 1 < argument_count && is_format(arguments[i + 1]))
			format = arguments[++i];
		else if (strncmp(argument, "--format=", 9) == 0 && is_format(argument + 9))
			format = argument + 9;
		else if (shows && !id && argument[0] != '-')
			id = argument;
		else
			return refuse(argument);
	}
	if (shows && !id) {
		fputs("neptune-scan: controls show: name a control; `neptune-scan controls` lists them\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (id)
		return show(id, format);
	print_all(format);
	return EXIT_COMPLIANT;
}

static void help(void)
{
	puts("usage: neptune-scan controls [--format table|json|markdown]\n"
	     "       neptune-scan controls show CONTROL [--format table|json|markdown]\n\n"
	     "Prints the catalogue: what is checked, how severe it is, what is asked of AWS for it, how it is\n"
	     "judged, and what to do.");
}

const struct command command_controls = {"controls", "print the catalogue of controls", run, help};
