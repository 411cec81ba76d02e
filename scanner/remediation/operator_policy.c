#include "scanner/remediation/operator_policy.h"

#include <string.h>

#include "base/buffer.h"
#include "base/json_oom_guard.h"
#include "scanner/remediation/phases.h"

/* ---- elements of a policy ---- */

/* `kind` is "cluster", "db" ... Wildcards in a name are escaped. */
static json_t *arn_of(const struct plan *plan, const struct plan_item *item, const char *service,
		      const char *kind, const char *name)
{
	struct buffer text = {0};
	json_t *arn;

	buffer_print(&text, "arn:%s:%s:%s:%s:%s", plan->partition, service, item->region, item->account, kind);
	for (; *name; name++)
		if (strchr("*?$", *name))
			buffer_print(&text, "${%c}", *name);
		else
			buffer_append(&text, name, 1);
	if (text.failed)
		json_oom_guard_fail(); /* otherwise the statement would be left out silently */
	arn = text.failed ? NULL : json_stringn(text.at, text.length);
	buffer_deinit(&text);
	return arn;
}

/* All data of a cluster. */
static json_t *data_of(const struct plan *plan, const struct plan_item *item, const char *resource_id)
{
	json_t *arn = arn_of(plan, item, "neptune-db", "", resource_id), *all;

	all = arn ? json_sprintf("%s/*", json_string_value(arn)) : NULL;
	json_decref(arn);
	return all;
}

static json_t *pattern_of(const struct plan *plan, const struct plan_item *item, const char *service,
			  const char *pattern)
{
	return json_sprintf("arn:%s:%s:%s:%s:%s", plan->partition, service, item->region, item->account,
			    pattern);
}

static json_t *words(const char *const *list)
{
	json_t *array = json_array();

	for (; *list; list++)
		json_array_append_new(array, json_string(*list));
	return array;
}

/* Steals `resources`, and `condition`, which may be NULL. */
static void allow(json_t *statements, const char *name, const char *const *actions, json_t *resources,
		  json_t *condition)
{
	json_t *statement = json_pack("{s:s, s:s, s:o, s:o}", "Sid", name, "Effect", "Allow", "Action",
				      words(actions), "Resource", resources);

	if (condition)
		json_object_set_new(statement, "Condition", condition);
	json_array_append_new(statements, statement);
}

#define ACTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- keys ---- */

/* A key by ARN or id is named; for an alias, any key that has it. */
static void allow_key(json_t *statements, const struct plan *plan, const struct plan_item *item,
		      const char *name, const char *const *actions, bool by_rds)
{
	json_t *condition = json_object(), *resource;

	if (strncmp(item->key, "arn:", 4) == 0)
		resource = json_string(item->key);
	else if (strncmp(item->key, "alias/", 6) == 0)
		resource = pattern_of(plan, item, "kms", "key/*");
	else
		resource = arn_of(plan, item, "kms", "key/", item->key);
	if (strncmp(item->key, "alias/", 6) == 0)
		json_object_set_new(condition, "ForAnyValue:StringEquals",
				    json_pack("{s:s}", "kms:ResourceAliases", item->key));
	if (by_rds)
		json_object_set_new(condition, "StringEquals",
				    json_pack("{s:o}", "kms:ViaService",
					      json_sprintf("rds.%s.amazonaws.com", item->region)));
	if (json_object_size(condition) == 0) {
		json_decref(condition);
		condition = NULL;
	}
	allow(statements, name, actions, json_pack("[o]", resource), condition);
}

static void allow_keys(json_t *statements, const struct plan *plan, const struct plan_item *item)
{
	allow_key(statements, plan, item, "SeeKey", ACTIONS("kms:DescribeKey"), false);
	allow_key(statements, plan, item, "EncryptWithKey", ACTIONS("kms:CreateGrant"), true);
	if (!plan->options.create_key)
		return;
	allow(statements, "MakeKey", ACTIONS("kms:CreateKey"), json_pack("[s]", "*"), NULL);
	allow(statements, "NameKey", ACTIONS("kms:CreateAlias"),
	      json_pack("[o, o]", arn_of(plan, item, "kms", "", item->key),
			pattern_of(plan, item, "kms", "key/*")),
	      NULL);
	allow_key(statements, plan, item, "RotateKey", ACTIONS("kms:EnableKeyRotation"), false);
}

/* ---- clusters ---- */

