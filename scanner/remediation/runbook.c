/*
 * The runbook of a resource: a page for a change board to review and sign.
 */
#include <string.h>

#include "scanner/remediation/cli_input.h"
#include "scanner/remediation/phases.h"
#include "scanner/reports/markdown_text.h"

/* ---- prose, embedded by the build ---- */

extern const char backup_way_md[], cluster_changes_md[], cluster_decisions_md[], cluster_facts_md[],
	cluster_fence_md[], cluster_not_seen_md[], cluster_risk_md[], cluster_stack_md[], cluster_trouble_md[],
	global_way_md[], how_to_run_md[], key_way_md[], phases_md[], signatures_md[], snapshot_automated_md[],
	snapshot_backup_md[], snapshot_risk_md[];

/* ---- parts ---- */

static void write_fact(FILE *stream, const char *name, const char *value, const char *when_missing)
{
	fprintf(stream, "| %s | ", name);
	if (value && *value)
		markdown_text_write(stream, value);
	else
		fputs(when_missing, stream);
	fputs(" |\n", stream);
}

static const char not_seen[] = "**not recorded: fill in before you sign**";
static const char none[] = "none";

static void write_head(const struct plan *plan, const struct plan_item *item, const char *title, FILE *stream)
{
	fprintf(stream, "# %s ", title);
	markdown_text_write(stream, item->id);
	fputs("\n\n| | |\n|---|---|\n", stream);
	write_fact(stream, "Account", item->account, none);
	write_fact(stream, "Account name", item->account_name, "not known");
	write_fact(stream, "Region", item->region, none);
	write_fact(stream, "ARN", item->arn, none);
	write_fact(stream, "Finding", item->reason, none);
	write_fact(stream, "Owner, by tags", item->owner, "**no owner tag: assign an owner before you start**");
	write_fact(stream, "Run", plan->run, none);
	write_fact(stream, "Downtime", plan_downtime(plan, item), none);
	write_fact(stream, "Effort", plan_effort(plan, item), none);
}

static void write_phases(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	fputs(phases_md, stream);
	for (const struct phase *phase = phases_of(plan, item); phase->name; phase++)
		if (phase->what)
			fprintf(stream, phase->script ? "| `%s` | %s | %s | %s |\n" : "| %s | %s | %s | %s |\n",
				phase->name, phase->what, phase->gate, phase->backout);
}

static void write_targets(const struct plan_item *item, bool with_roles, FILE *stream)
{
	for (const struct relation *relation = item->relations; relation; relation = relation->next) {
		fputs("- ", stream);
		if (with_roles) {
			markdown_text_write(stream, relation->role);
			fputs(": ", stream);
		}
		markdown_text_write(stream, relation->target);
		fputc('\n', stream);
	}
}

static const char facts[] = "\n## Configuration at scan time\n\n| | |\n|---|---|\n";

/* ---- clusters ---- */

static void write_instance(const struct plan_item *item, const struct plan_instance *instance, FILE *stream)
{
	const char *const *values = instance->values, *writer = item->values[ATTRIBUTE_WRITER];
	const char *const cells[] = {
		instance->id,
		!writer                             ? NULL
		: strcmp(writer, instance->id) == 0 ? "writer"
						    : "reader",
		values[ATTRIBUTE_INSTANCE_CLASS],
		values[ATTRIBUTE_ZONE],
		values[ATTRIBUTE_PROMOTION_TIER],
		values[ATTRIBUTE_PUBLIC],
		values[ATTRIBUTE_INSTANCE_PARAMETER_GROUP],
		values[ATTRIBUTE_CA_CERTIFICATE],
	};

	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
		fputs(i == 0 ? "| " : " | ", stream);
		markdown_text_write(stream, cells[i] ? cells[i] : "-");
	}
	fputs(" |\n", stream);
}

