#include "bench/estate/critical_path.h"

#include "bench/estate/limits.h"

enum { ACCOUNTS_A_PAGE = 20, CLUSTERS_A_PAGE = 100, HOME = 0 /* us-east-1 */ };

static const double microseconds = 1e-6;

static double wait_of(const struct estate *estate, const char *operation, size_t account, size_t region,
		      size_t position)
{
	uint64_t key = latency_key(operation, account, position);

	return (double)latency_of(&estate->world, estate->latency, region, key) * microseconds;
}

/* All pages of a cell. */
static double seconds_of_cell(const struct estate *estate, size_t account, size_t region)
{
	const struct place place = {&estate->world, account, region};
	double seconds = wait_of(estate, "DescribeDBClusters", account, region, 0);
	size_t count = cluster_count(&place), listed = 0;

	for (size_t i = 0; count > CLUSTERS_A_PAGE && i < count; i++) {
		const struct cluster cluster = cluster_at(&place, i);

		if (listed == CLUSTERS_A_PAGE) {
			seconds += wait_of(estate, "DescribeDBClusters", account, region, i);
			listed = 0;
		}
		listed += cluster_is_neptune(&cluster);
	}
	return seconds;
}

/* After the role is assumed: the list of regions, then the slowest region. */
static double seconds_of_account(const struct estate *estate, size_t account)
{
	double regions = wait_of(estate, "DescribeRegions", account, HOME, 0), slowest = 0;

	for (size_t region = 0; region < estate->world.regions; region++) {
		double seconds;

		if (world_cell_kind(&estate->world, account, region) == CELL_NOT_ENABLED)
			continue;
		seconds = seconds_of_cell(estate, account, region);
		if (seconds > slowest)
			slowest = seconds;
	}
	return regions + slowest;
}

double critical_path_seconds(const struct estate *estate, size_t sts_endpoints)
{
	const struct limit sts = estate->limits ? limits_of("sts", "AssumeRole") : (struct limit){0, 0};
	double endpoints = sts_endpoints > 0 ? (double)sts_endpoints : 1;
	double rate = sts.a_second * endpoints, most = sts.at_once * endpoints, tokens = most, filled = 0;
	double handshakes = latency_handshakes(estate->tls) * wait_of(estate, "connect", 0, HOME, 0);
	double now, end;

	if (estate->latency == LATENCY_NONE && !estate->limits)
		return 0;
	now = 2 * handshakes + wait_of(estate, "GetCallerIdentity", 0, HOME, 0) +
	      wait_of(estate, "DescribeOrganization", 0, HOME, 0);
	end = now;
	for (size_t account = 0; account < estate->world.accounts; account++) {
		enum account_kind kind = world_account_kind(&estate->world, account);
		double ready = now, done;

		if (account % ACCOUNTS_A_PAGE == 0)
			ready = now += wait_of(estate, "ListAccounts", 0, HOME, account);
		if (kind == ACCOUNT_SUSPENDED)
			continue;
		if (rate > 0 && account != 0) {
			/* A token bucket, used in this order. */
			double since = ready > filled ? ready : filled;

			tokens += (since - filled) * rate;
			tokens = tokens > most ? most : tokens;
			if (tokens < 1) {
				since += (1 - tokens) / rate;
				tokens = 1;
			}
			tokens -= 1;
			filled = ready = since;
		}
		if (account != 0)
			ready += wait_of(estate, "AssumeRole", account, HOME, 0);
		done = kind == ACCOUNT_ORDINARY ? ready + seconds_of_account(estate, account) : ready;
		if (done > end)
			end = done;
	}
	return end;
}
