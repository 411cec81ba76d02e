#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/estate/rds.h"

static void append_members(struct buffer *answer, const struct cluster *cluster)
{
	buffer_text(answer, "<DBClusterMembers>");
	for (size_t i = 0; i < cluster->instances; i++)
		buffer_print(answer,
			     "<DBClusterMember><DBInstanceIdentifier>%s-%zu</DBInstanceIdentifier>"
			     "<IsClusterWriter>%s</IsClusterWriter>"
			     "<DBClusterParameterGroupStatus>in-sync</DBClusterParameterGroupStatus>"
			     "<PromotionTier>1</PromotionTier></DBClusterMember>",
			     cluster->id, i + 1, i == 0 ? "true" : "false");
	buffer_text(answer, "</DBClusterMembers>");
}

static void append_cluster(struct request *request, const struct cluster *cluster)
{
	struct buffer *answer = &request->answer;
	const char *region = request->region;
	char arn[RDS_ARN], group[GROUP_NAME];

	rds_arn(request, "cluster", cluster->id, arn);
	parameter_group_name(cluster->enforce_ssl, cluster->audit_log, group);
	buffer_print(answer,
		     "<DBCluster><AllocatedStorage>1</AllocatedStorage><AvailabilityZones>"
		     "<AvailabilityZone>%sa</AvailabilityZone><AvailabilityZone>%sb</AvailabilityZone>"
		     "</AvailabilityZones><BackupRetentionPeriod>%u</BackupRetentionPeriod>"
		     "<DBClusterIdentifier>%s</DBClusterIdentifier><DBClusterParameterGroup>%s"
		     "</DBClusterParameterGroup><DBSubnetGroup>default</DBSubnetGroup><Status>%s</Status>",
		     region, region, cluster->backup_days, cluster->id, group, cluster->status);
	buffer_print(answer,
		     "<EarliestRestorableTime>2026-11-17T03:00:00.123Z</EarliestRestorableTime>"
		     "<Endpoint>%s.cluster-estate.%s.neptune.amazonaws.com</Endpoint>"
		     "<ReaderEndpoint>%s.cluster-ro-estate.%s.neptune.amazonaws.com</ReaderEndpoint>",
		     cluster->id, region, cluster->id, region);
	append_flag(answer, "MultiAZ", cluster->multi_az);
	append_element(answer, "Engine", cluster->engine);
	append_element(answer, "EngineVersion", cluster->version);
	buffer_text(answer,
		    "<LatestRestorableTime>2026-11-24T03:00:00.123Z</LatestRestorableTime><Port>8182</Port>"
		    "<PreferredBackupWindow>03:00-03:30</PreferredBackupWindow>"
		    "<PreferredMaintenanceWindow>sun:05:00-sun:05:30</PreferredMaintenanceWindow>"
		    "<ReadReplicaIdentifiers/>");
	append_members(answer, cluster);
	buffer_text(answer, "<VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-0e57a7e"
			    "</VpcSecurityGroupId><Status>active</Status></VpcSecurityGroupMembership>"
			    "</VpcSecurityGroups><HostedZoneId>ZESTATE</HostedZoneId>");
	rds_append_encryption(request, cluster->encryption, cluster->key);
	append_element(answer, "DbClusterResourceId", cluster->resource_id);
	append_element(answer, "DBClusterArn", arn);
	buffer_text(answer, "<AssociatedRoles/>");
	append_flag(answer, "IAMDatabaseAuthenticationEnabled", cluster->iam_authentication);
	buffer_text(answer, "<ClusterCreateTime>2025-03-01T09:00:00.123Z</ClusterCreateTime>");
	if (cluster->exports_audit)
		buffer_text(answer, "<EnabledCloudwatchLogsExports><member>audit</member>"
				    "</EnabledCloudwatchLogsExports>");
	append_flag(answer, "CopyTagsToSnapshot", cluster->copies_tags);
	append_flag(answer, "DeletionProtection", cluster->deletion_protection);
	buffer_text(answer, "<CrossAccountClone>false</CrossAccountClone><NetworkType>IPV4</NetworkType>");
	rds_append_listed_tags(request, cluster);
	buffer_text(answer, "</DBCluster>");
}

