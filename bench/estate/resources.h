/*
 * resources.h - the resources of a cell, computed from the seed.
 *
 * Neptune clusters with instances, snapshots, retained backups of deleted clusters, global databases, keys,
 * and Neptune Analytics graphs; and clusters of other engines in the same lists. Indexes start at zero and
 * must be below the count.
 */
#ifndef ESTATE_RESOURCES_H
#define ESTATE_RESOURCES_H

#include "bench/estate/world.h"

/* A cell: its account and region, by number. */
struct place {
	const struct world *world;
	size_t account, region;
};

/* The encryption of a resource, according to its elements. */
enum encryption {
	ENCRYPTION_KMS,
	ENCRYPTION_NONE,
	ENCRYPTION_AWS_OWNED,
	ENCRYPTION_UNSAID,        /* the element is absent */
	ENCRYPTION_CONTRADICTORY, /* sse-kms, but not encrypted */
};

/* The elements of the response; NULL: absent. */
const char *encryption_flag(enum encryption encryption);
const char *encryption_type(enum encryption encryption);

/* The keys of a cell, one of which encrypts each cluster. */
enum key_kind {
	KEY_AWS_MANAGED,
	KEY_ROTATED,
	KEY_NOT_ROTATED, /* described by an older server, with the older name of its spec only */
	KEY_UPDATING,    /* a multi-region key, rotated, whose primary region KMS is changing */
	KEY_DISABLED,
	KEY_PENDING_DELETION,
	KEY_IMPORTED, /* imported material, which expires and was never rotated */
	KEY_IMPORTED_ROTATED,
	/* Keys of the next account, whose key policy lets this one describe it, or does not. */
	KEY_SHARED,
	KEY_HIDDEN,
	KEY_STRANGERS, /* of an account outside the organization */
	KEY_KINDS
};

/* An account outside the organization. */
#define STRANGER "999999999999"

enum { KEY_ID = 37, KEY_ARN = 128 };

void key_id(const struct place *place, enum key_kind kind, char id[KEY_ID]);
/* The account that owns the key. */
void key_account(const struct place *place, enum key_kind kind, char account[WORLD_ID]);
void key_arn(const struct place *place, enum key_kind kind, char arn[KEY_ARN]);
/* A key of the account; KEY_KINDS: not in this cell. */
enum key_kind key_by_id(const struct place *place, const char *id);

/* A parameter of a cluster's parameter group. */
enum parameter { PARAMETER_UNSET, PARAMETER_OFF, PARAMETER_ON, PARAMETER_VALUES };

/* "1", "0"; NULL: not set. */
const char *parameter_value(enum parameter parameter);

enum { GROUP_NAME = 48 };

/* The name of a group contains its parameters. */
void parameter_group_name(enum parameter enforce_ssl, enum parameter audit_log, char name[GROUP_NAME]);

struct cluster {
	char id[WORLD_TEXT], resource_id[40];
	const char *engine, *status;
	const char *version; /* of the engine; NULL: absent */
	bool https_only;     /* that engine version accepts HTTPS only */
	enum parameter enforce_ssl, audit_log;
	enum encryption encryption;
	enum key_kind key;
	char owner[WORLD_TEXT]; /* value of the tag "owner" */
	size_t instances;
	unsigned backup_days;
	bool exports_audit, deletion_protection, iam_authentication, copies_tags, multi_az;
};

size_t cluster_count(const struct place *place);
struct cluster cluster_at(const struct place *place, size_t index);
bool cluster_is_neptune(const struct cluster *cluster);
bool cluster_is_being_deleted(const struct cluster *cluster);
/* SIZE_MAX: no such cluster. */
size_t cluster_by_id(const struct place *place, const char *id);

struct instance {
	char id[WORLD_TEXT];
	enum encryption encryption;
	bool writer, public, minor_upgrades;
};

struct instance instance_at(const struct place *place, size_t cluster, const struct cluster *of, size_t index);

enum sharing { SHARED_WITH_NOBODY, SHARED_WITH_ALL, SHARED_INSIDE, SHARED_OUTSIDE };

struct snapshot {
	char id[WORLD_TEXT];
	const char *type; /* automated, manual, awsbackup */
	enum encryption encryption;
	enum sharing sharing;
};

/* Four numbers of a list are reserved for each cluster's snapshots, used or not. */
enum { MAX_SNAPSHOTS = 4 };
size_t snapshot_count(const struct place *place, size_t cluster);
struct snapshot snapshot_at(const struct place *place, size_t cluster, const struct cluster *of, size_t index);

/* Automated backups that are retained after their cluster was deleted. */
struct backup {
	char cluster_id[WORLD_TEXT], resource_id[40];
	const char *engine;
	enum encryption encryption;
	enum key_kind key;
};

size_t backup_count(const struct place *place);
struct backup backup_at(const struct place *place, size_t index);

/* At most one for each account: its first cluster in each of the first two regions. */
bool global_database_of(const struct world *world, size_t account, char id[WORLD_TEXT]);
enum { GLOBAL_DATABASE_REGIONS = 2 };

struct graph {
	char id[16], name[WORLD_TEXT];
	bool own_key; /* KEY_ROTATED; otherwise AWS's own */
};

size_t graph_count(const struct place *place);
struct graph graph_at(const struct place *place, size_t index);
/* Each graph has one snapshot. */
struct graph graph_snapshot_at(const struct place *place, size_t index);

#endif
