#include "scanner/remediation/phases.h"

#define SCRIPTS(ONE)                                                                                           \
	ONE(cluster_05_preflight_sh)                                                                           \
	ONE(cluster_10_prepare_sh)                                                                             \
	ONE(cluster_15_stop_writes_sh)                                                                         \
	ONE(cluster_20_snapshot_sh)                                                                            \
	ONE(cluster_30_create_encrypted_sh)                                                                    \
	ONE(cluster_35_instances_sh)                                                                           \
	ONE(cluster_40_verify_sh)                                                                              \
	ONE(cluster_45_replay_sh)                                                                              \
	ONE(cluster_50_data_check_sh)                                                                          \
	ONE(cluster_60_cut_over_sh)                                                                            \
	ONE(cluster_70_soak_sh)                                                                                \
	ONE(cluster_80_delete_old_sh)                                                                          \
	ONE(cluster_90_delete_leftovers_sh)                                                                    \
	ONE(cluster_backout_sh)                                                                                \
	ONE(cluster_export_20_export_sh)                                                                       \
	ONE(cluster_export_30_create_encrypted_sh)                                                             \
	ONE(cluster_export_38_load_sh)                                                                         \
	ONE(cluster_secondary_30_create_encrypted_sh)                                                          \
	ONE(cluster_secondary_50_data_check_sh)                                                                \
	ONE(cluster_secondary_60_cut_over_sh)                                                                  \
	ONE(cluster_secondary_backout_sh)                                                                      \
	ONE(global_10_prepare_sh)                                                                              \
	ONE(global_20_create_global_sh)                                                                        \
	ONE(global_40_verify_sh)                                                                               \
	ONE(global_80_dissolve_old_sh)                                                                         \
	ONE(global_backout_sh)                                                                                 \
	ONE(snapshot_10_encrypt_sh)                                                                            \
	ONE(snapshot_20_share_sh)                                                                              \
	ONE(snapshot_80_delete_old_sh)                                                                         \
	ONE(snapshot_backout_sh)                                                                               \
	ONE(backup_80_let_go_sh)                                                                               \
	ONE(key_10_rescue_sh)                                                                                  \
	ONE(key_backout_sh)

/* Embedded by the build. */
#define DECLARE(name) extern const char name[]; /* NOLINT(bugprone-macro-parentheses): a declared name */
SCRIPTS(DECLARE)

#define END                                                                                                    \
	{                                                                                                      \
		NULL, NULL, NULL, NULL, NULL                                                                   \
	}

/* ---- shared phases ---- */

#define PREFLIGHT                                                                                              \
	{                                                                                                      \
		"05-preflight.sh", cluster_05_preflight_sh,                                                    \
			"days before: classes, quotas, maintenance, roles, key; `--trial` measures a restore", \
			"all requirements are met; `15` requires it", "nothing to undo"                        \
	}

#define PREPARE                                                                                                \
	{                                                                                                      \
		"10-prepare.sh", cluster_10_prepare_sh, "checks the cluster, by its resource id, and the key", \
			"the cluster is as it was scanned", "nothing to undo"                                  \
	}

#define STOP_WRITES                                                                                            \
	{                                                                                                      \
		"15-stop-writes.sh", cluster_15_stop_writes_sh,                                                \
			"writers are fenced (below); `--fenced` confirms it", "two checks find no commit",     \
			"remove the fence"                                                                     \
	}

#define INSTANCES                                                                                              \
	{                                                                                                      \
		"35-instances.sh", cluster_35_instances_sh,                                                    \
			"creates instances, the writer first; roles, windows", "all are available",            \
			"`backout.sh`: the same"                                                               \
	}

#define VERIFY                                                                                                 \
	{                                                                                                      \
		"40-verify.sh", cluster_40_verify_sh,                                                          \
			"verifies StorageEncrypted and KmsKeyId; compares instances and settings",             \
			"encrypted with the key, same configuration", "`backout.sh`: the same"                 \
	}

