/* What a change board reads and signs: one page for each resource. */
#include <string.h>

#include "scanner/remediation/cli_input.h"
#include "scanner/remediation/plan.h"
#include "scanner/reports/markdown_text.h"

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

static const char not_seen[] = "**not seen: fill in before you sign**";
static const char none[] = "none";

static void write_head(const struct plan *plan, const struct plan_item *item, const char *title, FILE *stream)
{
	fprintf(stream, "# %s ", title);
	markdown_text_write(stream, item->id);
	fputs("\n\n| | |\n|---|---|\n", stream);
	write_fact(stream, "Account", item->account, none);
	write_fact(stream, "Account's name", item->account_name, "not known");
	write_fact(stream, "Region", item->region, none);
	write_fact(stream, "ARN", item->arn, none);
	write_fact(stream, "Finding", item->reason, none);
	write_fact(stream, "Owner, by its tags", item->owner, "**nobody is named: find one before you begin**");
	write_fact(stream, "Seen by run", plan->run, none);
	write_fact(stream, "Downtime", plan_downtime(plan, item), none);
	write_fact(stream, "Effort", plan_effort(plan, item), none);
}

static void write_how_to_run(FILE *stream)
{
	fputs("\n## How the scripts are run\n\n"
	      "By somebody with credentials of this account, in this folder, in the order of their numbers. "
	      "Without "
	      "`--execute` each "
	      "only shows what it would do. Each may be run again: it looks first and does what is missing. "
	      "What was done "
	      "stands in "
	      "`state/log`, what was proved in `state/`. `choices.sh` holds what is yours to decide; "
	      "`observed.sh` and the "
	      "JSON files hold "
	      "what the scan saw. The permissions that they need: `operator-policy.json`.\n",
	      stream);
}

static void write_signatures(FILE *stream)
{
	fputs("\n## Signed\n\n| role | name | date |\n|---|---|---|\n| owner of the database | | |\n| change "
	      "board | | |\n| "
	      "security | | |\n",
	      stream);
}

static void write_rows(FILE *stream, const char *const rows[][4], size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "| %s | %s | %s | %s |\n", rows[i][0], rows[i][1], rows[i][2], rows[i][3]);
}

#define WRITE_ROWS(stream, rows) write_rows(stream, rows, sizeof(rows) / sizeof(rows)[0])

/* ---- a cluster ---- */

static void write_cluster_facts(const struct plan_item *item, FILE *stream)
{
	const char *const *values = item->values;
	char number[24];

	fputs("\n## As the scan saw it\n\nThe new cluster gets the same, from `restore.json` (or "
	      "`create.json`), `modify.json`, "
	      "`instances/` and `roles.list`.\n\n| | |\n|---|---|\n",
	      stream);
	write_fact(stream, "Engine version", values[ATTRIBUTE_ENGINE_VERSION], not_seen);
	write_fact(stream, "Storage, GiB as AWS tells", values[ATTRIBUTE_ALLOCATED_STORAGE], "not told");
	write_fact(stream, "Storage type", values[ATTRIBUTE_STORAGE_TYPE], "standard");
	write_fact(stream, "Serverless capacity, least and most", values[ATTRIBUTE_SERVERLESS], none);
	write_fact(stream, "Port", values[ATTRIBUTE_PORT], not_seen);
	write_fact(stream, "Endpoint", values[ATTRIBUTE_ENDPOINT], not_seen);
	write_fact(stream, "Subnet group", values[ATTRIBUTE_SUBNET_GROUP], not_seen);
	write_fact(stream, "Security groups", values[ATTRIBUTE_SECURITY_GROUPS], not_seen);
	write_fact(stream, "Parameter group", values[ATTRIBUTE_PARAMETER_GROUP], not_seen);
	write_fact(stream, "IAM roles", values[ATTRIBUTE_ROLES], none);
	write_fact(stream, "Log exports", values[ATTRIBUTE_LOG_EXPORTS], none);
	write_fact(stream, "Backups kept, days", values[ATTRIBUTE_BACKUP_RETENTION], not_seen);
	write_fact(stream, "Backup window", values[ATTRIBUTE_BACKUP_WINDOW], not_seen);
	write_fact(stream, "Maintenance window", values[ATTRIBUTE_MAINTENANCE_WINDOW], not_seen);
	write_fact(stream, "Deletion protection", values[ATTRIBUTE_DELETION_PROTECTION], not_seen);
	write_fact(stream, "IAM authentication", values[ATTRIBUTE_IAM_AUTHENTICATION], not_seen);
	write_fact(stream, "Global database", values[ATTRIBUTE_GLOBAL_ID], none);
	snprintf(number, sizeof number, "%zu", item->instance_count);
	write_fact(stream, "Instances", number, none);
	if (item->instance_count > 0)
		fputs("\n| instance | class | zone | promotion tier | parameter group "
		      "|\n|---|---|---|---|---|\n",
		      stream);
	for (const struct plan_instance *instance = item->instances; instance; instance = instance->next) {
		const char *const cells[] = {instance->id, instance->values[ATTRIBUTE_INSTANCE_CLASS],
					     instance->values[ATTRIBUTE_ZONE],
					     instance->values[ATTRIBUTE_PROMOTION_TIER],
					     instance->values[ATTRIBUTE_INSTANCE_PARAMETER_GROUP]};

		for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
			fputs(i == 0 ? "| " : " | ", stream);
			markdown_text_write(stream, cells[i] ? cells[i] : "-");
		}
		fputs(" |\n", stream);
	}
	fputs("\nNot visible to the scan, and yours to look at: the values in the parameter groups (they are "
	      "used again, not "
	      "copied), "
	      "neptune_streams, alarms, dashboards, event subscriptions, custom endpoints (`aws neptune "
	      "describe-db-cluster-endpoints`).\n",
	      stream);
}

