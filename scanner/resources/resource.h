/*
 * resource.h - a resource as AWS describes it: where Neptune stores data, or a KMS key that encrypts it.
 *
 * Readers of answers, controls and reports share it. Values are AWS's own texts, not interpreted; NULL: the
 * element was absent, which differs from false. Details that need a query for each resource (sharing, the
 * state of its key) are stored as values, too; when such a query fails, `refusals` has the reason. The arena
 * of the resource's owner owns the texts.
 */
#ifndef SCANNER_RESOURCES_RESOURCE_H
#define SCANNER_RESOURCES_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/resources/query_kind.h"

enum resource_kind {
	RESOURCE_CLUSTER,
	RESOURCE_SNAPSHOT,
	RESOURCE_BACKUP, /* automated, of a deleted cluster */
	RESOURCE_INSTANCE,
	RESOURCE_GLOBAL_DATABASE,
	RESOURCE_KEY,
	RESOURCE_GRAPH,
	RESOURCE_GRAPH_SNAPSHOT,
	RESOURCE_KINDS
};

enum attribute {
	ATTRIBUTE_ENGINE,
	ATTRIBUTE_STATUS,
	ATTRIBUTE_STORAGE_ENCRYPTED,
	ATTRIBUTE_STORAGE_ENCRYPTION_TYPE,
	ATTRIBUTE_KMS_KEY_ID,
	ATTRIBUTE_CLUSTER_ID,
	/* Clusters. */
	ATTRIBUTE_BACKUP_RETENTION,
	ATTRIBUTE_DELETION_PROTECTION,
	ATTRIBUTE_IAM_AUTHENTICATION,
	ATTRIBUTE_LOG_EXPORTS, /* a list, separated by commas; "" when it is empty */
	ATTRIBUTE_COPY_TAGS,
	ATTRIBUTE_MULTI_AZ,
	ATTRIBUTE_PARAMETER_GROUP,
	/* Of the cluster parameter group. */
	ATTRIBUTE_ENFORCE_SSL,
	ATTRIBUTE_AUDIT_LOG,
	/* Snapshots. */
	ATTRIBUTE_SNAPSHOT_TYPE,
	ATTRIBUTE_SHARED_WITH, /* a list: account ids, or "all" */
	/* Instances. */
	ATTRIBUTE_PUBLIC,
	ATTRIBUTE_MINOR_UPGRADES,
	/* Keys. */
	ATTRIBUTE_KEY_STATE,
	ATTRIBUTE_KEY_MANAGER,
	ATTRIBUTE_KEY_ORIGIN,
	ATTRIBUTE_KEY_SPEC,
	ATTRIBUTE_KEY_DELETION,
	ATTRIBUTE_KEY_VALID_TO,
	ATTRIBUTE_KEY_ROTATION,
	ATTRIBUTE_KEY_ROTATED, /* the latest on-demand rotation */
	ATTRIBUTE_KEY_ACCOUNT, /* the owner, from its ARN */
	ATTRIBUTE_KEY_ARN,     /* from KMS, when the resource names an alias */
	/* Graphs. */
	ATTRIBUTE_ANALYTICS_KEY_ID,
	/* Not used by controls, but needed to recreate the resource. Lists are separated by commas. */
	ATTRIBUTE_ENGINE_VERSION,
	ATTRIBUTE_PORT,
	ATTRIBUTE_ALLOCATED_STORAGE,
	ATTRIBUTE_RESOURCE_ID,
	ATTRIBUTE_ENDPOINT,
	ATTRIBUTE_READER_ENDPOINT,
	ATTRIBUTE_SUBNET_GROUP,
	ATTRIBUTE_SECURITY_GROUPS,
	ATTRIBUTE_ROLES,
	ATTRIBUTE_BACKUP_WINDOW,
	ATTRIBUTE_MAINTENANCE_WINDOW,
	ATTRIBUTE_STORAGE_TYPE,
	ATTRIBUTE_SERVERLESS,
	ATTRIBUTE_GLOBAL_ID,
	ATTRIBUTE_INSTANCE_CLASS,
	ATTRIBUTE_ZONE,
	ATTRIBUTE_PROMOTION_TIER,
	ATTRIBUTE_INSTANCE_PARAMETER_GROUP,
	ATTRIBUTE_CREATED,
	ATTRIBUTE_VPC,
	ATTRIBUTE_WRITER, /* of a cluster: the id of its writing instance */
	ATTRIBUTE_NETWORK_TYPE,
	ATTRIBUTE_CA_CERTIFICATE,
	ATTRIBUTE_COUNT
};

