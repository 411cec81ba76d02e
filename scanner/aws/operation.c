#include "scanner/aws/operation.h"

/* STS: 600 a second for each calling account and region (IAM and STS quotas, user guide). */
const struct service service_sts = {"sts", "sts", "sts", PROTOCOL_QUERY, "2011-06-15", false, 2, 600};
const struct service service_organizations = {"organizations",
					      "organizations",
					      "organizations",
					      PROTOCOL_JSON,
					      "AWSOrganizationsV20161128",
					      true,
					      4,
					      0};
const struct service service_ec2 = {"ec2", "ec2", "ec2", PROTOCOL_EC2, "2016-11-15", false, 2, 0};
const struct service service_neptune = {"neptune", "rds", "rds", PROTOCOL_QUERY, "2014-10-31", false, 2, 0};

#define ORGANIZATIONS(name) &service_organizations, name, "organizations:" name

const struct operation operations[OPERATION_COUNT] = {
	[STS_GET_CALLER_IDENTITY] = {&service_sts, "GetCallerIdentity", "sts:GetCallerIdentity", "Arn"},
	[STS_ASSUME_ROLE] = {&service_sts, "AssumeRole", "sts:AssumeRole", "Credentials"},
	[ORGANIZATIONS_DESCRIBE_ORGANIZATION] = {ORGANIZATIONS("DescribeOrganization"), "Organization"},
	[ORGANIZATIONS_LIST_ACCOUNTS] = {ORGANIZATIONS("ListAccounts"), "Accounts"},
	[ORGANIZATIONS_LIST_ROOTS] = {ORGANIZATIONS("ListRoots"), "Roots"},
	[ORGANIZATIONS_LIST_ORGANIZATIONAL_UNITS_FOR_PARENT] = {ORGANIZATIONS(
									"ListOrganizationalUnitsForParent"),
								"OrganizationalUnits"},
	[ORGANIZATIONS_LIST_ACCOUNTS_FOR_PARENT] = {ORGANIZATIONS("ListAccountsForParent"), "Accounts"},
	[EC2_DESCRIBE_REGIONS] = {&service_ec2, "DescribeRegions", "ec2:DescribeRegions", "regionInfo"},
	[NEPTUNE_DESCRIBE_DB_CLUSTERS] = {&service_neptune, "DescribeDBClusters", "rds:DescribeDBClusters",
					  "DBClusters"},
};
