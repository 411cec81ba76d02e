#include "scanner/remediation/cli_input.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/span.h"

/*
 * AWS stores names in lower case. A truncated name ends in a hash of the whole, so that names that differ
 * only at the end stay different.
 */
void plan_new_name(char name[static PLAN_NAME_SIZE], const char *id, const char *suffix)
{
	char tail[PLAN_NAME_SIZE];
	char *to = name;
	int room;

	if (strlen(id) + 1 + strlen(suffix) < PLAN_NAME_SIZE)
		snprintf(tail, sizeof tail, "-%s", suffix);
	else
		snprintf(tail, sizeof tail, "-%08x-%s", hash_text(HASH_OF_NOTHING, id), suffix);
	room = PLAN_NAME_SIZE - 1 - (int)strlen(tail);
	for (; *id && room > 0; id++, room--)
		*to++ = isalnum((unsigned char)*id) ? (char)tolower((unsigned char)*id) : '-';
	while (to > name && to[-1] == '-')
		to--;
	for (const char *c = tail; *c; c++)
		*to++ = (char)tolower((unsigned char)*c);
	*to = '\0';
}

/* ---- parts; values that the scan did not see are left out, and AWS uses its default ---- */

static void set_text(json_t *input, const char *name, const char *value)
{
	if (value && *value)
		json_object_set_new(input, name, json_string(value));
}

static void set_number(json_t *input, const char *name, const char *value)
{
	if (value && *value)
		json_object_set_new(input, name, json_integer(strtoll(value, NULL, 10)));
}

static void set_flag(json_t *input, const char *name, const char *value)
{
	if (value)
		json_object_set_new(input, name, json_boolean(strcmp(value, "true") == 0));
}

static void set_list(json_t *input, const char *name, const char *value)
{
	struct span rest = span_of(value), part;
	json_t *list;

	if (!value || !*value)
		return;
	list = json_array();
	while (span_split(&rest, ',', &part))
		if (part.length > 0)
			json_array_append_new(list, json_stringn(part.at, part.length));
	json_object_set_new(input, name, list);
}

/* "MIN,MAX", in the order of AWS's response. */
static void set_serverless(json_t *input, const char *value)
{
	double min, max;
	char *end;

	if (!value || !*value)
		return;
	min = strtod(value, &end);
	max = *end == ',' ? strtod(end + 1, NULL) : 0;
	if (max <= 0)
		return;
	json_object_set_new(input, "ServerlessV2ScalingConfiguration",
			    json_pack("{s:f, s:f}", "MinCapacity", min < max ? min : max, "MaxCapacity",
				      min < max ? max : min));
}

/* Only AWS can set tags whose keys begin with aws:. */
static void set_tags(json_t *input, const struct pair *tags)
{
	json_t *list = json_array();

	for (; tags; tags = tags->next)
		if (strncmp(tags->name, "aws:", 4) != 0)
			json_array_append_new(list, json_pack("{s:s, s:s}", "Key", tags->name, "Value",
							      tags->value ? tags->value : ""));
	json_object_set_new(input, "Tags", list);
}

/* Common to both ways to create the new cluster. */
static json_t *cluster_input(const struct plan_item *item, const char *cluster)
{
	const char *const *values = item->values;
	json_t *input = json_object();

	set_text(input, "DBClusterIdentifier", cluster);
	set_text(input, "Engine", "neptune");
	set_text(input, "EngineVersion", values[ATTRIBUTE_ENGINE_VERSION]);
	set_number(input, "Port", values[ATTRIBUTE_PORT]);
	set_text(input, "DBSubnetGroupName", values[ATTRIBUTE_SUBNET_GROUP]);
	set_list(input, "VpcSecurityGroupIds", values[ATTRIBUTE_SECURITY_GROUPS]);
	set_text(input, "DBClusterParameterGroupName", values[ATTRIBUTE_PARAMETER_GROUP]);
	set_flag(input, "EnableIAMDatabaseAuthentication", values[ATTRIBUTE_IAM_AUTHENTICATION]);
	set_list(input, "EnableCloudwatchLogsExports", values[ATTRIBUTE_LOG_EXPORTS]);
	set_flag(input, "DeletionProtection", values[ATTRIBUTE_DELETION_PROTECTION]);
	set_flag(input, "CopyTagsToSnapshot", values[ATTRIBUTE_COPY_TAGS]);
	set_text(input, "StorageType", values[ATTRIBUTE_STORAGE_TYPE]);
	set_serverless(input, values[ATTRIBUTE_SERVERLESS]);
	set_tags(input, item->tags);
	return input;
}

json_t *cli_input_restore(const struct plan_item *item, const char *cluster, const char *snapshot)
{
	json_t *input = cluster_input(item, cluster);

	set_text(input, "SnapshotIdentifier", snapshot);
	return input;
}

