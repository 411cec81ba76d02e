#include "bench/estate/operations.h"

#include <stdio.h>
#include <string.h>

const struct operation operations[OPERATIONS] = {
	{"sts", "AssumeRole", NULL, NULL, sts_assume_role},
	{"sts", "AssumeRoleWithWebIdentity", NULL, NULL, sts_assume_role_with_web_identity},
	{"sts", "GetCallerIdentity", NULL, NULL, sts_get_caller_identity},
	{"organizations", "DescribeOrganization", NULL, NULL, organizations_describe_organization},
	{"organizations", "ListRoots", NULL, NULL, organizations_list_roots},
	{"organizations", "ListAccounts", NULL, NULL, organizations_list_accounts},
	{"organizations", "ListAccountsForParent", NULL, NULL, organizations_list_accounts_for_parent},
	{"organizations", "ListOrganizationalUnitsForParent", NULL, NULL,
	 organizations_list_organizational_units_for_parent},
	{"organizations", "ListParents", NULL, NULL, organizations_list_parents},
	{"organizations", "ListDelegatedAdministrators", NULL, NULL,
	 organizations_list_delegated_administrators},
	{"account", "ListRegions", "POST", "/listRegions", account_list_regions},
	{"ec2", "DescribeRegions", NULL, NULL, ec2_describe_regions},
	{"rds", "DescribeDBClusters", NULL, NULL, rds_describe_db_clusters},
	{"rds", "DescribeDBClusterParameters", NULL, NULL, rds_describe_db_cluster_parameters},
	{"rds", "DescribeGlobalClusters", NULL, NULL, rds_describe_global_clusters},
	{"rds", "ListTagsForResource", NULL, NULL, rds_list_tags_for_resource},
	{"rds", "DescribeDBInstances", NULL, NULL, rds_describe_db_instances},
	{"rds", "DescribeDBClusterSnapshots", NULL, NULL, rds_describe_db_cluster_snapshots},
	{"rds", "DescribeDBClusterSnapshotAttributes", NULL, NULL, rds_describe_db_cluster_snapshot_attributes},
	{"rds", "DescribeDBClusterAutomatedBackups", NULL, NULL, rds_describe_db_cluster_automated_backups},
	{"kms", "DescribeKey", NULL, NULL, kms_describe_key},
	{"kms", "ListAliases", NULL, NULL, kms_list_aliases},
	{"kms", "GetKeyRotationStatus", NULL, NULL, kms_get_key_rotation_status},
	{"kms", "ListKeyRotations", NULL, NULL, kms_list_key_rotations},
	{"neptune-graph", "ListGraphs", "GET", "/graphs", graph_list_graphs},
	{"neptune-graph", "GetGraph", "GET", "/graphs/", graph_get_graph},
	{"neptune-graph", "ListGraphSnapshots", "GET", "/snapshots", graph_list_graph_snapshots},
	{"neptune-graph", "ListTagsForResource", "GET", "/tags/", graph_list_tags_for_resource},
};

static bool path_matches(struct span path, const char *pattern)
{
	size_t length = strlen(pattern);

	return length > 1 && pattern[length - 1] == '/'
		       ? span_starts_with(path, pattern) && path.length > length
		       : span_equals(path, pattern);
}

static void read_name(struct request *request)
{
	const char *target = request->header(request, "x-amz-target");
	const char *dot = target ? strrchr(target, '.') : NULL;

	if (dot)
		snprintf(request->operation, sizeof request->operation, "%s", dot + 1);
	else if (request_protocol(request) != PROTOCOL_REST)
		request_parameter(request, "Action", request->operation, sizeof request->operation);
	else
		snprintf(request->operation, sizeof request->operation, "%s " SPAN_FORMAT, request->method,
			 SPAN_ARGUMENTS(request->path));
}

const struct operation *operation_find(struct request *request)
{
	read_name(request);
	for (size_t i = 0; i < OPERATIONS; i++) {
		const struct operation *operation = &operations[i];

		if (strcmp(operation->service, request->service) != 0)
			continue;
		if (operation->path ? strcmp(operation->method, request->method) == 0 &&
					      path_matches(request->path, operation->path)
				    : strcmp(operation->name, request->operation) == 0) {
			snprintf(request->operation, sizeof request->operation, "%s", operation->name);
			return operation;
		}
	}
	return NULL;
}

bool operation_writes(const struct request *request)
{
	static const char *const reading[] = {"Describe", "List", "Get", "AssumeRole", "Decode", "Lookup"};

	if (request_protocol(request) == PROTOCOL_REST)
		return strncmp(request->operation, "GET ", 4) != 0;
	for (size_t i = 0; i < sizeof reading / sizeof reading[0]; i++)
		if (strncmp(request->operation, reading[i], strlen(reading[i])) == 0)
			return false;
	return request->operation[0] != '\0';
}