#define DATA_CHECK                                                                                             \
	{                                                                                                      \
		"50-data-check.sh", cluster_50_data_check_sh,                                                  \
			"counts nodes, edges and triples in both clusters, compares samples by value",         \
			"equal, and not empty", "`backout.sh`; find the cause of the difference"               \
	}

#define CUT_OVER                                                                                               \
	{                                                                                                      \
		"60-cut-over.sh", cluster_60_cut_over_sh,                                                      \
			"two more checks, compares data again; then renames, or operators switch",             \
			"renamed, or confirmed with `--done`",                                                 \
			"`backout.sh --accept-loss-of-writes` keeps a last snapshot of the new cluster"        \
	}

#define SOAK                                                                                                   \
	{                                                                                                      \
		"70-soak.sh", cluster_70_soak_sh, "the new cluster serves for SOAK_DAYS; encrypted snapshot",  \
			"SOAK_DAYS have passed", "as for `60`"                                                 \
	}

#define DELETE_OLD                                                                                             \
	{                                                                                                      \
		"80-delete-old.sh", cluster_80_delete_old_sh,                                                  \
			"deletes the old cluster, with a final snapshot",                                      \
			"it is deleted, the final snapshot is available", "restore the final snapshot"         \
	}

#define LEFTOVERS                                                                                              \
	{                                                                                                      \
		"90-delete-leftovers.sh", cluster_90_delete_leftovers_sh,                                      \
			"deletes the unencrypted snapshots of this migration, the final one after "            \
			"KEEP_FINAL_DAYS",                                                                     \
			"none remains", "none"                                                                 \
	}

#define BACKOUT(script)                                                                                        \
	{                                                                                                      \
		"backout.sh", script, NULL, NULL, NULL                                                         \
	}

/* ---- procedures ---- */

static const struct phase of_cluster[] = {
	PREFLIGHT,
	PREPARE,
	STOP_WRITES,
	{"20-snapshot.sh", cluster_20_snapshot_sh, "takes a manual snapshot",
	 "it is available, and newer than the stop of writing", "`backout.sh`: the snapshot is deleted"},
	{"30-create-encrypted.sh", cluster_30_create_encrypted_sh, "restores it with the key",
	 "the new cluster is available", "`backout.sh`: the new cluster is deleted"},
	INSTANCES,
	VERIFY,
	{"45-replay.sh", cluster_45_replay_sh,
	 "optional (REPLAY): replays the stream since the snapshot; writing stops only before this",
	 "the replay's checkpoint is at the end of the stream", "stop the replication, then `backout.sh`"},
	DATA_CHECK,
	CUT_OVER,
	SOAK,
	DELETE_OLD,
	LEFTOVERS,
	BACKOUT(cluster_backout_sh),
	END,
};

static const struct phase of_cluster_by_export[] = {
	PREFLIGHT,
	PREPARE,
	STOP_WRITES,
	{"20-export.sh", cluster_export_20_export_sh, "creates a clone; run neptune-export from it",
	 "confirmed with `--exported`; the clone is newer than the stop of writing",
	 "`backout.sh`: the clone is deleted; delete the export yourself"},
	{"30-create-encrypted.sh", cluster_export_30_create_encrypted_sh,
	 "creates it empty, encrypted with the key", "the new cluster is available",
	 "`backout.sh`: the new cluster is deleted"},
	INSTANCES,
	{"38-load.sh", cluster_export_38_load_sh, "loads nodes, then edges, or RDF, with the bulk loader",
	 "LOAD_COMPLETED", "`backout.sh`; the script prints the loader's errors"},
	VERIFY,
	DATA_CHECK,
	CUT_OVER,
	SOAK,
	DELETE_OLD,
	LEFTOVERS,
	BACKOUT(cluster_backout_sh),
	END,
};

