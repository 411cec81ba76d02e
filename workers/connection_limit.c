#include "workers/connection_limit.h"

enum {
	PATIENCE = 25000,
	HURRY = 5000, /* where more work begins with the answers */
	FAR = 30000,
	TRIPS_TO_THE_FIRST_ANSWER = 3, /* TCP, TLS, the request */
	ENOUGH = 8                     /* answers */
};

/* Before there is an answer, silence tells. */
static int64_t guess(const struct connection_limit *limit, int64_t now)
{
	int64_t silence = limit->since > 0 && !limit->is_answered ? now - limit->since : 0;
	int64_t grace_ms = limit->is_connected ? FAR : TRIPS_TO_THE_FIRST_ANSWER * FAR;

	return silence > grace_ms ? silence / TRIPS_TO_THE_FIRST_ANSWER : 0;
}

/* Quick once, or never surely slow: then it was this machine that took its time. */
static bool is_near(const struct connection_limit *limit)
{
	return limit->min_rtt > 0 && (limit->min_rtt < FAR || limit->proven_rtt < FAR);
}

static int64_t patience_with(const struct connection_limit *limit, const struct connection_demand *demand)
{
	if (demand->unblocks_work)
		return HURRY;
	return is_near(limit) && demand->backlog > PATIENCE ? demand->backlog : PATIENCE;
}

size_t connection_limit_wanted(const struct connection_limit *limit, const struct connection_demand *demand,
			       int64_t now)
{
	int64_t rtt = limit->min_rtt > 0 ? limit->min_rtt : guess(limit, now);
	int64_t patience = patience_with(limit, demand);
	size_t wanted = (size_t)((int64_t)demand->length * rtt / (patience + rtt / 2));

	if (is_near(limit) && limit->samples < ENOUGH)
		return 1;
	return wanted > 0 ? wanted : 1;
}

size_t connection_limit_for_rate(const struct connection_limit *limit, double rate)
{
	if (rate <= 0 || limit->samples < ENOUGH || limit->min_rtt >= FAR)
		return 0;
	return 1 + (size_t)(rate * (double)limit->occupied / 1e6);
}

void connection_limit_on_connect(struct connection_limit *limit, int64_t now)
{
	if (limit->since == 0)
		limit->since = now;
}

void connection_limit_on_send(struct connection_limit *limit, int64_t now)
{
	if (!limit->is_connected)
		limit->since = now;
	limit->is_connected = true;
}

void connection_limit_on_response(struct connection_limit *limit, const struct rtt_sample *sample)
{
	limit->is_answered = true;
	if (sample->at_least > limit->proven_rtt)
		limit->proven_rtt = sample->at_least;
	if (sample->new_connection || sample->at_most <= 0)
		return;
	if (limit->samples < ENOUGH)
		limit->samples++;
	limit->occupied += (sample->occupied - limit->occupied) / (int64_t)limit->samples;
	if (limit->min_rtt == 0 || sample->at_most < limit->min_rtt)
		limit->min_rtt = sample->at_most;
}
