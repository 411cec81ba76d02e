#include "scanner/aws/listing.h"

#include <stddef.h>
#include <string.h>

#include "base/arn.h"
#include "scanner/aws/contradictions.h"

#define VALUE(attribute) offsetof(struct resource, values[attribute])
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Depths: OpResponse 1, OpResult 2, the list 3, an item 4, its members 5. */
enum { LIST = 3, ITEM = 4, MEMBER = 5 };

static const struct listing_member cluster_members[] = {
	{SPAN("Port"), VALUE(ATTRIBUTE_PORT), false},
	{SPAN("Engine"), VALUE(ATTRIBUTE_ENGINE), false},
	{SPAN("Status"), VALUE(ATTRIBUTE_STATUS), false},
	{SPAN("MultiAZ"), VALUE(ATTRIBUTE_MULTI_AZ), false},
	{SPAN("KmsKeyId"), VALUE(ATTRIBUTE_KMS_KEY_ID), false},
	{SPAN("Endpoint"), VALUE(ATTRIBUTE_ENDPOINT), false},
	{SPAN("NetworkType"), VALUE(ATTRIBUTE_NETWORK_TYPE), false},
	{SPAN("StorageType"), VALUE(ATTRIBUTE_STORAGE_TYPE), false},
	{SPAN("DBClusterArn"), offsetof(struct resource, arn), false},
	{SPAN("EngineVersion"), VALUE(ATTRIBUTE_ENGINE_VERSION), false},
	{SPAN("DBSubnetGroup"), VALUE(ATTRIBUTE_SUBNET_GROUP), false},
	{SPAN("ReaderEndpoint"), VALUE(ATTRIBUTE_READER_ENDPOINT), false},
	{SPAN("StorageEncrypted"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTED), false},
	{SPAN("AllocatedStorage"), VALUE(ATTRIBUTE_ALLOCATED_STORAGE), false},
	{SPAN("CopyTagsToSnapshot"), VALUE(ATTRIBUTE_COPY_TAGS), false},
	{SPAN("DeletionProtection"), VALUE(ATTRIBUTE_DELETION_PROTECTION), false},
	{SPAN("DBClusterIdentifier"), offsetof(struct resource, id), false},
	{SPAN("DbClusterResourceId"), VALUE(ATTRIBUTE_RESOURCE_ID), false},
	{SPAN("BackupRetentionPeriod"), VALUE(ATTRIBUTE_BACKUP_RETENTION), false},
	{SPAN("StorageEncryptionType"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTION_TYPE), false},
	{SPAN("PreferredBackupWindow"), VALUE(ATTRIBUTE_BACKUP_WINDOW), false},
	{SPAN("DBClusterParameterGroup"), VALUE(ATTRIBUTE_PARAMETER_GROUP), false},
	{SPAN("GlobalClusterIdentifier"), VALUE(ATTRIBUTE_GLOBAL_ID), false},
	{SPAN("PreferredMaintenanceWindow"), VALUE(ATTRIBUTE_MAINTENANCE_WINDOW), false},
	{SPAN("EnabledCloudwatchLogsExports"), VALUE(ATTRIBUTE_LOG_EXPORTS), true},
	{SPAN("IAMDatabaseAuthenticationEnabled"), VALUE(ATTRIBUTE_IAM_AUTHENTICATION), false},
	{SPAN("ServerlessV2ScalingConfiguration"), VALUE(ATTRIBUTE_SERVERLESS), true},
};

static const struct listing_nested cluster_nested[] = {
	{SPAN("VpcSecurityGroups"), SPAN("VpcSecurityGroupId"), VALUE(ATTRIBUTE_SECURITY_GROUPS)},
	{SPAN("AssociatedRoles"), SPAN("RoleArn"), VALUE(ATTRIBUTE_ROLES)},
};

const struct listing_shape listing_clusters = {
	.kind = RESOURCE_CLUSTER,
	.list = SPAN("DBClusters"),
	.item = SPAN("DBCluster"),
	.members = cluster_members,
	.member_count = COUNT(cluster_members),
	.nested = cluster_nested,
	.nested_count = COUNT(cluster_nested),
	.related_list = SPAN("DBClusterMembers"),
	.related = SPAN("DBInstanceIdentifier"),
	.role_flag = SPAN("IsClusterWriter"),
	.roles = {"member", "writer"},
	.flagged = VALUE(ATTRIBUTE_WRITER),
};