struct pair {
	struct pair *next;
	const char *name;
	const char *value; /* NULL: the element was absent */
};

/* A resource that this one belongs to, contains, or is used by. */
struct relation {
	struct relation *next;
	const char *role;                /* "cluster", "member", "writer", "user", "shared-with" ... */
	const char *target;              /* an ARN or id */
	const struct resource *resource; /* the target; NULL: not in this cell */
};

struct resource {
	struct resource *next;
	enum resource_kind kind;
	const char *id, *arn; /* `arn` NULL: AWS returned none */
	const char *account;  /* where it was listed */
	struct pair *tags;
	struct relation *relations;
	const char *values[ATTRIBUTE_COUNT];
	const struct resource *cluster; /* of an instance; NULL: not found */
	const struct resource *key;     /* that encrypts it; NULL: none, or not queried */
	/* The cluster whose parameter group was queried, for all clusters that share it; NULL: none was. */
	const struct resource *group_sample;
	const char *refusals[QUERY_KINDS]; /* why a query about it failed; NULL: answered, or not sent */
	uint32_t answered;                 /* QUERY_BIT()s of the queries about it with complete answers */
	const char *request_id;            /* of the answer that listed it, for CloudTrail */
	const char *detail_request_id;     /* of the latest answer about it alone; NULL: none */
	int64_t at;                        /* wall seconds, when it was listed */
	bool has_tag_list;                 /* the listing included its tags, perhaps none */
	bool is_gone;                      /* deleted since it was listed */
	bool is_failing;                   /* at least one control fails on it */
};

/* In insertion order. Initialized by resource_list_init. */
struct resource_list {
	struct resource *first, **last;
};

void resource_list_init(struct resource_list *list);
void resource_list_append(struct resource_list *list, struct resource *resource);

/* As in reports: "cluster", "cluster-snapshot" ... */
const char *resource_kind_name(enum resource_kind kind);
/* For people, by their count: "cluster", "KMS keys". */
const char *resource_kind_noun(enum resource_kind kind, size_t count);
/* RESOURCE_KINDS: no such kind. */
enum resource_kind resource_kind_by_name(const char *name);
/* Its name outside its region: the ARN, or the id without one. */
const char *resource_name(const struct resource *resource);
/* The last part of an ARN; an id as it is. */
const char *resource_short_name(const char *name);
/* Of what belongs to a cluster: the cluster's ARN, or its id where the cluster is not listed; NULL: to none. */
const char *resource_cluster(const struct resource *resource);
/* The id of the cluster that it is, or that it belongs to; NULL: none. */
const char *resource_cluster_id(const struct resource *resource);
/* True: another account owns the key. */
bool key_is_foreign(const struct resource *key);
/*
 * True: the status of a cluster whose KMS key AWS cannot use, whether access can be restored or not
 * ("inaccessible-encryption-credentials", also with "-recoverable"). NULL is no such status.
 */
bool status_lost_key(const char *status);
/* The order of reports: by ARN, then by id. Returns as strcmp does. */
int resource_compare(const struct resource *a, const struct resource *b);
/* AWS's own name of the element: "StorageEncrypted". */
const char *attribute_name(enum attribute attribute);
/* ATTRIBUTE_COUNT: no such attribute. */
enum attribute attribute_by_name(const char *name);

#endif