/* DBClusterIdentifier must name an existing cluster. */
static bool read_identifier(struct request *request, struct rds_filters *filters)
{
	const struct place place = request_place(request);
	char text[RDS_ARN];
	const char *colon;

	if (!request_parameter(request, "DBClusterIdentifier", text, sizeof text))
		return true;
	colon = strrchr(text, ':');
	snprintf(filters->cluster, sizeof filters->cluster, "%s", colon ? colon + 1 : text);
	if (cluster_by_id(&place, filters->cluster) != SIZE_MAX)
		return true;
	return refuse_with(request, 404, "DBClusterNotFoundFault", "DBCluster %s not found.", filters->cluster);
}

void rds_describe_db_clusters(struct request *request)
{
	const struct place place = request_place(request);
	size_t count = cluster_count(&place);
	struct rds_filters filters;
	struct listing listing;

	if (!listing_of_records(request, &listing) || !rds_read_filters(request, &filters) ||
	    !read_identifier(request, &filters))
		return;
	open_result(request);
	buffer_text(&request->answer, "<DBClusters>");
	for (size_t i = listing.first; listing_goes_on(&listing, i, count); i++) {
		const struct cluster cluster = cluster_at(&place, i);

		if (!rds_filter_lets_by(&filters, cluster.engine, cluster.id))
			continue;
		append_cluster(request, &cluster);
		listing.listed++;
	}
	buffer_text(&request->answer, "</DBClusters>");
	listing_append_marker(request, &listing);
	close_result(request);
}

/* False: no such parameter group. */
static bool find_group(const char *name, enum parameter *enforce_ssl, enum parameter *audit_log)
{
	char known[GROUP_NAME];

	for (*enforce_ssl = 0; *enforce_ssl < PARAMETER_VALUES; ++*enforce_ssl)
		for (*audit_log = 0; *audit_log < PARAMETER_VALUES; ++*audit_log) {
			parameter_group_name(*enforce_ssl, *audit_log, known);
			if (strcmp(known, name) == 0)
				return true;
		}
	return false;
}

/* A parameter that is not set has no value, as AWS lists the engine's defaults. */
static void append_parameter(struct buffer *answer, const char *name, const char *value)
{
	buffer_print(answer, "<Parameter><ParameterName>%s</ParameterName>", name);
	append_element(answer, "ParameterValue", value);
	buffer_print(answer,
		     "<Source>%s</Source><ApplyType>static</ApplyType><DataType>integer</DataType>"
		     "<IsModifiable>true</IsModifiable><ApplyMethod>pending-reboot</ApplyMethod></Parameter>",
		     value ? "user" : "engine-default");
}

static void list_parameters(struct request *request, struct listing *listing, enum parameter enforce_ssl,
			    enum parameter audit_log)
{
	const struct {
		const char *name, *value;
	} parameters[] = {{"neptune_enable_audit_log", parameter_value(audit_log)},
			  {"neptune_query_timeout", "120000"},
			  {"neptune_streams", "0"},
			  {"neptune_enforce_ssl", parameter_value(enforce_ssl)}};
	const size_t count = sizeof parameters / sizeof parameters[0];

	open_result(request);
	buffer_text(&request->answer, "<Parameters>");
	for (size_t i = listing->first; listing_goes_on(listing, i, count); i++) {
		append_parameter(&request->answer, parameters[i].name, parameters[i].value);
		listing->listed++;
	}
	buffer_text(&request->answer, "</Parameters>");
	listing_append_marker(request, listing);
	close_result(request);
}

void rds_describe_db_cluster_parameters(struct request *request)
{
	enum parameter enforce_ssl, audit_log;
	struct listing listing;
	char group[64];

	if (!request_parameter(request, "DBClusterParameterGroupName", group, sizeof group)) {
		refuse_with(request, 400, "MissingParameter",
			    "The request must contain the parameter DBClusterParameterGroupName");
		return;
	}
	if (!find_group(group, &enforce_ssl, &audit_log)) {
		refuse_with(request, 404, "DBParameterGroupNotFound", "DBClusterParameterGroup not found: %s",
			    group);
		return;
	}
	if (listing_of_records(request, &listing))
		list_parameters(request, &listing, enforce_ssl, audit_log);
}

