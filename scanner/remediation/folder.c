/*
 * Writes a plan as a folder. The scripts are the same for every resource; the facts beside them differ, as
 * assignments in single quotes and as JSON. Everything is written to a temporary folder, which is renamed
 * when it is complete.
 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/span.h"
#include "base/text.h"
#include "scanner/remediation/cli_input.h"
#include "scanner/remediation/facts.h"
#include "scanner/remediation/operator_policy.h"
#include "scanner/remediation/phases.h"
#include "scanner/remediation/plan.h"
#include "scanner/remediation/shell_text.h"
#include "scanner/reports/json_objects.h"

enum { SECRET = 0600, PROGRAM = 0700, FOLDER = 0700, MAX_OUT = 500 /* bytes */ };

extern const char lib_sh[], lib_cluster_sh[], lib_snapshot_sh[], scp_json[], config_rule_yaml[],
	encrypted_cluster_yaml[]; /* embedded by the build */

/* ---- writing ---- */

struct writing {
	const struct plan *plan;
	char root[600]; /* the temporary folder, beside the requested one */
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

/* Writes a file with a single value. */
static bool write_value(struct writing *writing, const char *name, const char *value)
{
	FILE *stream = open_file(writing, name, SECRET);

	if (!stream)
		return false;
	shell_text_put(stream, value, strlen(value));
	return close_file(writing, stream, name);
}

/* Writes a JSON file, and drops the reference. */
static bool write_json(struct writing *writing, const char *name, json_t *value)
{
	FILE *stream = value ? open_file(writing, name, SECRET) : NULL;
	bool good = stream && json_write(stream, value);

	json_decref(value);
	if (!stream)
		return false;
	return close_file(writing, stream, name) && (good || error_out_of_memory(writing->error));
}

static bool make_folder(struct writing *writing, const char *below)
{
	snprintf(writing->folder, sizeof writing->folder, "%s%s%s", writing->root, *below ? "/" : "", below);
	return mkdir(writing->folder, FOLDER) == 0 || fail(writing, writing->folder);
}

/* Writes a list, one item a line. */
static bool write_list(struct writing *writing, const char *name, const char *list)
{
	FILE *stream = open_file(writing, name, SECRET);
	struct span rest = span_of(list ? list : ""), part;

	if (!stream)
		return false;
	while (rest.length > 0 && span_split(&rest, ',', &part)) {
		shell_text_put(stream, part.at, part.length);
		fputc('\n', stream);
	}
	return close_file(writing, stream, name);
}

/* ---- facts ---- */

static bool write_observed(struct writing *writing, const struct plan_item *item,
			   const struct plan_names *names)
{
	FILE *stream = open_file(writing, "observed.sh", SECRET);

	if (!stream)
		return false;
	facts_write_observed(stream, writing->plan, item, names);
	return close_file(writing, stream, "observed.sh");
}

static bool write_choices(struct writing *writing, const struct plan_item *item)
{
	FILE *stream = open_file(writing, "choices.sh", SECRET);

	if (!stream)
		return false;
	facts_write_choices(stream, writing->plan, item);
	return close_file(writing, stream, "choices.sh");
}

/* The instance's old and new names, and the input that creates it. */
static bool write_instance(struct writing *writing, const struct plan_instance *instance, const char *cluster)
{
	const char *certificate = instance->values[ATTRIBUTE_CA_CERTIFICATE];
	char name[PLAN_NAME_SIZE], renamed[PLAN_NAME_SIZE];

	plan_new_name(name, instance->id, "enc");
	plan_new_name(renamed, instance->id, "old");
	return write_value(writing, "name", name) && write_value(writing, "old", instance->id) &&
	       write_value(writing, "renamed", renamed) &&
	       write_json(writing, "create.json", cli_input_instance(instance, name, cluster)) &&
	       (!certificate ||
		(write_value(writing, "ca", certificate) &&
		 write_json(writing, "modify.json", cli_input_instance_certificate(instance, name))));
}

static bool write_instances(struct writing *writing, const struct plan_item *item, const char *cluster)
{
	char below[900], folder[760], name[PLAN_NAME_SIZE];
	FILE *seen = open_file(writing, "instances.seen", SECRET);
	bool good;

	for (const struct plan_instance *instance = item->instances; seen && instance;
	     instance = instance->next) {
		shell_text_put(seen, instance->id, strlen(instance->id));
		fputc('\n', seen);
	}
	if (!seen || !close_file(writing, seen, "instances.seen"))
		return false;
	snprintf(folder, sizeof folder, "%s", writing->folder);
	snprintf(below, sizeof below, "%s/instances", item->folder);
	good = make_folder(writing, below);
	for (const struct plan_instance *instance = item->instances; good && instance;
	     instance = instance->next) {
		plan_new_name(name, instance->id, "enc");
		snprintf(below, sizeof below, "%s/instances/%s", item->folder, name);
		good = make_folder(writing, below) && write_instance(writing, instance, cluster);
	}
	snprintf(writing->folder, sizeof writing->folder, "%s", folder);
	return good;
}

/* The input that creates the new cluster. */
static bool write_way(struct writing *writing, const struct plan_item *item, const struct plan_names *names)
{
	if (phases_is_secondary(item))
		return write_json(writing, "create.json", cli_input_create(item, names->cluster));
	if (writing->plan->options.method == PLAN_BY_SNAPSHOT)
		return write_json(writing, "restore.json",
				  cli_input_restore(item, names->cluster, names->snapshot)) &&
		       write_json(writing, "operator-policy-replay.json",
				  operator_policy_replay(writing->plan, item));
	return write_json(writing, "create.json", cli_input_create(item, names->cluster)) &&
	       write_json(writing, "clone.json", cli_input_clone(item, names->clone));
}

static bool write_cluster(struct writing *writing, const struct plan_item *item, const struct plan_names *names)
{
	return write_text(writing, "lib-cluster.sh", lib_cluster_sh, SECRET) &&
	       write_instances(writing, item, names->cluster) && write_way(writing, item, names) &&
	       write_json(writing, "trial.json", cli_input_trial(item, names->trial)) &&
	       write_json(writing, "modify.json", cli_input_modify(item, names->cluster)) &&
	       write_list(writing, "roles.list", item->values[ATTRIBUTE_ROLES]);
}

static bool write_snapshot(struct writing *writing, const struct plan_item *item,
			   const struct plan_names *names)
{
	return write_text(writing, "lib-snapshot.sh", lib_snapshot_sh, SECRET) &&
	       write_json(writing, "restore.json", cli_input_restore(item, names->temporary, item->id)) &&
	       write_json(writing, "snapshot.json",
			  cli_input_snapshot(item, names->temporary, names->new_snapshot)) &&
	       write_list(writing, "shared.list", item->values[ATTRIBUTE_SHARED_WITH]);
}

/* Each member with its role and folder; "-": no folder. */
static bool write_members(struct writing *writing, const struct plan_item *item)
{
	FILE *stream = open_file(writing, "members.list", SECRET);

	if (!stream)
		return false;
	for (const struct relation *relation = item->relations; relation; relation = relation->next) {
		const struct plan_item *member = plan_member(writing->plan, relation->target);

		shell_text_put(stream, relation->target, strlen(relation->target));
		fputc(' ', stream);
		shell_text_put(stream, relation->role, strlen(relation->role));
		fprintf(stream, " %s\n", member ? member->folder : "-");
	}
	return close_file(writing, stream, "members.list");
}

static bool write_item(struct writing *writing, const struct plan_item *item)
{
	const struct phase *phases = phases_of(writing->plan, item);
	const struct plan_names names = facts_names(writing->plan, item);
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
	       write_json(writing, "operator-policy.json", operator_policy(writing->plan, item, &names));
	if (good && item->kind == PLAN_CLUSTER)
		good = write_cluster(writing, item, &names);
	if (good && item->kind == PLAN_SNAPSHOT)
		good = write_snapshot(writing, item, &names);
	if (good && item->kind == PLAN_GLOBAL)
		good = write_members(writing, item);
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

/* True also when the folder cannot be read: the rename then reports why. */
static bool is_empty(const char *path)
{
	DIR *folder = opendir(path);
	size_t entries = 0;

	while (folder && readdir(folder))
		entries++;
	if (folder)
		closedir(folder);
	return entries <= 2; /* "." and ".." */
}

/*
 * The length without trailing slashes and "/.", which would place the temporary folder inside the requested
 * one.
 */
static size_t length_of_name(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && (path[length - 1] == '/' || (path[length - 1] == '.' && path[length - 2] == '/')))
		length--;
	return length;
}

/*
 * The canonical path of an existing folder, which "." or links may lead to. False: no plan can be written
 * there; the error is set.
 */
static bool find_place(const char *path, char place[static PATH_MAX], struct error *error)
{
	size_t length = length_of_name(path);
	struct stat about;

	if (length == 0)
		return error_set(error, ERROR_USAGE, "--out: the name of the folder is empty");
	if (length > MAX_OUT)
		return error_set(error, ERROR_USAGE, "--out: the path is longer than %d bytes", MAX_OUT);
	snprintf(place, PATH_MAX, "%.*s", (int)length, path);
	if (stat(place, &about) != 0)
		return true;
	if (!S_ISDIR(about.st_mode))
		return error_set(error, ERROR_USAGE, "--out: %s is not a folder. Choose a new one", place);
	if (!is_empty(place))
		return error_set(error, ERROR_USAGE, "--out: %s is not empty. Choose a new folder", place);
	return realpath(path, place) || error_set(error, ERROR_FILE, "--out: %s: %s", path, strerror(errno));
}

bool plan_write_folder(const struct plan *plan, const char *path, struct error *error)
{
	struct writing writing = {.plan = plan, .error = error};
	char place[PATH_MAX];

	if (!find_place(path, place, error))
		return false;
	if (!text_print(writing.root, sizeof writing.root, "%s.%ld", place, (long)getpid()))
		return error_set(error, ERROR_USAGE, "--out: the path is too long");
	/* rename replaces an empty folder. */
	if (write_all(&writing) && (rename(writing.root, place) == 0 || fail(&writing, place)))
		return true;
	nftw(writing.root, drop_one, 16, FTW_DEPTH | FTW_PHYS);
	return false;
}