static void write_cluster_way(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	static const char *const by_snapshot[][4] = {
		{"`10-prepare.sh`", "account, cluster, key and room are looked at",
		 "the cluster is as the scan saw it", "nothing to undo"},
		{"stop writing", "people", "nobody writes to the old cluster", "write again"},
		{"`20-snapshot.sh`", "manual snapshot", "it is available",
		 "`backout.sh`: the snapshot is deleted"},
		{"`30-create-encrypted.sh`", "restored with the key", "the new cluster is available",
		 "`backout.sh`: the new cluster is deleted"},
		{"`35-instances.sh`", "instances, roles, windows", "all are available",
		 "`backout.sh`: the same"},
		{"`40-verify.sh`", "StorageEncrypted and KmsKeyId, as AWS tells",
		 "true, and the key that was asked for", "`backout.sh`: the same"},
		{"`50-data-check.sh`", "nodes and edges are counted in both", "as many",
		 "`backout.sh`; find out why they differ, then again from `20`"},
		{"`60-cut-over.sh`", "names, DNS, secrets, policies: people", "`--done` says so",
		 "switch back, then `backout.sh --switched-back`"},
		{"`70-soak.sh`", "the new cluster serves for SOAK_DAYS; an encrypted snapshot",
		 "the days are over", "switch back, then `backout.sh --switched-back`"},
		{"`80-delete-old.sh`", "the old cluster, with a final snapshot", "it is gone",
		 "only by restoring the final snapshot"},
		{"`90-delete-leftovers.sh`", "the unencrypted snapshots of this migration", "none is left",
		 "none"},
	};
	static const char *const by_export[][4] = {
		{"`10-prepare.sh`", "account, cluster, key and room are looked at",
		 "the cluster is as the scan saw it", "nothing to undo"},
		{"stop writing", "people", "nobody writes to the old cluster", "write again"},
		{"`20-export.sh`", "a clone, and neptune-export from it", "`--exported` says so",
		 "`backout.sh`: clone and export are deleted"},
		{"`30-create-encrypted.sh`", "empty and encrypted, with the key",
		 "the new cluster is available", "`backout.sh`: the new cluster is deleted"},
		{"`35-instances.sh`", "instances, roles, windows", "all are available",
		 "`backout.sh`: the same"},
		{"`38-load.sh`", "the bulk loader reads the export", "LOAD_COMPLETED",
		 "`backout.sh`; the loader's status names the lines that failed"},
		{"`40-verify.sh`", "StorageEncrypted and KmsKeyId, as AWS tells",
		 "true, and the key that was asked for", "`backout.sh`: the same"},
		{"`50-data-check.sh`", "nodes and edges are counted in both", "as many",
		 "`backout.sh`; find out why they differ, then again from `20`"},
		{"`60-cut-over.sh`", "names, DNS, secrets, policies: people", "`--done` says so",
		 "switch back, then `backout.sh --switched-back`"},
		{"`70-soak.sh`", "the new cluster serves for SOAK_DAYS; an encrypted snapshot",
		 "the days are over", "switch back, then `backout.sh --switched-back`"},
		{"`80-delete-old.sh`", "the old cluster, with a final snapshot", "it is gone",
		 "only by restoring the final snapshot"},
		{"`90-delete-leftovers.sh`", "the unencrypted snapshots of this migration", "none is left",
		 "none"},
	};

	fputs("\n## Phases, gates and the way back\n\nEach gate must be passed before the next phase; the "
	      "scripts ask for the proofs "
	      "of the ones before.\n\n| phase | what | gate | way back |\n|---|---|---|---|\n",
	      stream);
	if (plan->wishes.method == PLAN_BY_SNAPSHOT)
		WRITE_ROWS(stream, by_snapshot);
	else
		WRITE_ROWS(stream, by_export);
	if (item->values[ATTRIBUTE_GLOBAL_ID])
		fputs("\nThis cluster is a member of a global database: do its plan first, it tells the "
		      "order.\n",
		      stream);
}

