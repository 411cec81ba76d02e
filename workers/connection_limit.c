#include "workers/connection_limit.h"

enum {
	DRAIN_TIME_US = 25000,
	UNBLOCKING_DRAIN_TIME_US = 5000,
	HIGH_RTT_US = 30000,
	FIRST_RESPONSE_ROUND_TRIPS = 3, /* TCP, TLS, the request */
	MIN_SAMPLES = 8
};

/* Before the first response, the time without one is the estimate. */
static int64_t estimate_rtt(const struct connection_limit *limit, int64_t now_us)
{
	int64_t silence_us = limit->since_us > 0 && !limit->is_answered ? now_us - limit->since_us : 0;
	int64_t grace_us = limit->is_connected ? HIGH_RTT_US : FIRST_RESPONSE_ROUND_TRIPS * HIGH_RTT_US;

	return silence_us > grace_us ? silence_us / FIRST_RESPONSE_ROUND_TRIPS : 0;
}

/* One quick response, or none that was provably slow: delays are then this machine's. */
static bool is_near(const struct connection_limit *limit)
{
	return limit->min_rtt_us > 0 && (limit->min_rtt_us < HIGH_RTT_US || limit->proven_rtt_us < HIGH_RTT_US);
}

static int64_t drain_time_of(const struct connection_limit *limit, const struct connection_demand *demand)
{
	if (demand->unblocks_work)
		return UNBLOCKING_DRAIN_TIME_US;
	return is_near(limit) && demand->backlog_us > DRAIN_TIME_US ? demand->backlog_us : DRAIN_TIME_US;
}

size_t connection_limit_wanted(const struct connection_limit *limit, const struct connection_demand *demand,
			       int64_t now_us)
{
	int64_t rtt_us = limit->min_rtt_us > 0 ? limit->min_rtt_us : estimate_rtt(limit, now_us);
	int64_t drain_time_us = drain_time_of(limit, demand);
	size_t wanted = (size_t)((int64_t)demand->length * rtt_us / (drain_time_us + rtt_us / 2));

	if (is_near(limit) && limit->samples < MIN_SAMPLES)
		return 1;
	return wanted > 0 ? wanted : 1;
}

size_t connection_limit_for_rate(const struct connection_limit *limit, double rate)
{
	if (rate <= 0 || limit->samples < MIN_SAMPLES || limit->min_rtt_us >= HIGH_RTT_US)
		return 0;
	return 1 + (size_t)(rate * (double)limit->occupied_us / 1e6);
}

void connection_limit_on_connect(struct connection_limit *limit, int64_t now_us)
{
	if (limit->since_us == 0)
		limit->since_us = now_us;
}

void connection_limit_on_send(struct connection_limit *limit, int64_t now_us)
{
	if (!limit->is_connected)
		limit->since_us = now_us;
	limit->is_connected = true;
}

void connection_limit_on_response(struct connection_limit *limit, const struct rtt_sample *sample)
{
	limit->is_answered = true;
	if (sample->at_least_us > limit->proven_rtt_us)
		limit->proven_rtt_us = sample->at_least_us;
	if (sample->new_connection || sample->at_most_us <= 0)
		return;
	if (limit->samples < MIN_SAMPLES)
		limit->samples++;
	limit->occupied_us += (sample->occupied_us - limit->occupied_us) / (int64_t)limit->samples;
	if (limit->min_rtt_us == 0 || sample->at_most_us < limit->min_rtt_us)
		limit->min_rtt_us = sample->at_most_us;
}
