#include "scanner/aws/endpoint.h"

#include <string.h>

#include "base/text.h"
#include "config/partition.h"

static const char *custom_url(const struct config *config, const struct service *service)
{
	const struct {
		const struct service *service;
		const char *url;
	} own[] = {
		{&service_sts, config->endpoint_url_sts},
		{&service_organizations, config->endpoint_url_organizations},
		{&service_ec2, config->endpoint_url_ec2},
		{&service_neptune, config->endpoint_url_rds},
		{&service_kms, config->endpoint_url_kms},
		{&service_graphs, config->endpoint_url_graphs},
		{&service_s3, config->endpoint_url_s3},
		{&service_sso, config->endpoint_url_sso},
		{&service_sso_oidc, config->endpoint_url_sso_oidc},
	};

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (own[i].service == service && own[i].url)
			return own[i].url;
	return config->endpoint_url;
}

/*
 * The URL is normalized by config/address.h: the host ends at the first slash after the scheme, and equals
 * the Host header of an HTTP client.
 */
static bool use_custom(struct endpoint *endpoint, const char *url, struct error *error)
{
	struct span authority = span_of(strstr(url, "://") + 3), root, path;

	if (strlen(url) + 2 > ENDPOINT_URL_SIZE)
		return error_set(error, ERROR_USAGE, "endpoint URL longer than %d characters: %s",
				 ENDPOINT_URL_SIZE - 2, url);
	authority.length = strcspn(authority.at, "/");
	root = (struct span){url, (size_t)(authority.at + authority.length - url)};
	path = span_of(url + root.length);
	while (path.length > 0 && path.at[path.length - 1] == '/')
		path.length--;
	text_copy(endpoint->host, sizeof endpoint->host, authority);
	text_copy(endpoint->path, sizeof endpoint->path, path);
	strcat(endpoint->path, "/");
	text_copy(endpoint->url, sizeof endpoint->url, root);
	text_join(endpoint->url + root.length, sizeof endpoint->url - root.length, endpoint->path, NULL);
	return true;
}

/* For most services, GovCloud's standard endpoint is the FIPS endpoint, and there is no other name. */
static bool has_fips_name(const struct config *config, const struct service *service,
			  const struct partition *partition)
{
	return config->use_fips && !(partition->is_fips && service->always_fips && !config->use_dualstack);
}

bool endpoint_may_lack_fips(const struct config *config, const struct service *service, const char *region)
{
	if (!config->use_fips || !service->fips_regions)
		return false;
	for (const char *const *has = service->fips_regions; *has; has++)
		if (strcmp(*has, region) == 0)
			return false;
	return true;
}

bool endpoint_resolve(struct endpoint *endpoint, const struct config *config, const struct service *service,
		      const char *region, struct error *error)
{
	const struct partition *partition = partition_of_region(span_of(region));
	const char *custom = custom_url(config, service);

	if (!region_is_host_label(span_of(region)))
		return error_set(error, ERROR_USAGE, "\"%s\" cannot be a region: it is no part of a host name",
				 text_brief(region, 100).text);
	if (!partition)
		partition = partition_of_home(config->region);
	if (service->global)
		region = partition->home_region;
	text_join(endpoint->signing_region, sizeof endpoint->signing_region, region, NULL);
	if (custom)
		return use_custom(endpoint, custom, error);
	text_join(endpoint->host, sizeof endpoint->host, service->host_prefix,
		  has_fips_name(config, service, partition) ? "-fips." : ".", region, ".",
		  config->use_dualstack ? partition->dualstack_suffix : partition->dns_suffix, NULL);
	text_join(endpoint->url, sizeof endpoint->url, "https://", endpoint->host, "/", NULL);
	text_join(endpoint->path, sizeof endpoint->path, "/", NULL);
	return true;
}

bool endpoint_add_bucket(struct endpoint *endpoint, const struct config *config, const char *bucket)
{
	const char *region = endpoint->signing_region;
	const struct partition *partition = partition_of_region(span_of(region));
	bool is_custom = custom_url(config, &service_s3), in_path = is_custom || strchr(bucket, '.');

	if (!partition)
		partition = partition_of_home(config->region);
	if (!is_custom)
		text_join(endpoint->host, sizeof endpoint->host, in_path ? "" : bucket, in_path ? "" : ".",
			  "s3", has_fips_name(config, &service_s3, partition) ? "-fips." : ".",
			  config->use_dualstack ? "dualstack." : "", region, ".", partition->dns_suffix, NULL);
	if (!is_custom)
		text_join(endpoint->url, sizeof endpoint->url, "https://", endpoint->host, "/", NULL);
	return !in_path || (endpoint_add_path(endpoint, bucket) && endpoint_add_path(endpoint, "/"));
}

bool endpoint_add_path(struct endpoint *endpoint, const char *path)
{
	if (!path)
		return true;
	if (strlen(endpoint->url) + strlen(path) >= ENDPOINT_URL_SIZE)
		return false;
	strcat(endpoint->url, path);
	strcat(endpoint->path, path);
	return true;
}
