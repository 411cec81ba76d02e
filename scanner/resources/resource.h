/*
 * resource.h - something in which Neptune's data rests, or a key behind it, as AWS described it.
 *
 * The vocabulary that readers of answers, controls and reports share. Values are AWS's own texts, unread: NULL
 * where an element was absent, which is not the same as false. What cannot be listed but must be asked for each
 * resource (who it is shared with, its key's state) is put into the same values; where that was refused,
 * `refusals` says so. Texts live in the arena of whoever holds the resource.
 */
#ifndef SCANNER_RESOURCES_RESOURCE_H
#define SCANNER_RESOURCES_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/resources/query_kind.h"

enum resource_kind {
	RESOURCE_CLUSTER,
	RESOURCE_SNAPSHOT,
	RESOURCE_BACKUP, /* automated, of a cluster that is deleted */
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
	ATTRIBUTE_KEY_ROTATED, /* the latest rotation on demand */
	ATTRIBUTE_KEY_ACCOUNT, /* that owns it, by its ARN */
	ATTRIBUTE_KEY_ARN,     /* as KMS gives it, where the key was named by an alias */
	/* Graphs. */
	ATTRIBUTE_ANALYTICS_KEY_ID,
	/* What no control goes by, but whoever must build the resource anew does. Lists are separated by
	   commas. */
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
	const char *value; /* NULL: AWS left the element out */
};

/* Another thing that this one belongs to, holds, or is used by. */
struct relation {
	struct relation *next;
	const char *role;                /* "cluster", "member", "writer", "user", "shared-with" ... */
	const char *target;              /* an ARN or id */
	const struct resource *resource; /* the target itself; NULL: this cell does not have it */
};

struct resource {
	struct resource *next;
	enum resource_kind kind;
	const char *id, *arn; /* the ARN may be NULL, if AWS gave none */
	const char *account;  /* in which it was seen */
	struct pair *tags;
	struct relation *relations;
	const char *values[ATTRIBUTE_COUNT];
	const struct resource *cluster; /* that an instance belongs to; NULL: not seen */
	const struct resource *key;     /* that it is encrypted with; NULL: none, or not queried */
	/* The cluster whose parameter group was queried, for all clusters that share it; NULL: none was. */
	const struct resource *group_sample;
	const char *refusals[QUERY_KINDS]; /* why a query about it failed; NULL: answered, or not sent */
	uint32_t answered;             /* QUERY_BIT()s of the queries about it that were answered completely */
	const char *request_id;        /* of the answer that listed it; finds the call in CloudTrail */
	const char *detail_request_id; /* of the latest answer about it alone; NULL: none */
	int64_t at;                    /* wall seconds, when it was seen */
	bool has_tag_list;             /* tags came along, even if there are none */
	bool is_gone;                  /* deleted since it was listed */
	bool is_failing;               /* at least one control fails on it */
};

/* In the order in which they were added. Set up by resource_list_init. */
struct resource_list {
	struct resource *first, **last;
};

void resource_list_init(struct resource_list *list);
void resource_list_append(struct resource_list *list, struct resource *resource);

/* In reports: "cluster", "cluster-snapshot" ... */
const char *resource_kind_name(enum resource_kind kind);
/* RESOURCE_KINDS: no such kind. */
enum resource_kind resource_kind_by_name(const char *name);
/* What it is called outside its region: the ARN; the id where AWS gave none. */
const char *resource_name(const struct resource *resource);
/* Does the key belong to another account than the one in which it was seen? */
bool key_is_foreign(const struct resource *key);
/*
 * True: the status of a cluster whose KMS key AWS cannot use, whether access can be restored or not
 * ("inaccessible-encryption-credentials", also with "-recoverable"). NULL is no such status.
 */
bool status_lost_key(const char *status);
/* Reports' order: by ARN, then by id. As strcmp. */
int resource_compare(const struct resource *a, const struct resource *b);
/* AWS's own name of the element: "StorageEncrypted". */
const char *attribute_name(enum attribute attribute);
/* ATTRIBUTE_COUNT: no such attribute. */
enum attribute attribute_by_name(const char *name);

#endif