static void write_cluster_facts(const struct plan_item *item, FILE *stream)
{
	const char *const *values = item->values;
	char number[24];

	fputs(cluster_facts_md, stream);
	write_fact(stream, "Engine version", values[ATTRIBUTE_ENGINE_VERSION], not_seen);
	write_fact(stream, "Resource id", values[ATTRIBUTE_RESOURCE_ID], not_seen);
	write_fact(stream, "Storage type", values[ATTRIBUTE_STORAGE_TYPE], "standard");
	write_fact(stream, "Network type", values[ATTRIBUTE_NETWORK_TYPE], "IPV4");
	write_fact(stream, "Serverless capacity, minimum and maximum", values[ATTRIBUTE_SERVERLESS], none);
	write_fact(stream, "Port", values[ATTRIBUTE_PORT], not_seen);
	write_fact(stream, "Endpoint", values[ATTRIBUTE_ENDPOINT], not_seen);
	write_fact(stream, "Subnet group", values[ATTRIBUTE_SUBNET_GROUP], not_seen);
	write_fact(stream, "Security groups", values[ATTRIBUTE_SECURITY_GROUPS], not_seen);
	write_fact(stream, "Parameter group", values[ATTRIBUTE_PARAMETER_GROUP], not_seen);
	write_fact(stream, "IAM roles", values[ATTRIBUTE_ROLES], none);
	write_fact(stream, "Log exports", values[ATTRIBUTE_LOG_EXPORTS], none);
	write_fact(stream, "Backup retention, days", values[ATTRIBUTE_BACKUP_RETENTION], not_seen);
	write_fact(stream, "Backup window", values[ATTRIBUTE_BACKUP_WINDOW], not_seen);
	write_fact(stream, "Maintenance window", values[ATTRIBUTE_MAINTENANCE_WINDOW], not_seen);
	write_fact(stream, "Deletion protection", values[ATTRIBUTE_DELETION_PROTECTION], not_seen);
	write_fact(stream, "IAM authentication", values[ATTRIBUTE_IAM_AUTHENTICATION], not_seen);
	write_fact(stream, "Global database", item->global ? item->global->id : values[ATTRIBUTE_GLOBAL_ID],
		   none);
	write_fact(stream, "Managed by", item->stack_name, "no stack in its tags");
	snprintf(number, sizeof number, "%zu", item->instance_count);
	write_fact(stream, "Instances", number, none);
	if (item->instance_count == 0)
		fputs("\nA cluster without instances cannot be queried, so `50-data-check.sh` and "
		      "`60-cut-over.sh` cannot count. Create an instance in the old and in the new cluster for "
		      "the check, or compare the data in another way and give `--accept-without-counts`.\n",
		      stream);
	if (item->instance_count > 0)
		fputs("\n| instance | role | class | zone | promotion tier | public | parameter group | CA "
		      "|\n|---|---|---|---|---|---|---|---|\n",
		      stream);
	for (const struct plan_instance *instance = item->instances; instance; instance = instance->next)
		write_instance(item, instance, stream);
	fputs(cluster_not_seen_md, stream);
}

static const char *cluster_way(const struct plan *plan, const struct plan_item *item)
{
	if (phases_is_secondary(item))
		return "as a secondary of the new global database";
	return plan->options.method == PLAN_BY_SNAPSHOT ? "from a snapshot of the old one"
							: "and the data is exported and loaded into it";
}

/* The owner of the stack must be informed first. */
static void write_stack(const struct plan_item *item, FILE *stream)
{
	if (!item->stack_name)
		return;
	fputs("\n## The stack first\n\nThis cluster is managed by ", stream);
	markdown_text_write(stream, item->stack_name);
	fputs(". ", stream);
	fputs(cluster_stack_md, stream);
}

static void write_cluster(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	char new_cluster[PLAN_NAME_SIZE];

	plan_new_name(new_cluster, item->id, "enc");
	write_head(plan, item, "Encrypt the Neptune cluster", stream);
	fprintf(stream,
		"\nEncryption cannot be enabled on an existing cluster. A new one, `%s`, is created beside it, "
		"encrypted with `%s`, %s; %s, and the old one is deleted at the end, after a soak.\n",
		new_cluster, item->key, cluster_way(plan, item),
		plan->options.cut_over == PLAN_BY_RENAME && !item->global
			? "the new one gets the name of the old one, so that endpoints stay"
			: "clients switch to its endpoints");
	if (item->global)
		fprintf(stream,
			"\nThis cluster is a member of a global database: `../%s` has the order of all "
			"members.\n",
			item->global->folder);
	else if (item->values[ATTRIBUTE_GLOBAL_ID])
		fputs("\nThis cluster is a member of a global database without a plan. Create a plan with the "
		      "control neptune-global-database-encryption and all members.\n",
		      stream);
	write_stack(item, stream);
	fputs(cluster_risk_md, stream);
	write_cluster_facts(item, stream);
	write_phases(plan, item, stream);
	fputs(cluster_decisions_md, stream);
	if (!phases_is_secondary(item))
		fputs(cluster_fence_md, stream);
	fputs(cluster_changes_md, stream);
	fputs(how_to_run_md, stream);
	fputs(cluster_trouble_md, stream);
	fputs(signatures_md, stream);
}

