#include "scanner/remediation/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/visible.h"
#include "scanner/commands/arguments.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/stored.h"
#include "scanner/reports/json_objects.h"

static bool read_method(const char *text, struct plan_options *options)
{
	options->method = strcmp(text, "clone-export") == 0 ? PLAN_BY_EXPORT : PLAN_BY_SNAPSHOT;
	if (strcmp(text, "clone-export") == 0 || strcmp(text, "snapshot") == 0)
		return true;
	visible_print(stderr, "neptune-scan: plan: --method: \"%s\" is neither snapshot nor clone-export",
		      text);
	return false;
}

static bool read_cut_over(const char *text, struct plan_options *options)
{
	options->cut_over = strcmp(text, "rename") == 0 ? PLAN_BY_RENAME : PLAN_TO_NEW_ENDPOINT;
	if (strcmp(text, "rename") == 0 || strcmp(text, "new-endpoint") == 0)
		return true;
	visible_print(stderr, "neptune-scan: plan: --cut-over: \"%s\" is neither rename nor new-endpoint",
		      text);
	return false;
}

static bool check_places(const struct stored *stored, struct plan_options *options)
{
	const struct matrix *matrix = &stored->matrix;
	size_t row;

	if (options->account) {
		if (!stored_find_row(stored, options->account, &row))
			return false;
		options->account = matrix->rows[row].id;
	}
	if (options->region && matrix_column_named(matrix, options->region) == matrix->column_count) {
		visible_print(stderr, "neptune-scan: plan: run %s has no region \"%s\"", matrix->run.id,
			      options->region);
		return false;
	}
	return true;
}

static enum exit_code write_scripts(const struct plan *plan, const char *out)
{
	struct error error;

	if (plan->count == 0) {
		plan_write_index(plan, stdout);
		return EXIT_COMPLIANT;
	}
	if (!plan_write_folder(plan, out, &error))
		return stored_fail(&error);
	return visible_print(stdout, "%zu resources: %s/README.md", plan->count, out) ? EXIT_COMPLIANT
										      : EXIT_IMPOSSIBLE;
}

static void write_markdown(const struct plan *plan)
{
	plan_write_index(plan, stdout);
	for (const struct plan_item *item = plan->items; item; item = item->next) {
		fputs("\n---\n\n", stdout);
		plan_write_runbook(plan, item, stdout);
	}
}

static enum exit_code make(const struct matrix *matrix, const struct plan_options *options, const char *format,
			   const char *out)
{
	struct plan plan;
	struct error error;
	enum exit_code code = EXIT_COMPLIANT;
	char usual[80];

	if (!plan_make(&plan, matrix, options, &error)) {
		code = stored_fail(&error);
	} else if (!stored_is_whole(matrix)) {
		code = EXIT_IMPOSSIBLE;
	} else if (strcmp(format, "json") == 0) {
		json_print(plan_json(&plan));
	} else if (strcmp(format, "markdown") == 0) {
		write_markdown(&plan);
	} else {
		text_join(usual, sizeof usual, "plan-", matrix->run.id, NULL);
		code = write_scripts(&plan, out ? out : usual);
	}
	plan_free(&plan);
	return code;
}

static enum exit_code run(int argument_count, const char *const *given)
{
	static const char *const formats[] = {"shell", "markdown", "json", NULL};
	const char *format = formats[0], *out = NULL, *method = "snapshot", *which = NULL,
		   *cut_over = "new-endpoint";
	struct plan_options options = {0};
	const struct own_flag flags[] = {
		{"--format", &format, NULL},
		{"--run", &which, NULL},
		{"--account", &options.account, NULL},
		{"--region", &options.region, NULL},
		{"--resource", &options.resource, NULL},
		{"--key", &options.key, NULL},
		{"--method", &method, NULL},
		{"--cut-over", &cut_over, NULL},
		{"--out", &out, NULL},
		{"--create-key", NULL, &options.create_key},
		{NULL, NULL, NULL},
	};
	struct stored stored;
	enum exit_code code;

	stored_init(&stored, "plan", formats[0]);
	if (!arguments_read(&stored.arguments, "plan", flags, 0, &stored.config, argument_count, given) ||
	    !arguments_know_format("plan", format, formats) || !read_method(method, &options) ||
	    !read_cut_over(cut_over, &options)) {
		code = EXIT_USAGE;
	} else if (options.key && options.create_key) {
		fputs("neptune-scan: plan: --key and --create-key are both given; keep one\n", stderr);
		code = EXIT_USAGE;
	} else {
		stored.run = which;
		code = stored_load(&stored);
		if (code == EXIT_COMPLIANT)
			code = stored_outcome(&stored, &stored.matrix.run);
		if (code == EXIT_COMPLIANT && !check_places(&stored, &options))
			code = EXIT_USAGE;
		if (code == EXIT_COMPLIANT)
			code = make(&stored.matrix, &options, format, out);
	}
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan plan [--run ID] [--account A] [--region R] [--resource ID] [--key "
	     "KEY|--create-key]\n"
	     "                         [--method snapshot|clone-export] [--cut-over rename|new-endpoint]\n"
	     "                         [--format shell|markdown|json] [--out DIR]\n\n"
	     "Turns what fails in a stored run into work: a folder for each resource, with a runbook to be "
	     "signed, scripts\n"
	     "that only show what they would do unless they are given --execute, and the way back; and an "
	     "index over all,\n"
	     "with order, owners, downtime and effort. Asks AWS nothing: people run the scripts, with "
	     "credentials of their\n"
	     "own.\n\n"
	     "  --run ID           this run (default: the latest)\n"
	     "  --account A        only in this account\n"
	     "  --region R         only in this region\n"
	     "  --resource ID      only this resource, by id or ARN\n"
	     "  --key KEY          what is made anew is encrypted with this key: id, ARN or alias (default: "
	     "alias/aws/rds)\n"
	     "  --create-key       with a key of its own for each cluster and snapshot, made by the first "
	     "script\n"
	     "  --method HOW       snapshot: restored with the key (default); clone-export: exported and "
	     "loaded\n"
	     "  --cut-over HOW     new-endpoint: clients are switched to the new cluster's address (default); "
	     "rename: the new\n"
	     "                     cluster takes the old one's name, and endpoints stay\n"
	     "  --format FORM      shell: folders (default); markdown: index and runbooks on standard output; "
	     "json\n"
	     "  --out DIR          where the folders go: new, or empty (default: plan-RUN)\n\n"
	     "Exit codes: 0 also when nothing fails; 2 usage error; 3 or 4, as its scan, when nothing was "
	     "assessed "
	     "in the run;\n4 the run cannot be read, or the folder not written.");
}

const struct command command_plan = {"plan", "remediation runbooks and scripts for what fails", run, help};