static void write_cluster(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	char new_cluster[PLAN_NAME_SIZE];

	plan_new_name(new_cluster, item->id, "enc");
	write_head(plan, item, "Encrypt the Neptune cluster", stream);
	fprintf(stream,
		"\nA Neptune cluster is encrypted when it is made, or never: a new one, `%s`, is made beside "
		"it, encrypted with `%s`, "
		"%s; applications are switched, and the old one is deleted at the end, when all else is "
		"proved.\n",
		new_cluster, item->key,
		plan->wishes.method == PLAN_BY_SNAPSHOT ? "from a snapshot of the old one"
							: "and the data are exported and loaded into it");
	fputs("\n## Risk, downtime, cost\n\n"
	      "- **Risk**: writes between the snapshot (or export) and the cut over are lost, unless they are "
	      "stopped or caught up from "
	      "the stream (neptune_streams must have been on before; docs/remediation.md). Until "
	      "`80-delete-old.sh` the old cluster is "
	      "untouched, and the way back is to point at it again.\n"
	      "- **Downtime**: for writes, from stopping them to the cut over. Reads go on. A restore takes "
	      "minutes to hours; measure "
	      "it with a rehearsal: everything up to `50` can be done once and backed out.\n"
	      "- **Cost**: both clusters run at the same time, from `30` to `80`: instances and storage twice, "
	      "for the soak's days as "
	      "well. A key of your own costs a monthly fee and requests.\n"
	      "- **Names change**: endpoints and the resource id are new; nothing else of the cluster is.\n",
	      stream);
	write_cluster_facts(item, stream);
	write_cluster_way(plan, item, stream);
	write_how_to_run(stream);
	fputs("\n## When it does not work\n\nStay on the old cluster, or go back to it. Then look: "
	      "`state/log`; CloudTrail for "
	      "`RestoreDBClusterFromSnapshot`, `CreateDBCluster`, `CreateDBInstance` and KMS `CreateGrant`, "
	      "`Decrypt` with an error "
	      "code; the cluster's audit log in CloudWatch; the loader's status (`aws neptunedata "
	      "get-loader-job-status "
	      "--details --errors`). Usual causes: the key's policy does not let the operator use it "
	      "(kms:CreateGrant, "
	      "kms:DescribeKey), a quota of clusters or instances, an instance class that the zone does not "
	      "have. Then again from the "
	      "gate that failed. If the old cluster is deleted already: `aws neptune "
	      "restore-db-cluster-from-snapshot` with its final "
	      "snapshot, and `restore.json` for the rest.\n",
	      stream);
	write_signatures(stream);
}

/* ---- the others ---- */

static void write_snapshot(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	write_head(plan, item, "Encrypt the Neptune cluster snapshot", stream);
	if (item->is_automated) {
		fputs("\nAn automated snapshot comes and goes with its cluster's retention, and cannot be "
		      "encrypted or deleted by itself. "
		      "Encrypt the cluster; when the old one is deleted, its automated snapshots go with it. "
		      "There is nothing to run "
		      "here.\n",
		      stream);
		return;
	}
	fputs("\n## As the scan saw it\n\n| | |\n|---|---|\n", stream);
	write_fact(stream, "Of cluster", item->values[ATTRIBUTE_CLUSTER_ID], none);
	write_fact(stream, "Made", item->values[ATTRIBUTE_CREATED], not_seen);
	write_fact(stream, "Engine version", item->values[ATTRIBUTE_ENGINE_VERSION], not_seen);
	write_fact(stream, "Kind", item->values[ATTRIBUTE_SNAPSHOT_TYPE], not_seen);
	write_fact(stream, "Shared with", item->values[ATTRIBUTE_SHARED_WITH], "nobody, or not asked");
	fprintf(stream,
		"\nA copy of an unencrypted snapshot cannot be encrypted. It is restored into a cluster that "
		"is encrypted with `%s` (no "
		"instance is needed), that one is snapshotted, and deleted; then the old snapshot can go. A "
		"snapshot of AWS Backup goes "
		"by its recovery point: delete that there.\n\n| phase | what | gate | way back "
		"|\n|---|---|---|---|\n",
		item->key);
	fputs("| `10-encrypt.sh` | restore with the key, snapshot, delete the cluster | StorageEncrypted is "
	      "true, with the key | "
	      "`backout.sh` |\n| share again | people: an encrypted snapshot is shared with the key, never "
	      "with everybody | the other "
	      "account can see it | take the share back |\n| `80-delete-old.sh` | the unencrypted snapshot | "
	      "it is gone | none |\n",
	      stream);
	fputs("\n- **Risk**: none for running databases. The default VPC must exist, or choices.sh names a "
	      "subnet group.\n"
	      "- **Cost**: the storage of one more cluster for an hour or so; the new snapshot's storage.\n",
	      stream);
	write_how_to_run(stream);
	write_signatures(stream);
}

