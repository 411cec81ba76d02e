#include "scanner/remediation/facts.h"

#include <string.h>

#include "scanner/remediation/phases.h"
#include "scanner/remediation/shell_text.h"

/* ---- names ---- */

static void name_of_run(char name[static PLAN_NAME_SIZE], const char *id, const char *suffix, const char *run)
{
	size_t length = strlen(run);
	char with[PLAN_NAME_SIZE];

	snprintf(with, sizeof with, "%s-%s", suffix, run + (length > 8 ? length - 8 : 0));
	plan_new_name(name, id, with);
}

struct plan_names facts_names(const struct plan *plan, const struct plan_item *item)
{
	struct plan_names names;
	const struct {
		char *name;
		const char *suffix;
	} of_run[] = {
		{names.snapshot, "plan"},
		{names.final, "final"},
		{names.soaked, "soaked"},
		{names.last, "last"},
		{names.trial, "trial"},
		{names.clone, "clone"},
		{names.clone_instance, "clone-1"},
		{names.temporary, "tmp"},
	};

	plan_new_name(names.cluster, item->id, "enc");
	plan_new_name(names.renamed, item->id, "old");
	plan_new_name(names.global,
		      item->kind == PLAN_GLOBAL ? item->id
		      : item->global            ? item->global->id
						: "",
		      "enc");
	plan_new_name(names.new_snapshot, item->id, "enc");
	for (size_t i = 0; i < sizeof of_run / sizeof of_run[0]; i++)
		name_of_run(of_run[i].name, item->id, of_run[i].suffix, plan->run);
	return names;
}

/* ---- observed.sh ---- */

static void write_cluster(FILE *stream, const struct plan_item *item, const struct plan_names *names)
{
	static const char *const stacks[] = {"", "cloudformation", "terraform"};
	const char *const *values = item->values;
	const struct {
		const char *name, *value;
	} facts[] = {
		{"OLD_CLUSTER", item->id},
		{"OLD_RESOURCE_ID", values[ATTRIBUTE_RESOURCE_ID]},
		{"OLD_RENAMED", names->renamed},
		{"OLD_ENDPOINT", values[ATTRIBUTE_ENDPOINT]},
		{"OLD_READER_ENDPOINT", values[ATTRIBUTE_READER_ENDPOINT]},
		{"NEW_CLUSTER", names->cluster},
		{"SNAPSHOT", names->snapshot},
		{"FINAL_SNAPSHOT", names->final},
		{"SOAKED", names->soaked},
		{"LAST", names->last},
		{"TRIAL", names->trial},
		{"CLONE", names->clone},
		{"CLONE_INSTANCE", names->clone_instance},
		{"ENGINE_VERSION", values[ATTRIBUTE_ENGINE_VERSION]},
		{"PORT", values[ATTRIBUTE_PORT]},
		{"IAM_AUTHENTICATION", values[ATTRIBUTE_IAM_AUTHENTICATION]},
		{"GLOBAL", item->global ? item->global->id : values[ATTRIBUTE_GLOBAL_ID]},
		{"NEW_GLOBAL", item->global ? names->global : ""},
		{"GLOBAL_FOLDER", item->global ? item->global->folder : ""},
		{"WRITER_FOLDER", item->writer ? item->writer->folder : ""},
		{"WRITER_REGION", item->writer ? item->writer->region : ""},
		{"STACK", item->stack_name},
		{"STACK_KIND", stacks[item->stack]},
	};

	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		shell_text_assign(stream, facts[i].name, facts[i].value);
}

static const char *writers_folder(const struct plan *plan, const struct plan_item *global)
{
	for (const struct relation *relation = global->relations; relation; relation = relation->next) {
		const struct plan_item *member = plan_member(plan, relation->target);

		if (member && strcmp(relation->role, "writer") == 0)
			return member->folder;
	}
	return "";
}