json_t *cli_input_create(const struct plan_item *item, const char *cluster)
{
	json_t *input = cluster_input(item, cluster);

	set_number(input, "BackupRetentionPeriod", item->values[ATTRIBUTE_BACKUP_RETENTION]);
	set_text(input, "PreferredBackupWindow", item->values[ATTRIBUTE_BACKUP_WINDOW]);
	set_text(input, "PreferredMaintenanceWindow", item->values[ATTRIBUTE_MAINTENANCE_WINDOW]);
	return input;
}

json_t *cli_input_modify(const struct plan_item *item, const char *cluster)
{
	json_t *input = json_object();

	set_text(input, "DBClusterIdentifier", cluster);
	set_number(input, "BackupRetentionPeriod", item->values[ATTRIBUTE_BACKUP_RETENTION]);
	set_text(input, "PreferredBackupWindow", item->values[ATTRIBUTE_BACKUP_WINDOW]);
	set_text(input, "PreferredMaintenanceWindow", item->values[ATTRIBUTE_MAINTENANCE_WINDOW]);
	json_object_set_new(input, "ApplyImmediately", json_true());
	return input;
}

json_t *cli_input_instance(const struct plan_instance *instance, const char *id, const char *cluster)
{
	const char *const *values = instance->values;
	json_t *input = json_object();

	set_text(input, "DBInstanceIdentifier", id);
	set_text(input, "DBInstanceClass", values[ATTRIBUTE_INSTANCE_CLASS]);
	set_text(input, "Engine", "neptune");
	set_text(input, "DBClusterIdentifier", cluster);
	set_text(input, "AvailabilityZone", values[ATTRIBUTE_ZONE]);
	set_text(input, "DBParameterGroupName", values[ATTRIBUTE_INSTANCE_PARAMETER_GROUP]);
	set_flag(input, "AutoMinorVersionUpgrade", values[ATTRIBUTE_MINOR_UPGRADES]);
	set_number(input, "PromotionTier", values[ATTRIBUTE_PROMOTION_TIER]);
	set_flag(input, "PubliclyAccessible", values[ATTRIBUTE_PUBLIC]);
	set_text(input, "PreferredMaintenanceWindow", values[ATTRIBUTE_MAINTENANCE_WINDOW]);
	set_tags(input, instance->tags);
	return input;
}

json_t *cli_input_instance_certificate(const struct plan_instance *instance, const char *id)
{
	json_t *input = json_object();

	set_text(input, "DBInstanceIdentifier", id);
	set_text(input, "CACertificateIdentifier", instance->values[ATTRIBUTE_CA_CERTIFICATE]);
	json_object_set_new(input, "ApplyImmediately", json_true());
	return input;
}

json_t *cli_input_clone(const struct plan_item *item, const char *clone)
{
	json_t *input = json_object();

	set_text(input, "DBClusterIdentifier", clone);
	set_text(input, "SourceDBClusterIdentifier", item->id);
	set_text(input, "RestoreType", "copy-on-write");
	json_object_set_new(input, "UseLatestRestorableTime", json_true());
	set_number(input, "Port", item->values[ATTRIBUTE_PORT]);
	set_text(input, "DBSubnetGroupName", item->values[ATTRIBUTE_SUBNET_GROUP]);
	set_list(input, "VpcSecurityGroupIds", item->values[ATTRIBUTE_SECURITY_GROUPS]);
	set_text(input, "DBClusterParameterGroupName", item->values[ATTRIBUTE_PARAMETER_GROUP]);
	set_flag(input, "EnableIAMDatabaseAuthentication", item->values[ATTRIBUTE_IAM_AUTHENTICATION]);
	set_serverless(input, item->values[ATTRIBUTE_SERVERLESS]);
	return input;
}

json_t *cli_input_trial(const struct plan_item *item, const char *trial)
{
	json_t *input = json_object();

	set_text(input, "DBClusterIdentifier", trial);
	set_text(input, "SnapshotIdentifier", trial);
	set_text(input, "Engine", "neptune");
	set_text(input, "DBSubnetGroupName", item->values[ATTRIBUTE_SUBNET_GROUP]);
	set_list(input, "VpcSecurityGroupIds", item->values[ATTRIBUTE_SECURITY_GROUPS]);
	return input;
}

json_t *cli_input_snapshot(const struct plan_item *item, const char *cluster, const char *snapshot)
{
	json_t *input = json_object();

	set_text(input, "DBClusterIdentifier", cluster);
	set_text(input, "DBClusterSnapshotIdentifier", snapshot);
	set_tags(input, item->tags);
	return input;
}