static json_t *cluster_resources(const struct plan *plan, const struct plan_item *item,
				 const struct plan_names *names)
{
	const char *const clusters[] = {item->id, names->cluster, names->renamed, names->trial, names->clone};
	const char *const snapshots[] = {names->snapshot, names->final, names->soaked, names->last,
					 names->trial};
	json_t *list = json_array();
	char name[PLAN_NAME_SIZE];

	for (size_t i = 0; i < sizeof clusters / sizeof clusters[0]; i++)
		json_array_append_new(list, arn_of(plan, item, "rds", "cluster:", clusters[i]));
	for (size_t i = 0; i < sizeof snapshots / sizeof snapshots[0]; i++)
		json_array_append_new(list, arn_of(plan, item, "rds", "cluster-snapshot:", snapshots[i]));
	for (const struct plan_instance *instance = item->instances; instance; instance = instance->next) {
		json_array_append_new(list, arn_of(plan, item, "rds", "db:", instance->id));
		plan_new_name(name, instance->id, "enc");
		json_array_append_new(list, arn_of(plan, item, "rds", "db:", name));
		plan_new_name(name, instance->id, "old");
		json_array_append_new(list, arn_of(plan, item, "rds", "db:", name));
	}
	json_array_append_new(list, arn_of(plan, item, "rds", "db:", names->clone_instance));
	return list;
}

/* The groups of the new cluster: those of the old one, and AWS's defaults where none is named. */
static void add_groups(json_t *list, const struct plan *plan, const struct plan_item *item)
{
	const char *const *values = item->values;

	json_array_append_new(
		list, arn_of(plan, item, "rds", "subgrp:",
			     values[ATTRIBUTE_SUBNET_GROUP] ? values[ATTRIBUTE_SUBNET_GROUP] : "default"));
	if (values[ATTRIBUTE_PARAMETER_GROUP])
		json_array_append_new(
			list, arn_of(plan, item, "rds", "cluster-pg:", values[ATTRIBUTE_PARAMETER_GROUP]));
	for (const struct plan_instance *instance = item->instances; instance; instance = instance->next)
		if (instance->values[ATTRIBUTE_INSTANCE_PARAMETER_GROUP])
			json_array_append_new(
				list, arn_of(plan, item, "rds",
					     "pg:", instance->values[ATTRIBUTE_INSTANCE_PARAMETER_GROUP]));
}

/* The new cluster gets the roles of the old one. */
static void allow_roles(json_t *statements, const struct plan_item *item)
{
	struct span rest = span_of(item->values[ATTRIBUTE_ROLES]), role;
	json_t *roles = json_array();

	while (span_split(&rest, ',', &role))
		if (role.length > 0)
			json_array_append_new(roles, json_stringn(role.at, role.length));
	if (json_array_size(roles) > 0)
		allow(statements, "PassRole", ACTIONS("iam:PassRole"), json_incref(roles),
		      json_pack("{s:{s:s}}", "StringEquals", "iam:PassedToService", "rds.amazonaws.com"));
	json_decref(roles);
}

static void allow_way(json_t *statements, const struct plan *plan, const struct plan_item *item,
		      const struct plan_names *names, json_t *resources)
{
	json_t *with_groups = json_copy(resources);

	add_groups(with_groups, plan, item);
	if (phases_is_secondary(item)) {
		allow(statements, "Make",
		      ACTIONS("rds:RestoreDBClusterFromSnapshot", "rds:CreateDBCluster",
			      "rds:CreateDBInstance"),
		      json_incref(with_groups), NULL);
		allow(statements, "Join",
		      ACTIONS("rds:CreateDBCluster", "rds:DescribeGlobalClusters",
			      "rds:RemoveFromGlobalCluster"),
		      json_pack("[o, o, o, o]",
				json_sprintf("arn:%s:rds::%s:global-cluster:%s", plan->partition, item->account,
					     names->global),
				json_sprintf("arn:%s:rds::%s:global-cluster:%s", plan->partition, item->account,
					     item->global->id),
				arn_of(plan, item, "rds", "cluster:", item->id),
				arn_of(plan, item, "rds", "cluster:", names->cluster)),
		      NULL);
	} else if (plan->options.method == PLAN_BY_EXPORT) {
		allow(statements, "Make",
		      ACTIONS("rds:RestoreDBClusterFromSnapshot", "rds:RestoreDBClusterToPointInTime",
			      "rds:CreateDBCluster", "rds:CreateDBInstance"),
		      json_incref(with_groups), NULL);
	} else {
		allow(statements, "Make", ACTIONS("rds:RestoreDBClusterFromSnapshot", "rds:CreateDBInstance"),
		      json_incref(with_groups), NULL);
	}
	if (item->global && !phases_is_secondary(item))
		allow(statements, "SeeGlobal", ACTIONS("rds:DescribeGlobalClusters"),
		      json_pack("[o]", json_sprintf("arn:%s:rds::%s:global-cluster:%s", plan->partition,
						    item->account, names->global)),
		      NULL);
	json_decref(with_groups);
}

