#include "scanner/aws/neptune.h"

#include <stddef.h>
#include <string.h>

static const char page_size[] = "100"; /* the most that RDS allows */

static const struct {
	struct span element;
	size_t member;
} members[] = {
	{SPAN("DBClusterIdentifier"), offsetof(struct cluster, id)},
	{SPAN("DBClusterArn"), offsetof(struct cluster, arn)},
	{SPAN("Engine"), offsetof(struct cluster, engine)},
	{SPAN("Status"), offsetof(struct cluster, status)},
	{SPAN("StorageEncrypted"), offsetof(struct cluster, storage_encrypted)},
	{SPAN("StorageEncryptionType"), offsetof(struct cluster, storage_encryption_type)},
	{SPAN("KmsKeyId"), offsetof(struct cluster, kms_key_id)},
};

static void on_begin(void *user)
{
	struct clusters_reading *reading = user;

	reading->clusters = NULL;
	reading->last = &reading->clusters;
	reading->other_engines = 0;
	reading->marker = NULL;
	reading->current = NULL;
	reading->tag = NULL;
}

/* DescribeDBClustersResponse / DescribeDBClustersResult / DBClusters / DBCluster */
static bool is_cluster(const struct xml_path *path)
{
	return path->depth == 4 && span_equals(xml_name(path, 0), "DBCluster") &&
	       span_equals(xml_name(path, 1), "DBClusters");
}

static void on_open(void *user, const struct xml_path *path)
{
	struct clusters_reading *reading = user;

	if (is_cluster(path))
		reading->current = arena_take(reading->arena, sizeof *reading->current);
	else if (reading->current && path->depth == 6 && span_equals(xml_name(path, 0), "Tag"))
		reading->tag = arena_take(reading->arena, sizeof *reading->tag);
}

static void read_member(struct clusters_reading *reading, struct span name, struct span text)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		if (!span_same(name, members[i].element))
			continue;
		*(const char **)((char *)reading->current + members[i].member) =
			arena_copy_span(reading->arena, span_trim(text));
		return;
	}
}

static void read_tag(struct clusters_reading *reading, const struct xml_path *path, struct span text)
{
	struct span name = xml_name(path, 0);

	if (path->depth == 7 && span_equals(name, "Key")) {
		reading->tag->key = arena_copy_span(reading->arena, text);
	} else if (path->depth == 7 && span_equals(name, "Value")) {
		reading->tag->value = arena_copy_span(reading->arena, text);
	} else if (path->depth == 6) {
		if (reading->tag->key) {
			reading->tag->next = reading->current->tags;
			reading->current->tags = reading->tag;
		}
		reading->tag = NULL;
	}
}

static void end_cluster(struct clusters_reading *reading)
{
	struct cluster *cluster = reading->current;

	reading->current = NULL;
	/* Without an engine it may be Neptune's: we asked for those alone. The control will say unknown. */
	if (cluster->engine && strcmp(cluster->engine, "neptune") != 0) {
		reading->other_engines++;
		return;
	}
	*reading->last = cluster;
	reading->last = &cluster->next;
}

static void on_close(void *user, const struct xml_path *path, struct span text)
{
	struct clusters_reading *reading = user;

	if (reading->current && reading->tag)
		read_tag(reading, path, text);
	else if (reading->current && is_cluster(path))
		end_cluster(reading);
	else if (reading->current && path->depth == 5)
		read_member(reading, xml_name(path, 0), text);
	else if (path->depth == 3 && span_equals(xml_name(path, 0), "Marker") && span_trim(text).length > 0)
		reading->marker = arena_copy_span(reading->arena, span_trim(text));
}

void clusters_reading_init(struct clusters_reading *reading, struct arena *arena)
{
	*reading = (struct clusters_reading){
		.handler = {.begin = on_begin, .open = on_open, .close = on_close, .user = reading},
		.arena = arena};
	on_begin(reading);
}

void neptune_ask_clusters(struct call *call, const char *region, const char *marker)
{
	call_begin(call, NEPTUNE_DESCRIBE_DB_CLUSTERS, region);
	call_parameter(call, "Filters.Filter.1.Name", "engine");
	call_parameter(call, "Filters.Filter.1.Values.Value.1", "neptune");
	call_parameter(call, "MaxRecords", page_size);
	if (marker)
		call_parameter(call, "Marker", marker);
}
