/*
 * The plan as folders. Scripts are the same for every resource; what differs are the facts beside them, as
 * assignments in single quotes and as JSON. All is written beside the folder that was asked for, and moved
 * there when it is whole.
 */
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/remediation/cli_input.h"
#include "scanner/remediation/operator_policy.h"
#include "scanner/remediation/phases.h"
#include "scanner/remediation/plan.h"
#include "scanner/remediation/shell_text.h"

enum { SECRET = 0600, PROGRAM = 0700 };

extern const char lib_sh[], scp_json[], config_rule_yaml[],
	encrypted_cluster_yaml[]; /* embedded by the build */

/* ---- writing ---- */

struct writing {
	const struct plan *plan;
	char root[600]; /* beside the folder that was asked for */
	char folder[760];
	struct error *error;
};

static bool fail(struct writing *writing, const char *path)
{
	return error_set(writing->error, ERROR_FILE, "cannot write %s: %s", path, strerror(errno));
}

static FILE *open_file(struct writing *writing, const char *name, mode_t mode)
{
	char path[1000];
	FILE *stream;

	snprintf(path, sizeof path, "%s/%s", writing->folder, name);
	stream = fopen(path, "we");
	if (!stream || fchmod(fileno(stream), mode) != 0)
		fail(writing, path);
	return stream;
}

static bool close_file(struct writing *writing, FILE *stream, const char *name)
{
	bool good = !ferror(stream);

	return (fclose(stream) == 0 && good) || fail(writing, name);
}

static bool write_text(struct writing *writing, const char *name, const char *text, mode_t mode)
{
	FILE *stream = open_file(writing, name, mode);

	if (!stream)
		return false;
	fputs(text, stream);
	return close_file(writing, stream, name);
}

/* Drops the reference. */
static bool write_json(struct writing *writing, const char *name, json_t *value)
{
	FILE *stream = value ? open_file(writing, name, SECRET) : NULL;
	bool good = stream && json_dumpf(value, stream, JSON_INDENT(2)) == 0;

	json_decref(value);
	if (!stream)
		return false;
	fputc('\n', stream);
	return close_file(writing, stream, name) && (good || error_out_of_memory(writing->error));
}

static bool make_folder(struct writing *writing, const char *below)
{
	snprintf(writing->folder, sizeof writing->folder, "%s%s%s", writing->root, *below ? "/" : "", below);
	return mkdir(writing->folder, 0700) == 0 || fail(writing, writing->folder);
}

/* A list, one a line. */
static bool write_list(struct writing *writing, const char *name, const char *list)
{
	FILE *stream = open_file(writing, name, SECRET);

	if (!stream)
		return false;
	for (const char *c = list ? list : ""; *c; c++)
		fputc(*c == ',' ? '\n' : *c, stream);
	if (list && *list)
		fputc('\n', stream);
	return close_file(writing, stream, name);
}

/* ---- the facts ---- */

/* "20261124", of the run: names of snapshots must be new for each plan, and the same when a script runs again.
 */
static void run_suffix(const struct plan *plan, char text[static 16])
{
	size_t length = strlen(plan->run);

	snprintf(text, 16, "%.8s", plan->run + (length > 8 ? length - 8 : 0));
}

struct names {
	char cluster[PLAN_NAME_SIZE], snapshot[PLAN_NAME_SIZE], last[PLAN_NAME_SIZE], clone[PLAN_NAME_SIZE];
	char clone_instance[PLAN_NAME_SIZE], soaked[PLAN_NAME_SIZE];
	char new_snapshot[PLAN_NAME_SIZE], temporary[PLAN_NAME_SIZE];
};

static struct names names_of(const struct plan *plan, const struct plan_item *item)
{
	struct names names;
	char suffix[16], with[32];

	run_suffix(plan, suffix);
	plan_new_name(names.cluster, item->id, "enc");
	snprintf(with, sizeof with, "plan-%s", suffix);
	plan_new_name(names.snapshot, item->id, with);
	snprintf(with, sizeof with, "last-%s", suffix);
	plan_new_name(names.last, item->id, with);
	plan_new_name(names.clone, item->id, "clone");
	plan_new_name(names.clone_instance, item->id, "clone-1");
	plan_new_name(names.soaked, item->id, "soaked");
	plan_new_name(names.new_snapshot, item->id, "enc");
	snprintf(with, sizeof with, "tmp-%s", suffix);
	plan_new_name(names.temporary, item->id, with);
	return names;
}

