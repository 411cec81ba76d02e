#include "scanner/remediation/phases.h"

#define SCRIPTS(ONE)                                                                                           \
	ONE(cluster_10_prepare_sh)                                                                             \
	ONE(cluster_20_snapshot_sh)                                                                            \
	ONE(cluster_30_create_encrypted_sh)                                                                    \
	ONE(cluster_35_instances_sh)                                                                           \
	ONE(cluster_40_verify_sh)                                                                              \
	ONE(cluster_50_data_check_sh)                                                                          \
	ONE(cluster_60_cut_over_sh)                                                                            \
	ONE(cluster_70_soak_sh)                                                                                \
	ONE(cluster_80_delete_old_sh)                                                                          \
	ONE(cluster_90_delete_leftovers_sh)                                                                    \
	ONE(cluster_backout_sh)                                                                                \
	ONE(cluster_export_20_export_sh)                                                                       \
	ONE(cluster_export_30_create_encrypted_sh)                                                             \
	ONE(cluster_export_38_load_sh)                                                                         \
	ONE(snapshot_10_encrypt_sh)                                                                            \
	ONE(snapshot_80_delete_old_sh)                                                                         \
	ONE(snapshot_backout_sh)                                                                               \
	ONE(backup_80_let_go_sh)                                                                               \
	ONE(key_10_rescue_sh)                                                                                  \
	ONE(key_backout_sh)

/* Embedded by the build. */
#define DECLARE(name)                                                                                          \
	extern const char name[]; /* NOLINT(bugprone-macro-parentheses): a name that is declared */
SCRIPTS(DECLARE)

#define PREPARE                                                                                                \
	{"10-prepare.sh", cluster_10_prepare_sh, "account, cluster, key and room are looked at",               \
	 "the cluster is as the scan saw it", "nothing to undo"},                                              \
	{                                                                                                      \
		"stop writing", NULL, "people", "nobody writes to the old cluster", "write again"              \
	}

#define INSTANCES                                                                                              \
	{                                                                                                      \
		"35-instances.sh", cluster_35_instances_sh, "instances, roles, windows", "all are available",  \
			"`backout.sh`: the same"                                                               \
	}

#define VERIFY_TO_DELETE                                                                                       \
	{"40-verify.sh", cluster_40_verify_sh, "StorageEncrypted and KmsKeyId, as AWS tells",                  \
	 "true, and the key that was asked for", "`backout.sh`: the same"},                                    \
		{"50-data-check.sh", cluster_50_data_check_sh, "nodes and edges are counted in both",          \
		 "as many", "`backout.sh`; find out why they differ, then again from `20`"},                   \
		{"60-cut-over.sh", cluster_60_cut_over_sh, "names, DNS, secrets, policies: people",            \
		 "`--done` says so", "switch back, then `backout.sh --switched-back`"},                        \
		{"70-soak.sh", cluster_70_soak_sh,                                                             \
		 "the new cluster serves for SOAK_DAYS; an encrypted snapshot", "the days are over",           \
		 "switch back, then `backout.sh --switched-back`"},                                            \
		{"80-delete-old.sh", cluster_80_delete_old_sh, "the old cluster, with a final snapshot",       \
		 "it is gone", "only by restoring the final snapshot"},                                        \
		{"90-delete-leftovers.sh", cluster_90_delete_leftovers_sh,                                     \
		 "the unencrypted snapshots of this migration", "none is left", "none"},                       \
	{                                                                                                      \
		"backout.sh", cluster_backout_sh, NULL, NULL, NULL                                             \
	}

static const struct phase of_cluster[] = {
	PREPARE,
	{"20-snapshot.sh", cluster_20_snapshot_sh, "manual snapshot", "it is available",
	 "`backout.sh`: the snapshot is deleted"},
	{"30-create-encrypted.sh", cluster_30_create_encrypted_sh, "restored with the key",
	 "the new cluster is available", "`backout.sh`: the new cluster is deleted"},
	INSTANCES,
	VERIFY_TO_DELETE,
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct phase of_cluster_by_export[] = {
	PREPARE,
	{"20-export.sh", cluster_export_20_export_sh, "a clone, and neptune-export from it",
	 "`--exported` says so", "`backout.sh`: the clone is deleted; the export is yours to delete"},
	{"30-create-encrypted.sh", cluster_export_30_create_encrypted_sh, "empty and encrypted, with the key",
	 "the new cluster is available", "`backout.sh`: the new cluster is deleted"},
	INSTANCES,
	{"38-load.sh", cluster_export_38_load_sh, "the bulk loader reads the export", "LOAD_COMPLETED",
	 "`backout.sh`; the loader's status names the lines that failed"},
	VERIFY_TO_DELETE,
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct phase of_snapshot[] = {
	{"10-encrypt.sh", snapshot_10_encrypt_sh, "restore with the key, snapshot, delete the cluster",
	 "StorageEncrypted is true, with the key", "`backout.sh`"},
	{"share again", NULL, "people: an encrypted snapshot is shared with the key, never with everybody",
	 "the other account can see it", "take the share back"},
	{"80-delete-old.sh", snapshot_80_delete_old_sh, "the unencrypted snapshot", "it is gone", "none"},
	{"backout.sh", snapshot_backout_sh, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct phase of_backup[] = {
	{"80-let-go.sh", backup_80_let_go_sh, "the backup is deleted", "`--data-is-not-needed` says so",
	 "none"},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct phase of_key[] = {
	{"10-rescue.sh", key_10_rescue_sh, "the deletion is cancelled, the key enabled",
	 "it is enabled; scan again", "`backout.sh`: it is disabled again"},
	{"backout.sh", key_backout_sh, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct phase of_nothing[] = {{NULL, NULL, NULL, NULL, NULL}};

const struct phase *phases_of(const struct plan *plan, const struct plan_item *item)
{
	switch (item->kind) {
	case PLAN_CLUSTER:
		return plan->wishes.method == PLAN_BY_SNAPSHOT ? of_cluster : of_cluster_by_export;
	case PLAN_SNAPSHOT:
		return item->is_automated ? of_nothing : of_snapshot;
	case PLAN_BACKUP:
		return of_backup;
	case PLAN_KEY:
		return of_key;
	case PLAN_GLOBAL:
	case PLAN_KINDS:
		break;
	}
	return of_nothing;
}
