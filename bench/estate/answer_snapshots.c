/*
 * Snapshots of clusters, their sharing, and retained automated backups.
 */
#include <stdio.h>
#include <string.h>

#include "bench/estate/rds.h"

static void append_snapshot(struct request *request, const struct cluster *cluster,
			    const struct snapshot *snapshot)
{
	struct buffer *answer = &request->answer;
	char arn[RDS_ARN];

	rds_arn(request, "cluster-snapshot", snapshot->id, arn);
	buffer_print(answer,
		     "<DBClusterSnapshot><DBClusterSnapshotIdentifier>%s</DBClusterSnapshotIdentifier>"
		     "<DBClusterIdentifier>%s</DBClusterIdentifier>"
		     "<SnapshotCreateTime>2026-11-23T03:00:00.123Z</SnapshotCreateTime><Engine>%s</Engine>"
		     "<AllocatedStorage>1</AllocatedStorage>"
		     "<Status>available</Status><Port>8182</Port><SnapshotType>%s</SnapshotType>"
		     "<PercentProgress>100</PercentProgress>",
		     snapshot->id, cluster->id, cluster->engine, snapshot->type);
	rds_append_encryption(request, snapshot->encryption, cluster->key);
	append_element(answer, "EngineVersion", cluster->version);
	append_element(answer, "DBClusterSnapshotArn", arn);
	append_element(answer, "DbClusterResourceId", cluster->resource_id);
	rds_append_listed_tags(request, cluster);
	buffer_text(answer, "</DBClusterSnapshot>");
}

/* Only the account's own snapshots; shared ones are listed only on request, which no client sends. */
static bool read_type(struct request *request, char *type, size_t size)
{
	static const char *const types[] = {"automated", "manual", "awsbackup", "shared", "public"};

	if (!request_parameter(request, "SnapshotType", type, size))
		return true;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return refuse(request, REFUSAL_INVALID, "Invalid snapshot type: %s", type);
}

void rds_describe_db_cluster_snapshots(struct request *request)
{
	const struct place place = request_place(request);
	size_t count = cluster_count(&place) * MAX_SNAPSHOTS;
	struct rds_filters filters;
	struct listing listing;
	char type[32] = "";

	if (!listing_of_records(request, &listing) || !rds_read_filters(request, &filters) ||
	    !read_type(request, type, sizeof type))
		return;
	open_result(request);
	buffer_text(&request->answer, "<DBClusterSnapshots>");
	for (size_t i = listing.first; listing_goes_on(&listing, i, count); i++) {
		size_t owner = i / MAX_SNAPSHOTS;
		const struct cluster cluster = cluster_at(&place, owner);
		const struct snapshot snapshot = snapshot_at(&place, owner, &cluster, i % MAX_SNAPSHOTS);

		if (i % MAX_SNAPSHOTS >= snapshot_count(&place, owner) ||
		    !rds_filter_lets_by(&filters, cluster.engine, cluster.id) ||
		    (type[0] && strcmp(type, snapshot.type) != 0))
			continue;
		append_snapshot(request, &cluster, &snapshot);
		listing.listed++;
	}
	buffer_text(&request->answer, "</DBClusterSnapshots>");
	listing_append_marker(request, &listing);
	close_result(request);
}

static bool find_snapshot(const struct place *place, const char *id, struct snapshot *snapshot)
{
	size_t count = cluster_count(place);

	for (size_t i = 0; i < count; i++) {
		const struct cluster cluster = cluster_at(place, i);
		size_t snapshots = snapshot_count(place, i);

		for (size_t j = 0; j < snapshots; j++) {
			*snapshot = snapshot_at(place, i, &cluster, j);
			if (strcmp(snapshot->id, id) == 0)
				return true;
		}
	}
	return false;
}

static void append_sharing(struct request *request, enum sharing sharing)
{
	struct buffer *answer = &request->answer;
	char account[WORLD_ID] = STRANGER;

	if (sharing == SHARED_INSIDE)
		world_account_id(&request->estate->world,
				 (request->account + 1) % request->estate->world.accounts, account);
	buffer_text(answer,
		    "<DBClusterSnapshotAttribute><AttributeName>restore</AttributeName><AttributeValues>");
	if (sharing != SHARED_WITH_NOBODY)
		append_element(answer, "AttributeValue", sharing == SHARED_WITH_ALL ? "all" : account);
	buffer_text(answer, "</AttributeValues></DBClusterSnapshotAttribute>");
}

void rds_describe_db_cluster_snapshot_attributes(struct request *request)
{
	const struct place place = request_place(request);
	struct snapshot snapshot;
	char id[RDS_ARN];

	if (!request_parameter(request, "DBClusterSnapshotIdentifier", id, sizeof id)) {
		refuse_with(request, 400, "MissingParameter",
			    "The request must contain the parameter DBClusterSnapshotIdentifier");
		return;
	}
	if (!find_snapshot(&place, id, &snapshot)) {
		refuse_with(request, 404, "DBClusterSnapshotNotFoundFault", "DBClusterSnapshot %s not found.",
			    id);
		return;
	}
	open_result(request);
	buffer_text(&request->answer, "<DBClusterSnapshotAttributesResult>");
	append_element(&request->answer, "DBClusterSnapshotIdentifier", snapshot.id);
	buffer_text(&request->answer, "<DBClusterSnapshotAttributes>");
	append_sharing(request, snapshot.sharing);
	buffer_text(&request->answer, "</DBClusterSnapshotAttributes></DBClusterSnapshotAttributesResult>");
	close_result(request);
}

static void append_backup(struct request *request, const struct backup *backup)
{
	struct buffer *answer = &request->answer;
	char arn[RDS_ARN];

	buffer_print(
		answer,
		"<DBClusterAutomatedBackup><Engine>%s</Engine><VpcId>vpc-0e57a7e</VpcId>"
		"<DBClusterIdentifier>%s</DBClusterIdentifier><RestoreWindow>"
		"<EarliestTime>2026-11-01T00:00:00Z</EarliestTime><LatestTime>2026-11-20T00:00:00Z</LatestTime>"
		"</RestoreWindow><DbClusterResourceId>%s</DbClusterResourceId><Region>%s</Region>"
		"<Status>retained</Status><BackupRetentionPeriod>7</BackupRetentionPeriod>",
		backup->engine, backup->cluster_id, backup->resource_id, request->region);
	rds_arn(request, "cluster-auto-backup", backup->resource_id, arn);
	append_element(answer, "DBClusterAutomatedBackupsArn", arn);
	rds_arn(request, "cluster", backup->cluster_id, arn);
	append_element(answer, "DBClusterArn", arn);
	rds_append_encryption(request, backup->encryption, backup->key);
	buffer_text(answer, "</DBClusterAutomatedBackup>");
}

void rds_describe_db_cluster_automated_backups(struct request *request)
{
	const struct place place = request_place(request);
	size_t count = backup_count(&place);
	struct rds_filters filters;
	struct listing listing;

	if (!listing_of_records(request, &listing) || !rds_read_filters(request, &filters))
		return;
	open_result(request);
	buffer_text(&request->answer, "<DBClusterAutomatedBackups>");
	for (size_t i = listing.first; listing_goes_on(&listing, i, count); i++) {
		const struct backup backup = backup_at(&place, i);

		if (!rds_filter_lets_by(&filters, backup.engine, backup.cluster_id))
			continue;
		append_backup(request, &backup);
		listing.listed++;
	}
	buffer_text(&request->answer, "</DBClusterAutomatedBackups>");
	listing_append_marker(request, &listing);
	close_result(request);
}