/* ---- other resources ---- */

static void write_snapshot(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	write_head(plan, item, "Encrypt the Neptune cluster snapshot", stream);
	if (item->is_automated) {
		fputs(snapshot_automated_md, stream);
		return;
	}
	if (item->is_backup) {
		fputs(snapshot_backup_md, stream);
		return;
	}
	fputs(facts, stream);
	write_fact(stream, "Cluster", item->values[ATTRIBUTE_CLUSTER_ID], none);
	write_fact(stream, "Created", item->values[ATTRIBUTE_CREATED], not_seen);
	write_fact(stream, "Engine version", item->values[ATTRIBUTE_ENGINE_VERSION], not_seen);
	write_fact(stream, "Type", item->values[ATTRIBUTE_SNAPSHOT_TYPE], not_seen);
	write_fact(stream, "Shared with", item->values[ATTRIBUTE_SHARED_WITH], "not shared, or not recorded");
	fprintf(stream,
		"\nA copy of an unencrypted snapshot cannot be encrypted. The snapshot is restored into a "
		"cluster that is encrypted with `%s` (no instance is needed), a snapshot of that cluster is "
		"taken, and the cluster is deleted; then the old snapshot is deleted.\n",
		item->key);
	write_phases(plan, item, stream);
	fputs(snapshot_risk_md, stream);
	fputs(how_to_run_md, stream);
	fputs(signatures_md, stream);
}

static void write_backup(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	write_head(plan, item, "Delete the retained backup", stream);
	fputs(facts, stream);
	write_fact(stream, "Cluster", item->values[ATTRIBUTE_CLUSTER_ID], none);
	write_fact(stream, "Retention, days", item->values[ATTRIBUTE_BACKUP_RETENTION], not_seen);
	fputs(backup_way_md, stream);
	write_phases(plan, item, stream);
	fputs(how_to_run_md, stream);
	fputs(signatures_md, stream);
}

static void write_global(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	write_head(plan, item, "Encrypt the Neptune global database", stream);
	fputs(global_way_md, stream);
	write_targets(item, true, stream);
	write_phases(plan, item, stream);
	fputs(how_to_run_md, stream);
	fputs(signatures_md, stream);
}

static void write_key(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	write_head(plan, item, "Enable the KMS key", stream);
	fputs("\n| | |\n|---|---|\n", stream);
	write_fact(stream, "State", item->values[ATTRIBUTE_KEY_STATE], not_seen);
	write_fact(stream, "Deletion date", item->values[ATTRIBUTE_KEY_DELETION], "none");
	write_fact(stream, "Key material expires", item->values[ATTRIBUTE_KEY_VALID_TO], "never");
	write_fact(stream, "Managed by", item->values[ATTRIBUTE_KEY_MANAGER], "not known");
	fputs(key_way_md, stream);
	write_phases(plan, item, stream);
	fputs("\n## Resources that use it\n\n", stream);
	write_targets(item, false, stream);
	fputs(how_to_run_md, stream);
	fputs(signatures_md, stream);
}

void plan_write_runbook(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	static void (*const writers[PLAN_KINDS])(const struct plan *, const struct plan_item *,
						 FILE *) = {[PLAN_KEY] = write_key,
							    [PLAN_GLOBAL] = write_global,
							    [PLAN_CLUSTER] = write_cluster,
							    [PLAN_SNAPSHOT] = write_snapshot,
							    [PLAN_BACKUP] = write_backup};

	writers[item->kind](plan, item, stream);
}