static bool write_observed(struct writing *writing, const struct plan_item *item, const struct names *names)
{
	FILE *stream = open_file(writing, "observed.sh", SECRET);
	const char *const *values = item->values;

	if (!stream)
		return false;
	fputs("# What the scan saw, and the names that follow from it. Not to be edited.\n# shellcheck "
	      "shell=sh disable=SC2034,SC2016 # used by "
	      "the scripts\n",
	      stream);
	shell_text_assign(stream, "RUN", writing->plan->run);
	shell_text_assign(stream, "ACCOUNT", item->account);
	shell_text_assign(stream, "REGION", item->region);
	shell_text_assign(stream, "RESOURCE", item->id);
	shell_text_assign(stream, "CREATE_KEY", writing->plan->wishes.create_key ? "yes" : "no");
	if (item->kind == PLAN_CLUSTER) {
		shell_text_assign(stream, "OLD_CLUSTER", item->id);
		shell_text_assign(stream, "NEW_CLUSTER", names->cluster);
		shell_text_assign(stream, "SNAPSHOT", names->snapshot);
		shell_text_assign(stream, "FINAL_SNAPSHOT", names->last);
		shell_text_assign(stream, "SOAKED", names->soaked);
		shell_text_assign(stream, "CLONE", names->clone);
		shell_text_assign(stream, "CLONE_INSTANCE", names->clone_instance);
		shell_text_assign(stream, "ENGINE_VERSION", values[ATTRIBUTE_ENGINE_VERSION]);
		shell_text_assign(stream, "PORT", values[ATTRIBUTE_PORT]);
		shell_text_assign(stream, "OLD_ENDPOINT", values[ATTRIBUTE_ENDPOINT]);
		shell_text_assign(stream, "OLD_READER_ENDPOINT", values[ATTRIBUTE_READER_ENDPOINT]);
		shell_text_assign(stream, "OLD_RESOURCE_ID", values[ATTRIBUTE_RESOURCE_ID]);
	} else if (item->kind == PLAN_SNAPSHOT) {
		shell_text_assign(stream, "OLD_SNAPSHOT", item->id);
		shell_text_assign(stream, "NEW_SNAPSHOT", names->new_snapshot);
		shell_text_assign(stream, "TEMPORARY", names->temporary);
	} else if (item->kind == PLAN_BACKUP) {
		shell_text_assign(stream, "BACKUP", item->id);
	} else if (item->kind == PLAN_KEY) {
		shell_text_assign(stream, "BROKEN_KEY", item->id);
	}
	return close_file(writing, stream, "observed.sh");
}

static bool write_choices(struct writing *writing, const struct plan_item *item)
{
	FILE *stream = open_file(writing, "choices.sh", SECRET);

	if (!stream)
		return false;
	fputs("# What is yours to decide. Edit it before the first script runs, not after.\n# shellcheck "
	      "shell=sh disable=SC2034,SC2016 # used "
	      "by the scripts\n\n# The key that the new one is encrypted with: id, ARN or alias, in this "
	      "region.\n",
	      stream);
	shell_text_assign(stream, "KEY", item->key);
	fputs("# How long AWS may take for one step, and how often it is asked, in "
	      "seconds.\nLIMIT=7200\nPAUSE=15\n",
	      stream);
	if (item->kind == PLAN_CLUSTER)
		fputs("# Days that the new cluster serves before the old one may be deleted.\nSOAK_DAYS=7\n"
		      "# How the data are counted: opencypher, gremlin or sparql; through the cluster's own "
		      "address, or another.\n"
		      "DATA_CHECK=opencypher\nDATA_ENDPOINT_URL=''\n"
		      "# Of a way by export: s3://BUCKET/PREFIX, the role by which the cluster reads it, and "
		      "its format.\n"
		      "EXPORT_S3=''\nLOADER_ROLE=''\nLOADER_FORMAT=csv\nCLONE_CLASS=db.r6g.large\n",
		      stream);
	if (item->kind == PLAN_SNAPSHOT)
		fputs("# Where the account has no default VPC: a subnet group for the cluster that exists for "
		      "an hour.\nSUBNET_GROUP=''\n",
		      stream);
	return close_file(writing, stream, "choices.sh");
}

static bool write_instances(struct writing *writing, const struct plan_item *item, const struct names *names)
{
	char below[760], folder[760], name[PLAN_NAME_SIZE], file[PLAN_NAME_SIZE + 8];
	FILE *seen = open_file(writing, "instances.seen", SECRET);
	bool good = seen != NULL;

	for (const struct plan_instance *instance = item->instances; seen && instance;
	     instance = instance->next)
		fprintf(seen, "%s\n", instance->id);
	if (!seen || !close_file(writing, seen, "instances.seen"))
		return false;
	snprintf(folder, sizeof folder, "%s", writing->folder);
	snprintf(below, sizeof below, "%s/instances", item->folder);
	good = make_folder(writing, below);
	for (const struct plan_instance *instance = item->instances; good && instance;
	     instance = instance->next) {
		plan_new_name(name, instance->id, "enc");
		snprintf(file, sizeof file, "%s.json", name);
		good = write_json(writing, file, cli_input_instance(instance, name, names->cluster));
	}
	snprintf(writing->folder, sizeof writing->folder, "%s", folder);
	return good;
}