static const struct listing_member snapshot_members[] = {
	{SPAN("Port"), VALUE(ATTRIBUTE_PORT), false},
	{SPAN("VpcId"), VALUE(ATTRIBUTE_VPC), false},
	{SPAN("Engine"), VALUE(ATTRIBUTE_ENGINE), false},
	{SPAN("Status"), VALUE(ATTRIBUTE_STATUS), false},
	{SPAN("KmsKeyId"), VALUE(ATTRIBUTE_KMS_KEY_ID), false},
	{SPAN("StorageType"), VALUE(ATTRIBUTE_STORAGE_TYPE), false},
	{SPAN("SnapshotType"), VALUE(ATTRIBUTE_SNAPSHOT_TYPE), false},
	{SPAN("EngineVersion"), VALUE(ATTRIBUTE_ENGINE_VERSION), false},
	{SPAN("StorageEncrypted"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTED), false},
	{SPAN("AllocatedStorage"), VALUE(ATTRIBUTE_ALLOCATED_STORAGE), false},
	{SPAN("SnapshotCreateTime"), VALUE(ATTRIBUTE_CREATED), false},
	{SPAN("DBClusterIdentifier"), VALUE(ATTRIBUTE_CLUSTER_ID), false},
	{SPAN("DbClusterResourceId"), VALUE(ATTRIBUTE_RESOURCE_ID), false},
	{SPAN("DBClusterSnapshotArn"), offsetof(struct resource, arn), false},
	{SPAN("StorageEncryptionType"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTION_TYPE), false},
	{SPAN("DBClusterSnapshotIdentifier"), offsetof(struct resource, id), false},
};

const struct listing_shape listing_snapshots = {
	.kind = RESOURCE_SNAPSHOT,
	.list = SPAN("DBClusterSnapshots"),
	.item = SPAN("DBClusterSnapshot"),
	.members = snapshot_members,
	.member_count = COUNT(snapshot_members),
};

static const struct listing_member instance_members[] = {
	{SPAN("Engine"), VALUE(ATTRIBUTE_ENGINE), false},
	{SPAN("KmsKeyId"), VALUE(ATTRIBUTE_KMS_KEY_ID), false},
	{SPAN("DBInstanceArn"), offsetof(struct resource, arn), false},
	{SPAN("EngineVersion"), VALUE(ATTRIBUTE_ENGINE_VERSION), false},
	{SPAN("PromotionTier"), VALUE(ATTRIBUTE_PROMOTION_TIER), false},
	{SPAN("DBInstanceClass"), VALUE(ATTRIBUTE_INSTANCE_CLASS), false},
	{SPAN("DBInstanceStatus"), VALUE(ATTRIBUTE_STATUS), false},
	{SPAN("StorageEncrypted"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTED), false},
	{SPAN("AvailabilityZone"), VALUE(ATTRIBUTE_ZONE), false},
	{SPAN("PubliclyAccessible"), VALUE(ATTRIBUTE_PUBLIC), false},
	{SPAN("DBClusterIdentifier"), VALUE(ATTRIBUTE_CLUSTER_ID), false},
	{SPAN("DBInstanceIdentifier"), offsetof(struct resource, id), false},
	{SPAN("StorageEncryptionType"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTION_TYPE), false},
	{SPAN("CACertificateIdentifier"), VALUE(ATTRIBUTE_CA_CERTIFICATE), false},
	{SPAN("AutoMinorVersionUpgrade"), VALUE(ATTRIBUTE_MINOR_UPGRADES), false},
	{SPAN("PreferredMaintenanceWindow"), VALUE(ATTRIBUTE_MAINTENANCE_WINDOW), false},
};

static const struct listing_nested instance_nested[] = {
	{SPAN("DBParameterGroups"), SPAN("DBParameterGroupName"), VALUE(ATTRIBUTE_INSTANCE_PARAMETER_GROUP)},
};

const struct listing_shape listing_instances = {
	.kind = RESOURCE_INSTANCE,
	.list = SPAN("DBInstances"),
	.item = SPAN("DBInstance"),
	.members = instance_members,
	.member_count = COUNT(instance_members),
	.nested = instance_nested,
	.nested_count = COUNT(instance_nested),
};

/*
 * The id of a backup is the resource id of its cluster, because clusters with equal names may have been
 * deleted.
 */
