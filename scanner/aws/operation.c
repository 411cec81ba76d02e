#include "scanner/aws/operation.h"

/* STS: 600 a second for each calling account and region (IAM and STS quotas, user guide). */
const struct service service_sts = {"sts", "sts", "sts", PROTOCOL_QUERY, "2011-06-15", false, 2, 600, false};
const struct service service_organizations = {"organizations",
					      "organizations",
					      "organizations",
					      PROTOCOL_JSON,
					      "AWSOrganizationsV20161128",
					      true,
					      4,
					      0,
					      false};
const struct service service_ec2 = {"ec2", "ec2", "ec2", PROTOCOL_EC2, "2016-11-15", false, 2, 0, false};
const struct service service_neptune = {"neptune", "rds", "rds", PROTOCOL_QUERY, "2014-10-31",
					false,     2,     0,     false};

const struct service service_kms = {"kms", "kms", "kms", PROTOCOL_JSON, "TrentService", false, 2, 0, false};
const struct service service_graphs = {
	"neptune-graph", "neptune-graph", "neptune-graph", PROTOCOL_REST, "2023-11-29", false, 2, 0, true};

#define ORGANIZATIONS(name) &service_organizations, name, "organizations:" name

#define NEPTUNE(name) &service_neptune, name, "rds:" name
#define KMS(name) &service_kms, name, "kms:" name
#define GRAPHS(name) &service_graphs, name, "neptune-graph:" name

const struct operation operations[OPERATION_COUNT] = {
	[STS_GET_CALLER_IDENTITY] = {&service_sts, "GetCallerIdentity", "sts:GetCallerIdentity", "Arn", NULL},
	[STS_ASSUME_ROLE] = {&service_sts, "AssumeRole", "sts:AssumeRole", "Credentials", NULL},
	[ORGANIZATIONS_DESCRIBE_ORGANIZATION] = {ORGANIZATIONS("DescribeOrganization"), "Organization", NULL},
	[ORGANIZATIONS_LIST_ACCOUNTS] = {ORGANIZATIONS("ListAccounts"), "Accounts", NULL},
	[ORGANIZATIONS_LIST_ROOTS] = {ORGANIZATIONS("ListRoots"), "Roots", NULL},
	[ORGANIZATIONS_LIST_ORGANIZATIONAL_UNITS_FOR_PARENT] = {ORGANIZATIONS(
									"ListOrganizationalUnitsForParent"),
								"OrganizationalUnits", NULL},
	[ORGANIZATIONS_LIST_ACCOUNTS_FOR_PARENT] = {ORGANIZATIONS("ListAccountsForParent"), "Accounts", NULL},
	[EC2_DESCRIBE_REGIONS] = {&service_ec2, "DescribeRegions", "ec2:DescribeRegions", "regionInfo", NULL},
	[NEPTUNE_DESCRIBE_DB_CLUSTERS] = {NEPTUNE("DescribeDBClusters"), "DBClusters", NULL},
	[NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOTS] = {NEPTUNE("DescribeDBClusterSnapshots"), "DBClusterSnapshots",
						   NULL},
	[NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES] = {NEPTUNE("DescribeDBClusterSnapshotAttributes"),
							     "DBClusterSnapshotAttributesResult", NULL},
	[NEPTUNE_DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS] = {NEPTUNE("DescribeDBClusterAutomatedBackups"),
							   "DBClusterAutomatedBackups", NULL},
	[NEPTUNE_DESCRIBE_DB_INSTANCES] = {NEPTUNE("DescribeDBInstances"), "DBInstances", NULL},
	[NEPTUNE_DESCRIBE_GLOBAL_CLUSTERS] = {NEPTUNE("DescribeGlobalClusters"), "GlobalClusters", NULL},
	[NEPTUNE_DESCRIBE_DB_CLUSTER_PARAMETERS] = {NEPTUNE("DescribeDBClusterParameters"), "Parameters", NULL},
	[NEPTUNE_LIST_TAGS_FOR_RESOURCE] = {NEPTUNE("ListTagsForResource"), "TagList", NULL},
	[KMS_DESCRIBE_KEY] = {KMS("DescribeKey"), "KeyMetadata", NULL},
	[KMS_LIST_ALIASES] = {KMS("ListAliases"), "Aliases", NULL},
	[KMS_GET_KEY_ROTATION_STATUS] = {KMS("GetKeyRotationStatus"), "KeyRotationEnabled", NULL},
	[GRAPHS_LIST_GRAPHS] = {GRAPHS("ListGraphs"), "graphs", "graphs"},
	[GRAPHS_LIST_GRAPH_SNAPSHOTS] = {GRAPHS("ListGraphSnapshots"), "graphSnapshots", "snapshots"},
};