/* Through the clusters' own addresses, where IAM authentication is on. AWS gives the new cluster its resource
 * id when it is made. */
static void allow_data(json_t *statements, const struct plan *plan, const struct plan_item *item)
{
	const char *id = item->values[ATTRIBUTE_RESOURCE_ID];
	json_t *resources = json_pack("[o]", data_of(plan, item, id ? id : "not-seen"));

	if (phases_is_secondary(item)) {
		allow(statements, "ReadOldData", ACTIONS("neptune-db:GetStreamRecords"), resources, NULL);
		return;
	}
	allow(statements, "ReadOldData",
	      ACTIONS("neptune-db:GetEngineStatus", "neptune-db:ReadDataViaQuery", "neptune-db:GetGraphSummary",
		      "neptune-db:GetStreamRecords"),
	      resources, NULL);
	allow(statements, "ReadNewData",
	      ACTIONS("neptune-db:GetEngineStatus", "neptune-db:ReadDataViaQuery",
		      "neptune-db:GetGraphSummary"),
	      json_pack("[o]", pattern_of(plan, item, "neptune-db", "cluster-*/*")), NULL);
	if (plan->options.method == PLAN_BY_EXPORT)
		allow(statements, "LoadData",
		      ACTIONS("neptune-db:StartLoaderJob", "neptune-db:GetLoaderJobStatus"),
		      json_pack("[o]", pattern_of(plan, item, "neptune-db", "cluster-*/*")), NULL);
}

json_t *operator_policy_replay(const struct plan *plan, const struct plan_item *item)
{
	json_t *statements = json_array();

	allow(statements, "ReplayProgress", ACTIONS("dynamodb:Scan"),
	      json_pack("[o]", pattern_of(plan, item, "dynamodb", "table/REPLAY_TABLE")), NULL);
	return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}

static void allow_cluster(json_t *statements, const struct plan *plan, const struct plan_item *item,
			  const struct plan_names *names)
{
	json_t *resources = cluster_resources(plan, item, names);

	allow(statements, "See",
	      ACTIONS("rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeDBClusterSnapshots",
		      "rds:DescribeDBClusterSnapshotAttributes"),
	      json_pack("[o, o, o]", pattern_of(plan, item, "rds", "cluster:*"),
			pattern_of(plan, item, "rds", "db:*"),
			pattern_of(plan, item, "rds", "cluster-snapshot:*")),
	      NULL);
	/* IAM supports no resource restrictions for these actions. */
	allow(statements, "SeeRegion",
	      ACTIONS("rds:DescribeOrderableDBInstanceOptions", "rds:DescribePendingMaintenanceActions",
		      "rds:DescribeAccountAttributes", "cloudwatch:GetMetricStatistics"),
	      json_pack("[s]", "*"), NULL);
	allow(statements, "SeeServiceRole", ACTIONS("iam:GetRole"),
	      json_pack("[o]",
			json_sprintf(
				"arn:%s:iam::%s:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS",
				plan->partition, item->account)),
	      NULL);
	allow(statements, "SeeStack", ACTIONS("cloudformation:DescribeStackResources"),
	      json_pack("[o]", pattern_of(plan, item, "cloudformation", "stack/*")), NULL);
	allow_way(statements, plan, item, names, resources);
	allow(statements, "Change",
	      ACTIONS("rds:CreateDBClusterSnapshot", "rds:ModifyDBCluster", "rds:ModifyDBInstance",
		      "rds:AddRoleToDBCluster", "rds:AddTagsToResource", "rds:DeleteDBInstance",
		      "rds:DeleteDBCluster", "rds:DeleteDBClusterSnapshot"),
	      json_incref(resources), NULL);
	allow_keys(statements, plan, item);
	allow_roles(statements, item);
	allow_data(statements, plan, item);
	json_decref(resources);
}

/* ---- other resources ---- */

