#include "scanner/resources/resource.h"

#include <string.h>

static const char *const kinds[RESOURCE_KINDS] = {
	[RESOURCE_CLUSTER] = "cluster",
	[RESOURCE_SNAPSHOT] = "cluster-snapshot",
	[RESOURCE_BACKUP] = "retained-backup",
	[RESOURCE_INSTANCE] = "instance",
	[RESOURCE_GLOBAL_DATABASE] = "global-database",
	[RESOURCE_KEY] = "key",
	[RESOURCE_GRAPH] = "graph",
	[RESOURCE_GRAPH_SNAPSHOT] = "graph-snapshot",
};

static const char *const attributes[ATTRIBUTE_COUNT] = {
	[ATTRIBUTE_ENGINE] = "Engine",
	[ATTRIBUTE_STATUS] = "Status",
	[ATTRIBUTE_STORAGE_ENCRYPTED] = "StorageEncrypted",
	[ATTRIBUTE_STORAGE_ENCRYPTION_TYPE] = "StorageEncryptionType",
	[ATTRIBUTE_KMS_KEY_ID] = "KmsKeyId",
	[ATTRIBUTE_CLUSTER_ID] = "DBClusterIdentifier",
	[ATTRIBUTE_BACKUP_RETENTION] = "BackupRetentionPeriod",
	[ATTRIBUTE_DELETION_PROTECTION] = "DeletionProtection",
	[ATTRIBUTE_IAM_AUTHENTICATION] = "IAMDatabaseAuthenticationEnabled",
	[ATTRIBUTE_LOG_EXPORTS] = "EnabledCloudwatchLogsExports",
	[ATTRIBUTE_COPY_TAGS] = "CopyTagsToSnapshot",
	[ATTRIBUTE_MULTI_AZ] = "MultiAZ",
	[ATTRIBUTE_PARAMETER_GROUP] = "DBClusterParameterGroup",
	[ATTRIBUTE_ENFORCE_SSL] = "neptune_enforce_ssl",
	[ATTRIBUTE_AUDIT_LOG] = "neptune_enable_audit_log",
	[ATTRIBUTE_SNAPSHOT_TYPE] = "SnapshotType",
	[ATTRIBUTE_SHARED_WITH] = "restore",
	[ATTRIBUTE_PUBLIC] = "PubliclyAccessible",
	[ATTRIBUTE_MINOR_UPGRADES] = "AutoMinorVersionUpgrade",
	[ATTRIBUTE_KEY_STATE] = "KeyState",
	[ATTRIBUTE_KEY_MANAGER] = "KeyManager",
	[ATTRIBUTE_KEY_ORIGIN] = "Origin",
	[ATTRIBUTE_KEY_SPEC] = "KeySpec",
	[ATTRIBUTE_KEY_DELETION] = "DeletionDate",
	[ATTRIBUTE_KEY_VALID_TO] = "ValidTo",
	[ATTRIBUTE_KEY_ROTATION] = "KeyRotationEnabled",
	[ATTRIBUTE_KEY_ROTATED] = "RotationDate",
	[ATTRIBUTE_KEY_ACCOUNT] = "AWSAccountId",
	[ATTRIBUTE_KEY_ARN] = "Arn",
	[ATTRIBUTE_ANALYTICS_KEY_ID] = "kmsKeyIdentifier",
	[ATTRIBUTE_ENGINE_VERSION] = "EngineVersion",
	[ATTRIBUTE_PORT] = "Port",
	[ATTRIBUTE_ALLOCATED_STORAGE] = "AllocatedStorage",
	[ATTRIBUTE_RESOURCE_ID] = "DbClusterResourceId",
	[ATTRIBUTE_ENDPOINT] = "Endpoint",
	[ATTRIBUTE_READER_ENDPOINT] = "ReaderEndpoint",
	[ATTRIBUTE_SUBNET_GROUP] = "DBSubnetGroup",
	[ATTRIBUTE_SECURITY_GROUPS] = "VpcSecurityGroups",
	[ATTRIBUTE_ROLES] = "AssociatedRoles",
	[ATTRIBUTE_BACKUP_WINDOW] = "PreferredBackupWindow",
	[ATTRIBUTE_MAINTENANCE_WINDOW] = "PreferredMaintenanceWindow",
	[ATTRIBUTE_STORAGE_TYPE] = "StorageType",
	[ATTRIBUTE_SERVERLESS] = "ServerlessV2ScalingConfiguration",
	[ATTRIBUTE_GLOBAL_ID] = "GlobalClusterIdentifier",
	[ATTRIBUTE_INSTANCE_CLASS] = "DBInstanceClass",
	[ATTRIBUTE_ZONE] = "AvailabilityZone",
	[ATTRIBUTE_PROMOTION_TIER] = "PromotionTier",
	[ATTRIBUTE_INSTANCE_PARAMETER_GROUP] = "DBParameterGroups",
	[ATTRIBUTE_CREATED] = "SnapshotCreateTime",
	[ATTRIBUTE_VPC] = "VpcId",
	[ATTRIBUTE_WRITER] = "IsClusterWriter",
	[ATTRIBUTE_NETWORK_TYPE] = "NetworkType",
	[ATTRIBUTE_CA_CERTIFICATE] = "CACertificateIdentifier",
};

