#include "scanner/engine/sts_endpoints.h"

#include <string.h>

#include "base/text.h"
#include "config/partition.h"
#include "scanner/aws/call.h"
#include "scanner/aws/endpoint.h"

enum { MAX_NEAR = 3, PAYS_AFTER_S = 2 };

/* Areas with few regions of their own that no account can disable, and the area that is nearest to them. */
static const struct {
	const char *area, *near;
} nearest[] = {{"ca-", "us-"}, {"mx-", "us-"}, {"sa-", "us-"}, {"il-", "eu-"}, {"me-", "eu-"}, {"af-", "eu-"}};

static void add(struct sts_endpoints *endpoints, const char *region)
{
	size_t number = endpoints->count;

	for (size_t i = 0; i < number; i++)
		if (strcmp(endpoints->items[i].region, region) == 0)
			return;
	if (number < STS_MAX_ENDPOINTS)
		endpoints->items[endpoints->count++] = (struct sts_endpoint){
			.region = region, .number = number, .state = number == 0 ? STS_OPEN : STS_UNUSED};
}

static struct span area_near(const char *home)
{
	for (size_t i = 0; i < sizeof nearest / sizeof nearest[0]; i++)
		if (strncmp(home, nearest[i].area, strlen(nearest[i].area)) == 0)
			return span_of(nearest[i].near);
	return (struct span){home, strcspn(home, "-") + 1};
}

/* An address for STS alone leads to one endpoint, for example of a VPC. */
static void add_near(struct sts_endpoints *endpoints, const struct config *config)
{
	const struct partition *partition = partition_of_home(config->region);
	const char *const *regions = partition->always_enabled ? partition->always_enabled : partition->regions;
	struct span area = area_near(config->region);

	if (config->endpoint_url_sts)
		return;
	for (; *regions && endpoints->count <= MAX_NEAR; regions++)
		if (strncmp(*regions, area.at, area.length) == 0 &&
		    !endpoint_may_lack_fips(config, &service_sts, *regions))
			add(endpoints, *regions);
}

void sts_endpoints_init(struct sts_endpoints *endpoints, const struct config *config, int64_t sharing,
			const struct log *log)
{
	const struct text_list *named = &config->sts_regions;

	*endpoints = (struct sts_endpoints){.a_second = caller_rate_limit(config, sharing), .log = log};
	add(endpoints, config->region);
	endpoints->are_named = !config_finds_sts_regions(config);
	for (size_t i = 0; endpoints->are_named && i < named->count; i++)
		add(endpoints, named->items[i]);
	if (!endpoints->are_named)
		add_near(endpoints, config);
}

struct sts_endpoint *sts_endpoints_home(struct sts_endpoints *endpoints)
{
	return &endpoints->items[0];
}

/* Do the accounts keep `used` endpoints busy for so long that one more pays? */
static bool pays(const struct sts_endpoints *endpoints, size_t accounts, size_t used)
{
	return endpoints->are_named || (double)accounts > endpoints->a_second * PAYS_AFTER_S * (double)used;
}

struct sts_endpoint *sts_endpoints_choose(struct sts_endpoints *endpoints, size_t waiting)
{
	struct sts_endpoint *best = &endpoints->items[0], *unused = NULL;
	size_t accounts = waiting + 1, used = 0;

	for (size_t i = 0; i < endpoints->count; i++) {
		struct sts_endpoint *endpoint = &endpoints->items[i];

		accounts += endpoint->out;
		used += endpoint->state == STS_OPEN || endpoint->state == STS_TRIED;
		if (endpoint->state == STS_OPEN && endpoint->out < best->out)
			best = endpoint;
		if (endpoint->state == STS_UNUSED && !unused)
			unused = endpoint;
	}
	return unused && waiting > 0 && pays(endpoints, accounts, used) ? unused : best;
}

void sts_endpoint_take(struct sts_endpoint *endpoint)
{
	endpoint->out++;
	if (endpoint->state == STS_UNUSED)
		endpoint->state = STS_TRIED;
}

void sts_endpoint_return(struct sts_endpoint *endpoint, bool entered)
{
	endpoint->out--;
	endpoint->entered += entered;
	if (endpoint->state == STS_TRIED)
		endpoint->state = entered ? STS_OPEN : STS_UNUSED;
}

void sts_endpoints_drop(struct sts_endpoints *endpoints, struct sts_endpoint *endpoint, const char *reason)
{
	if (endpoint->state == STS_DROPPED)
		return;
	endpoint->state = STS_DROPPED;
	log_line(endpoints->log, LOG_INFO, "sts.dropped",
		 "STS in %s is not used in the rest of this run, because a role that can be assumed in %s "
		 "cannot "
		 "be assumed there: %s. To leave it out from the start, set --sts-regions",
		 endpoint->region, endpoints->items[0].region, text_brief(reason, 400).text);
}