static const struct phase of_secondary[] = {
	PREFLIGHT,
	PREPARE,
	{"30-create-encrypted.sh", cluster_secondary_30_create_encrypted_sh,
	 "creates an encrypted secondary of the new global database", "it is available",
	 "`backout.sh`: it is removed from the global database and deleted"},
	INSTANCES,
	VERIFY,
	{"50-data-check.sh", cluster_secondary_50_data_check_sh, "checks that it follows the new writer",
	 "a secondary of the new global database, within MAX_LAG", "`backout.sh`: the same"},
	{"60-cut-over.sh", cluster_secondary_60_cut_over_sh,
	 "operators switch readers, after the writer's cut over", "confirmed with `--done`",
	 "switch back, then `backout.sh --switched-back`"},
	SOAK,
	DELETE_OLD,
	LEFTOVERS,
	BACKOUT(cluster_secondary_backout_sh),
	END,
};

static const struct phase of_global[] = {
	{"10-prepare.sh", global_10_prepare_sh, "checks the members, and a folder for each",
	 "as they were scanned", "nothing to undo"},
	{"the writer's folder", NULL, "run `05` to `50` there", "its `50-data-check.sh` has passed",
	 "its `backout.sh`"},
	{"20-create-global.sh", global_20_create_global_sh, "creates a global database from the new writer",
	 "it is available and encrypted", "`backout.sh`: its members are removed, and it is deleted"},
	{"the secondaries' folders", NULL, "run `05` to `50` in each", "their `50-data-check.sh` have passed",
	 "their `backout.sh`"},
	{"40-verify.sh", global_40_verify_sh, "compares the members", "as many, all encrypted",
	 "nothing to undo"},
	{"cut over", NULL, "run `60` and `70` in the writer's folder, then in the secondaries'",
	 "each member has completed its soak", "their `backout.sh`, secondaries first"},
	{"80-dissolve-old.sh", global_80_dissolve_old_sh, "removes the old members, secondaries first",
	 "the old global database is deleted", "none: the old clusters stay as standalone clusters"},
	{"delete", NULL, "run `80` and `90` in each folder", "see there", "see there"},
	BACKOUT(global_backout_sh),
	END,
};

static const struct phase of_snapshot[] = {
	{"10-encrypt.sh", snapshot_10_encrypt_sh,
	 "restores it with the key, takes a snapshot, deletes the cluster",
	 "StorageEncrypted is true, with the key", "`backout.sh`"},
	{"20-share.sh", snapshot_20_share_sh,
	 "shares the encrypted snapshot as the old one is shared, with its key; never publicly",
	 "`--they-can-restore` confirms that the accounts have tried", "`backout.sh`"},
	{"80-delete-old.sh", snapshot_80_delete_old_sh, "deletes the unencrypted snapshot", "it is deleted",
	 "none"},
	BACKOUT(snapshot_backout_sh),
	END,
};

static const struct phase of_backup[] = {
	{"80-let-go.sh", backup_80_let_go_sh, "deletes the backup", "confirmed with `--data-is-not-needed`",
	 "none"},
	END,
};

static const struct phase of_key[] = {
	{"10-rescue.sh", key_10_rescue_sh,
	 "cancels the deletion, enables the key; `--start-clusters` starts clusters that lost it",
	 "it is enabled; scan again", "`backout.sh`: the key is disabled again"},
	BACKOUT(key_backout_sh),
	END,
};

static const struct phase of_nothing[] = {END};

bool phases_is_secondary(const struct plan_item *item)
{
	return item->writer && item->writer != item;
}

const struct phase *phases_of(const struct plan *plan, const struct plan_item *item)
{
	switch (item->kind) {
	case PLAN_CLUSTER:
		if (phases_is_secondary(item))
			return of_secondary;
		return plan->options.method == PLAN_BY_SNAPSHOT ? of_cluster : of_cluster_by_export;
	case PLAN_SNAPSHOT:
		return item->is_automated || item->is_backup ? of_nothing : of_snapshot;
	case PLAN_BACKUP:
		return of_backup;
	case PLAN_KEY:
		return of_key;
	case PLAN_GLOBAL:
		return of_global;
	case PLAN_KINDS:
		break;
	}
	return of_nothing;
}