const char *resource_kind_name(enum resource_kind kind)
{
	return kinds[kind];
}

const char *resource_kind_noun(enum resource_kind kind, size_t count)
{
	static const char *const nouns[RESOURCE_KINDS][2] = {
		[RESOURCE_CLUSTER] = {"cluster", "clusters"},
		[RESOURCE_SNAPSHOT] = {"snapshot", "snapshots"},
		[RESOURCE_BACKUP] = {"retained backup", "retained backups"},
		[RESOURCE_INSTANCE] = {"instance", "instances"},
		[RESOURCE_GLOBAL_DATABASE] = {"global database", "global databases"},
		[RESOURCE_KEY] = {"KMS key", "KMS keys"},
		[RESOURCE_GRAPH] = {"graph", "graphs"},
		[RESOURCE_GRAPH_SNAPSHOT] = {"graph snapshot", "graph snapshots"},
	};

	return nouns[kind][count != 1];
}

enum resource_kind resource_kind_by_name(const char *name)
{
	enum resource_kind kind = 0;

	while (kind < RESOURCE_KINDS && strcmp(kinds[kind], name) != 0)
		kind++;
	return kind;
}

const char *resource_name(const struct resource *resource)
{
	return resource->arn ? resource->arn : resource->id;
}

const char *resource_short_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

const char *resource_cluster(const struct resource *resource)
{
	for (const struct relation *relation = resource->relations; relation; relation = relation->next)
		if (strcmp(relation->role, "cluster") == 0)
			return relation->target;
	return NULL;
}

const char *resource_cluster_id(const struct resource *resource)
{
	const char *cluster;

	if (resource->kind == RESOURCE_CLUSTER)
		return resource->id;
	cluster = resource_cluster(resource);
	return cluster ? resource_short_name(cluster) : NULL;
}

bool key_is_foreign(const struct resource *key)
{
	const char *owner = key->values[ATTRIBUTE_KEY_ACCOUNT];

	return owner && key->account && strcmp(owner, key->account) != 0;
}

bool status_lost_key(const char *status)
{
	static const char lost[] = "inaccessible-encryption-credentials";

	return status && strncmp(status, lost, sizeof lost - 1) == 0;
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

int resource_compare(const struct resource *a, const struct resource *b)
{
	int order = compare_texts(a->arn, b->arn);

	return order ? order : compare_texts(a->id, b->id);
}

const char *attribute_name(enum attribute attribute)
{
	return attributes[attribute];
}

enum attribute attribute_by_name(const char *name)
{
	enum attribute attribute = 0;

	while (attribute < ATTRIBUTE_COUNT && strcmp(attributes[attribute], name) != 0)
		attribute++;
	return attribute;
}

void resource_list_init(struct resource_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

void resource_list_append(struct resource_list *list, struct resource *resource)
{
	resource->next = NULL;
	*list->last = resource;
	list->last = &resource->next;
}
