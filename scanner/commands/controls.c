#include "scanner/controls/controls.h"

#include <stdio.h>
#include <string.h>

#include "base/suggestion.h"
#include "base/visible.h"
#include "scanner/commands/arguments.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/control_json.h"
#include "scanner/commands/markdown_terminal.h"
#include "scanner/controls/control_text.h"
#include "scanner/reports/json_objects.h"

enum { COLUMNS = 80 /* of a text for people */ };

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
	puts("\n`neptune-scan controls show CONTROL` explains a control: why, audit, implementation, "
	     "backout, references.");
}

static void print_out_of_memory(void)
{
	fputs("neptune-scan: error: controls: out of memory\n", stderr);
}

/* False: out of memory, and that is said. */
static bool print_one(const struct control *control)
{
	struct buffer document = {0};
	bool is_whole;

	control_document(control, 1, &document);
	printf("%s\n", control->id);
	is_whole = markdown_terminal_write(buffer_span(&document), COLUMNS, stdout) && !document.failed;
	buffer_deinit(&document);
	if (!is_whole)
		print_out_of_memory();
	return is_whole;
}

static bool print_markdown_of(const struct control *control)
{
	struct buffer document = {0};
	bool is_whole;

	control_document(control, 3, &document);
	is_whole = !document.failed;
	if (is_whole)
		printf("\n## %s\n\n%s", control->id, document.at);
	else
		print_out_of_memory();
	buffer_deinit(&document);
	return is_whole;
}

static bool print_markdown(void)
{
	bool is_whole = true;

	puts("# Controls\n\n| control | group | severity | profile level | what it checks "
	     "|\n|---|---|---|---|---|");
	for (const struct control *const *control = controls; *control; control++)
		printf("| [%s](#%s) | %s | %s | %d | %s |\n", (*control)->id, (*control)->id, (*control)->group,
		       severity_name((*control)->severity), control_profile_level(*control), (*control)->title);
	for (const struct control *const *control = controls; is_whole && *control; control++)
		is_whole = print_markdown_of(*control);
	return is_whole;
}

static void print_catalogue(void)
{
	json_t *list = json_array();

	for (const struct control *const *control = controls; *control; control++)
		json_array_append_new(list, control_json(*control));
	json_print(json_pack("{s:o}", "controls", list));
}

static bool print_all(const char *format)
{
	if (strcmp(format, "markdown") == 0)
		return print_markdown();
	if (strcmp(format, "json") == 0)
		print_catalogue();
	else
		print_table();
	return true;
}

static bool print_in_form(const struct control *control, const char *format)
{
	if (strcmp(format, "markdown") == 0)
		return print_markdown_of(control);
	if (strcmp(format, "table") == 0)
		return print_one(control);
	json_print(control_json(control));
	return true;
}

static enum exit_code show(const char *id, const char *format)
{
	struct suggestion nearest = suggestion_for(id);
	char suggestion[SUGGESTION_SIZE];

	for (const struct control *const *control = controls; *control; control++) {
		suggestion_consider(&nearest, (*control)->id);
		if (strcmp((*control)->id, id) != 0)
			continue;
		return print_in_form(*control, format) ? EXIT_COMPLIANT : EXIT_IMPOSSIBLE;
	}
	visible_print(stderr, "neptune-scan: error: controls show: unknown control \"%s\"%s", id,
		      suggestion_write(&nearest, suggestion));
	return EXIT_USAGE;
}

static enum exit_code refuse(const char *argument, bool shows)
{
	static const char *const words[] = {"show", "--format", NULL};

	if (strcmp(argument, "--format") == 0)
		fputs("neptune-scan: error: controls: --format: a value is missing\n"
		      "  Fix: neptune-scan help controls\n",
		      stderr);
	else
		arguments_refuse_word("controls", argument, words + shows);
	return EXIT_USAGE;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	static const char *const formats[] = {"table", "json", "markdown", NULL};
	const char *format = formats[0], *id = NULL;
	bool shows = argument_count > 0 && strcmp(arguments[0], "show") == 0;

	for (int i = shows; i < argument_count; i++) {
		const char *argument = arguments[i];

		if (strcmp(argument, "--format") == 0 && i + 1 < argument_count)
			format = arguments[++i];
		else if (strncmp(argument, "--format=", 9) == 0)
			format = argument + 9;
		else if (shows && !id && argument[0] != '-')
			id = argument;
		else
			return refuse(argument, shows);
	}
	if (!arguments_know_format("controls", format, formats))
		return EXIT_USAGE;
	if (shows && !id) {
		fputs("neptune-scan: error: controls show: no control is named\n  Fix: neptune-scan controls "
		      "lists them\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (id)
		return show(id, format);
	return print_all(format) ? EXIT_COMPLIANT : EXIT_IMPOSSIBLE;
}

static void help(void)
{
	puts("usage: neptune-scan controls [--format table|json|markdown]\n"
	     "       neptune-scan controls show CONTROL [--format table|json|markdown]\n\n"
	     "Examples:\n"
	     "  neptune-scan controls\n"
	     "  neptune-scan controls show neptune-encryption-at-rest\n\n"
	     "Prints the catalogue of controls. `controls show` prints all of one: profile level, "
	     "description,\n"
	     "rationale, impact, default value, prerequisites, how to audit it by hand, how neptune-scan "
	     "evaluates\n"
	     "it, implementation, backout, references and the requirements of frameworks.");
}

const struct command command_controls = {
	.name = "controls",
	.summary = "print the catalogue of controls",
	.run = run,
	.help = help,
};
