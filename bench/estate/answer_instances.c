#include <stdio.h>
#include <string.h>

#include "bench/estate/rds.h"

static void append_instance(struct request *request, const struct cluster *cluster,
			    const struct instance *instance, size_t number)
{
	struct buffer *answer = &request->answer;
	char arn[RDS_ARN];

	rds_arn(request, "db", instance->id, arn);
	buffer_print(
		answer,
		"<DBInstance><DBInstanceIdentifier>%s</DBInstanceIdentifier>"
		"<DBInstanceClass>db.r6g.large</DBInstanceClass><Engine>%s</Engine>"
		"<DBInstanceStatus>%s</DBInstanceStatus><Endpoint><Address>%s.estate.%s.neptune.amazonaws.com"
		"</Address><Port>8182</Port></Endpoint>"
		"<BackupRetentionPeriod>%u</BackupRetentionPeriod>"
		"<AvailabilityZone>%s%c</AvailabilityZone>",
		instance->id, cluster->engine, cluster->status, instance->id, request->region,
		cluster->backup_days, request->region, (char)('a' + (int)(number % 3)));
	append_element(answer, "EngineVersion", cluster->version);
	append_flag(answer, "AutoMinorVersionUpgrade", instance->minor_upgrades);
	append_flag(answer, "PubliclyAccessible", instance->public);
	append_element(answer, "DBClusterIdentifier", cluster->id);
	rds_append_encryption(request, instance->encryption, cluster->key);
	buffer_print(answer, "<DbiResourceId>db-%s</DbiResourceId>", instance->id);
	buffer_text(answer, "<CACertificateIdentifier>rds-ca-rsa2048-g1</CACertificateIdentifier>"
			    "<PreferredMaintenanceWindow>sun:05:00-sun:05:30</PreferredMaintenanceWindow>");
	buffer_print(answer, "<PromotionTier>%d</PromotionTier>", instance->writer ? 1 : 2);
	append_element(answer, "DBInstanceArn", arn);
	rds_append_listed_tags(request, cluster);
	buffer_text(answer, "</DBInstance>");
}

/* Four numbers are reserved for each cluster's instances, used or not. */
enum { MAX_INSTANCES = 4 };

void rds_describe_db_instances(struct request *request)
{
	const struct place place = request_place(request);
	size_t count = cluster_count(&place) * MAX_INSTANCES;
	struct rds_filters filters;
	struct listing listing;

	if (!listing_of_records(request, &listing) || !rds_read_filters(request, &filters))
		return;
	open_result(request);
	buffer_text(&request->answer, "<DBInstances>");
	for (size_t i = listing.first; listing_goes_on(&listing, i, count); i++) {
		size_t number = i % MAX_INSTANCES;
		const struct cluster cluster = cluster_at(&place, i / MAX_INSTANCES);
		const struct instance instance = instance_at(&place, i / MAX_INSTANCES, &cluster, number);

		if (number >= cluster.instances || !rds_filter_lets_by(&filters, cluster.engine, cluster.id))
			continue;
		append_instance(request, &cluster, &instance, number);
		listing.listed++;
	}
	buffer_text(&request->answer, "</DBInstances>");
	listing_append_marker(request, &listing);
	close_result(request);
}
