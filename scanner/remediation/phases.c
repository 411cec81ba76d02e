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
			"days before: classes, quotas, maintenance, roles, key; `--trial` restores once and "  \
			"measures",                                                                            \
			"nothing is missing; `15` asks for it", "nothing to undo"                              \
	}

#define PREPARE                                                                                                \
	{                                                                                                      \
		"10-prepare.sh", cluster_10_prepare_sh, "the cluster, by its resource id, and the key",        \
			"the cluster is as the scan saw it", "nothing to undo"                                 \
	}

#define STOP_WRITES                                                                                            \
	{                                                                                                      \
		"15-stop-writes.sh", cluster_15_stop_writes_sh,                                                \
			"writers are fenced off (below); `--fenced` says so", "two looks see no commit",       \
			"let writers in again"                                                                 \
	}

#define INSTANCES                                                                                              \
	{                                                                                                      \
		"35-instances.sh", cluster_35_instances_sh, "instances, the writer first; roles, windows",     \
			"all are available", "`backout.sh`: the same"                                          \
	}

#define VERIFY                                                                                                 \
	{                                                                                                      \
		"40-verify.sh", cluster_40_verify_sh,                                                          \
			"StorageEncrypted and KmsKeyId; instances and settings compared",                      \
			"encrypted with the key, and as the old one is", "`backout.sh`: the same"              \
	}

#define DATA_CHECK                                                                                             \
	{                                                                                                      \
		"50-data-check.sh", cluster_50_data_check_sh,                                                  \
			"nodes, edges and triples are counted in both, samples compared by value",             \
			"equal, and not empty", "`backout.sh`; find out why they differ"                       \
	}

#define CUT_OVER                                                                                               \
	{                                                                                                      \
		"60-cut-over.sh", cluster_60_cut_over_sh,                                                      \
			"two more looks, data compared again; then renamed, or people switch",                 \
			"renamed, or `--done` says so",                                                        \
			"`backout.sh --accept-loss-of-writes`; a last snapshot of the new cluster is kept"     \
	}

#define SOAK                                                                                                   \
	{                                                                                                      \
		"70-soak.sh", cluster_70_soak_sh,                                                              \
			"the new cluster serves for SOAK_DAYS; an encrypted snapshot", "the days are over",    \
			"as of `60`"                                                                           \
	}

#define DELETE_OLD                                                                                             \
	{                                                                                                      \
		"80-delete-old.sh", cluster_80_delete_old_sh, "the old cluster, with a final snapshot",        \
			"it is gone, the final snapshot is there", "only by restoring the final snapshot"      \
	}

#define LEFTOVERS                                                                                              \
	{                                                                                                      \
		"90-delete-leftovers.sh", cluster_90_delete_leftovers_sh,                                      \
			"the unencrypted snapshots of this migration, the final one after KEEP_FINAL_DAYS",    \
			"none is left", "none"                                                                 \
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
	{"20-snapshot.sh", cluster_20_snapshot_sh, "manual snapshot",
	 "it is available, and newer than the stop", "`backout.sh`: the snapshot is deleted"},
	{"30-create-encrypted.sh", cluster_30_create_encrypted_sh, "restored with the key",
	 "the new cluster is available", "`backout.sh`: the new cluster is deleted"},
	INSTANCES,
	VERIFY,
	{"45-replay.sh", cluster_45_replay_sh,
	 "optional (REPLAY): the stream since the snapshot is replayed, and writing stops only before this",
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
	{"20-export.sh", cluster_export_20_export_sh, "a clone, and neptune-export from it",
	 "`--exported` says so; the clone is newer than the stop",
	 "`backout.sh`: the clone is deleted; the export is yours to delete"},
	{"30-create-encrypted.sh", cluster_export_30_create_encrypted_sh, "empty and encrypted, with the key",
	 "the new cluster is available", "`backout.sh`: the new cluster is deleted"},
	INSTANCES,
	{"38-load.sh", cluster_export_38_load_sh, "the bulk loader reads nodes, then edges; or RDF",
	 "LOAD_COMPLETED", "`backout.sh`; the loader's errors are shown"},
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
	 "an encrypted secondary of the new global database", "it is available",
	 "`backout.sh`: it leaves the global database, and is deleted"},
	INSTANCES,
	VERIFY,
	{"50-data-check.sh", cluster_secondary_50_data_check_sh, "does it follow the new writer?",
	 "a secondary of the new global database", "`backout.sh`: the same"},
	{"60-cut-over.sh", cluster_secondary_60_cut_over_sh, "readers switch, after the writer's cut over",
	 "`--done` says so", "switch back, then `backout.sh --switched-back`"},
	SOAK,
	DELETE_OLD,
	LEFTOVERS,
	BACKOUT(cluster_secondary_backout_sh),
	END,
};

static const struct phase of_global[] = {
	{"10-prepare.sh", global_10_prepare_sh, "the members, and a folder for each", "as the scan saw them",
	 "nothing to undo"},
	{"the writer's folder", NULL, "people: `05` to `50` there", "its `50-data-check.sh` is passed",
	 "its `backout.sh`"},
	{"20-create-global.sh", global_20_create_global_sh, "a new global database of the new writer",
	 "it is available and encrypted", "`backout.sh`: it is dissolved and deleted"},
	{"the secondaries' folders", NULL, "people: `05` to `50` in each",
	 "their `50-data-check.sh` are passed", "their `backout.sh`"},
	{"40-verify.sh", global_40_verify_sh, "members are compared", "as many, all encrypted",
	 "nothing to undo"},
	{"cut over", NULL, "people: `60` and `70` in the writer's folder, then in the secondaries'",
	 "each member has served for its soak", "their `backout.sh`, secondaries first"},
	{"80-dissolve-old.sh", global_80_dissolve_old_sh, "old members leave, secondaries first",
	 "the old global database is gone", "none: old clusters stay, each by itself"},
	{"delete", NULL, "people: `80` and `90` in each folder", "see there", "see there"},
	BACKOUT(global_backout_sh),
	END,
};

static const struct phase of_snapshot[] = {
	{"10-encrypt.sh", snapshot_10_encrypt_sh, "restore with the key, snapshot, delete the cluster",
	 "StorageEncrypted is true, with the key", "`backout.sh`"},
	{"20-share.sh", snapshot_20_share_sh,
	 "the encrypted one is shared as the old one is, together with its key; never with everybody",
	 "`--they-can-restore` says that the accounts have tried", "`backout.sh`"},
	{"80-delete-old.sh", snapshot_80_delete_old_sh, "the unencrypted snapshot", "it is gone", "none"},
	BACKOUT(snapshot_backout_sh),
	END,
};

static const struct phase of_backup[] = {
	{"80-let-go.sh", backup_80_let_go_sh, "the backup is deleted", "`--data-is-not-needed` says so",
	 "none"},
	END,
};

static const struct phase of_key[] = {
	{"10-rescue.sh", key_10_rescue_sh,
	 "the deletion is cancelled, the key enabled; `--start-clusters` starts what lost it",
	 "it is enabled; scan again", "`backout.sh`: what was done is undone"},
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