static const struct listing_member backup_members[] = {
	{SPAN("Port"), VALUE(ATTRIBUTE_PORT), false},
	{SPAN("VpcId"), VALUE(ATTRIBUTE_VPC), false},
	{SPAN("Engine"), VALUE(ATTRIBUTE_ENGINE), false},
	{SPAN("Status"), VALUE(ATTRIBUTE_STATUS), false},
	{SPAN("KmsKeyId"), VALUE(ATTRIBUTE_KMS_KEY_ID), false},
	{SPAN("EngineVersion"), VALUE(ATTRIBUTE_ENGINE_VERSION), false},
	{SPAN("StorageEncrypted"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTED), false},
	{SPAN("AllocatedStorage"), VALUE(ATTRIBUTE_ALLOCATED_STORAGE), false},
	{SPAN("DBClusterIdentifier"), VALUE(ATTRIBUTE_CLUSTER_ID), false},
	{SPAN("DbClusterResourceId"), offsetof(struct resource, id), false},
	{SPAN("StorageEncryptionType"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTION_TYPE), false},
	{SPAN("BackupRetentionPeriod"), VALUE(ATTRIBUTE_BACKUP_RETENTION), false},
	{SPAN("DBClusterAutomatedBackupsArn"), offsetof(struct resource, arn), false},
};

const struct listing_shape listing_backups = {
	.kind = RESOURCE_BACKUP,
	.list = SPAN("DBClusterAutomatedBackups"),
	.item = SPAN("DBClusterAutomatedBackup"),
	.members = backup_members,
	.member_count = COUNT(backup_members),
};

static const struct listing_member global_members[] = {
	{SPAN("Engine"), VALUE(ATTRIBUTE_ENGINE), false},
	{SPAN("Status"), VALUE(ATTRIBUTE_STATUS), false},
	{SPAN("EngineVersion"), VALUE(ATTRIBUTE_ENGINE_VERSION), false},
	{SPAN("GlobalClusterArn"), offsetof(struct resource, arn), false},
	{SPAN("StorageEncrypted"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTED), false},
	{SPAN("DeletionProtection"), VALUE(ATTRIBUTE_DELETION_PROTECTION), false},
	{SPAN("StorageEncryptionType"), VALUE(ATTRIBUTE_STORAGE_ENCRYPTION_TYPE), false},
	{SPAN("GlobalClusterIdentifier"), offsetof(struct resource, id), false},
};

const struct listing_shape listing_global_databases = {
	.kind = RESOURCE_GLOBAL_DATABASE,
	.list = SPAN("GlobalClusters"),
	.item = SPAN("GlobalClusterMember"),
	.members = global_members,
	.member_count = COUNT(global_members),
	.related = SPAN("DBClusterArn"),
	.role_flag = SPAN("IsWriter"),
	.roles = {"member", "writer"},
};

/* ---- paging ---- */

const char *listing_read_marker(const char **marker, bool *has_marker, const struct xml_path *path,
				struct span text, struct arena *arena)
{
	bool is_second = *has_marker;

	if (path->depth < LIST || !span_equals(path->names[LIST - 1], "Marker"))
		return NULL;
	if (path->depth > LIST)
		return "Marker holds elements instead of a text";
	*has_marker = true;
	text = span_trim(text);
	if (text.length > 0)
		*marker = arena_copy_span(arena, text);
	return is_second ? "Marker occurs twice" : NULL;
}

/* ---- reading ---- */

static void on_begin(void *user)
{
	struct listing *listing = user;

	listing->first = NULL;
	listing->last = &listing->first;
	listing->dropped = NULL;
	listing->other_engines = 0;
	listing->marker = NULL;
	listing->has_marker = false;
	listing->current = NULL;
	listing->tag = NULL;
	listing->relation = NULL;
	listing->list = NULL;
	listing->problem = NULL;
}

/* Only the first problem is reported. `problem` NULL: out of memory. */
static void note_problem(struct listing *listing, const char *problem)
{
	if (!listing->problem)
		listing->problem = problem ? problem : "out of memory";
}

/* `problem` NULL: none. */
static void note(struct listing *listing, const char *problem)
{
	if (problem)
		note_problem(listing, problem);
}

/* For an element that may occur once: takes its text, and notes a contradiction with an earlier one. */
static void read_once(struct listing *listing, const char **read, const struct xml_path *path, struct span text)
{
	note(listing, xml_contradiction(*read, path, text, listing->arena));
	if (!*read)
		*read = arena_copy_span(listing->arena, text);
}

static const char *problem_of(void *user)
{
	struct listing *listing = user;

	note(listing, contradictions_in_page(listing->first, listing->dropped, listing->arena));
	return listing->problem;
}

static bool is_in_list(const struct listing *listing, const struct xml_path *path)
{
	return path->depth == ITEM && span_same(path->names[LIST - 1], listing->shape->list);
}

