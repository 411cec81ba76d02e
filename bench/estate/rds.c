#include "bench/estate/rds.h"

#include <stdio.h>
#include <string.h>

void rds_arn(const struct request *request, const char *kind, const char *id, char arn[RDS_ARN])
{
	char account[WORLD_ID];

	world_account_id(&request->estate->world, request->account, account);
	snprintf(arn, RDS_ARN, "arn:aws:rds:%s:%s:%s:%.120s", request->region, account, kind, id);
}

/* The id of arn:...:cluster:ID, or the text itself. */
static const char *identifier(const char *text)
{
	const char *colon = strncmp(text, "arn:", 4) == 0 ? strrchr(text, ':') : NULL;

	return colon ? colon + 1 : text;
}

bool rds_read_filters(struct request *request, struct rds_filters *filters)
{
	char parameter[64], name[64], value[RDS_ARN];

	memset(filters, 0, sizeof *filters);
	for (unsigned i = 1; i <= 10; i++) {
		snprintf(parameter, sizeof parameter, "Filters.Filter.%u.Name", i);
		if (!request_parameter(request, parameter, name, sizeof name))
			return true;
		snprintf(parameter, sizeof parameter, "Filters.Filter.%u.Values.Value.1", i);
		request_parameter(request, parameter, value, sizeof value);
		if (strcmp(name, "engine") == 0)
			snprintf(filters->engine, sizeof filters->engine, "%s", value);
		else if (strcmp(name, "db-cluster-id") == 0)
			snprintf(filters->cluster, sizeof filters->cluster, "%s", identifier(value));
		else if (strcmp(name, "status") != 0 ||
			 strcmp(request->operation, "DescribeDBClusterAutomatedBackups") != 0)
			return refuse(request, REFUSAL_INVALID, "Unrecognized filter name: %s", name);
	}
	return true;
}

bool rds_filter_lets_by(const struct rds_filters *filters, const char *engine, const char *cluster)
{
	return (!filters->engine[0] || strcmp(filters->engine, engine) == 0) &&
	       (!filters->cluster[0] || strcmp(filters->cluster, cluster) == 0);
}

void rds_append_encryption(struct request *request, enum encryption encryption, enum key_kind key)
{
	const struct place place = request_place(request);
	const char *flag = encryption_flag(encryption);
	char arn[KEY_ARN];

	append_element(&request->answer, "StorageEncrypted", flag);
	append_element(&request->answer, "StorageEncryptionType", encryption_type(encryption));
	if (!flag || strcmp(flag, "true") != 0)
		return;
	key_arn(&place, key, arn);
	append_element(&request->answer, "KmsKeyId", arn);
}

void rds_append_listed_tags(struct request *request, const struct cluster *cluster)
{
	if (!request->estate->tags_apart)
		rds_append_tags(request, cluster);
}

void rds_append_tags(struct request *request, const struct cluster *cluster)
{
	buffer_text(&request->answer, "<TagList><Tag><Key>owner</Key>");
	append_element(&request->answer, "Value", cluster->owner);
	buffer_text(&request->answer, "</Tag></TagList>");
}
