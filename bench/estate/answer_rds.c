#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/estate/request.h"

enum { LEAST_RECORDS = 20, MOST_RECORDS = 100 };

struct query {
	char engine[64]; /* empty: every engine's */
	size_t records, first;
};

/* Parameters are checked as AWS checks them. */
static bool read_query(struct request *request, struct query *query)
{
	char text[64], name[64];

	*query = (struct query){.records = MOST_RECORDS};
	if (form_value(request, "MaxRecords", text, sizeof text)) {
		query->records = strtoul(text, NULL, 10);
		if (query->records < LEAST_RECORDS || query->records > MOST_RECORDS)
			return refuse(request, 400, "InvalidParameterValue",
				      "Invalid value %s for MaxRecords. Must be between 20 and 100", text);
	}
	if (form_value(request, "Marker", text, sizeof text)) {
		if (strncmp(text, "mark/+=", 7) != 0)
			return refuse(request, 400, "InvalidParameterValue",
				      "The request token specified was invalid: %s", text);
		query->first = strtoul(text + 7, NULL, 10);
	}
	if (!form_value(request, "Filters.Filter.1.Name", name, sizeof name))
		return true;
	if (strcmp(name, "engine") != 0)
		return refuse(request, 400, "InvalidParameterValue", "Unrecognized filter name: %s", name);
	form_value(request, "Filters.Filter.1.Values.Value.1", query->engine, sizeof query->engine);
	return true;
}

static void append_element(struct buffer *answer, const char *name, const char *value)
{
	if (!value)
		return;
	buffer_print(answer, "<%s>", name);
	append_xml(answer, value);
	buffer_print(answer, "</%s>", name);
}

static void append_cluster(struct request *request, const struct world_cluster *cluster)
{
	struct buffer *answer = &request->answer;
	char account[WORLD_ID], arn[220], key[160];
	const char *flag = encryption_flag(cluster->encryption);

	world_account_id(&request->estate->world, request->account, account);
	snprintf(arn, sizeof arn, "arn:aws:rds:%s:%s:cluster:%s", request->region, account, cluster->id);
	snprintf(key, sizeof key, "arn:aws:kms:%s:%s:key/%08llx-0000-4000-8000-%012llx", request->region,
		 account, (unsigned long long)(cluster->number >> 32),
		 (unsigned long long)(cluster->number & 0xffffffffffffULL));
	buffer_text(answer,
		    "<DBCluster><AllocatedStorage>1</AllocatedStorage><AvailabilityZones><AvailabilityZone>");
	buffer_print(
		answer,
		"%sa</AvailabilityZone></AvailabilityZones><BackupRetentionPeriod>7</BackupRetentionPeriod>",
		request->region);
	append_element(answer, "DBClusterIdentifier", cluster->id);
	buffer_text(
		answer,
		"<DBClusterParameterGroup>default.neptune1.4</DBClusterParameterGroup><DBSubnetGroup>default"
		"</DBSubnetGroup><Status>available</Status>");
	buffer_print(answer,
		     "<Endpoint>%s.cluster-estate.%s.neptune.amazonaws.com</Endpoint><MultiAZ>true</MultiAZ>",
		     cluster->id, request->region);
	append_element(answer, "Engine", cluster->engine);
	buffer_text(
		answer,
		"<EngineVersion>1.4.5.0</EngineVersion><Port>8182</Port><DBClusterMembers><DBClusterMember>");
	buffer_print(answer,
		     "<DBInstanceIdentifier>%s-1</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter>"
		     "</DBClusterMember></DBClusterMembers>",
		     cluster->id);
	append_element(answer, "StorageEncrypted", flag);
	append_element(answer, "StorageEncryptionType", encryption_type(cluster->encryption));
	append_element(answer, "KmsKeyId", flag && strcmp(flag, "true") == 0 ? key : NULL);
	append_element(answer, "DBClusterArn", arn);
	buffer_text(answer, "<IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled>"
			    "<DeletionProtection>true</DeletionProtection><TagList><Tag><Key>owner</Key>");
	append_element(answer, "Value", cluster->tag);
	buffer_text(answer, "</Tag></TagList></DBCluster>");
}

static void describe_db_clusters(struct request *request, size_t region)
{
	const struct world *world = &request->estate->world;
	size_t count = world_cluster_count(world, request->account, region), listed = 0, i;
	struct query query;

	if (!read_query(request, &query))
		return;
	buffer_text(&request->answer,
		    "<DescribeDBClustersResponse "
		    "xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">\n  <DescribeDBClustersResult>\n"
		    "    <DBClusters>");
	for (i = query.first; i < count && listed < query.records; i++) {
		struct world_cluster cluster = world_cluster(world, request->account, region, i);

		if (query.engine[0] && strcmp(query.engine, cluster.engine) != 0)
			continue;
		append_cluster(request, &cluster);
		listed++;
	}
	buffer_text(&request->answer, "</DBClusters>\n");
	if (i < count)
		buffer_print(&request->answer, "    <Marker>mark/+=%zu</Marker>\n", i);
	buffer_text(&request->answer, "  </DescribeDBClustersResult>\n  ");
	append_metadata(request);
	buffer_text(&request->answer, "\n</DescribeDBClustersResponse>\n");
}

void answer_rds(struct request *request)
{
	const struct world *world = &request->estate->world;
	size_t region = world_region_by_name(world, request->region, strlen(request->region));
	char account[WORLD_ID];

	world_account_id(world, request->account, account);
	if (world_cell_kind(world, request->account, region) == CELL_FENCED)
		refuse(request, 403, "AccessDenied",
		       "User: arn:aws:sts::%s:assumed-role/%s/estate is not authorized to perform: rds:%s on "
		       "resource: "
		       "arn:aws:rds:%s:%s:cluster:* with an explicit deny in a service control policy",
		       account, request->estate->role, request->operation, request->region, account);
	else if (strcmp(request->operation, "DescribeDBClusters") == 0)
		describe_db_clusters(request, region);
	else
		refuse(request, 400, "InvalidAction", "Could not find operation %s for version 2014-10-31",
		       request->operation);
}