static bool is_item(const struct listing *listing, const struct xml_path *path)
{
	return is_in_list(listing, path) && span_same(path->names[ITEM - 1], listing->shape->item);
}

/* NULL: the element is not read. */
static const struct listing_member *member_named(const struct listing *listing, struct span name)
{
	const struct listing_shape *shape = listing->shape;
	size_t low = 0, high = shape->member_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (shape->members[middle].element.length < name.length)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < shape->member_count && shape->members[low].element.length == name.length; low++)
		if (memcmp(shape->members[low].element.at, name.at, name.length) == 0)
			return &shape->members[low];
	return NULL;
}

static const char **place_of(const struct listing *listing, const struct listing_member *member)
{
	return (const char **)((char *)listing->current + member->offset);
}

static bool is_related(const struct listing_shape *shape, const struct xml_path *path)
{
	return shape->related.length > 0 &&
	       (shape->related_list.length == 0 || span_same(xml_name(path, 1), shape->related_list));
}

static void on_open(void *user, const struct xml_path *path)
{
	struct listing *listing = user;

	if (is_item(listing, path)) {
		listing->current = arena_take(listing->arena, sizeof *listing->current);
		if (listing->current)
			listing->current->kind = listing->shape->kind;
	} else if (is_in_list(listing, path)) {
		note_problem(listing, "an item of the list has an unknown name");
	} else if (!listing->current) {
		return;
	} else if (path->depth == MEMBER && span_equals(xml_name(path, 0), "TagList")) {
		listing->current->has_tag_list = true;
	} else if (path->depth == MEMBER + 1 && span_equals(xml_name(path, 0), "Tag")) {
		listing->tag = arena_take(listing->arena, sizeof *listing->tag);
	} else if (path->depth == MEMBER + 1 && is_related(listing->shape, path)) {
		listing->relation = arena_take(listing->arena, sizeof *listing->relation);
		listing->flag = NULL;
		if (listing->relation)
			listing->relation->role = listing->shape->roles[0];
	}
}

static void read_tag(struct listing *listing, const struct xml_path *path, struct span text)
{
	struct span name = xml_name(path, 0);

	if (path->depth == MEMBER + 2 && span_equals(name, "Key")) {
		read_once(listing, &listing->tag->name, path, text);
	} else if (path->depth == MEMBER + 2 && span_equals(name, "Value")) {
		read_once(listing, &listing->tag->value, path, text);
	} else if (path->depth == MEMBER + 1) {
		if (listing->tag->name) {
			listing->tag->next = listing->current->tags;
			listing->current->tags = listing->tag;
			if (!listing->tag->value)
				listing->tag->value = "";
		}
		listing->tag = NULL;
	}
}

static void append_relation(struct listing *listing)
{
	const struct listing_shape *shape = listing->shape;
	struct relation **last = &listing->current->relations;

	if (shape->flagged) {
		if (listing->relation->role == shape->roles[1])
			*(const char **)((char *)listing->current + shape->flagged) = listing->relation->target;
		return;
	}
	while (*last)
		last = &(*last)->next;
	*last = listing->relation;
}

static void read_relation(struct listing *listing, const struct xml_path *path, struct span text)
{
	const struct listing_shape *shape = listing->shape;
	struct span name = xml_name(path, 0);

	if (path->depth == MEMBER + 2 && span_same(name, shape->related)) {
		read_once(listing, &listing->relation->target, path, span_trim(text));
	} else if (path->depth == MEMBER + 2 && span_same(name, shape->role_flag)) {
		read_once(listing, &listing->flag, path, span_trim(text));
		if (span_equals(span_trim(text), "true"))
			listing->relation->role = shape->roles[1];
	} else if (path->depth == MEMBER + 1) {
		if (listing->relation->target)
			append_relation(listing);
		listing->relation = NULL;
	}
}

static void append(struct listing *listing, const char **member, struct span text)
{
	text = span_trim(text);
	if (*member)
		*member = arena_format(listing->arena, "%s," SPAN_FORMAT, *member, SPAN_ARGUMENTS(text));
	else
		*member = arena_copy_span(listing->arena, text);
}