static void write_backup(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	write_head(plan, item, "Let go of the retained backup", stream);
	fputs("\n## As the scan saw it\n\n| | |\n|---|---|\n", stream);
	write_fact(stream, "Of cluster", item->values[ATTRIBUTE_CLUSTER_ID], none);
	write_fact(stream, "Kept, days", item->values[ATTRIBUTE_BACKUP_RETENTION], not_seen);
	fputs("\nIts cluster is deleted; the backup stays until its retention ends, and cannot be "
	      "encrypted.\n\n"
	      "- **Nobody needs the data**: wait for its end, or `80-let-go.sh --data-is-not-needed "
	      "--execute`.\n"
	      "- **Somebody does**: restore it to a point in time (`aws rds "
	      "restore-db-cluster-to-point-in-time "
	      "--source-db-cluster-resource-id ID`), which gives an unencrypted cluster; snapshot that, "
	      "restore the snapshot with "
	      "`--kms-key-id`, and delete the unencrypted one. Then scan again: the new cluster's plan is "
	      "empty.\n\n"
	      "There is no way back from deleting it.\n",
	      stream);
	write_how_to_run(stream);
	write_signatures(stream);
}

static void write_global(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	write_head(plan, item, "Encrypt the Neptune global database", stream);
	fputs("\nA global database is as encrypted as the cluster that it was made of, and a secondary as its "
	      "primary. So the primary is "
	      "migrated, and a new global database is made of its encrypted successor:\n\n"
	      "1. Stop writing. Do the plan of the **writer**, below, up to `50-data-check.sh`.\n"
	      "2. `aws neptune create-global-cluster --global-cluster-identifier NEW "
	      "--source-db-cluster-identifier "
	      "ARN-OF-THE-NEW-WRITER`.\n"
	      "3. In each other region: `aws neptune create-db-cluster --engine neptune "
	      "--global-cluster-identifier NEW "
	      "--storage-encrypted --kms-key-id KEY-OF-THAT-REGION`, with what that member's `create.json` "
	      "holds (`plan --method "
	      "clone-export` writes it), then its instances by `35-instances.sh`.\n"
	      "4. Cut over in every region; soak.\n"
	      "5. Take the old members out, secondaries first (`aws neptune remove-from-global-cluster`), "
	      "delete the old global database "
	      "(`aws neptune delete-global-cluster`), then the old clusters by their `80-delete-old.sh`.\n\n"
	      "Way back until step 5: switch back to the old endpoints; delete the new members, secondaries "
	      "first, and the new global "
	      "database.\n\n## Members, as the scan saw them\n\n",
	      stream);
	for (const struct relation *relation = item->relations; relation; relation = relation->next) {
		fprintf(stream, "- %s: ", relation->role);
		markdown_text_write(stream, relation->target);
		fputc('\n', stream);
	}
	write_signatures(stream);
}

static void write_key(const struct plan *plan, const struct plan_item *item, FILE *stream)
{
	write_head(plan, item, "Bring back the key", stream);
	fputs("\n| | |\n|---|---|\n", stream);
	write_fact(stream, "State", item->values[ATTRIBUTE_KEY_STATE], not_seen);
	write_fact(stream, "Will be deleted", item->values[ATTRIBUTE_KEY_DELETION], "no date");
	write_fact(stream, "Material expires", item->values[ATTRIBUTE_KEY_VALID_TO], "never");
	write_fact(stream, "Managed by", item->values[ATTRIBUTE_KEY_MANAGER], "not known");
	fputs("\nWhat is encrypted with it can be read only while it can be used. A cluster whose key is gone "
	      "for more than seven days "
	      "cannot be brought back, and after the deletion date nothing can: neither cluster, snapshot nor "
	      "backup.\n\n"
	      "- Disabled, or pending deletion: `10-rescue.sh --execute` cancels the deletion and enables it.\n"
	      "- Pending import, or expired: whoever has the material imports it again.\n"
	      "- Another account's: ask its owner; nothing can be run here.\n\n"
	      "It is used by:\n\n",
	      stream);
	for (const struct relation *relation = item->relations; relation; relation = relation->next) {
		fputs("- ", stream);
		markdown_text_write(stream, relation->target);
		fputc('\n', stream);
	}
	write_how_to_run(stream);
	write_signatures(stream);
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