static void allow_snapshot(json_t *statements, const struct plan *plan, const struct plan_item *item,
			   const struct plan_names *names)
{
	json_t *resources = json_pack("[o, o, o]", arn_of(plan, item, "rds", "cluster:", names->temporary),
				      arn_of(plan, item, "rds", "cluster-snapshot:", item->id),
				      arn_of(plan, item, "rds", "cluster-snapshot:", names->new_snapshot));

	allow(statements, "See",
	      ACTIONS("rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots",
		      "rds:DescribeDBClusterSnapshotAttributes"),
	      json_pack("[o, o]", pattern_of(plan, item, "rds", "cluster:*"),
			pattern_of(plan, item, "rds", "cluster-snapshot:*")),
	      NULL);
	allow(statements, "Change",
	      ACTIONS("rds:CreateDBClusterSnapshot", "rds:ModifyDBCluster",
		      "rds:ModifyDBClusterSnapshotAttribute", "rds:AddTagsToResource", "rds:DeleteDBCluster",
		      "rds:DeleteDBClusterSnapshot"),
	      json_incref(resources), NULL);
	/* choices.sh sets the subnet group, which is not known here. */
	json_array_append_new(resources, pattern_of(plan, item, "rds", "subgrp:*"));
	allow(statements, "Make", ACTIONS("rds:RestoreDBClusterFromSnapshot"), resources, NULL);
	allow_keys(statements, plan, item);
}

static void allow_backup(json_t *statements, const struct plan *plan, const struct plan_item *item)
{
	allow(statements, "LetGo",
	      ACTIONS("rds:DescribeDBClusterAutomatedBackups", "rds:DeleteDBClusterAutomatedBackup"),
	      json_pack("[o]", pattern_of(plan, item, "rds", "cluster-auto-backup:*")), NULL);
}

static void allow_rescue(json_t *statements, const struct plan *plan, const struct plan_item *item)
{
	json_t *users = json_array();

	for (const struct relation *relation = item->relations; relation; relation = relation->next)
		if (strstr(relation->target, ":cluster:"))
			json_array_append_new(users, json_string(relation->target));
	allow(statements, "Rescue",
	      ACTIONS("kms:DescribeKey", "kms:CancelKeyDeletion", "kms:EnableKey", "kms:DisableKey"),
	      json_pack("[o]",
			item->arn ? json_string(item->arn) : arn_of(plan, item, "kms", "key/", item->id)),
	      NULL);
	allow(statements, "See", ACTIONS("rds:DescribeDBClusters"),
	      json_pack("[o]", pattern_of(plan, item, "rds", "cluster:*")), NULL);
	if (json_array_size(users) > 0)
		allow(statements, "Start", ACTIONS("rds:StartDBCluster"), json_incref(users), NULL);
	json_decref(users);
}

static void allow_global(json_t *statements, const struct plan *plan, const struct plan_item *item,
			 const struct plan_names *names)
{
	json_t *resources = json_pack(
		"[o, o]",
		json_sprintf("arn:%s:rds::%s:global-cluster:%s", plan->partition, item->account, item->id),
		json_sprintf("arn:%s:rds::%s:global-cluster:%s", plan->partition, item->account,
			     names->global));

	allow(statements, "See", ACTIONS("rds:DescribeDBClusters"),
	      json_pack("[o]", json_sprintf("arn:%s:rds:*:%s:cluster:*", plan->partition, item->account)),
	      NULL);
	for (const struct relation *relation = item->relations; relation; relation = relation->next) {
		const struct plan_item *member = plan_member(plan, relation->target);
		char name[PLAN_NAME_SIZE];

		json_array_append_new(resources, json_string(relation->target));
		if (!member)
			continue;
		plan_new_name(name, member->id, "enc");
		json_array_append_new(resources, arn_of(plan, member, "rds", "cluster:", name));
	}
	allow(statements, "Change",
	      ACTIONS("rds:DescribeGlobalClusters", "rds:CreateGlobalCluster", "rds:ModifyGlobalCluster",
		      "rds:RemoveFromGlobalCluster", "rds:DeleteGlobalCluster"),
	      resources, NULL);
}

json_t *operator_policy(const struct plan *plan, const struct plan_item *item, const struct plan_names *names)
{
	json_t *statements = json_array();

	switch (item->kind) {
	case PLAN_CLUSTER:
		allow_cluster(statements, plan, item, names);
		break;
	case PLAN_SNAPSHOT:
		allow_snapshot(statements, plan, item, names);
		break;
	case PLAN_BACKUP:
		allow_backup(statements, plan, item);
		break;
	case PLAN_KEY:
		allow_rescue(statements, plan, item);
		break;
	case PLAN_GLOBAL:
		allow_global(statements, plan, item, names);
		break;
	case PLAN_KINDS:
		break;
	}
	return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}
