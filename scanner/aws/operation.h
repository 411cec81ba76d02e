/*
 * operation.h - every AWS operation that this program can call.
 *
 * What is scanned is only read, because this table only reads it: Describe*, List*, Get*, AssumeRole*. The rows
 * that are marked as writing are those of S3, for paths s3://BUCKET/KEY of the settings; a call of one for any
 * other bucket is not sent (call.h). A test checks every name.
 */
#ifndef SCANNER_AWS_OPERATION_H
#define SCANNER_AWS_OPERATION_H

#include <stdbool.h>
#include <stddef.h>

enum protocol {
	PROTOCOL_QUERY,  /* form request, XML response: <OpResponse><OpResult> */
	PROTOCOL_EC2,    /* form request, XML response: <OpResponse> */
	PROTOCOL_JSON,   /* JSON 1.1, the operation in X-Amz-Target */
	PROTOCOL_REST,   /* GET: parameters in the query, JSON response, the operation is the path */
	PROTOCOL_OBJECT, /* S3: the path is an object; the response is its bytes, or XML named by `result` */
};

struct service {
	const char *name;         /* for people and for per-service endpoints: "sts" */
	const char *host_prefix;  /* "rds" for Neptune */
	const char *signing_name; /* "rds" for Neptune */
	enum protocol protocol;
	const char *version; /* of the API, or the prefix of X-Amz-Target */
	bool global;         /* one endpoint in the partition's home region */
	int throttle_factor; /* factor of the number of attempts for throttled calls */
	bool unblocks_work;  /* its answers start the work on an account, or on all */
	/* All calls count against the caller's account, so scan.sts_rate limits them; false: against each
	 * account. */
	bool counts_for_caller;
	/*
	 * Regions that are known to offer the service; elsewhere the host name may not exist. NULL: all
	 * regions. NULL-terminated.
	 */
	const char *const *regions;
	/* In partitions whose standard endpoints are FIPS endpoints (GovCloud), this service has one. */
	bool always_fips;
	/* Regions with a FIPS endpoint; NULL: not known, any may have one. NULL-terminated. */
	const char *const *fips_regions;
};

/* True: the region may not offer the service, and then the host name does not exist. */
bool service_may_be_absent(const struct service *service, const char *region);

extern const struct service service_sts, service_organizations, service_ec2, service_neptune, service_kms,
	service_graphs, service_s3;
/* Services of IAM Identity Center. Requests carry a login's token and are never signed. */
extern const struct service service_sso, service_sso_oidc;

struct operation {
	const struct service *service;
	const char *name;       /* "DescribeDBClusters" */
	const char *permission; /* the IAM action: "rds:DescribeDBClusters" */
	const char *result;     /* the required member of an answer, or its root; NULL: none */
	const char *path;       /* for PROTOCOL_REST, without the first slash */
	const char *method;     /* for PROTOCOL_OBJECT; NULL: the protocol's */
	bool writes;            /* only in a bucket that the settings name */
};

enum operation_id {
	STS_GET_CALLER_IDENTITY,
	STS_ASSUME_ROLE,
	STS_ASSUME_ROLE_WITH_WEB_IDENTITY,
	ORGANIZATIONS_DESCRIBE_ORGANIZATION,
	ORGANIZATIONS_LIST_ACCOUNTS,
	ORGANIZATIONS_LIST_ROOTS,
	ORGANIZATIONS_LIST_ORGANIZATIONAL_UNITS_FOR_PARENT,
	ORGANIZATIONS_LIST_ACCOUNTS_FOR_PARENT,
	EC2_DESCRIBE_REGIONS,
	NEPTUNE_DESCRIBE_DB_CLUSTERS,
	NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOTS,
	NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES,
	NEPTUNE_DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS,
	NEPTUNE_DESCRIBE_DB_INSTANCES,
	NEPTUNE_DESCRIBE_GLOBAL_CLUSTERS,
	NEPTUNE_DESCRIBE_DB_CLUSTER_PARAMETERS,
	NEPTUNE_LIST_TAGS_FOR_RESOURCE,
	KMS_DESCRIBE_KEY,
	KMS_LIST_ALIASES,
	KMS_GET_KEY_ROTATION_STATUS,
	KMS_LIST_KEY_ROTATIONS,
	GRAPHS_LIST_GRAPHS,
	GRAPHS_LIST_GRAPH_SNAPSHOTS,
	S3_GET_OBJECT,
	S3_PUT_OBJECT,
	S3_CREATE_MULTIPART_UPLOAD,
	S3_UPLOAD_PART,
	S3_COMPLETE_MULTIPART_UPLOAD,
	S3_ABORT_MULTIPART_UPLOAD,
	OPERATION_COUNT
};

extern const struct operation operations[OPERATION_COUNT];

#endif
