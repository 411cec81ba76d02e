#include "scanner/remediation/operator_policy.h"

enum { MOST_ACTIONS = 16 };

/* Neptune's actions are those of RDS; https://docs.aws.amazon.com/neptune/latest/userguide/security-iam.html.
 */
static const char *const looking[PLAN_KINDS][MOST_ACTIONS] = {
	[PLAN_CLUSTER] = {"rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeDBClusterSnapshots",
			  "kms:DescribeKey", "servicequotas:ListServiceQuotas"},
	[PLAN_SNAPSHOT] = {"rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots", "kms:DescribeKey"},
	[PLAN_BACKUP] = {"rds:DescribeDBClusterAutomatedBackups"},
	[PLAN_KEY] = {"kms:DescribeKey"},
};

static const char *const changing[PLAN_KINDS][MOST_ACTIONS] = {
	[PLAN_CLUSTER] = {"rds:CreateDBClusterSnapshot", "rds:RestoreDBClusterFromSnapshot",
			  "rds:RestoreDBClusterToPointInTime", "rds:CreateDBCluster", "rds:ModifyDBCluster",
			  "rds:CreateDBInstance", "rds:AddRoleToDBCluster", "rds:AddTagsToResource",
			  "rds:DeleteDBInstance", "rds:DeleteDBCluster", "rds:DeleteDBClusterSnapshot",
			  "kms:CreateKey", "kms:CreateAlias", "kms:EnableKeyRotation", "kms:CreateGrant"},
	[PLAN_SNAPSHOT] = {"rds:RestoreDBClusterFromSnapshot", "rds:CreateDBClusterSnapshot",
			   "rds:ModifyDBCluster", "rds:AddTagsToResource", "rds:DeleteDBCluster",
			   "rds:DeleteDBInstance", "rds:DeleteDBClusterSnapshot",
			   "rds:ModifyDBClusterSnapshotAttribute", "kms:CreateGrant"},
	[PLAN_BACKUP] = {"rds:DeleteDBClusterAutomatedBackup"},
	[PLAN_KEY] = {"kms:CancelKeyDeletion", "kms:EnableKey", "kms:DisableKey", "kms:ImportKeyMaterial",
		      "kms:GetParametersForImport"},
};

/* Of the cluster's own endpoint, where IAM authentication is on; the names of both clusters' data are not known
 * yet. */
static const char *const data[MOST_ACTIONS] = {"neptune-db:ReadDataViaQuery", "neptune-db:StartLoaderJob",
					       "neptune-db:GetLoaderJobStatus"};

static json_t *statement(const char *name, const char *const actions[MOST_ACTIONS])
{
	json_t *list = json_array();

	for (size_t i = 0; i < MOST_ACTIONS && actions[i]; i++)
		json_array_append_new(list, json_string(actions[i]));
	return json_pack("{s:s, s:s, s:o, s:s}", "Sid", name, "Effect", "Allow", "Action", list, "Resource",
			 "*");
}

json_t *operator_policy(const struct plan_item *item)
{
	json_t *statements = json_array();

	json_array_append_new(statements, statement("Look", looking[item->kind]));
	json_array_append_new(statements, statement("Change", changing[item->kind]));
	if (item->kind == PLAN_CLUSTER) {
		json_array_append_new(statements, statement("Data", data));
		/* Roles are given to the new cluster as the old one had them. */
		json_array_append_new(
			statements, json_pack("{s:s, s:s, s:s, s:s, s:{s:{s:s}}}", "Sid", "PassRole", "Effect",
					      "Allow", "Action", "iam:PassRole", "Resource", "*", "Condition",
					      "StringEquals", "iam:PassedToService", "rds.amazonaws.com"));
	}
	return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}
