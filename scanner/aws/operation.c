#include "scanner/aws/operation.h"

#include <string.h>

#define FIPS_REGIONS(...) ((const char *const[]){__VA_ARGS__, NULL})
/* For RDS and EC2, from botocore 1.43's endpoints.json. Includes GovCloud's standard endpoints. */
#define FIPS_OF_RDS                                                                                            \
	FIPS_REGIONS("ca-central-1", "ca-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",          \
		     "us-gov-east-1", "us-gov-west-1")
#define FIPS_OF_STS                                                                                            \
	FIPS_REGIONS("us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-east-1", "us-gov-west-1")

const struct service service_sts = {
	.name = "sts",
	.host_prefix = "sts",
	.signing_name = "sts",
	.protocol = PROTOCOL_QUERY,
	.version = "2011-06-15",
	.throttle_factor = 2,
	.unblocks_work = true,
	.counts_for_caller = true, /* 600 requests a second for each account and region (IAM and STS quotas) */
	.always_fips = true,
	.fips_regions = FIPS_OF_STS,
};
const struct service service_organizations = {
	.name = "organizations",
	.host_prefix = "organizations",
	.signing_name = "organizations",
	.protocol = PROTOCOL_JSON,
	.version = "AWSOrganizationsV20161128",
	.global = true,
	.throttle_factor = 4,
	.unblocks_work = true,
	.always_fips = true,
};
const struct service service_ec2 = {
	.name = "ec2",
	.host_prefix = "ec2",
	.signing_name = "ec2",
	.protocol = PROTOCOL_EC2,
	.version = "2016-11-15",
	.throttle_factor = 2,
	.unblocks_work = true,
	.always_fips = true,
	.fips_regions = FIPS_OF_RDS,
};
const struct service service_neptune = {
	.name = "neptune",
	.host_prefix = "rds",
	.signing_name = "rds",
	.protocol = PROTOCOL_QUERY,
	.version = "2014-10-31",
	.throttle_factor = 2,
	.always_fips = true,
	.fips_regions = FIPS_OF_RDS,
};
const struct service service_kms = {
	.name = "kms",
	.host_prefix = "kms",
	.signing_name = "kms",
	.protocol = PROTOCOL_JSON,
	.version = "TrentService",
	.throttle_factor = 2,
};
/* AWS Systems Manager, public parameters: /aws/service/global-infrastructure/services/neptune-graph/regions */
static const char *const regions_of_graphs[] = {
	"af-south-1", "ap-east-1",      "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
	"ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-5", "ca-central-1",
	"ca-west-1",  "eu-central-1",   "eu-central-2",   "eu-north-1",     "eu-west-1",
	"eu-west-2",  "eu-west-3",      "il-central-1",   "me-central-1",   "me-south-1",
	"sa-east-1",  "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2",
	NULL,
};
const struct service service_graphs = {
	.name = "neptune-graph",
	.host_prefix = "neptune-graph",
	.signing_name = "neptune-graph",
	.protocol = PROTOCOL_REST,
	.version = "2023-11-29",
	.throttle_factor = 2,
	.regions = regions_of_graphs,
};
/* From botocore 1.43's endpoints.json. */
const struct service service_s3 = {
	.name = "s3",
	.host_prefix = "s3",
	.signing_name = "s3",
	.protocol = PROTOCOL_OBJECT,
	.version = "2006-03-01",
	.throttle_factor = 2,
	.fips_regions = FIPS_REGIONS("ca-central-1", "ca-west-1", "us-east-1", "us-east-2", "us-west-1",
				     "us-west-2", "us-gov-east-1", "us-gov-west-1"),
};
const struct service service_sso = {.name = "sso", .host_prefix = "portal.sso", .protocol = PROTOCOL_REST};
const struct service service_sso_oidc = {.name = "sso-oidc", .host_prefix = "oidc", .protocol = PROTOCOL_REST};

#define STS(name_) .service = &service_sts, .name = (name_), .permission = "sts:" name_
#define ORGANIZATIONS(name_)                                                                                   \
	.service = &service_organizations, .name = (name_), .permission = "organizations:" name_
#define NEPTUNE(name_) .service = &service_neptune, .name = (name_), .permission = "rds:" name_
#define KMS(name_) .service = &service_kms, .name = (name_), .permission = "kms:" name_
#define GRAPHS(name_) .service = &service_graphs, .name = (name_), .permission = "neptune-graph:" name_
/* Which permission each needs: S3 user guide, "Required permissions for Amazon S3 API operations". */
#define OBJECT(method_, name_, permission_)                                                                    \
	.service = &service_s3, .name = (name_), .permission = "s3:" permission_, .method = (method_)

