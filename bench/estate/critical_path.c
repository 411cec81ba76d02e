#include "bench/estate/critical_path.h"

#include "bench/estate/limits.h"

enum { ACCOUNTS_A_PAGE = 20, RESOURCES_A_PAGE = 100, HOME = 0 /* us-east-1 */ };

static const double microseconds = 1e-6;

static double wait_of(const struct estate *estate, const char *operation, size_t account, size_t region,
		      size_t position)
{
	uint64_t key = latency_key(operation, account, position);

	return (double)latency_of(&estate->world, estate->latency, region, key) * microseconds;
}

/* A list in pages, whose next one begins behind the resource that filled the one before. */
struct pages {
	const char *operation;
	size_t account, region, listed;
	double seconds;
};

static void list(struct pages *pages, const struct estate *estate, size_t position)
{
	if (pages->listed == RESOURCES_A_PAGE) {
		pages->seconds += wait_of(estate, pages->operation, pages->account, pages->region, position);
		pages->listed = 0;
	}
	pages->listed++;
}

/* The longer of its two lists. */
static double seconds_of_cell(const struct estate *estate, const struct asked *asked, size_t account,
			      size_t region)
{
	static const char clusters_of[] = "DescribeDBClusters", snapshots_of[] = "DescribeDBClusterSnapshots";
	const struct place place = {&estate->world, account, region};
	struct pages clusters = {clusters_of, account, region, 0,
				 wait_of(estate, clusters_of, account, region, 0)};
	struct pages snapshots = {snapshots_of, account, region, 0, 0};
	size_t count = cluster_count(&place);

	if (asked->snapshots)
		snapshots.seconds = wait_of(estate, snapshots_of, account, region, 0);
	for (size_t i = 0; count * MAX_SNAPSHOTS > RESOURCES_A_PAGE && i < count; i++) {
		const struct cluster cluster = cluster_at(&place, i);

		if (!cluster_is_neptune(&cluster))
			continue;
		list(&clusters, estate, i);
		for (size_t j = 0; asked->snapshots && j < snapshot_count(&place, i); j++)
			list(&snapshots, estate, i * MAX_SNAPSHOTS + j);
	}
	return clusters.seconds > snapshots.seconds ? clusters.seconds : snapshots.seconds;
}

/* After the role is assumed: the list of regions, then the slowest region. */
static double seconds_of_account(const struct estate *estate, const struct asked *asked, size_t account)
{
	double regions = wait_of(estate, "DescribeRegions", account, HOME, 0), slowest = 0;

	for (size_t region = 0; region < estate->world.regions; region++) {
		double seconds;

		if (world_cell_kind(&estate->world, account, region) == CELL_NOT_ENABLED)
			continue;
		seconds = seconds_of_cell(estate, asked, account, region);
		if (seconds > slowest)
			slowest = seconds;
	}
	return regions + slowest;
}

double critical_path_seconds(const struct estate *estate, const struct asked *asked)
{
	const struct limit sts = estate->limits ? limits_of("sts", "AssumeRole") : (struct limit){0, 0};
	double endpoints = asked->sts_endpoints > 0 ? (double)asked->sts_endpoints : 1;
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
		done = kind == ACCOUNT_ORDINARY ? ready + seconds_of_account(estate, asked, account) : ready;
		if (done > end)
			end = done;
	}
	return end;
}
