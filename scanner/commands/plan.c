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
	visible_print(stderr, "neptune-scan: error: plan: --method \"%s\": must be snapshot or clone-export",
		      text);
	return false;
}

static bool read_cut_over(const char *text, struct plan_options *options)
{
	options->cut_over = strcmp(text, "rename") == 0 ? PLAN_BY_RENAME : PLAN_TO_NEW_ENDPOINT;
	if (strcmp(text, "rename") == 0 || strcmp(text, "new-endpoint") == 0)
		return true;
	visible_print(stderr, "neptune-scan: error: plan: --cut-over \"%s\": must be rename or new-endpoint",
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
		visible_print(stderr, "neptune-scan: error: plan: --region \"%s\": run %s has no such region",
			      options->region, matrix->run.id);
		return false;
	}
	return true;
}

/* "Wrote a plan for 12 resources (3 clusters, 9 KMS keys). Start with plan/README.md" */
static bool write_done(const struct plan *plan, const char *out)
{
	static const enum resource_kind kinds[PLAN_KINDS] = {[PLAN_KEY] = RESOURCE_KEY,
							     [PLAN_GLOBAL] = RESOURCE_GLOBAL_DATABASE,
							     [PLAN_CLUSTER] = RESOURCE_CLUSTER,
							     [PLAN_SNAPSHOT] = RESOURCE_SNAPSHOT,
							     [PLAN_BACKUP] = RESOURCE_BACKUP};
	size_t counts[PLAN_KINDS] = {0};
	const char *before = "(";

	for (const struct plan_item *item = plan->items; item; item = item->next)
		counts[item->kind]++;
	printf("Wrote a plan for %s resource%s ", text_count(plan->count).text, text_plural(plan->count));
	for (enum plan_kind kind = 0; kind < PLAN_KINDS; kind++) {
		if (counts[kind] == 0)
			continue;
		printf("%s%s %s", before, text_count(counts[kind]).text,
		       resource_kind_noun(kinds[kind], counts[kind]));
		before = ", ";
	}
	return visible_print(stdout, "). Start with %s/README.md", out);
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
	return write_done(plan, out) ? EXIT_COMPLIANT : EXIT_IMPOSSIBLE;
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
	plan_deinit(&plan);
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
		fputs("neptune-scan: error: plan: --key and --create-key exclude each other\n", stderr);
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
	puts("usage: neptune-scan plan [--run ID] [--account A] [--region R] [--resource ID]\n"
	     "                         [--key KEY | --create-key] [--method snapshot|clone-export]\n"
	     "                         [--cut-over rename|new-endpoint]\n"
	     "                         [--format shell|markdown|json] [--out DIR]\n\n"
	     "Examples:\n"
	     "  neptune-scan plan\n"
	     "  neptune-scan plan --account 111111111111 --region eu-west-1 --create-key --out plan-payments\n"
	     "  neptune-scan plan --format markdown\n\n"
	     "Writes a remediation plan for the failing resources of a stored run: a folder for each\n"
	     "resource, with a runbook, scripts and the backout, and an index with order, owners,\n"
	     "downtime and effort. The scripts are dry runs without --execute. Sends no request to AWS:\n"
	     "operators run the scripts, with their own credentials.\n\n"
	     "  --run ID           of this run (default: the latest)\n"
	     "  --account A        only in this account, by id or name\n"
	     "  --region R         only in this region\n"
	     "  --resource ID      only this resource, by id or ARN\n"
	     "  --key KEY          encrypt new resources with this KMS key: id, ARN or alias\n"
	     "                     (default: alias/aws/rds)\n"
	     "  --create-key       encrypt each new cluster and snapshot with a KMS key of its own, which\n"
	     "                     the first script creates\n"
	     "  --method HOW       snapshot: restore a snapshot with the key (default);\n"
	     "                     clone-export: export the data and load it\n"
	     "  --cut-over HOW     new-endpoint: clients switch to the new cluster's address (default);\n"
	     "                     rename: the new cluster gets the old one's name, endpoints stay\n"
	     "  --format FORM      shell: folders (default); json; markdown: index and runbooks on\n"
	     "                     standard output\n"
	     "  --out DIR          a new or empty folder (default: plan-RUN)\n\n"
	     "Exit codes: 0 also if no resource fails; 2 usage error; 3 or 4, as the scan, if no cell of\n"
	     "the run was assessed; 4 the run cannot be read, or the folder cannot be written.");
}

const struct command command_plan = {
	.name = "plan",
	.summary = "write remediation runbooks and scripts for failing resources",
	.run = run,
	.help = help,
};