const struct operation operations[OPERATION_COUNT] = {
	[STS_GET_CALLER_IDENTITY] = {STS("GetCallerIdentity"), .result = "Arn"},
	[STS_ASSUME_ROLE] = {STS("AssumeRole"), .result = "Credentials"},
	[STS_ASSUME_ROLE_WITH_WEB_IDENTITY] = {STS("AssumeRoleWithWebIdentity"), .result = "Credentials"},
	[ORGANIZATIONS_DESCRIBE_ORGANIZATION] = {ORGANIZATIONS("DescribeOrganization"),
						 .result = "Organization"},
	[ORGANIZATIONS_LIST_ACCOUNTS] = {ORGANIZATIONS("ListAccounts"), .result = "Accounts"},
	[ORGANIZATIONS_LIST_ROOTS] = {ORGANIZATIONS("ListRoots"), .result = "Roots"},
	[ORGANIZATIONS_LIST_ORGANIZATIONAL_UNITS_FOR_PARENT] = {ORGANIZATIONS(
									"ListOrganizationalUnitsForParent"),
								.result = "OrganizationalUnits"},
	[ORGANIZATIONS_LIST_ACCOUNTS_FOR_PARENT] = {ORGANIZATIONS("ListAccountsForParent"),
						    .result = "Accounts"},
	[EC2_DESCRIBE_REGIONS] = {.service = &service_ec2,
				  .name = "DescribeRegions",
				  .permission = "ec2:DescribeRegions",
				  .result = "regionInfo"},
	[NEPTUNE_DESCRIBE_DB_CLUSTERS] = {NEPTUNE("DescribeDBClusters"), .result = "DBClusters"},
	[NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOTS] = {NEPTUNE("DescribeDBClusterSnapshots"),
						   .result = "DBClusterSnapshots"},
	[NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES] = {NEPTUNE("DescribeDBClusterSnapshotAttributes"),
							     .result = "DBClusterSnapshotAttributesResult"},
	[NEPTUNE_DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS] = {NEPTUNE("DescribeDBClusterAutomatedBackups"),
							   .result = "DBClusterAutomatedBackups"},
	[NEPTUNE_DESCRIBE_DB_INSTANCES] = {NEPTUNE("DescribeDBInstances"), .result = "DBInstances"},
	[NEPTUNE_DESCRIBE_GLOBAL_CLUSTERS] = {NEPTUNE("DescribeGlobalClusters"), .result = "GlobalClusters"},
	[NEPTUNE_DESCRIBE_DB_CLUSTER_PARAMETERS] = {NEPTUNE("DescribeDBClusterParameters"),
						    .result = "Parameters"},
	[NEPTUNE_LIST_TAGS_FOR_RESOURCE] = {NEPTUNE("ListTagsForResource"), .result = "TagList"},
	[KMS_DESCRIBE_KEY] = {KMS("DescribeKey"), .result = "KeyMetadata"},
	[KMS_LIST_ALIASES] = {KMS("ListAliases"), .result = "Aliases"},
	[KMS_GET_KEY_ROTATION_STATUS] = {KMS("GetKeyRotationStatus"), .result = "KeyRotationEnabled"},
	[KMS_LIST_KEY_ROTATIONS] = {KMS("ListKeyRotations"), .result = "Rotations"},
	[GRAPHS_LIST_GRAPHS] = {GRAPHS("ListGraphs"), .result = "graphs", .path = "graphs"},
	[GRAPHS_LIST_GRAPH_SNAPSHOTS] = {GRAPHS("ListGraphSnapshots"), .result = "graphSnapshots",
					 .path = "snapshots"},
	[S3_GET_OBJECT] = {OBJECT("GET", "GetObject", "GetObject")},
	[S3_PUT_OBJECT] = {OBJECT("PUT", "PutObject", "PutObject"), .writes = true},
	[S3_CREATE_MULTIPART_UPLOAD] = {OBJECT("POST", "CreateMultipartUpload", "PutObject"),
					.result = "InitiateMultipartUploadResult", .writes = true},
	[S3_UPLOAD_PART] = {OBJECT("PUT", "UploadPart", "PutObject"), .writes = true},
	[S3_COMPLETE_MULTIPART_UPLOAD] = {OBJECT("POST", "CompleteMultipartUpload", "PutObject"),
					  .result = "CompleteMultipartUploadResult", .writes = true},
	[S3_ABORT_MULTIPART_UPLOAD] = {OBJECT("DELETE", "AbortMultipartUpload", "AbortMultipartUpload"),
				       .writes = true},
};

bool service_may_be_absent(const struct service *service, const char *region)
{
	if (!service->regions)
		return false;
	for (const char *const *has = service->regions; *has; has++)
		if (strcmp(*has, region) == 0)
			return false;
	return true;
}