static bool write_cluster(struct writing *writing, const struct plan_item *item, const struct names *names)
{
	bool by_snapshot = writing->plan->wishes.method == PLAN_BY_SNAPSHOT;

	return write_instances(writing, item, names) &&
	       write_json(writing, by_snapshot ? "restore.json" : "create.json",
			  by_snapshot ? cli_input_restore(item, names->cluster, names->snapshot)
				      : cli_input_create(item, names->cluster)) &&
	       write_json(writing, "modify.json", cli_input_modify(item, names->cluster)) &&
	       write_list(writing, "roles.list", item->values[ATTRIBUTE_ROLES]);
}

static bool write_snapshot(struct writing *writing, const struct plan_item *item, const struct names *names)
{
	return write_json(writing, "restore.json", cli_input_restore(item, names->temporary, item->id)) &&
	       write_json(writing, "snapshot.json",
			  cli_input_snapshot(item, names->temporary, names->new_snapshot)) &&
	       write_list(writing, "shared.list", item->values[ATTRIBUTE_SHARED_WITH]);
}

static bool write_item(struct writing *writing, const struct plan_item *item)
{
	const struct phase *phases = phases_of(writing->plan, item);
	const struct names names = names_of(writing->plan, item);
	FILE *runbook;
	bool good;

	if (!make_folder(writing, item->folder))
		return false;
	runbook = open_file(writing, "README.md", SECRET);
	if (!runbook)
		return false;
	plan_write_runbook(writing->plan, item, runbook);
	good = close_file(writing, runbook, "README.md");
	if (!good || !phases->name)
		return good;
	for (; good && phases->name; phases++)
		good = !phases->script || write_text(writing, phases->name, phases->script, PROGRAM);
	good = good && write_text(writing, "lib.sh", lib_sh, SECRET) && write_observed(writing, item, &names) &&
	       write_choices(writing, item) &&
	       write_json(writing, "operator-policy.json", operator_policy(item));
	if (good && item->kind == PLAN_CLUSTER)
		good = write_cluster(writing, item, &names);
	if (good && item->kind == PLAN_SNAPSHOT)
		good = write_snapshot(writing, item, &names);
	return good;
}

static bool write_all(struct writing *writing)
{
	const struct plan *plan = writing->plan;
	FILE *index;

	if (!make_folder(writing, ""))
		return false;
	index = open_file(writing, "README.md", SECRET);
	if (!index)
		return false;
	plan_write_index(plan, index);
	if (!close_file(writing, index, "README.md") ||
	    !write_text(writing, ".shellcheckrc", "external-sources=true\nsource-path=SCRIPTDIR\n", SECRET) ||
	    !write_json(writing, "plan.json", plan_json(plan)) || !make_folder(writing, "prevention") ||
	    !write_text(writing, "scp.json", scp_json, SECRET) ||
	    !write_text(writing, "config-rule.yaml", config_rule_yaml, SECRET) ||
	    !write_text(writing, "encrypted-cluster.yaml", encrypted_cluster_yaml, SECRET))
		return false;
	for (const struct plan_item *item = plan->items; item; item = item->next)
		if (!write_item(writing, item))
			return false;
	return true;
}

static int drop_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
	(void)about;
	(void)kind;
	(void)place;
	return remove(path);
}

bool plan_write_folder(const struct plan *plan, const char *path, struct error *error)
{
	struct writing writing = {.plan = plan, .error = error};
	struct stat about;

	if (strlen(path) > 500)
		return error_set(error, ERROR_USAGE, "--out: the path is too long");
	if (stat(path, &about) == 0 && rmdir(path) != 0)
		return error_set(error, ERROR_USAGE, "--out: %s %s; name a new folder", path,
				 S_ISDIR(about.st_mode) ? "is not empty" : "is no folder");
	snprintf(writing.root, sizeof writing.root, "%s.%ld", path, (long)getpid());
	if (write_all(&writing) && (rename(writing.root, path) == 0 || fail(&writing, path)))
		return true;
	nftw(writing.root, drop_one, 16, FTW_DEPTH | FTW_PHYS);
	return false;
}
