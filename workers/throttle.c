#include "workers/throttle.h"

#include <math.h>

static const double margin = 0.98, /* of the known limit: clocks differ, and so do windows */
	fall = 0.7, steepness = 0.4, slowest = 0.5, burst_seconds = 0.1;

static double most_tokens(const struct throttle *throttle)
{
	double most = throttle->rate * burst_seconds;

	return most < 1 ? 1 : most;
}

void throttle_open(struct throttle *throttle, double limit, int64_t now)
{
	*throttle = (struct throttle){.limit = limit * margin, .rate = limit * margin, .filled = now};
	throttle->tokens = most_tokens(throttle);
}

int64_t throttle_take(struct throttle *throttle, int64_t now)
{
	double most = most_tokens(throttle);

	if (throttle->limit <= 0)
		return 0;
	throttle->tokens += (double)(now - throttle->filled) * throttle->rate / 1000;
	if (throttle->tokens > most)
		throttle->tokens = most;
	throttle->filled = now;
	if (throttle->tokens < 1)
		return 1 + (int64_t)((1 - throttle->tokens) * 1000 / throttle->rate);
	throttle->tokens -= 1;
	return 0;
}

void throttle_accepted(struct throttle *throttle, int64_t now)
{
	double since, plateau, rate;

	if (throttle->throttled == 0)
		return;
	since = (double)(now - throttle->throttled) / 1000;
	plateau = cbrt(throttle->rate_before * (1 - fall) / steepness);
	rate = steepness * pow(since - plateau, 3) + throttle->rate_before;
	throttle->rate = rate > throttle->limit ? throttle->limit : rate < slowest ? slowest : rate;
}

void throttle_refused(struct throttle *throttle, int64_t now)
{
	if (throttle->limit <= 0)
		return;
	/* Refusals of one round trip speak of one rate: it falls once for all of them. */
	if (throttle->throttled != 0 && now - throttle->throttled < 100)
		return;
	throttle->rate_before = throttle->rate;
	throttle->rate = throttle->rate * fall < slowest ? slowest : throttle->rate * fall;
	throttle->throttled = now;
}