static void append_global_database(struct request *request, const char *id)
{
	struct buffer *answer = &request->answer;
	struct place place = request_place(request);
	char account[WORLD_ID];

	place.region = 0;
	world_account_id(place.world, place.account, account);
	buffer_print(answer,
		     "<GlobalClusterMember><GlobalClusterIdentifier>%s</GlobalClusterIdentifier>"
		     "<GlobalClusterResourceId>cluster-%s</GlobalClusterResourceId>"
		     "<GlobalClusterArn>arn:aws:rds::%s:global-cluster:%s</GlobalClusterArn>"
		     "<Status>available</Status><Engine>neptune</Engine><EngineVersion>1.4.5.0</EngineVersion>",
		     id, id, account, id);
	append_element(answer, "StorageEncrypted", encryption_flag(cluster_at(&place, 0).encryption));
	buffer_text(answer, "<DeletionProtection>true</DeletionProtection><GlobalClusterMembers>");
	for (; place.region < GLOBAL_DATABASE_REGIONS; place.region++)
		buffer_print(answer,
			     "<GlobalClusterMember><DBClusterArn>arn:aws:rds:%s:%s:cluster:%s</DBClusterArn>"
			     "<Readers/><IsWriter>%s</IsWriter></GlobalClusterMember>",
			     world_region(place.region), account, cluster_at(&place, 0).id,
			     place.region == 0 ? "true" : "false");
	buffer_text(answer, "</GlobalClusterMembers></GlobalClusterMember>");
}

/* Each region with a member lists the global database. */
void rds_describe_global_clusters(struct request *request)
{
	struct listing listing;
	char id[WORLD_TEXT];
	bool here = request->region_number < GLOBAL_DATABASE_REGIONS &&
		    global_database_of(&request->estate->world, request->account, id);

	if (!listing_of_records(request, &listing))
		return;
	open_result(request);
	buffer_text(&request->answer, "<GlobalClusters>");
	for (size_t i = listing.first; listing_goes_on(&listing, i, here); i++) {
		append_global_database(request, id);
		listing.listed++;
	}
	buffer_text(&request->answer, "</GlobalClusters>");
	listing_append_marker(request, &listing);
	close_result(request);
}

/* The cluster of an ARN, also of its instances and snapshots, whose names are the cluster's with a number. */
static size_t cluster_of_arn(const struct place *place, char *arn)
{
	char *id = strrchr(arn, ':'), *number;

	if (!strstr(arn, ":cluster:") && !strstr(arn, ":db:") && !strstr(arn, ":cluster-snapshot:"))
		return SIZE_MAX;
	number = strstr(arn, ":cluster:") ? NULL : strrchr(id, '-');
	if (number)
		*number = '\0';
	return cluster_by_id(place, id + 1);
}

/* Clusters, and resources named after them, have tags; others have none. */
void rds_list_tags_for_resource(struct request *request)
{
	const struct place place = request_place(request);
	char arn[RDS_ARN];
	size_t cluster;

	if (!request_parameter(request, "ResourceName", arn, sizeof arn) || !strstr(arn, ":rds:")) {
		refuse(request, REFUSAL_INVALID, "Invalid resource name: %s", arn);
		return;
	}
	cluster = cluster_of_arn(&place, arn);
	if (strstr(arn, ":cluster:") && cluster == SIZE_MAX) {
		refuse_with(request, 404, "DBClusterNotFoundFault", "%s", arn);
		return;
	}
	open_result(request);
	if (cluster == SIZE_MAX) {
		buffer_text(&request->answer, "<TagList/>");
	} else {
		const struct cluster tagged = cluster_at(&place, cluster);

		rds_append_tags(request, &tagged);
	}
	close_result(request);
}