/* Appends a text to a member that is a list. */
static void read_in_list(struct listing *listing, const struct xml_path *path, struct span text)
{
	const struct listing_member *member = member_named(listing, xml_name(path, 1));
	const char **place;

	if (!member)
		return;
	place = place_of(listing, member);
	if (!member->is_list)
		note_problem(listing,
			     arena_format(listing->arena, SPAN_FORMAT " holds elements instead of a text",
					  SPAN_ARGUMENTS(xml_name(path, 1))));
	else if (*place && listing->list != place)
		note_problem(listing, arena_format(listing->arena, SPAN_FORMAT " occurs twice",
						   SPAN_ARGUMENTS(xml_name(path, 1))));
	listing->list = place;
	append(listing, place, text);
}

/* Reads a text of a structure in a list. */
static void read_nested(struct listing *listing, const struct xml_path *path, struct span text)
{
	const struct listing_shape *shape = listing->shape;

	for (size_t i = 0; i < shape->nested_count; i++)
		if (span_same(xml_name(path, 0), shape->nested[i].element) &&
		    span_same(xml_name(path, 2), shape->nested[i].list))
			append(listing, (const char **)((char *)listing->current + shape->nested[i].offset),
			       text);
}

static void read_member(struct listing *listing, const struct xml_path *path, struct span text)
{
	const struct listing_member *member = member_named(listing, xml_name(path, 0));
	const char **place = member ? place_of(listing, member) : NULL;
	bool ends_list = member && listing->list == place;

	listing->list = NULL;
	if (!member)
		return;
	if (member->is_list && span_trim(text).length > 0)
		note_problem(listing,
			     arena_format(listing->arena, SPAN_FORMAT " holds a text instead of elements",
					  SPAN_ARGUMENTS(xml_name(path, 0))));
	if (!ends_list)
		read_once(listing, place, path, span_trim(text));
}

/* `region` NULL: any region. */
static void compare_arn(struct listing *listing, const char *arn, const char *region)
{
	if (listing->account && arn && !arn_belongs_to(arn, "rds", listing->account, region))
		note_problem(listing,
			     arena_format(listing->arena, "it lists %s, but the request was for account %s%s%s",
					  arn, listing->account, region ? " in " : "", region ? region : ""));
}

/*
 * Members of a global database are in its account, in any region. A text that is not an ARN names no account.
 */
static void compare_members(struct listing *listing, const struct resource *resource)
{
	struct arn arn;

	if (resource->kind != RESOURCE_GLOBAL_DATABASE)
		return;
	for (const struct relation *member = resource->relations; member; member = member->next)
		if (arn_split(span_of(member->target), &arn))
			compare_arn(listing, member->target, NULL);
}

static void end_item(struct listing *listing)
{
	struct resource *resource = listing->current;
	const char *engine = resource->values[ATTRIBUTE_ENGINE];

	listing->current = NULL;
	compare_arn(listing, resource->arn, listing->region);
	compare_members(listing, resource);
	note(listing, contradictions_in_tags(&resource->tags, listing->arena));
	if (engine && *engine && strcmp(engine, "neptune") != 0) {
		listing->other_engines++;
		resource->next = listing->dropped;
		listing->dropped = resource;
		return;
	}
	if (!resource->id)
		resource->id = "";
	*listing->last = resource;
	listing->last = &resource->next;
}

/* Ends an element outside of items. */
static void end_outside(struct listing *listing, const struct xml_path *path, struct span text)
{
	note(listing, listing_read_marker(&listing->marker, &listing->has_marker, path, text, listing->arena));
	if (path->depth == LIST && span_same(path->names[LIST - 1], listing->shape->list) &&
	    span_trim(text).length > 0)
		note_problem(listing, "the list holds a text instead of items");
}

static void on_close(void *user, const struct xml_path *path, struct span text)
{
	struct listing *listing = user;

	if (listing->current && listing->tag)
		read_tag(listing, path, text);
	else if (listing->current && listing->relation)
		read_relation(listing, path, text);
	else if (listing->current && is_item(listing, path))
		end_item(listing);
	else if (listing->current && path->depth == MEMBER)
		read_member(listing, path, text);
	else if (listing->current && path->depth == MEMBER + 1)
		read_in_list(listing, path, text);
	else if (listing->current && path->depth == MEMBER + 2)
		read_nested(listing, path, text);
	else
		end_outside(listing, path, text);
}

void listing_init(struct listing *listing, const struct listing_shape *shape, struct arena *arena)
{
	*listing = (struct listing){.handler = {.begin = on_begin,
						.open = on_open,
						.close = on_close,
						.user = listing,
						.problem = problem_of},
				    .shape = shape,
				    .arena = arena};
	on_begin(listing);
}

void listing_expect(struct listing *listing, const char *account, const char *region)
{
	listing->account = account;
	listing->region = region;
}