void facts_write_observed(FILE *stream, const struct plan *plan, const struct plan_item *item,
			  const struct plan_names *names)
{
	fputs("# Configuration at scan time, and the names that follow from it. Do not edit.\n"
	      "# shellcheck shell=sh disable=SC2034,SC2016 # used by the scripts\n"
	      "PLAN_FORMAT=2\n",
	      stream);
	shell_text_assign(stream, "RUN", plan->run);
	shell_text_assign(stream, "ACCOUNT", item->account);
	shell_text_assign(stream, "REGION", item->region);
	shell_text_assign(stream, "RESOURCE", item->id);
	shell_text_assign(stream, "CREATE_KEY", plan->options.create_key ? "yes" : "no");
	switch (item->kind) {
	case PLAN_CLUSTER:
		write_cluster(stream, item, names);
		break;
	case PLAN_GLOBAL:
		shell_text_assign(stream, "OLD_GLOBAL", item->id);
		shell_text_assign(stream, "NEW_GLOBAL", names->global);
		shell_text_assign(stream, "WRITER_FOLDER", writers_folder(plan, item));
		break;
	case PLAN_SNAPSHOT:
		shell_text_assign(stream, "OLD_SNAPSHOT", item->id);
		shell_text_assign(stream, "OLD_SNAPSHOT_TAKEN", item->values[ATTRIBUTE_CREATED]);
		shell_text_assign(stream, "NEW_SNAPSHOT", names->new_snapshot);
		shell_text_assign(stream, "TEMPORARY", names->temporary);
		break;
	case PLAN_BACKUP:
		shell_text_assign(stream, "BACKUP", item->id);
		break;
	case PLAN_KEY:
		shell_text_assign(stream, "BROKEN_KEY", item->arn ? item->arn : item->id);
		break;
	case PLAN_KINDS:
		break;
	}
}

/* ---- choices.sh ---- */

static const char of_cluster[] =
	"\n# How clients reach the new cluster: rename (it gets the name of the old one; endpoints stay) or\n"
	"# new-endpoint (they switch to its endpoints).\n"
	"CUT_OVER=%s\n"
	"\n# How writes are detected: streams, cloudwatch, or auto (streams if they are on). Two checks,\n"
	"# QUIET seconds apart; CloudWatch aggregates Neptune's metrics over METRIC_PERIOD seconds.\n"
	"COMMITS=auto\nQUIET=60\nMETRIC_PERIOD=300\n"
	"\n# Query language that counts nodes and edges: opencypher or gremlin (RDF always by SPARQL); timeout "
	"of a\n"
	"# count, in seconds; how many nodes and subjects are compared by value.\n"
	"DATA_CHECK=opencypher\nCOUNT_TIMEOUT=900\nSAMPLES=100\n"
	"\n# Other addresses of the writers of the two clusters, of a tunnel for example: https://HOST:PORT.\n"
	"OLD_DATA_URL=''\nNEW_DATA_URL=''\n"
	"\n# Days that the new cluster serves before the old one can be deleted, and days that its final "
	"snapshot is kept.\n"
	"SOAK_DAYS=7\nKEEP_FINAL_DAYS=30\n"
	"\n# yes, if the old cluster has streams: writes after the snapshot are replayed (45-replay.sh), and "
	"writing\n"
	"# stops only at the end. The DynamoDB table and ApplicationName of the replication stack; then\n"
	"# operator-policy-replay.json is needed, too, with the name of the table.\n"
	"REPLAY=no\nREPLAY_TABLE=''\nREPLAY_APPLICATION=NeptuneStreamPoller\n";

static const char of_secondary[] = "\n# Maximum replication lag of a new secondary, in milliseconds.\n"
				   "MAX_LAG=5000\n";

static const char of_export[] =
	"\n# Destination of the export, s3://BUCKET/PREFIX, in this region; its data model: property-graph or "
	"rdf;\n"
	"# the role with which the new cluster reads it; the class of the clone's instance.\n"
	"EXPORT_S3=''\nDATA_MODEL=property-graph\nLOADER_ROLE=''\nCLONE_CLASS=db.r6g.large\n";

static const char of_snapshot[] =
	"\n# If the account has no default VPC: a subnet group for the temporary cluster.\n"
	"SUBNET_GROUP=''\n";

void facts_write_choices(FILE *stream, const struct plan *plan, const struct plan_item *item)
{
	fputs("# Your decisions. Edit this file before the first script runs, not later.\n"
	      "# shellcheck shell=sh disable=SC2034,SC2016 # used by the scripts\n",
	      stream);
	if (item->kind == PLAN_CLUSTER || item->kind == PLAN_SNAPSHOT) {
		fputs("\n# The KMS key that encrypts the new resource: id, ARN or alias, in this region.\n",
		      stream);
		shell_text_assign(stream, "KEY", item->key);
	}
	fputs("\n# Timeout of each wait for AWS, and the polling interval, in seconds.\n"
	      "LIMIT=7200\nPAUSE=15\n",
	      stream);
	if (item->kind == PLAN_CLUSTER)
		fprintf(stream, of_cluster, /* NOLINT(clang-diagnostic-format-nonliteral): the constant above */
			plan->options.cut_over == PLAN_BY_RENAME && !item->global ? "rename" : "new-endpoint");
	if (phases_is_secondary(item))
		fputs(of_secondary, stream);
	if (item->kind == PLAN_CLUSTER && plan->options.method == PLAN_BY_EXPORT && !phases_is_secondary(item))
		fputs(of_export, stream);
	if (item->kind == PLAN_SNAPSHOT)
		fputs(of_snapshot, stream);
}
